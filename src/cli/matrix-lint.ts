import { existsSync, mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { reviewEntries } from '../matrix/lint-review.ts';
import { LAYOUT, mendEntry } from '../matrix/lint-fix.ts';
import { observationText } from '../matrix/lint-text.ts';
import { lintEntries } from '../matrix/lint.ts';
import { entriesOf, type MatrixFolder, readEntry, readMatrixFolder } from '../matrix/load.ts';
import { observationPath } from '../matrix/path.ts';
import type { MatrixProblem } from '../model/matrix.ts';
import { clean } from '../model/text.ts';
import { jsonText } from '../report/json-text.ts';
import { plural } from '../report/words.ts';
import { type Change, changedFiles } from './changed-files.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { checkEvidence, entryLeaks, EVIDENCE, evidenceIds } from './matrix-lint-evidence.ts';

export interface LintFlags {
  changed: boolean;
  base?: string | undefined;
  fix: boolean;
  'skip-evidence': boolean;
  json: boolean;
}

interface Fixed {
  file: string;
  changes: string[];
}

/** What the check found; `--json` prints it. */
interface LintResult {
  ok: boolean;
  /** entries in the folder */
  entries: number;
  /** entries that were looked at */
  checked: number;
  /** entries whose claim was derived from their evidence again */
  derived: number;
  problems: MatrixProblem[];
  /** nothing that must be mended */
  notes: MatrixProblem[];
  fixed: Fixed[];
}

const DEFAULT_FOLDER = 'matrix-data';

/** Checks a matrix-data folder; with `fix`, mends first what can be mended. */
export async function matrixLint(folder: string | undefined, flags: LintFlags): Promise<{ text: string; ok: boolean }> {
  const dir = folder ?? DEFAULT_FOLDER;
  const changed = flags.changed || flags.base !== undefined ? await changesOf(dir, flags.base) : undefined;
  const wanted = wantedFiles(changed);
  const fixed = flags.fix ? fixAll(dir, wanted) : [];
  const result = await check(dir, { changed, wanted, fixed, flags });
  return { text: flags.json ? jsonText(result) : textOf(result, flags), ok: result.ok };
}

/** Reads a folder, or says that there is none. */
export function openFolder(dir: string): MatrixFolder {
  try {
    return readMatrixFolder(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new ExpectedError(`${dir}: is no matrix-data folder that can be read (${code})`, EXIT.input, [
      'name the folder that holds observations and tables',
    ]);
  }
}

async function changesOf(dir: string, base: string | undefined): Promise<Map<string, Change>> {
  if (!existsSync(dir)) openFolder(dir);
  return changedFiles(resolve(dir), base);
}

/** Entries that are spoken of: all, or those that were changed or whose evidence was; a changed table concerns all. */
function wantedFiles(changed: ReadonlyMap<string, Change> | undefined): (file: string, id?: string) => boolean {
  if (changed === undefined || [...changed.keys()].some((file) => file.startsWith('tables/'))) return () => true;
  const ids = new Set(
    [...changed.keys()].filter((file) => file.startsWith(`${EVIDENCE}/`)).map((f) => f.split('/')[1]!),
  );
  return (file, id = /([^/]+)\.json$/.exec(file)?.[1] ?? file.split('/')[1] ?? '') => changed.has(file) || ids.has(id);
}

interface Task {
  changed: ReadonlyMap<string, Change> | undefined;
  wanted: (file: string, id?: string) => boolean;
  fixed: Fixed[];
  flags: LintFlags;
}

async function check(dir: string, { changed, wanted, fixed, flags }: Task): Promise<LintResult> {
  const { tables, files, problems: unreadable } = openFolder(dir);
  const entries = entriesOf(files);
  const isWanted = ({ file, observation }: (typeof entries)[number]): boolean => wanted(file, observation.id);
  const looked = entries.filter(isWanted);
  const review = reviewEntries(entries, new Date().toISOString().slice(0, 10), (file) => wanted(file));
  const problems = [...unreadable, ...lintEntries(entries, tables)].filter(
    ({ file }) => !file.startsWith('observations/') || wanted(file),
  );
  problems.push(...review.problems);
  const notes = [...review.notes, ...mergedChanges(changed ?? new Map<string, Change>())];
  for (const { file, observation } of looked) {
    for (const leak of entryLeaks(observation)) problems.push({ file, ...leak });
  }
  if (changed !== undefined) {
    for (const { file, text, value } of files) {
      if (!wanted(file)) continue;
      const changes = mendEntry(text, value, tables)?.changes.filter((change) => change !== LAYOUT) ?? [];
      if (changes.length > 0) notes.push({ file, field: '', message: changes.join('; '), fix: '--fix does it' });
    }
  }
  let derived = 0;
  if (!flags['skip-evidence']) {
    const ids = new Set(evidenceIds(dir));
    for (const { file, observation } of looked) {
      if (!ids.has(observation.id)) continue;
      derived += 1;
      const claim = await checkEvidence(dir, observation, tables);
      if (flags.fix && claim.lowered !== undefined) {
        writeFileSync(join(dir, file), observationText(claim.lowered));
        fixed.push({ file, changes: claim.problems.map(({ field, message }) => `${field}: lowered, ${message}`) });
      } else problems.push(...claim.problems);
    }
    problems.push(...ownerless(ids, new Set(entries.map(({ observation }) => observation.id)), wanted));
  }
  const order = (a: MatrixProblem, b: MatrixProblem): number => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0);
  return {
    ok: problems.length === 0,
    entries: files.length,
    checked: files.filter(({ file }) => wanted(file)).length,
    derived,
    problems: problems.sort(order),
    notes: notes.sort(order),
    fixed,
  };
}

function ownerless(
  ids: ReadonlySet<string>,
  known: ReadonlySet<string>,
  wanted: (file: string, id?: string) => boolean,
): MatrixProblem[] {
  return [...ids]
    .filter((id) => !known.has(id) && wanted(`${EVIDENCE}/${id}`, id))
    .map((id) => ({
      file: `${EVIDENCE}/${id}`,
      field: '',
      message: 'belongs to no entry that can be read',
      fix: 'name the folder as the entry, or mend the entry',
    }));
}

/** Entries are not edited after they are merged. */
function mergedChanges(changed: ReadonlyMap<string, Change>): MatrixProblem[] {
  return [...changed]
    .filter(([file, change]) => change !== 'added' && /^observations\/.*\.json$/.test(file))
    .map(([file, change]) => ({
      file,
      field: '',
      message: change === 'deleted' ? 'is taken away, but entries stay' : 'was merged already and is changed',
      fix: 'add a new entry that names it under supersedes, or set withdrawn; a reviewer decides',
    }));
}

function fixAll(dir: string, wanted: (file: string) => boolean): Fixed[] {
  const { tables, files } = openFolder(dir);
  const taken = new Set(files.map(({ file }) => file));
  const fixed: Fixed[] = [];
  for (const { file, text, value } of files) {
    if (!wanted(file)) continue;
    const mended = mendEntry(text, value, tables);
    if (mended === undefined) continue;
    const changes = [...mended.changes];
    if (mended.text !== text) writeFileSync(join(dir, file), mended.text);
    const { observation } = readEntry(file, mended.text, []);
    const place = observation === undefined ? file : observationPath(observation);
    if (place !== file && !taken.has(place)) {
      mkdirSync(dirname(join(dir, place)), { recursive: true });
      renameSync(join(dir, file), join(dir, place));
      removeIfEmpty(dirname(join(dir, file)));
      taken.add(place);
      changes.push(`moved to ${place}`);
    }
    if (changes.length > 0) fixed.push({ file, changes });
  }
  return fixed;
}

function removeIfEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Others still lie in it.
  }
}

function textOf(result: LintResult, { changed, fix }: LintFlags): string {
  const { entries, checked, derived, problems, notes, fixed } = result;
  const lines: string[] = [];
  if (fixed.length > 0) {
    lines.push(
      'Mended:',
      ...fixed.flatMap(({ file, changes }) => [`  ${file}`, ...changes.map((change) => `    ${change}`)]),
      '',
    );
  }
  if (problems.length > 0) lines.push('To mend:', ...listed(problems), '');
  if (notes.length > 0) lines.push('To know:', ...listed(notes), '');
  const looked =
    checked === entries ? plural(entries, 'entry', 'entries') : `${checked} of ${plural(entries, 'entry', 'entries')}`;
  const counts = [
    problems.length === 0 ? 'no problem' : plural(problems.length, 'problem'),
    ...(notes.length > 0 ? [plural(notes.length, 'note')] : []),
    ...(derived > 0 ? [`${derived} derived from evidence`] : []),
    ...(fix ? [`${fixed.length} mended`] : []),
  ];
  const nothing = changed && checked === 0 ? ' (none was changed)' : '';
  lines.push(`${looked}${nothing}: ${counts.join(', ')}`);
  return lines.map(clean).join('\n');
}

/** Problems by file: field, what is wrong, what to do. */
function* listed(problems: readonly MatrixProblem[]): Iterable<string> {
  let last: string | undefined;
  for (const { file, field, message, fix } of problems) {
    if (file !== last) yield `  ${file}`;
    last = file;
    yield `    ${field === '' ? '' : `${field}: `}${message}`;
    if (fix !== undefined) yield `      ${fix}`;
  }
}
