import type { Report } from '../../model/report.ts';
import { type Block, bullets, labelled, paragraph, type Section } from '../document.ts';
import { COST_WORDS, MATRIX_WORDS, OUTCOME_WORDS, sentence } from '../words.ts';
import { more } from './causes.ts';

type Matrix = Report['matrix'];
type Match = Matrix['matches'][number];
type Working = NonNullable<Matrix['nearestWorking']>;

/** Reports listed of each sort, short and verbose. */
const SHORT_LIST = 3;
const LONG_LIST = 20;

const headOf = ({ id, grade, why }: Match | Working): string => `${id} (${grade}): ${why}`;

/** What to change to arrive at the nearest combination that was reported to work. */
export function nearestWorking({ matrix, overview, verdict }: Report, verbose: boolean): Section[] {
  return verdict.outcome === 'works' ? [] : workingSection(matrix, overview.card, verbose);
}

/** The same for a card that was only asked about. */
export function workingSection(
  { nearestWorking: nearest, caveats }: Matrix,
  card: { pciId?: string | undefined; name?: string | undefined } | undefined,
  verbose: boolean,
): Section[] {
  const { pciId, name } = card ?? {};
  const blocks: Block[] = [];
  if (pciId === undefined && name === undefined) {
    blocks.push(paragraph('Not looked up: the evidence does not show which card it is.'));
  } else if (nearest === null) blocks.push(paragraph('None is known.'));
  else {
    blocks.push(paragraph(headOf(nearest)), changesOf(nearest, verbose));
    if (caveats.length > 0) blocks.push(labelled('But:', sentence(caveats.join('; '))));
  }
  return [{ title: 'Nearest combination that works', blocks }];
}

function changesOf({ change }: Working, verbose: boolean): Block {
  if (change.length === 0) return paragraph('It differs from yours in nothing that both tell.');
  return bullets(
    change.map(({ field, from, to, cost, note }) => [
      labelled(`${field}:`, `yours ${from}, theirs ${to} (${COST_WORDS[cost]})${verbose ? `: ${note}` : ''}`),
    ]),
  );
}

/** What other people report: of this combination, of ones like it, and of the host's release. */
export function matrixReports({ matrix }: Pick<Report, 'matrix'>, verbose: boolean): Section[] {
  const limit = verbose ? LONG_LIST : SHORT_LIST;
  const { verdict, confidence, because, matches, alternatives, platform, elsewhere } = matrix;
  const certainty = confidence === undefined ? '' : ` (${confidence})`;
  const blocks: Block[] = [labelled(`${MATRIX_WORDS[verdict]}${certainty}:`, sentence(because))];
  const list = <Entry>(lead: string, entries: readonly Entry[], draw: (entry: Entry) => Block[]): void => {
    if (entries.length === 0) return;
    blocks.push(labelled(lead), bullets(entries.slice(0, limit).map(draw)), ...more(entries.length - limit));
  };
  list('Nearest reports:', matches, matchBlocks);
  list('Other combinations that work:', alternatives, (entry) => [
    paragraph(headOf(entry)),
    ...(verbose ? [changesOf(entry, verbose)] : []),
  ]);
  list('About this FreeBSD release:', platform, ({ id, outcome, summary, workaround }) => [
    labelled(`${OUTCOME_WORDS[outcome]}:`, `${summary} (${id})`),
    ...(workaround === null ? [] : [labelled('Remedy:', sentence(workaround))]),
  ]);
  if (verbose) list('From other systems than FreeBSD:', elsewhere, matchBlocks);
  return [{ title: 'Compatibility matrix', blocks }];
}

function matchBlocks(match: Match): Block[] {
  const { outcome, os, differsIn } = match;
  const head = labelled(`${OUTCOME_WORDS[outcome]}${os === undefined ? '' : `, ${os}`}:`, headOf(match));
  const differences = differsIn.map(({ field, yours, theirs }) => `${field}: yours ${yours}, theirs ${theirs}`);
  return differences.length === 0 ? [head] : [head, paragraph(differences.join('; '), 'faint')];
}
