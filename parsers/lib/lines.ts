/** Lines of a text without their newline; `\r\n` and lone `\r` were normalised before a parser sees the text. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** One log line taken apart. `text` is what the kernel printed. */
export interface LogLine {
  /** seconds since boot, when the line carries them */
  seconds?: number;
  /** wall-clock time as written */
  time?: string;
  /** kernel priority 0 (emergency) to 7 (debug), when the line carries it */
  priority?: number;
  host?: string;
  /** program name of a syslog line; `kernel` for kernel lines */
  program?: string;
  /** thread (`T812`) or CPU (`C3`) that printed the line, on kernels with CONFIG_PRINTK_CALLER */
  thread?: string;
  text: string;
  /** columns the prefix took; 0 when the line has none */
  prefixLength: number;
}

const PRIORITY_NAMES: Record<string, number> = {
  emerg: 0,
  alert: 1,
  crit: 2,
  err: 3,
  warn: 4,
  notice: 5,
  info: 6,
  debug: 7,
};

/** What the first character of a prefix is: asked before any expression, because logs are long. */
type PrefixStart = 'bracket' | 'angle' | 'digit' | 'letter';

/** Journals write the month as the locale has it: `Sep`, `sep`, `kwi`, `Mär`, `févr.`, `сен`; with a digit in the East: `9月`. */
export const LOCAL_MONTH = String.raw`(?:[A-Za-z\u00c0-\u024f\u0370-\u04ff]{2,9}\.?|\d{1,2}月)`;
const WEEKDAY = '(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)';
const HOST_AND_PROGRAM = '(\\S{1,255}) ([\\w./-]{1,64})(?:\\[\\d+\\])?: ';

const readSyslog = (m: RegExpExecArray, line: LogLine): void => {
  line.time = m[1]!;
  line.host = m[2]!;
  line.program = m[3]!;
};

// Each alternative eats one kind of prefix; they may follow one another (syslog, then kernel seconds).
const PREFIXES: { start: PrefixStart; regex: RegExp; read: (match: RegExpExecArray, line: LogLine) => void }[] = [
  {
    // /dev/kmsg: 3,1042,8462102,-;text
    start: 'digit',
    regex: /^(\d{1,4}),(\d+),(\d+),[^;]{0,40};/,
    read: (m, line) => {
      line.priority = Number(m[1]) & 7;
      line.seconds = Number(m[3]) / 1e6;
    },
  },
  {
    // dmesg -x: "kern  :err   : "
    start: 'letter',
    regex: /^(?:kern|user|daemon|auth|syslog)\s*:(emerg|alert|crit|err|warn|notice|info|debug)\s*: /,
    read: (m, line) => {
      line.priority = PRIORITY_NAMES[m[1]!]!;
    },
  },
  {
    // RFC 5424: <14>1 2026-06-04T11:23:17.0+00:00 host kernel - - - text
    start: 'angle',
    regex: /^<(\d{1,3})>1 (\S+) (\S+) (\S+) \S+ \S+ (?:-|\[[^\]]*\]) /,
    read: (m, line) => {
      line.priority = Number(m[1]) & 7;
      line.time = m[2]!;
      line.host = m[3]!;
      line.program = m[4]!;
    },
  },
  {
    // raw priority, as in pstore and early consoles: <6>
    start: 'angle',
    regex: /^<(\d{1,3})>(?=\S| {0,3}\[)/,
    read: (m, line) => {
      line.priority = Number(m[1]) & 7;
    },
  },
  {
    // journalctl --no-hostname: Jul 25 00:15:05.123456 kernel: text
    start: 'letter',
    regex: new RegExp(`^(${LOCAL_MONTH} {1,2}\\d{1,2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?) kernel: `),
    read: (m, line) => {
      line.time = m[1]!;
      line.program = 'kernel';
    },
  },
  {
    // syslog: Jul 25 00:15:05 host kernel: text  (the year may stand before or after, the zone after)
    start: 'letter',
    regex: new RegExp(
      `^(?:${WEEKDAY} )?(${LOCAL_MONTH} {1,2}\\d{1,2}(?: \\d{4})? \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?: [A-Z]{2,5})?) ${HOST_AND_PROGRAM}`,
    ),
    read: readSyslog,
  },
  {
    // the same with a month that begins with its number: 9月 06 17:49:39 host kernel: text
    start: 'digit',
    regex: new RegExp(
      `^(${LOCAL_MONTH} {1,2}\\d{1,2}(?: \\d{4})? \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?: [A-Z]{2,5})?) ${HOST_AND_PROGRAM}`,
    ),
    read: readSyslog,
  },
  {
    // journalctl -o short-full: Wed 2026-06-04 11:23:17 CEST host kernel: text
    start: 'letter',
    regex: new RegExp(
      `^${WEEKDAY} (\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?: [A-Z]{2,5})?) ${HOST_AND_PROGRAM}`,
    ),
    read: readSyslog,
  },
  {
    // dmesg --time-format iso, which writes a comma and no host: 2026-06-04T11:23:17,123456+02:00 text
    start: 'digit',
    regex: /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2},\d{1,9}[+-]\d{2}:\d{2}) /,
    read: (m, line) => {
      line.time = m[1]!;
    },
  },
  {
    // journalctl -o short-iso: 2026-06-04T11:23:17+0200 host kernel: text ; some viewers write a blank for the T
    start: 'digit',
    regex: new RegExp(
      `^(\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?(?:Z|[+-]\\d{2}:?\\d{2})?) ${HOST_AND_PROGRAM}`,
    ),
    read: readSyslog,
  },
  {
    // journalctl -o short-unix: 1780571234.123456 host kernel: text
    start: 'digit',
    regex: new RegExp(`^(\\d{10}\\.\\d{6}) ${HOST_AND_PROGRAM}`),
    read: readSyslog,
  },
  {
    // only the program is left of a syslog line
    start: 'letter',
    regex: /^kernel: /,
    read: (_m, line) => {
      line.program = 'kernel';
    },
  },
  {
    // journalctl -o short-monotonic: [   12.345678] host kernel: text
    start: 'bracket',
    regex: /^\[ *(\d{1,9}\.\d{1,6})\] (?!\S+ \d)([\w.-]{1,255}) kernel: /,
    read: (m, line) => {
      line.seconds = Number(m[1]);
      line.host = m[2]!;
      line.program = 'kernel';
    },
  },
  {
    // dmesg, FreeBSD msgbuf time stamps; also with the thread or CPU of printk and with the delta of dmesg -d:
    // [   12.345678] / [    0.000000][    T0] / [  204.000100] [  T812] / [    5.1 <    0.000123>] / [12]
    start: 'bracket',
    regex: /^\[ *(\d{1,9}(?:\.\d{1,6})?)(?: <[ \d.+]{1,24}>)?\](?: ?\[ *([TC]\d{1,9})\])? ?/,
    read: (m, line) => {
      line.seconds = Number(m[1]);
      if (m[2] !== undefined) line.thread = m[2];
    },
  },
  {
    // dmesg -T: [Wed Oct  1 08:01:02 2025] ; dmesg -H and -e: [Oct 1 08:01] and [  +0.000050]
    start: 'bracket',
    regex: new RegExp(
      `^\\[(${WEEKDAY} [A-Z][a-z]{2} {1,2}\\d{1,2} \\d{2}:\\d{2}:\\d{2} \\d{4}|[A-Z][a-z]{2} ?\\d{1,2} \\d{2}:\\d{2}| {0,6}\\+\\d{1,9}\\.\\d{1,6}|\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}[^\\]]{0,16})\\](?: ?\\[ *([TC]\\d{1,9})\\])? ?`,
    ),
    read: (m, line) => {
      line.time = m[1]!.trim();
      if (m[2] !== undefined) line.thread = m[2];
    },
  },
];

const PREFIXES_BY_START: Record<PrefixStart, typeof PREFIXES> = {
  bracket: PREFIXES.filter((prefix) => prefix.start === 'bracket'),
  angle: PREFIXES.filter((prefix) => prefix.start === 'angle'),
  digit: PREFIXES.filter((prefix) => prefix.start === 'digit'),
  letter: PREFIXES.filter((prefix) => prefix.start === 'letter'),
};

function prefixesFor(code: number): typeof PREFIXES | undefined {
  if (code === 0x5b) return PREFIXES_BY_START.bracket;
  if (code === 0x3c) return PREFIXES_BY_START.angle;
  if (code >= 0x30 && code <= 0x39) return PREFIXES_BY_START.digit;
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || (code >= 0xc0 && code <= 0x4ff))
    return PREFIXES_BY_START.letter;
  return undefined;
}

/** Length of the log prefixes that `raw` has at `from`; what they say is put into `line`. */
function eatPrefixes(raw: string, from: number, line: LogLine): number {
  let position = from;
  for (let round = 0; round < 4; round += 1) {
    const rest = position === 0 ? raw : raw.slice(position);
    let length = 0;
    for (const { regex, read } of prefixesFor(rest.charCodeAt(0)) ?? []) {
      const match = regex.exec(rest);
      if (!match) continue;
      read(match, line);
      length = match[0].length;
      break;
    }
    if (length === 0) break;
    position += length;
  }
  return position - from;
}

// What quoting puts before a log line: indentation, a comment or quote sign, `file:12:` of grep.
const MARGIN =
  /^[ \t]*(?:(?:#{1,3}|>{1,3}|\/\/|[*|+-])[ \t]*)?(?:(?:[\w.~-]{0,64}[/.][\w./~-]{0,255}[:-])?(?:\d{1,9}[:-])?)?/;

/**
 * Takes the prefix of dmesg (plain, -T, -e, -H, -x), journalctl, syslog or /dev/kmsg off a line. Indentation, a quote sign
 * or the file name of grep before such a prefix goes with it; a line without a log prefix stays as it is.
 */
export function readLogLine(raw: string): LogLine {
  const line: LogLine = { text: raw, prefixLength: 0 };
  let length = eatPrefixes(raw, 0, line);
  if (length === 0) {
    const margin = MARGIN.exec(raw)![0].length;
    if (margin > 0) {
      const behind = eatPrefixes(raw, margin, line);
      if (behind > 0) length = margin + behind;
    }
  }
  line.text = length === 0 ? raw : raw.slice(length);
  line.prefixLength = length;
  return line;
}
