import Table from 'cli-table3';
import type { Column } from './document.ts';
import { displayWidth, wrap } from './width.ts';

const GAP = '  ';
/** A flexible column is not made narrower than this: what is left could not be read. */
const NARROWEST = 8;

/**
 * Width of each column so that the table fits; the widest flexible columns give way. Undefined when it cannot fit.
 */
export function fitColumns(columns: readonly Column[], rows: readonly string[][], width: number): number[] | undefined {
  const widths = columns.map(({ head }, i) =>
    Math.max(displayWidth(head), ...rows.map((row) => displayWidth(row[i] ?? ''))),
  );
  const floor = columns.map(({ head }) => Math.max(NARROWEST, displayWidth(head)));
  let excess = widths.reduce((sum, own) => sum + own, 0) + GAP.length * (columns.length - 1) - width;
  while (excess > 0) {
    const shrinkable = columns.flatMap(({ flexible }, i) => (flexible === true && widths[i]! > floor[i]! ? [i] : []));
    if (shrinkable.length === 0) return undefined;
    const widest = shrinkable.reduce((a, b) => (widths[b]! > widths[a]! ? b : a));
    widths[widest]! -= 1;
    excess -= 1;
  }
  return widths;
}

/** A table without a frame: a rule under the heads, two spaces between columns. */
export function drawTable(
  columns: readonly Column[],
  rows: readonly string[][],
  widths: readonly number[],
  { rule, head }: { rule: string; head: (text: string) => string },
): string[] {
  const table = new Table({
    head: columns.map((column) => head(column.head)),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: {
      ...{
        top: '',
        'top-mid': '',
        'top-left': '',
        'top-right': '',
        bottom: '',
        'bottom-mid': '',
        'bottom-left': '',
        'bottom-right': '',
      },
      ...{ left: '', right: '', 'left-mid': '', 'right-mid': '', mid: rule, 'mid-mid': GAP, middle: GAP },
    },
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
  });
  for (const row of rows) table.push(row.map((cell, i) => wrap(cell, widths[i]!).join('\n')));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}
