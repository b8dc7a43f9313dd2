import { type Report, ReportSchema } from '../model/report.ts';
import { jsonText } from './json-text.ts';

/** The report as `--json` prints it: keys in the order of the schema, two spaces, a line break at the end. */
export const renderJson = (report: Report): string => drawJson(ReportSchema, report);

/** @param schema gives the order of the keys */
export const drawJson = (schema: unknown, value: unknown): string => `${jsonText(inOrder(schema, value))}\n`;

/** A value on one line, for streams. */
export const drawJsonLine = (value: unknown): string => `${jsonText(value, 0)}\n`;

/** What is looked at of a schema; optional and nullable ones wrap another. */
interface SchemaShape {
  entries?: Record<string, unknown>;
  item?: unknown;
  wrapped?: unknown;
}

/** The value with the keys of its objects in the order of the schema; keys the schema does not name come last. */
function inOrder(from: unknown, value: unknown): unknown {
  const schema = from as SchemaShape | undefined;
  if (schema?.wrapped !== undefined) return inOrder(schema.wrapped, value);
  if (Array.isArray(value)) return schema?.item === undefined ? value : value.map((item) => inOrder(schema.item, item));
  if (schema?.entries === undefined || value === null || typeof value !== 'object') return value;
  const source = value as Record<string, unknown>;
  const named = Object.entries(schema.entries).filter(([key]) => Object.hasOwn(source, key));
  const others = Object.entries(source).filter(([key]) => !Object.hasOwn(schema.entries!, key));
  return Object.fromEntries([...named.map(([key, entry]) => [key, inOrder(entry, source[key])] as const), ...others]);
}
