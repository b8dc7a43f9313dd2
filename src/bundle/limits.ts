/** Bounds that a user may move: by flags of the commands that read inputs. */
export interface ReadLimits {
  /** bytes of all files together that are kept in memory, unpacked; of a long log only what is kept counts */
  maxBytes: number;
  /** files, links and folders in all inputs together, also inside archives */
  maxEntries: number;
  /** how many times its size a compressed input may unpack to, counted through all archives inside it */
  maxRatio: number;
  /** seconds of reading; waiting for a pipe does not count */
  maxSeconds: number;
}

export const DEFAULT_LIMITS: Readonly<ReadLimits> = {
  maxBytes: 2 ** 28,
  maxEntries: 20_000,
  maxRatio: 250,
  maxSeconds: 600,
};

/** Bounds that are fixed, because more than one part of the program counts on them. */
export const LIMITS = {
  /** bytes of one file, decompressed; of a log that is longer the beginning, the end and the lines that tell are read */
  fileBytes: 256 * 2 ** 20,
  /** bytes up to which a log is read whole */
  wholeLogBytes: 8 * 2 ** 20,
  /** bytes of one log, decompressed, however little of it is kept */
  longLogBytes: 64 * 2 ** 30,
  /** bytes up to which nobody asks how well they were compressed */
  anyRatioBytes: 64 * 2 ** 20,
  /** lines of one file; of a longer one the last */
  lines: 3_000_000,
  /** folders inside folders */
  depth: 16,
  /** archives and compressed files inside one another */
  archives: 4,
  /** bytes of what an archive says of one file: its long name, its PAX records */
  tarHeaderBytes: 2 ** 20,
  /** characters of the path of a file, as it is shown */
  pathLength: 1024,
} as const;

let chosen: Readonly<ReadLimits> = DEFAULT_LIMITS;

/** Said once, when the command line has been read. What is undefined stays as it is by default. */
export function useReadLimits(wanted: { [Name in keyof ReadLimits]?: ReadLimits[Name] | undefined }): void {
  const said = Object.entries(wanted).filter(([, value]) => value !== undefined);
  chosen = { ...DEFAULT_LIMITS, ...(Object.fromEntries(said) as Partial<ReadLimits>) };
}

/** The limits that hold for this run of the program. */
export const readLimits = (): Readonly<ReadLimits> => chosen;
