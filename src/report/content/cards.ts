import type { CardVerdict, Report } from '../../model/report.ts';
import { paragraph, type Section, type TableBlock } from '../document.ts';
import { OUTCOME_WORDS } from '../words.ts';

const MAX_ROWS = 32;

/** One line per card, where the evidence shows several. */
export function cardsTable({ cards }: Report): Section[] {
  if (cards.length === 0) return [];
  const rows = cards.slice(0, MAX_ROWS);
  const table: TableBlock = {
    type: 'table',
    columns: [
      { head: 'Card', flexible: true },
      { head: 'Host' },
      { head: 'In the guest' },
      { head: 'Outcome', flexible: true },
      { head: 'Cause', flexible: true },
    ],
    rows: rows.map((card) => [
      card.name ?? card.pciId ?? '?',
      card.hostBdf ?? '?',
      guestOf(card),
      OUTCOME_WORDS[card.outcome],
      causeOf(card),
    ]),
  };
  const more = cards.length - rows.length;
  return [{ title: 'Each card', blocks: [table, ...(more > 0 ? [paragraph(`and ${more} more`)] : [])] }];
}

const guestOf = ({ guest, guestBdf }: CardVerdict): string => guestBdf ?? guest ?? '?';

const causeOf = ({ causes }: CardVerdict): string => {
  const first = causes[0];
  return first === undefined ? 'none found' : `${first.code} (${first.confidence})`;
};
