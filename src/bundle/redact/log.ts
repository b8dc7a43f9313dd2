import type { Counts, SecretClass } from './classes.ts';

/** How the replaced thing was written, for log and leaks: `plain`, `wrapped` over two lines, or encoded. */
export type Writing = 'plain' | 'wrapped' | 'hex' | 'base64' | 'url' | 'json' | 'xml';

/** What one rule replaced in one file. Never holds a value. */
export interface LogEntry {
  path: string;
  /** id of the rule; `known-value` where a value found elsewhere stood, `file-name` in paths of the bundle */
  rule: string;
  class: SecretClass;
  writing: Writing;
  count: number;
  /** the first lines, counted from 1 */
  lines: number[];
}

export interface RedactionLog {
  /** of the rules; counts up when what is replaced changes */
  policy: number;
  /** different values found, by class */
  values: Counts;
  /** replacements, by class */
  replacements: Counts;
  entries: LogEntry[];
}

export const POLICY = 1;

/** Lines that are named per entry. */
const MAX_LINES = 20;

export interface Recorder {
  record: (path: string, rule: string, secret: SecretClass, writing: Writing, line: number) => void;
  entries: () => LogEntry[];
  replacements: () => Counts;
}

export function createRecorder(): Recorder {
  const entries = new Map<string, LogEntry>();
  const replacements: Counts = {};
  /** in a log the same rule strikes on line after line */
  let latest: LogEntry | undefined;
  const entryOf = (path: string, rule: string, secret: SecretClass, writing: Writing): LogEntry => {
    if (latest?.rule === rule && latest.class === secret && latest.writing === writing && latest.path === path)
      return latest;
    const key = `${rule} ${secret} ${writing} ${path}`;
    let entry = entries.get(key);
    if (entry === undefined) entries.set(key, (entry = { path, rule, class: secret, writing, count: 0, lines: [] }));
    return (latest = entry);
  };
  return {
    record(path, rule, secret, writing, line) {
      const known = entryOf(path, rule, secret, writing);
      known.count += 1;
      if (known.lines.length < MAX_LINES && known.lines.at(-1) !== line) known.lines.push(line);
      replacements[secret] = (replacements[secret] ?? 0) + 1;
    },
    entries: () => [...entries.values()].map((entry) => ({ ...entry, lines: [...entry.lines] })),
    replacements: () => ({ ...replacements }),
  };
}
