/**
 * Joins what a driver printed as one message but a log shows on several lines:
 *
 * - one printk with newlines: dmesg stamps the first line and indents the rest, syslog stamps every line, rsyslog
 *   writes `#012` and /dev/kmsg `\x0a` for the newline;
 * - one message printed in pieces, each under its own stamp and its own `NVRM:`; where the pieces end differs between
 *   driver branches, so they are told by what they say, not by their number;
 * - a paste that some window wrapped near column 80.
 *
 * Repeated messages stay separate records.
 */
import { readLogLine } from './lines.ts';

/** Lines counted from 0, `last` inclusive. */
export interface JoinedRecord {
  first: number;
  last: number;
  /** without log prefixes and quoting, one `NVRM: ` at most, white space collapsed, at most 8 KiB */
  text: string;
}

/** No message has more lines: the longest known (an unusable GPU named by the open module) has seven. */
const MAX_LINES = 12;
const MAX_TEXT = 8192;
/** A line that came close to this column may have been cut there by a window or a mailer. */
const WRAP_COLUMN = 72;
/** Pieces of one message are printed back to back; seconds between their stamps. */
const MAX_PAUSE = 2;

/** dmesg and journalctl indent the later lines of a stamped message to its column, which is never less than this. */
const MESSAGE_COLUMN = 6;

const TAG = 'NVRM:';

interface Part {
  stamped: boolean;
  seconds?: number;
  thread?: string;
  /** column at which the text begins when the line carries no stamp */
  indent: number;
  blank: boolean;
  /** what follows the last `NVRM:` tag that begins a message; undefined on other lines */
  nvrm?: string;
  /** the line without prefix and margin; begins with `NVRM:` when `nvrm` is there */
  text: string;
  /** sign of quoting or drawing that the line begins with */
  sign: string;
  length: number;
}

/** The mark of lines that the poster left out. */
const ELISION = /^\[?(?:\.{3,}|…)\]?$/;

/** Ends any record. */
function isGap(text: string): boolean {
  const trimmed = text.trim();
  return trimmed === '' || ELISION.test(trimmed);
}

const QUOTE = /^[ \t]*(?:(#{1,3}|>{1,3}|\/\/|[*|])[ \t]+)?/;

function readPart(raw: string): Part {
  const cut = raw.length > MAX_TEXT ? raw.slice(0, MAX_TEXT) : raw;
  const log = readLogLine(cut);
  const stamped = log.prefixLength > 0;
  const quote = QUOTE.exec(cut)!;
  const margin = stamped ? 0 : quote[0].length;
  let text = stamped ? log.text : cut.slice(margin);
  const tag = text.indexOf(TAG);
  const part: Part = { stamped, indent: margin, blank: false, text, sign: quote[1] ?? '', length: raw.length };
  if (tag !== -1) {
    // What stands before the tag is another program's quotation mark, not part of the message.
    text = text.slice(tag);
    part.text = text;
    part.nvrm = text.slice(TAG.length).replace(/^ /, '');
  } else if (isGap(text)) {
    part.blank = true;
  }
  if (log.seconds !== undefined) part.seconds = log.seconds;
  if (log.thread !== undefined) part.thread = log.thread;
  return part;
}

/** Messages of several pieces, known by how they begin. Their later lines may begin with a capital. */
const LONG_MESSAGE =
  /^(?:The NVIDIA |This PCI I\/O region|Can't find an IRQ|API mismatch|The NVIDIA probe routine was not|request_mem_region failed|A GPU crash dump)/;

/** Sentences that belong to such a message although the line before them ended one. */
const LATER_SENTENCE =
  /^(?:BAR\d+ is |This is a 64-bit BAR|The system BIOS may|Please check your BIOS|Please (?:see|visit|make|ensure|refer|contact)|This can occur|Try unloading|The (?:\d+\.\d+|NVIDIA Linux)|Continuing probe)/;

/** Words with which a message of its own begins, lower-case beginnings included. */
const MESSAGE_START =
  /^(?:GPU ?[0-9a-f]{4,8}:|GPU\d+ |GPU at |GPU Board|Xid \(|RmInit|The NVIDIA |This PCI I\/O|API mismatch|Can't find an IRQ|None of the|No NVIDIA|A GPU crash|loading |ignoring the|failed to |Failed to |probe |(?:[a-z]\w*_\w*|[a-z]+[A-Z]\w*)(?:[ (:]|$)|(?:\w+ )?\w+(?:\(\))?: )/;

/** Rows of the tables that follow a GSP timeout. */
const TABLE_ROW = /^ *(?:entry {1,4}function|-?\d+ {1,6}\d+ |=)/;

/** Whether an `NVRM:` line goes on with the message that the line before it carried. */
function continuesMessage(head: Part, previous: Part, body: string): boolean {
  if (TABLE_ROW.test(body)) return false;
  const text = body.trimStart();
  const open = head.nvrm !== undefined && LONG_MESSAGE.test(head.nvrm);
  if (open && LATER_SENTENCE.test(text)) return true;
  if (MESSAGE_START.test(text)) return false;
  const sentenceEnded = /[.!:]\s*$/.test(previous.text);
  if (/^[([]/.test(text)) return open || !sentenceEnded;
  if (sentenceEnded) return false;
  return /^[a-z\d'"]/.test(text) || open;
}

/** What begins a line of its own: `driver: `, `[`, a date, a prompt, a fence, a box. */
const OWN_LINE = /^(?:\S{1,64}(?: \S{1,64})?:(?: |$)|[[<|+]|--|===|```|\d{4}-\d\d-\d\d|\S{0,64}[$#] )/;

/** Whether a window cut `previous` where `part` begins: its first word would not have fitted. */
function wraps(previous: Part, part: Part): boolean {
  if (previous.length < 50 || previous.length > 200 || part.sign !== previous.sign || OWN_LINE.test(part.text))
    return false;
  const word = part.text.indexOf(' ');
  return previous.length + 1 + (word === -1 ? part.text.length : word) > WRAP_COLUMN;
}

/** Whether `part` belongs to the record that begins with `head` and so far ends with `previous`. */
function continues(head: Part, previous: Part, part: Part): boolean {
  if (part.blank || previous.blank) return false;
  if (!part.stamped) {
    // indentation alone means nothing in a log without stamps: FreeBSD indents the lines about its CPU
    if (head.stamped ? part.indent >= MESSAGE_COLUMN : head.nvrm !== undefined && part.indent >= head.indent + 2)
      return true;
    if (part.nvrm === undefined) return (head.stamped || head.nvrm !== undefined) && wraps(previous, part);
  }
  if (part.nvrm === undefined || previous.nvrm === undefined) return false;
  if (part.thread !== head.thread && part.thread !== undefined && head.thread !== undefined) return false;
  if (part.seconds !== undefined && head.seconds !== undefined && Math.abs(part.seconds - head.seconds) > MAX_PAUSE) {
    return false;
  }
  return continuesMessage(head, previous, part.nvrm);
}

/** Cheap: a line that carries a stamp and no tag begins a record of its own. */
const mayContinue = (part: Part): boolean => !part.blank && (!part.stamped || part.nvrm !== undefined);

/** Reads records out of `lines`, remembering the lines it took apart last; made for walking forward. */
export function recordReader(lines: readonly string[]): (index: number) => JoinedRecord {
  const cache = new Map<number, Part>();
  const part = (index: number): Part => {
    const known = cache.get(index);
    if (known !== undefined) return known;
    if (cache.size >= 64) cache.clear();
    const read = readPart(lines[index] ?? '');
    cache.set(index, read);
    return read;
  };

  // The line behind the record read last is known to begin another; saves looking back when walking forward.
  let boundary = 0;

  return (index) => {
    let first = index;
    while (
      first > 0 &&
      first !== boundary &&
      index - first < MAX_LINES - 1 &&
      mayContinue(part(first)) &&
      !part(first - 1).blank
    )
      first -= 1;
    let last = first;
    for (let next = first + 1; next < lines.length; next += 1) {
      if (next - first < MAX_LINES && continues(part(first), part(last), part(next))) {
        last = next;
      } else if (next > index) {
        boundary = next;
        break;
      } else {
        first = next;
        last = next;
      }
    }
    const parts: string[] = [part(first).text];
    for (let i = first + 1; i <= last; i += 1) parts.push(part(i).nvrm ?? part(i).text);
    return { first, last, text: tidy(parts.join(' ')) };
  };
}

/** Given any line of a record, the whole record. */
export function joinRecord(lines: readonly string[], index: number): JoinedRecord {
  return recordReader(lines)(index);
}

/** An encoded newline, with the tag of the line that follows it. */
const ENCODED_NEWLINE = /(?:#012|\\x0a)\s{0,80}(?:NVRM:)?/g;

function tidy(text: string): string {
  let tidied = text;
  if (tidied.includes('#012') || tidied.includes('\\x0a')) tidied = tidied.replace(ENCODED_NEWLINE, ' ');
  if (/[\t\r\n]| {2}|^\s|\s$/.test(tidied)) tidied = tidied.replace(/\s+/g, ' ').trim();
  return tidied.length > MAX_TEXT ? tidied.slice(0, MAX_TEXT) : tidied;
}
