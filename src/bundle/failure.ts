import { formatSize } from '../model/size.ts';
import { LIMITS } from './limits.ts';

/** An expected failure to read something, said without its path. */
export class Refused extends Error {}

/** A bound of the whole input was met: what has been read is used, nothing more is read of what it was met in. */
export class Exhausted extends Refused {}

export const tooLarge = (limit: number = LIMITS.fileBytes): Refused =>
  new Refused(`is larger than the ${formatSize(limit)} that are read of one file`);
