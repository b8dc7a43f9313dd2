import { type Answer, type MatrixChanges, matrixChanges, type VerdictChange } from '../matrix/lint-changes.ts';
import { entriesOf } from '../matrix/load.ts';
import { lintEntries } from '../matrix/lint.ts';
import type { Matrix } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { jsonText } from '../report/json-text.ts';
import { inline } from '../report/markdown-escape.ts';
import { CONFIDENCE_WORDS, MATRIX_WORDS, OUTCOME_WORDS, plural } from '../report/words.ts';
import { openFolder } from './matrix-lint.ts';

/** Rows of a table that a comment on a pull request still reads well with. */
const SHOWN = 50;

/** What changes for whoever asks the matrix, from one matrix-data folder to another, as Markdown or JSON. */
export function changesBetween(before: string, after: string, flags: { json: boolean }): string {
  const [old, now] = [usable(before), usable(after)];
  const changes = matrixChanges(old.matrix, now.matrix);
  if (flags.json) return jsonText({ ...changes, leftOut: now.leftOut });
  return markdownOf(changes, now);
}

interface Usable {
  matrix: Matrix;
  /** files that could not be used; `matrix lint` says why */
  leftOut: number;
}

/** A folder without the entries in which something is wrong: a pull request may have both good and bad ones. */
function usable(dir: string): Usable {
  const { tables, files } = openFolder(dir);
  const entries = entriesOf(files);
  const bad = new Set(lintEntries(entries, tables).map(({ file }) => file));
  const observations = entries.filter(({ file }) => !bad.has(file)).map(({ observation }) => observation);
  return { matrix: { observations, tables }, leftOut: files.length - observations.length };
}

function markdownOf({ added, changed, removed, verdicts }: MatrixChanges, { matrix, leftOut }: Usable): string {
  const lines = ['## What changes in the matrix', ''];
  const counts = [
    [added, 'added'],
    [changed, 'changed'],
    [removed, 'taken away'],
  ] as const;
  const said = counts.flatMap(([entries, word]) =>
    entries.length === 0 ? [] : [`${plural(entries.length, 'entry', 'entries')} ${word}`],
  );
  if (said.length === 0) lines.push('No entry is added, changed or taken away.');
  else lines.push(`${said.join(', ')}; ${matrix.observations.length} in all.`);
  if (leftOut > 0) lines.push('', `${plural(leftOut, 'file')} with errors left out.`);
  for (const [entries, word] of counts) {
    if (entries.length > 0)
      lines.push('', ...table(['Entry', 'Card', 'Host', 'Guest', 'Outcome', 'Grade'], entries.map(entryRow), word));
  }
  const moved = verdicts.filter((verdict) => answerText(verdict.before) !== answerText(verdict.after));
  if (verdicts.length > 0) {
    lines.push('', '### Verdicts', '');
    if (moved.length === 0) lines.push('No verdict changes: the new reports agree with what was known.');
    else lines.push(...table(['Configuration', 'Before', 'After'], moved.map(verdictRow)));
    const rest = verdicts.length - moved.length;
    if (rest > 0 && moved.length > 0) lines.push('', `${plural(rest, 'other configuration')}: the same as before.`);
  }
  return lines.join('\n');
}

const entryRow = ({ id, host, bhyve, guest, outcome, grade, ...rest }: Observation): string[] => [
  id,
  ('gpu' in rest ? rest.gpu.name : rest.device?.name) ?? 'any device',
  [host.os === 'FreeBSD' ? '' : host.os, host.release ?? 'release not known', bhyve.patch].filter(Boolean).join(' '),
  guest.os ?? '',
  OUTCOME_WORDS[outcome],
  grade,
];

function verdictRow({ configuration, before, after }: VerdictChange): string[] {
  const { name, pciId, release, patch, guestOs, branch, rom } = configuration;
  const parts = [name, pciId, release, patch, guestOs, branch, rom === true ? 'rom=' : undefined];
  return [parts.filter((part) => part !== undefined).join(', '), answerText(before), answerText(after)];
}

const answerText = ({ verdict, confidence, nearestWorking }: Answer): string =>
  [
    MATRIX_WORDS[verdict] + (confidence === undefined ? '' : ` (${CONFIDENCE_WORDS[confidence].toLowerCase()})`),
    nearestWorking === null ? 'no working report near' : `nearest working: ${nearestWorking}`,
  ].join('; ');

function table(heads: readonly string[], rows: readonly (readonly string[])[], caption?: string): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => inline(cell, true)).join(' | ')} |`;
  const shown = rows.slice(0, SHOWN);
  return [
    ...(caption === undefined ? [] : [`### ${caption[0]!.toUpperCase()}${caption.slice(1)}`, '']),
    line(heads),
    `|${' --- |'.repeat(heads.length)}`,
    ...shown.map(line),
    ...(rows.length > SHOWN ? ['', `... and ${rows.length - SHOWN} more`] : []),
  ];
}
