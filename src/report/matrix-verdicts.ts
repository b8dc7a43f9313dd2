import type { CardDetail, Configuration, MatrixAnswer, MatrixCell, RetestWish } from '../model/matrix.ts';
import { workingSection, matrixReports } from './content/matrix.ts';
import { type Block, bullets, type Column, labelled, paragraph, type Section } from './document.ts';
import { listBlocks } from './matrix-text.ts';
import { createDrawing, type TextOptions } from './text.ts';
import { plural, sentence } from './words.ts';

type Options = Omit<TextOptions, 'verbose'>;

const VERDICT_COLUMNS: Column[] = [
  { head: 'Card', flexible: true },
  { head: 'Host', flexible: true },
  { head: 'Guest' },
  { head: 'Verdict' },
  { head: 'Proof' },
  { head: 'N', align: 'right' },
];

const drawSections = (sections: readonly Section[], options: Options): string => {
  const draw = createDrawing({ ...options, verbose: false });
  return `${sections.map((section) => draw.section(section, options.width).join('\n')).join('\n\n')}\n`;
};
const drawBlocks = (blocks: readonly Block[], options: Options): string =>
  `${createDrawing({ ...options, verbose: false })
    .blocks(blocks, options.width)
    .join('\n')}\n`;

/** `matrix verdicts`: a table, then what is behind each conflict. */
export function renderVerdicts(cells: readonly MatrixCell[], options: Options): string {
  if (cells.length === 0) return drawBlocks([paragraph('No report fits.')], options);
  return drawBlocks(verdictBlocks(cells), options);
}

function verdictBlocks(cells: readonly MatrixCell[]): Block[] {
  const conflicts = cells.filter(({ conflict }) => conflict !== undefined);
  return [
    { type: 'table', columns: VERDICT_COLUMNS, rows: cells.map(rowOf) },
    ...(conflicts.length === 0
      ? []
      : [labelled('Where reports disagree:'), bullets(conflicts.map((cell) => conflictBlocks(cell)))]),
    paragraph(
      'N: reports. old: on a release whose support has ended. gpudiag matrix show CARD names the reports.',
      'faint',
    ),
  ];
}

const hostOf = ({ release, patch, userland }: MatrixCell): string =>
  [
    release ?? 'not told',
    ...(patch === 'stock' ? [] : [patch === 'unknown' ? 'patch?' : patch === 'other' ? 'other patch' : patch]),
    ...(userland === 'qemu' ? ['QEMU'] : []),
  ].join(' + ');

function rowOf(cell: MatrixCell): string[] {
  const { gpu, guest, verdict, failedStages, confidence, counts, age, ids } = cell;
  const at = verdict === 'fails' && failedStages.length > 0 ? ` at ${failedStages.join(', ')}` : '';
  const proof = confidence ?? (counts.setUp > 0 ? 'set-up only' : 'no outcome');
  return [
    gpu,
    hostOf(cell),
    guest ?? '?',
    `${verdict}${at}`,
    `${proof}${age?.endedOn === undefined ? '' : ', old'}`,
    String(ids.length),
  ];
}

function conflictBlocks({ gpu, guest, conflict, ...cell }: MatrixCell): Block[] {
  const { working, failing, differsIn } = conflict!;
  const place = `${gpu}, ${hostOf({ gpu, guest, ...cell })}, ${guest ?? 'guest not told'}`;
  return [
    labelled(`${place}:`, `working ${working.join(', ')}; failing ${failing.join(', ')}.`),
    ...(differsIn.length === 0
      ? [paragraph('They differ in nothing that both tell.')]
      : differsIn.map((difference) =>
          labelled(
            `Differs in ${difference.field}:`,
            `${difference.working.join(' / ')} works, ${difference.failing.join(' / ')} fails`,
          ),
        )),
  ];
}

/** `matrix retest`: what is wanted most first. */
export function renderRetest(wishes: readonly RetestWish[], total: number, options: Options): string {
  if (wishes.length === 0) return drawBlocks([paragraph('Nothing that fits needs another try.')], options);
  const items = wishes.map(({ gpu, pciId, guest, why, wanted }): Block[] => [
    labelled(`${gpu}${pciId === null ? '' : ` (${pciId})`}, ${guest ?? 'any guest'}:`, `wanted on ${wanted}`),
    ...why.map(({ text, ids }) => paragraph(sentence(`${text} (${named(ids)})`))),
  ]);
  return drawBlocks(
    [
      { type: 'list', ordered: true, items },
      paragraph(`${wishes.length} of ${plural(total, 'wish', 'wishes')}, the most pressing first.`, 'faint'),
    ],
    options,
  );
}

const NAMED = 4;
const named = (ids: readonly string[]): string =>
  ids.length > NAMED ? `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more` : ids.join(', ');

/** `matrix match`: what was asked, what the reports say, the nearest that works. */
export function renderMatch(
  configuration: Configuration,
  answer: MatrixAnswer,
  { verbose, ...options }: TextOptions,
): string {
  const { name, pciId } = configuration;
  const asked = Object.entries(ASKED).flatMap(([key, words]) => {
    const value = configuration[key as keyof Configuration];
    return value === undefined
      ? []
      : [{ label: words, text: value === true ? 'with rom=' : value === false ? 'no rom=' : value }];
  });
  const card = [name, pciId].filter((part) => part !== undefined).join(', ');
  return drawSections(
    [
      {
        title: 'Asked about',
        blocks: [{ type: 'fields', fields: [{ label: 'Card', text: card === '' ? 'not known' : card }, ...asked] }],
      },
      ...matrixReports({ matrix: answer }, verbose, answer.matches.length),
      ...workingSection(answer, configuration, verbose),
    ],
    options,
  );
}

const ASKED: Partial<Record<keyof Configuration, string>> = {
  architecture: 'Family',
  release: 'Release',
  cpuVendor: 'CPU',
  patch: 'Patch',
  signature: 'Signature',
  userland: 'VM by',
  guestOs: 'Guest',
  branch: 'Driver',
  flavour: 'Module',
  rom: 'VBIOS',
};

/** `matrix show` of a card: what the table knows, what follows from the reports, the reports. */
export function renderCard({ card, cells, wishes, list }: CardDetail, options: Options): string {
  const { name, pciId, architecture, chip, firstBranch, lastBranch, openModule, notes } = card;
  const fields = [
    { label: 'Id', text: pciId },
    { label: 'Family', text: [architecture, chip].filter((part) => part !== '').join(', ') },
    {
      label: 'Drivers',
      text: firstBranch === '' && lastBranch === '' ? '' : `${firstBranch || '?'} to ${lastBranch || '?'}`,
    },
    { label: 'Open module', text: openModule },
    { label: 'Notes', text: notes },
  ].filter(({ text }) => text !== '');
  const sections: Section[] = [{ title: name, blocks: [{ type: 'fields', fields }] }];
  if (list.rows.length === 0) {
    sections.push({ title: 'Reports', blocks: [paragraph('Nobody has reported this card yet.')] });
  } else {
    sections.push({ title: 'Verdicts', blocks: cells.length === 0 ? [paragraph('None.')] : verdictBlocks(cells) });
    sections.push({ title: 'Reports', blocks: listBlocks(list) });
  }
  const wanted = wishes.flatMap(({ guest, why, wanted: on }) =>
    why.map(({ text }) => [labelled(`${guest ?? 'Any guest'}, ${on}:`, sentence(text))]),
  );
  if (wanted.length > 0) sections.push({ title: 'Retest wanted', blocks: [bullets(wanted)] });
  return drawSections(sections, options);
}
