import { readLogLine } from '../../parsers/lib/lines.ts';

/** Shapes of prefixes beyond which a log was put together by hand. */
const TOO_MANY_SHAPES = 3;

/**
 * Whether a kernel log mixes lines of several machines or captures: its driver lines name more than one host, or carry
 * more kinds of prefixes than one tool prints. Nothing in such a text can exclude a rival, because its lines need not
 * belong together.
 */
export function isMixedLog(text: string): boolean {
  const hosts = new Set<string>();
  const shapes = new Set<string>();
  for (let start = text.indexOf('NVRM:'); start !== -1;) {
    const begin = text.lastIndexOf('\n', start) + 1;
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const raw = text.slice(begin, Math.min(end, begin + 400));
    const { host, seconds, time, program, prefixLength } = readLogLine(raw);
    // A line without a prefix and indented is the continuation of the one before.
    if (prefixLength > 0 || !/^\s/.test(raw)) {
      if (host !== undefined) hosts.add(host);
      shapes.add(
        [
          seconds !== undefined,
          time !== undefined,
          host !== undefined,
          program ?? (raw.startsWith('NVRM') ? '' : 'other'),
        ].join(),
      );
    }
    if (hosts.size > 1 || shapes.size >= TOO_MANY_SHAPES) return true;
    start = text.indexOf('NVRM:', end);
  }
  return false;
}

/** Lines of several processors may be a little out of order. */
const JITTER_SECONDS = 1;

/**
 * The first pair of driver lines, from a line of the text on, between which the seconds since boot go back: pieces of
 * several boots that nothing separates. Lines count from 1.
 */
export function clockRunsBack(text: string, from: number): { first: number; second: number } | undefined {
  /** where the line `line` begins */
  let offset = 0;
  let line = 1;
  const nextLine = (): boolean => {
    const newline = text.indexOf('\n', offset);
    if (newline === -1) return false;
    offset = newline + 1;
    line += 1;
    return true;
  };
  while (line < from) if (!nextLine()) return undefined;
  let last: { line: number; seconds: number } | undefined;
  for (let start = text.indexOf('NVRM:', offset); start !== -1;) {
    const begin = text.lastIndexOf('\n', start) + 1;
    while (offset < begin) nextLine();
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const { seconds } = readLogLine(text.slice(begin, Math.min(end, begin + 400)));
    if (seconds !== undefined) {
      if (last !== undefined && seconds < last.seconds - JITTER_SECONDS) return { first: last.line, second: line };
      last = { line, seconds };
    }
    start = text.indexOf('NVRM:', end);
  }
  return undefined;
}
