import { COSTS, type Cost } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, bullets, labelled, paragraph, type Section } from '../document.ts';
import { COST_WORDS, MATRIX_WORDS, OUTCOME_WORDS, sentence } from '../words.ts';
import { more } from './causes.ts';

/** Matrix reports listed, short and verbose. */
const SHORT_LIST = 3;
const LONG_LIST = 20;

/** Entries of the matrix may tell more or less than the schema asks for: read what is there. */
type Loose = Record<string, unknown>;

function textOf(record: Loose, field: string): string | undefined {
  const value = record[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function textsOf(record: Loose, field: string): string[] {
  const value = record[field];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

/** `id (grade): why` */
function headOf(entry: Loose & { id: string }): string {
  const grade = textOf(entry, 'grade');
  const about = textOf(entry, 'why') ?? textOf(entry, 'summary') ?? textOf(entry, 'gpu');
  return `${entry.id}${grade === undefined ? '' : ` (${grade})`}${about === undefined ? '' : `: ${about}`}`;
}

/** What to change to arrive at the nearest combination that was reported to work. */
export function nearestWorking({ matrix, overview, verdict }: Report): Section[] {
  if (verdict.outcome === 'works') return [];
  const title = 'Nearest combination that works';
  const { nearestWorking: nearest } = matrix;
  if (nearest === null) {
    const text =
      overview.card === undefined ? 'Not looked up: the evidence does not show which card it is.' : 'None is known.';
    return [{ title, blocks: [paragraph(text)] }];
  }
  const blocks: Block[] = [paragraph(headOf(nearest))];
  if (nearest.change.length === 0) blocks.push(paragraph('It differs from yours in nothing that both tell.'));
  else
    blocks.push(
      labelled('What differs (yours -> theirs):'),
      bullets(nearest.change.map((change) => [changeBlock(change)])),
    );
  const unknown = textsOf(nearest, 'notRecorded');
  if (unknown.length > 0) blocks.push(labelled('It does not tell:', unknown.join(', ')));
  for (const caveat of textsOf(matrix, 'caveats')) blocks.push(labelled('But:', caveat));
  return [{ title, blocks }];
}

function changeBlock(change: Loose & { field: string }): Block {
  const cost = COSTS.find((known): known is Cost => known === change.cost);
  const values = `${textOf(change, 'from') ?? 'not known'} -> ${textOf(change, 'to') ?? 'not known'}`;
  const note = textOf(change, 'note');
  return labelled(
    `${change.field}:`,
    `${values}${cost === undefined ? '' : ` (${COST_WORDS[cost]})`}${note === undefined ? '' : `; ${note}`}`,
  );
}

/** The reports of other people that come nearest. */
export function matrixReports({ matrix }: Report, verbose: boolean): Section[] {
  const blocks: Block[] = [paragraph(sentence(textOf(matrix, 'because') ?? MATRIX_WORDS[matrix.verdict]))];
  const shown = matrix.matches.slice(0, verbose ? LONG_LIST : SHORT_LIST);
  const items = shown.map((match): Block[] => {
    const os = textOf(match, 'os');
    const lead = `${OUTCOME_WORDS[match.outcome]}${os === undefined ? '' : `, not FreeBSD (${os})`}:`;
    return [labelled(lead, headOf(match)), ...differences(match.differsIn)];
  });
  if (items.length > 0) blocks.push(bullets(items), ...more(matrix.matches.length - shown.length));
  return [{ title: 'Compatibility matrix', blocks }];
}

function differences(fields: readonly (Loose & { field: string })[]): Block[] {
  const told = fields.flatMap((difference) => {
    const yours = textOf(difference, 'yours');
    const theirs = textOf(difference, 'theirs');
    return yours === undefined && theirs === undefined
      ? []
      : [`${difference.field} ${yours ?? 'not known'} -> ${theirs ?? 'not known'}`];
  });
  return told.length === 0 ? [] : [paragraph(`yours -> theirs: ${told.join('; ')}`, 'faint')];
}
