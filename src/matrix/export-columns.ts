import type * as v from 'valibot';
import { ObservationSchema } from '../model/observation.ts';

/** How the value of a column is written in one cell. */
export type CellKind = 'text' | 'number' | 'yes-no' | 'words' | 'json';

/** One value of an observation as a column of a table. Follows from ObservationSchema, so that none is forgotten. */
export interface Column {
  /** `gpu.pciId`. The card of a platform report stands under `gpu` too: there are no two columns for one thing. */
  name: string;
  kind: CellKind;
  /** the words that may stand there; undefined when any may */
  words?: readonly string[];
  /** what an empty cell means: null, or that the field is left out; false: it must be filled in */
  empty: 'null' | 'absent' | false;
}

type Schema = v.GenericSchema & {
  entries?: Record<string, Schema>;
  wrapped?: Schema;
  item?: Schema;
  options?: readonly unknown[];
  literal?: unknown;
};

const [GPU, PLATFORM] = ObservationSchema.options as unknown as [Schema, Schema];
const DEVICE = 'device';
const EDITOR_ONLY = '$schema';

/** The order in which people read an entry: what it is about first. The rest follows the schema. */
const FIRST = [EDITOR_ONLY, 'id', 'subject', 'gpu', DEVICE];

function keyOrder(): Map<string, readonly string[]> {
  const order = new Map<string, readonly string[]>();
  const visit = (schema: Schema, path: string): void => {
    const { inner } = unwrap(schema);
    if (inner.entries === undefined) return;
    order.set(path, sorted([...new Set([...(order.get(path) ?? []), ...Object.keys(inner.entries)])], path));
    for (const [key, part] of Object.entries(inner.entries)) visit(part, join(path, key));
  };
  visit(GPU, '');
  visit(PLATFORM, '');
  return order;
}

function columnsOf(schema: Schema, path: string, within: Column['empty'] = false): Column[] {
  const { inner, empty } = unwrap(schema);
  if (inner.entries !== undefined) {
    const keys = sorted(Object.keys(inner.entries), path);
    // In a part that may be missing as a whole, nothing has to be filled in.
    return keys.flatMap((key) => columnsOf(inner.entries![key]!, join(path, key), within || empty));
  }
  const words = inner.type === 'picklist' ? (inner.options as readonly string[]) : undefined;
  const column: Column = { name: path, kind: kindOf(inner), empty: empty || within, ...(words && { words }) };
  return [path === 'subject' ? { ...column, words: ['gpu', 'platform'] } : column];
}

function kindOf({ type, item }: Schema): CellKind {
  if (type === 'number') return 'number';
  if (type === 'boolean') return 'yes-no';
  if (type === 'array') return item?.type === 'string' || item?.type === 'picklist' ? 'words' : 'json';
  return type === 'string' || type === 'picklist' || type === 'literal' ? 'text' : 'json';
}

/** A schema without what says that null or nothing will do; `absent` wins where both will. */
function unwrap(schema: Schema): { inner: Schema; empty: Column['empty'] } {
  let inner = schema;
  let empty: Column['empty'] = false;
  while (inner.wrapped !== undefined) {
    if (inner.type === 'nullable' && empty === false) empty = 'null';
    if (inner.type === 'optional' || inner.type === 'nullish') empty = 'absent';
    inner = inner.wrapped;
  }
  return { inner, empty };
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

const sorted = (keys: readonly string[], path: string): string[] =>
  path === ''
    ? [...FIRST.filter((key) => keys.includes(key)), ...keys.filter((key) => !FIRST.includes(key))]
    : [...keys];

/** `host` -> release, os ...: the order of keys in an entry, for the object at a dotted path (`''` is the entry). */
export const KEY_ORDER: ReadonlyMap<string, readonly string[]> = keyOrder();

/** All columns in the order of a readable table, without `$schema`. */
export const COLUMNS: readonly Column[] = columnsOf(GPU, '').filter(({ name }) => name !== EDITOR_ONLY);
