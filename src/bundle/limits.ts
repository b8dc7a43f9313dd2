/** Bounds on what an input may make us read. Each has a plain message when it is met. */
export const LIMITS = {
  /** bytes of one file, decompressed */
  fileBytes: 256 * 2 ** 20,
  /** bytes of all files together, decompressed */
  totalBytes: 2 ** 30,
  /** lines of one file; of a longer one the last */
  lines: 3_000_000,
  /** files in one archive or folder */
  entries: 20_000,
  /** folders inside folders */
  depth: 16,
  /** archives and compressed files inside one another */
  archives: 4,
} as const;
