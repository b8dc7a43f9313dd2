import type { StageStatus } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { STAGE_TITLES } from '../../model/stage.ts';
import { shorten } from '../../model/text.ts';
import type { FieldsBlock, StagesBlock } from '../document.ts';
import { enumerate, sentence } from '../words.ts';

/** Longest description of a machine, in UTF-16 units, so that it leaves room for the verdict. */
const MAX_TEXT = 240;
const NOT_SHOWN = 'not shown by the evidence';

const OS_NAMES = new Map([
  ['linux', 'Linux'],
  ['freebsd', 'FreeBSD'],
  ['windows', 'Windows'],
]);

/** Which card, which host, which guest. */
export function identityOf({ overview: { card, host, guest, driver } }: Report): FieldsBlock {
  const field = (label: string, text: string | undefined): FieldsBlock['fields'][number] => ({
    label,
    text: text === undefined ? NOT_SHOWN : shorten(text, MAX_TEXT),
  });
  return {
    type: 'fields',
    fields: [
      field(
        'Card',
        card &&
          cardText(
            card,
            driver.some(({ module }) => module === 'nvidia'),
          ),
      ),
      field('Host', host && hostText(host)),
      field('Guest', guest && guestText(guest)),
    ],
  };
}

function cardText(card: NonNullable<Report['overview']['card']>, nvidia: boolean): string {
  const { name, pciId, architecture, hostBdf, guestBdf } = card;
  const ids = [pciId, architecture].filter((part) => part !== undefined).join(', ');
  const addresses = [hostBdf && `host ${hostBdf}`, guestBdf && `guest ${guestBdf}`].filter(Boolean);
  return [
    `${name ?? (nvidia ? 'NVIDIA card, model not shown' : 'name not shown')}${ids === '' ? '' : ` (${ids})`}`,
    ...addresses,
  ].join(', ');
}

const hostText = ({ release, cpu, board, hypervisor }: NonNullable<Report['overview']['host']>): string =>
  [release === undefined ? 'FreeBSD, release not shown' : `FreeBSD ${release}`, cpu, board, hypervisor]
    .filter((part) => part !== undefined)
    .join(', ');

const guestText = ({ os, kernel, driver }: NonNullable<Report['overview']['guest']>): string =>
  [
    os === undefined ? 'system not shown' : (OS_NAMES.get(os) ?? os) + (kernel === undefined ? '' : ` ${kernel}`),
    driver === undefined ? 'driver not shown' : `driver ${driver}`,
  ].join(', ');

/** How far it got: a mark for every stage, and in words where it stopped and what was not seen. */
export function stagesOf({ verdict: { stages, causes } }: Report): StagesBlock {
  const failedAt = stages.findIndex(({ status }) => status === 'failed');
  const marks = stages.map(({ id, status }, i): StagesBlock['stages'][number] => ({
    name: id,
    mark: failedAt !== -1 && i > failedAt && status === 'unknown' ? 'not-reached' : status,
  }));
  const reached = stages[failedAt] ?? stages.findLast(({ status }) => status === 'passed');
  if (reached === undefined)
    return { type: 'stages', stages: marks, words: 'The evidence shows none of these stages.' };
  const unseen = marks.filter(({ mark }) => mark === 'unknown').map(({ name }) => name);
  const words = [
    reachedText(reached, causes[0]?.title),
    ...(unseen.length > 0 ? [`Not shown: ${enumerate(unseen)}.`] : []),
  ];
  return { type: 'stages', stages: marks, words: words.join(' ') };
}

/** The reason is left out where the verdict right below gives the same. */
function reachedText({ id, status, because }: StageStatus, cause: string | undefined): string {
  // One title ends in the name of its stage, which stands before it here.
  const stage = `${id} (${STAGE_TITLES[id].replace(` (${id})`, '')})`;
  if (status !== 'failed') return `Got as far as ${stage}.`;
  return sentence(`Stopped at ${stage}${because === undefined || because === cause ? '' : `: ${because}`}`);
}
