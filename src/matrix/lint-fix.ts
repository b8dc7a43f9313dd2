import type { Tables } from '../model/tables.ts';
import { clean } from '../model/text.ts';
import { sameChip } from './card.ts';
import { observationText } from './lint-text.ts';

type Fields = Record<string, unknown>;

/** Where entries have their schema, seen from `observations/<folder>/`. */
const SCHEMA = '../../../schemas/observation.schema.json';
const LOWER_CASE = ['id', 'gpu.pciId', 'gpu.vendorId', 'gpu.subsystemId', 'device.pciId', 'device.vendorId'];

/** The change of an entry in which nothing but the way it is written is mended. */
export const LAYOUT = 'layout: order of fields and blanks';

/** An entry mended. */
export interface Mended {
  value: Fields;
  text: string;
  /** what was done, for people; [] when the text was as it should be */
  changes: string[];
}

/**
 * Mends what needs no judgement: case of ids, blanks and control characters, what follows from the PCI id, a symptom said
 * twice, a driver version for a branch, the order of keys and the layout. Anything else stays as it is.
 * @param text the entry as it is written now
 * @param value the same, parsed; only objects can be mended
 */
export function mendEntry(text: string, value: unknown, tables: Tables): Mended | undefined {
  if (!isFields(value)) return undefined;
  const changes: string[] = [];
  const entry = cleaned(value, '', changes) as Fields;
  for (const path of LOWER_CASE) {
    edit(entry, path, changes, (id) => (typeof id === 'string' ? id.toLowerCase().replace(/\b0x/g, '') : id));
  }
  if (isFields(entry.gpu)) derive(entry.gpu, tables, changes);
  edit(entry, 'guest.branch', changes, (branch) =>
    typeof branch === 'string' ? (/^(\d{3})\.[\d.]+$/.exec(branch)?.[1] ?? branch) : branch,
  );
  edit(entry, 'symptoms', changes, (symptoms) => (Array.isArray(symptoms) ? [...new Set(symptoms)] : symptoms));
  if (entry.$schema === undefined) {
    entry.$schema = SCHEMA;
    changes.push('$schema: added');
  }
  const mended = observationText(entry);
  if (mended !== text && changes.length === 0) changes.push(LAYOUT);
  return { value: entry, text: mended, changes };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A copy with every text on one line and without blanks at its ends. */
function cleaned(value: unknown, path: string, changes: string[]): unknown {
  if (typeof value === 'string') {
    const text = clean(value).trim();
    if (text !== value) changes.push(`${path}: blanks and control characters`);
    return text;
  }
  if (Array.isArray(value)) return value.map((item, i) => cleaned(item, `${path}.${i}`, changes));
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, cleaned(part, path === '' ? key : `${path}.${key}`, changes)]),
  );
}

/** Changes a field that is there. */
function edit(entry: Fields, path: string, changes: string[], mend: (value: unknown) => unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  let holder: unknown = entry;
  for (const key of keys) holder = isFields(holder) ? holder[key] : undefined;
  if (!isFields(holder) || !Object.hasOwn(holder, last)) return;
  const [before, after] = [holder[last], mend(holder[last])];
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  holder[last] = after;
  changes.push(`${path}: ${JSON.stringify(before)} to ${JSON.stringify(after)}`);
}

/** Vendor, architecture and chip follow from the PCI id; what is only missing is filled in. */
function derive(gpu: Fields, tables: Tables, changes: string[]): void {
  const { pciId } = gpu;
  if (typeof pciId !== 'string' || !/^[0-9a-f]{4}:[0-9a-f]{4}$/.test(pciId)) return;
  const row = tables.gpus.get(pciId);
  const set = (key: string, value: string | undefined): void => {
    if (value === undefined || value === '' || gpu[key] === value) return;
    changes.push(`gpu.${key}: ${JSON.stringify(gpu[key] ?? null)} to ${JSON.stringify(value)}`);
    gpu[key] = value;
  };
  set('vendorId', pciId.slice(0, 4));
  set('architecture', row?.architecture);
  const { chip } = gpu;
  // The name of a board with the same chip is not wrong.
  if (!(typeof chip === 'string' && row !== undefined && sameChip(chip, row.chip))) set('chip', row?.chip);
}
