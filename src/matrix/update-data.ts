import * as v from 'valibot';
import type { Matrix, MatrixProblem } from '../model/matrix.ts';
import { type Entry, lintEntries } from './lint.ts';
import { readEntry } from './load.ts';
import { observationPath } from './path.ts';
import { parseTables } from './tables.ts';

/** A data file that the project publishes: the entries, and the tables as they lie in the repository. */
const ReleaseSchema = v.object({
  schemaVersion: v.literal(1),
  /** when the data was last changed, as `Date.toISOString` writes it */
  released: v.pipe(v.string(), v.isoTimestamp()),
  observations: v.array(v.record(v.string(), v.unknown())),
  /** name of a file of `matrix-data/tables` to its CSV text */
  tables: v.record(v.string(), v.string()),
});
export type MatrixRelease = v.InferOutput<typeof ReleaseSchema>;

/** A data file cannot be used; the message says why, in one line. */
export class ReleaseError extends Error {
  override name = 'ReleaseError';
}

/**
 * The matrix of a data file, checked as the matrix of the repository is when the program is built.
 * @throws ReleaseError
 */
export function readRelease(text: string): { matrix: Matrix; released: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ReleaseError('is not JSON');
  }
  const version = (value as { schemaVersion?: unknown } | null)?.schemaVersion;
  if (typeof version === 'number' && version !== 1) {
    throw new ReleaseError(`is of version ${version}, which this gpudiag cannot read: a newer one can`);
  }
  const result = v.safeParse(ReleaseSchema, value);
  if (!result.success) {
    const [issue] = result.issues;
    throw new ReleaseError(`is no data file of the matrix (${v.getDotPath(issue) ?? 'the whole'}: ${issue.message})`);
  }
  const { released, observations, tables: texts } = result.output;
  const problems: MatrixProblem[] = [];
  const tables = parseTables((file) => {
    if (!Object.hasOwn(texts, file)) throw new ReleaseError(`lacks the table ${file}`);
    return texts[file]!;
  }, problems);
  const entries = observations.flatMap((entry, i): Entry[] => {
    const { observation } = readEntry(`entry ${i + 1}`, JSON.stringify(entry), problems);
    return observation === undefined ? [] : [{ file: observationPath(observation), observation }];
  });
  problems.push(...lintEntries(entries, tables));
  // In the repository a file name keeps an id from being used twice in one folder; here nothing does.
  const ids = new Set<string>();
  for (const { file, observation } of entries) {
    if (ids.has(observation.id)) problems.push({ file, field: 'id', message: `${observation.id} is already used` });
    ids.add(observation.id);
  }
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
    throw new ReleaseError(`has errors: ${first.file}: ${first.field}: ${first.message}${more}`);
  }
  return {
    matrix: { observations: entries.map(({ observation }) => observation), tables },
    // One form, so that two of them can be compared as texts.
    released: new Date(released).toISOString(),
  };
}
