import { DEFAULT_LIMITS, useReadLimits } from '../bundle/limits.ts';
import { formatSize, parseSize } from '../model/size.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { Flags } from './oclif.ts';

const { maxBytes, maxEntries, maxRatio, maxSeconds } = DEFAULT_LIMITS;
/** Each takes about 4 KiB of memory, also an empty one. */
const MOST_ENTRIES = 500_000;
const ADVANCED = { helpGroup: 'limit', min: 1 } as const;

/** For every command that reads inputs: how much it reads of them. */
export const limitFlags = {
  'max-bytes': Flags.string({
    description: `size of all files together, unpacked (default ${formatSize(maxBytes)}; of long logs only what is kept counts)`,
    helpGroup: 'limit',
    helpValue: 'SIZE',
  }),
  'max-entries': Flags.integer({
    description: `files, links and folders in all inputs together (default ${maxEntries})`,
    helpValue: 'N',
    ...ADVANCED,
    max: MOST_ENTRIES,
  }),
  'max-ratio': Flags.integer({
    description: `times its size that a compressed input may unpack to (default ${maxRatio})`,
    helpValue: 'N',
    ...ADVANCED,
  }),
  'max-seconds': Flags.integer({
    description: `seconds of reading; waiting for a pipe does not count (default ${maxSeconds})`,
    helpValue: 'N',
    ...ADVANCED,
  }),
};

/** Has these flags, where a command has them, hold for the run. @throws ExpectedError */
export function applyLimitFlags(flags: Readonly<Record<string, unknown>>): void {
  useReadLimits({
    maxBytes: sizeOf(flags['max-bytes'] as string | undefined),
    maxEntries: flags['max-entries'] as number | undefined,
    maxRatio: flags['max-ratio'] as number | undefined,
    maxSeconds: flags['max-seconds'] as number | undefined,
  });
}

function sizeOf(typed: string | undefined): number | undefined {
  if (typed === undefined) return undefined;
  const bytes = parseSize(typed);
  if (bytes !== undefined && bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  throw new ExpectedError(`--max-bytes ${typed}: is no size`, EXIT.usage, ['write it as 512M or 4G']);
}
