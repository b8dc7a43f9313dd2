import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Matrix, MatrixProblem } from '../model/matrix.ts';
import { type Observation, ObservationSchema } from '../model/observation.ts';
import type { Tables } from '../model/tables.ts';
import { type Entry, lintEntries } from './lint.ts';
import { parseTables } from './tables.ts';

const SHOWN = 20;

/** matrix-data cannot be used; the message names each file and field. */
class MatrixDataError extends Error {
  override name = 'MatrixDataError';
  readonly problems: readonly MatrixProblem[];

  constructor(problems: readonly MatrixProblem[]) {
    const lines = problems
      .slice(0, SHOWN)
      .map(({ file, field, message }) => `${file}: ${field === '' ? '' : `${field}: `}${message}`);
    if (problems.length > SHOWN) lines.push(`... and ${problems.length - SHOWN} more`);
    super(`matrix-data has errors\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Reads `matrix-data/` whole: tables, then observations in the order of their paths. The only reader of these files.
 * Throws a MatrixDataError that lists everything wrong in them, or what reading the folder itself throws.
 */
export function loadMatrix(dir: string): Matrix {
  const { tables, files, problems } = readMatrixFolder(dir);
  const entries = entriesOf(files);
  problems.push(...lintEntries(entries, tables));
  if (problems.length > 0) throw new MatrixDataError(problems);
  return { observations: entries.map(({ observation }) => observation), tables };
}

/** A file below observations/ as it is. */
export interface EntryFile {
  /** path below matrix-data */
  file: string;
  text: string;
  /** undefined when the text is not JSON */
  value?: unknown;
  /** undefined when it does not follow the schema */
  observation?: Observation;
}

export interface MatrixFolder {
  tables: Tables;
  files: EntryFile[];
  /** what does not follow the schemas; what lintEntries says is not among it */
  problems: MatrixProblem[];
}

/** The same for whoever wants to see what is wrong, and with what cannot be used still in it. */
export function readMatrixFolder(dir: string): MatrixFolder {
  const problems: MatrixProblem[] = [];
  const tables = parseTables((file) => readFileSync(join(dir, 'tables', file), 'utf8'), problems);
  const files = readdirSync(join(dir, 'observations'), { recursive: true, encoding: 'utf8' })
    .map((name) => `observations/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => readEntry(file, readFileSync(join(dir, file), 'utf8'), problems));
  return { tables, files, problems };
}

export const entriesOf = (files: readonly EntryFile[]): Entry[] =>
  files.flatMap(({ file, observation }) => (observation === undefined ? [] : [{ file, observation }]));

/** One entry from its text; what is wrong goes into `problems`. */
export function readEntry(file: string, text: string, problems: MatrixProblem[]): EntryFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fix = 'look for a missing comma or quotation mark; JSON has no remarks';
    problems.push({ file, field: '', message: `is not JSON: ${error.message}`, fix });
    return { file, text };
  }
  const result = v.safeParse(ObservationSchema, value);
  if (result.success) return { file, text, value, observation: result.output };
  for (const issue of result.issues) problems.push({ file, ...describeIssue(issue) });
  return { file, text, value };
}

/** What the schema found, for people: field, message and what to do. */
export function describeIssue(issue: v.BaseIssue<unknown>): Omit<MatrixProblem, 'file'> {
  return { field: v.getDotPath(issue) ?? '', message: issue.message, fix: remedy(issue) };
}

function remedy({ kind, type, expected, received }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'no such field: remove it, or look for its name in CONTRIBUTING.md';
  if (received === 'undefined') return 'add it; null where the source does not say and the field may be null';
  if (type === 'picklist' || type === 'variant') return `write ${expected ?? 'one of the known words'}`;
  if (kind === 'validation') return 'CONTRIBUTING.md shows the form';
  return `write ${expected ?? 'another value'}`;
}
