import type { Cost } from '../../model/finding.ts';
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
  matrix: Matrix,
  card: { pciId?: string | undefined; name?: string | undefined } | undefined,
  verbose: boolean,
): Section[] {
  const { nearestWorking: nearest, caveats } = matrix;
  const { pciId, name } = card ?? {};
  const blocks: Block[] = [];
  if (pciId === undefined && name === undefined) {
    blocks.push(paragraph('Not looked up: the evidence does not show which card it is.'));
  } else if (nearest === null) blocks.push(paragraph('None is known.'));
  else {
    blocks.push(paragraph(headOf(nearest)), changesOf(nearest, verbose));
    if (caveats.length > 0) blocks.push(labelled('But:', sentence(caveats.join('; '))));
  }
  blocks.push(...triedBlocks(matrix, verbose));
  return [{ title: 'Nearest combination that works', blocks }];
}

function changesOf({ change }: Working, verbose: boolean): Block {
  if (change.length === 0) return paragraph('It differs from yours in nothing that both tell.');
  return bullets(
    change.map(({ field, from, to, cost, note }) => [
      labelled(
        `${field}:`,
        `yours ${from}, theirs ${to} (${COST_WORDS[cost]})${verbose || TELLING.includes(cost) ? `: ${note}` : ''}`,
      ),
    ]),
  );
}

/** Costs whose word does not say what is to be done; a note does. */
const TELLING: readonly Cost[] = ['vm-restart', 'host-reboot', 'rebuild'];

/** What others tried with the same card in vain, with how far it came. */
function triedBlocks({ tried = [] }: Matrix, verbose: boolean): Block[] {
  if (tried.length === 0) return [];
  const limit = verbose ? LONG_LIST : SHORT_LIST;
  const items = tried
    .slice(0, limit)
    .map(({ steps, outcome, failedStage, ids }) => [
      labelled(
        `${steps.map(({ field, value }) => `${field} ${value}`).join(', ')}:`,
        `${failedStage === null ? OUTCOME_WORDS[outcome] : `failed at ${failedStage}, ${OUTCOME_WORDS[outcome]}`} (${ids.slice(0, SHORT_LIST).join(', ')})`,
      ),
    ]);
  return [labelled('Tried with this card, did not make it work:'), bullets(items), ...more(tried.length - limit)];
}

/** What other people report: of this combination, of ones like it, and of the host's release. */
export function matrixReports(
  { matrix }: Pick<Report, 'matrix'>,
  verbose: boolean,
  listed = verbose ? LONG_LIST : SHORT_LIST,
): Section[] {
  const limit = verbose ? LONG_LIST : SHORT_LIST;
  const { verdict, confidence, because, matches, alternatives, platform, elsewhere } = matrix;
  const certainty = confidence === undefined ? '' : ` (${confidence})`;
  const blocks: Block[] = [labelled(`${MATRIX_WORDS[verdict]}${certainty}:`, sentence(because))];
  const list = <Entry>(
    lead: string,
    entries: readonly Entry[],
    draw: (entry: Entry) => Block[],
    most = limit,
  ): void => {
    if (entries.length === 0) return;
    blocks.push(labelled(lead), bullets(entries.slice(0, most).map(draw)), ...more(entries.length - most));
  };
  list('Nearest reports:', matches, matchBlocks, listed);
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

/** The same for a report, with how its own result gets there. A result without a card is none. */
export function reportsOfOthers(report: Report, verbose: boolean): Section[] {
  const sections = matrixReports(report, verbose);
  const { card } = report.overview;
  if (card === undefined || report.verdict.outcome === 'unknown') return sections;
  const invitation = labelled(
    'Yours counts too, also when it fails:',
    'gpudiag matrix contribute BUNDLE makes an entry of it.',
  );
  return sections.map((section, i) =>
    i === sections.length - 1 ? { ...section, blocks: [...section.blocks, invitation] } : section,
  );
}
