import type { Report } from '../model/report.ts';
import { clean } from '../model/text.ts';
import { drawJsonLine } from './json.ts';

/** Why an input gave no report. `exit` is the code that analysing it alone would end with. */
export interface InputError {
  message: string;
  exit: number;
}

/** What is known of an input besides its name. It stands before the report: a reader need not take the line apart. */
export interface InputOrigin {
  /** size in bytes, time of the last change (ISO 8601, UTC), and the hash of a single file */
  source?: { bytes: number; modified: string; sha256?: string } | undefined;
  /** when the bundle was collected, as its manifest says */
  collectedAt?: string | undefined;
}

/** One line: the report of an input, under the name that it was given by. */
export const reportLine = (input: string, report: Report, { source, collectedAt }: InputOrigin = {}): string =>
  drawJsonLine({ input, source, collectedAt, ...report });

/** One line for an input that gave no report. */
export const errorLine = (input: string, { message, exit }: InputError, { source }: InputOrigin = {}): string =>
  drawJsonLine({ input, source, error: { message: clean(message), exit } });
