/** Bounds on what an input may make us read. Each has a plain message when it is met. */
export const LIMITS = {
  /** bytes of one file, decompressed */
  fileBytes: 512 * 2 ** 20,
  /** bytes of all files together, decompressed */
  totalBytes: 2 * 2 ** 30,
  /** files in one archive or folder */
  entries: 20_000,
  /** folders inside folders */
  depth: 16,
  /** archives and compressed files inside one another */
  archives: 4,
} as const;
