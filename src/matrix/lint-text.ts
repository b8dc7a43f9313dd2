import type { Observation } from '../model/observation.ts';
import { KEY_ORDER } from './export-columns.ts';

const WIDTH = 120;

/**
 * The one way in which an entry is written: keys in the order of the schema, two blanks of indentation, lists on one line
 * where they fit (as Prettier does it), a line break at the end.
 * @param entry an observation, or what is meant to become one: unknown keys go behind the known
 */
export const observationText = (entry: Observation | Readonly<Record<string, unknown>>): string =>
  `${write(entry, '', '', 0)}\n`;

/** @param used characters before the value on its line */
function write(value: unknown, path: string, indent: string, used: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const simple = value.every((item) => typeof item !== 'object' || item === null);
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    // one more for the comma behind it
    if (simple && used + line.length + 1 <= WIDTH) return line;
    const items = value.map((item) => deeper + write(item, path, deeper, deeper.length));
    return `[\n${items.join(',\n')}\n${indent}]`;
  }
  const present = Object.entries(value).filter(([, part]) => part !== undefined);
  const keys = sortedKeys(
    present.map(([key]) => key),
    path,
  );
  if (keys.length === 0) return '{}';
  const lines = keys.map((key) => {
    const start = `${deeper}${JSON.stringify(key)}: `;
    const inner = path === '' ? key : `${path}.${key}`;
    return start + write((value as Record<string, unknown>)[key], inner, deeper, start.length);
  });
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function sortedKeys(keys: readonly string[], path: string): string[] {
  const order = KEY_ORDER.get(path) ?? [];
  return [...order.filter((key) => keys.includes(key)), ...keys.filter((key) => !order.includes(key))];
}
