import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import type { Matrix, MatrixProblem } from '../model/matrix.ts';
import { ObservationSchema } from '../model/observation.ts';
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
  const problems: MatrixProblem[] = [];
  const tables = parseTables((file) => readFileSync(join(dir, 'tables', file), 'utf8'), problems);
  const entries = readObservations(dir, problems);
  problems.push(...lintEntries(entries, tables));
  if (problems.length > 0) throw new MatrixDataError(problems);
  return { observations: entries.map(({ observation }) => observation), tables };
}

function readObservations(dir: string, problems: MatrixProblem[]): Entry[] {
  const entries: Entry[] = [];
  const names = readdirSync(join(dir, 'observations'), { recursive: true, encoding: 'utf8' })
    .map((name) => `observations/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.json'))
    .sort();
  for (const file of names) {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(join(dir, file), 'utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problems.push({ file, field: '', message: `is not JSON: ${error.message}` });
      continue;
    }
    const result = v.safeParse(ObservationSchema, value);
    if (result.success) entries.push({ file, observation: result.output });
    else {
      for (const issue of result.issues) {
        problems.push({ file, field: v.getDotPath(issue) ?? '', message: issue.message });
      }
    }
  }
  return entries;
}
