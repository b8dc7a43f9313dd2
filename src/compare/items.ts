import type { Change, ChangeArea, Shown } from '../model/comparison.ts';
import type { BarRow, BindingRow, Report } from '../model/report.ts';
import { formatSize } from '../model/size.ts';
import { COMMAND_LINE, setupOf } from '../setup/setup.ts';

/** Everything of a report that is compared: one value each, the same key on both sides. */
interface Item extends Shown {
  /** a side that has others of this group shows all of them, so one that is missing there is gone */
  group?: string;
}

/** What differs between two reports, and what only one of them shows. */
export function compareItems(a: Report, b: Report): { changes: Change[]; onlyIn: { a: Shown[]; b: Shown[] } } {
  const [before, after] = [itemsOf(a), itemsOf(b)];
  const [groupsBefore, groupsAfter] = [groupsOf(before), groupsOf(after)];
  const changes: Change[] = [];
  const onlyIn: { a: Shown[]; b: Shown[] } = { a: [], b: [] };
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const [from, to] = [before.get(key), after.get(key)];
    const { area, subject, name, group } = (from ?? to)!;
    const what = { area, ...(subject !== undefined && { subject }), name };
    if (from?.value === to?.value) continue;
    const isWhole = group !== undefined && (from === undefined ? groupsBefore : groupsAfter).has(group);
    if (from !== undefined && to !== undefined) changes.push({ ...what, from: from.value, to: to.value });
    else if (isWhole) changes.push({ ...what, from: from?.value ?? null, to: to?.value ?? null });
    else if (from !== undefined) onlyIn.a.push({ ...what, value: from.value });
    else if (to !== undefined) onlyIn.b.push({ ...what, value: to.value });
  }
  return { changes, onlyIn };
}

function itemsOf(report: Report): Map<string, Item> {
  const items = new Map<string, Item>();
  const only = soleVm(report);
  for (const item of [...settingItems(report), ...functionItems(report), ...barItems(report)]) {
    // The only VM of both sides is the same, whatever it is called in a paste.
    const subject = item.subject === only ? '' : (item.subject ?? '');
    const key = JSON.stringify([item.area, subject, item.name]);
    if (!items.has(key)) items.set(key, item);
  }
  return items;
}

/** Name of the VM or guest, when the report has no two. */
function soleVm(report: Report): string | undefined {
  const names = new Set(setupOf(report).flatMap(({ subject }) => subject ?? []));
  return names.size === 1 ? [...names][0] : undefined;
}

const groupsOf = (items: ReadonlyMap<string, Item>): ReadonlySet<string> =>
  new Set([...items.values()].flatMap(({ group }) => group ?? []));

/** A file that was read whole shows all its settings: what is not in it is not set. */
const WHOLE: Partial<Record<ChangeArea, true>> = { tunables: true, vm: true, build: true };

const settingItems = (report: Report): Item[] =>
  setupOf(report)
    .filter(({ name }) => name !== COMMAND_LINE)
    .map(({ area, subject, name, value }) => ({
      area,
      ...(subject !== undefined && { subject }),
      name,
      value,
      ...(WHOLE[area] === true && { group: `${area} ${/^[\w.]+(?=: )|^sysctl/.exec(name)?.[0] ?? ''}` }),
    }));

/** Functions of graphics cards: driver on the host, slot in the guest. A listing shows all of them. */
const functionItems = ({ overview: { binding } }: Report): Item[] =>
  binding.flatMap((row) => [
    {
      area: 'functions' as const,
      subject: row.hostBdf,
      name: 'driver',
      value: row.driver ?? 'none',
      group: 'functions',
    },
    ...reserved(row),
    ...(row.guestSlot === undefined
      ? []
      : [{ area: 'functions' as const, subject: row.hostBdf, name: 'slot in the guest', value: row.guestSlot }]),
  ]);

const reserved = ({ hostBdf, inPptdevs }: BindingRow): Item[] =>
  inPptdevs === null
    ? []
    : [{ area: 'functions', subject: hostBdf, name: 'in pptdevs', value: inPptdevs ? 'named' : 'not named' }];

/** A size that other reports of the card show is no fact about this machine. */
const barItems = ({ overview: { bars } }: Report): Item[] =>
  bars
    .filter(({ sizeFrom }) => sizeFrom === 'host' || sizeFrom === 'guest')
    .flatMap((row): Item[] => {
      const subject = row.hostBdf ?? row.guestBdf ?? 'the card';
      const item = (what: string, value: string | undefined): Item[] =>
        value === undefined ? [] : [{ area: 'bars', subject, name: `BAR${row.index} ${what}`, value }];
      return [
        ...item('size', row.sizeBytes === undefined ? undefined : formatSize(row.sizeBytes)),
        ...item('on the host', baseOf(row.hostBase)),
        ...item('in the guest', baseOf(row.guestBase)),
        ...item('window', fitOf(row)),
      ];
    });

const baseOf = (base: string | null | undefined): string | undefined => (base === null ? 'no address' : base);

const fitOf = ({ fits }: BarRow): string | undefined => (fits === 'unknown' ? undefined : fits);
