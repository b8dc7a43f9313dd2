import type { BarRow, BindingRow, DriverRow, Report } from '../../model/report.ts';
import { formatSize } from '../../model/size.ts';
import { type Block, type Column, labelled, paragraph, type Section, type TableBlock } from '../document.ts';
import { enumerate } from '../words.ts';

/** More rows than this help nobody; a machine with more functions of graphics cards is a lab of its own. */
const MAX_ROWS = 64;

const HOST_COMMAND = 'not shown by the evidence: run `pciconf -lvbBceV` on the host as root';
const GUEST_COMMAND = 'not shown by the evidence: run `dmesg`, `lspci -vvvnnk` and `modinfo nvidia` in the guest';

/** How each column of a table is named and filled. `keep`: shown even when no row has a value for it. */
interface Field<Row> extends Column {
  cell: (row: Row) => string | undefined;
  keep?: boolean;
}

const address = (base: string | null | undefined): string | undefined => (base === null ? 'none' : base);

/** `mem64 pref`, `mem32`, `io` */
function kindOf({ kind, bits, prefetchable }: BarRow): string {
  return kind === 'io' ? 'io' : `mem${bits ?? ''}${prefetchable === true ? ' pref' : ''}`;
}

const isBorrowed = ({ sizeFrom }: BarRow): boolean => sizeFrom === 'observed' || sizeFrom === 'family';

const sizeOf = (row: BarRow): string | undefined =>
  row.sizeBytes === undefined ? undefined : `${isBorrowed(row) ? '~' : ''}${formatSize(row.sizeBytes)}`;

const BINDING: readonly Field<BindingRow>[] = [
  { head: 'Host', keep: true, cell: (row) => row.hostBdf },
  { head: 'PCI id', keep: true, cell: (row) => row.pciId },
  {
    head: 'Function',
    keep: true,
    flexible: true,
    cell: (row) => row.name ?? (row.role === 'display' ? 'display' : 'other function'),
  },
  { head: 'Driver', keep: true, cell: (row) => row.driver ?? 'none' },
  {
    head: 'pptdevs',
    keep: true,
    cell: (row) => (row.inPptdevs === null ? undefined : row.inPptdevs ? 'named' : 'not named'),
  },
  { head: 'VM', flexible: true, cell: (row) => row.vm },
  { head: 'In the guest', cell: (row) => row.guestBdf ?? row.guestSlot },
];

const BARS: readonly Field<BarRow>[] = [
  { head: 'Card', keep: true, cell: (row) => cardOf(row) },
  { head: 'BAR', keep: true, align: 'right', cell: (row) => String(row.index) },
  { head: 'Kind', keep: true, cell: kindOf },
  { head: 'Size', keep: true, align: 'right', cell: sizeOf },
  { head: 'On the host', keep: true, cell: (row) => address(row.hostBase) },
  { head: 'In the guest', keep: true, cell: (row) => address(row.guestBase) },
  { head: 'Window', cell: (row) => (row.fits === 'unknown' ? undefined : row.fits) },
];

const DRIVER: readonly Field<DriverRow>[] = [
  { head: 'Guest', keep: true, flexible: true, cell: (row) => row.guest },
  { head: 'Card', cell: (row) => row.guestBdf },
  { head: 'Module', keep: true, cell: (row) => row.module ?? 'none' },
  { head: 'Version', keep: true, cell: (row) => row.version },
  { head: 'Flavour', cell: (row) => row.flavour },
  { head: 'Reached', keep: true, cell: (row) => row.reached },
];

/** The three tables that every report shows. */
export function tables({ overview: { binding, bars, driver } }: Report, verbose: boolean): Section[] {
  const seen = bars.filter((row) => !isBorrowed(row));
  return [
    {
      title: 'GPU functions and what they are bound to',
      blocks: [...tableOf(BINDING, binding, HOST_COMMAND), ...sourcesOf(binding)],
    },
    { title: 'BARs', blocks: [...tableOf(BARS, bars, HOST_COMMAND), ...sourcesOf(seen), ...barNotes(bars, verbose)] },
    {
      title: 'Guest driver',
      blocks: [...tableOf(DRIVER, driver, GUEST_COMMAND), ...sourcesOf(driver), ...driverNotes(driver)],
    },
  ];
}

function tableOf<Row>(fields: readonly Field<Row>[], rows: readonly Row[], empty: string): Block[] {
  if (rows.length === 0) return [paragraph(empty)];
  const shown = rows.slice(0, MAX_ROWS);
  const used = fields.filter(({ keep, cell }) => keep === true || shown.some((row) => cell(row) !== undefined));
  const table: TableBlock = {
    type: 'table',
    columns: used.map(({ head, flexible, align }) => ({
      head,
      ...(flexible && { flexible }),
      ...(align && { align }),
    })),
    rows: shown.map((row) => used.map(({ cell }) => cell(row) ?? '?')),
  };
  return rows.length > shown.length
    ? [table, paragraph(`the first ${shown.length} of ${rows.length} rows`, 'faint')]
    : [table];
}

function sourcesOf(rows: readonly { artifact: string }[]): Block[] {
  const sources = [...new Set(rows.map(({ artifact }) => artifact))];
  if (sources.length === 0) return [];
  const others = sources.length > 3 ? [`${sources.length - 3} more`] : [];
  return [paragraph(`from ${enumerate([...sources.slice(0, 3), ...others])}`, 'faint')];
}

function barNotes(bars: readonly BarRow[], verbose: boolean): Block[] {
  const notes: Block[] = [];
  for (const rows of byCard(bars.slice(0, MAX_ROWS))) {
    const homeless = rows.filter(
      ({ fits, fitReason }) => fitReason !== undefined && fits !== undefined && fits !== 'fits',
    );
    // What keeps the largest BAR out mostly keeps the others out too.
    const largestFirst = homeless.sort((a, b) => (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0));
    for (const row of verbose ? largestFirst : largestFirst.slice(0, 1)) {
      notes.push(labelled(`BAR${row.index} of ${cardOf(row) ?? 'the card'}:`, row.fitReason));
    }
  }
  if (bars.some(({ sizeFrom }) => sizeFrom === 'observed')) {
    notes.push(paragraph('~ size that other reports of this card show; not seen on this machine', 'faint'));
  }
  if (bars.some(({ sizeFrom }) => sizeFrom === 'family')) {
    notes.push(paragraph('~ size that cards of its family have; not seen on this machine', 'faint'));
  }
  return notes;
}

const cardOf = ({ hostBdf, guestBdf }: BarRow): string | undefined => hostBdf ?? guestBdf;

function byCard(bars: readonly BarRow[]): BarRow[][] {
  const cards = new Map<string | undefined, BarRow[]>();
  for (const bar of bars) cards.set(cardOf(bar), [...(cards.get(cardOf(bar)) ?? []), bar]);
  return [...cards.values()];
}

const driverNotes = (rows: readonly DriverRow[]): Block[] =>
  rows
    .slice(0, MAX_ROWS)
    .flatMap(({ guest, failure }) => (failure === undefined ? [] : [labelled(`Fails in ${guest}:`, failure)]));
