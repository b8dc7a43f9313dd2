/**
 * Lines that were cut on their way here, joined again:
 *
 * - by a terminal at its last column (copied out of a console, tmux or a typescript): all pieces but the last fill the
 *   width, and a cut goes through the middle of a word;
 * - by a mailer between two words, told only in logs with stamps, where a line without one is no message.
 *
 * Messages without stamps that a mailer wrapped are joined where they are known, record by record.
 */
import { readLogLine } from '../../parsers/lib/lines.ts';

/** Lines as they were printed, and for each the line it began at, counted from 0. */
export interface Unwrapped {
  lines: string[];
  starts: Uint32Array;
}

/** What stood between a line and the one before it, by its index; '' where a terminal cut a word. */
type Glue = Map<number, string>;

/** Columns that a terminal or a mailer may have. */
const NARROWEST = 55;
const WIDEST = 250;
/** A blank at the cut is lost where somebody trimmed the lines, and two at the most. */
const TRIMMED = 2;
/** So many lines must have been cut, because some of the same length may be chance: fewer at the width of a console. */
const LEAST_CUTS = 2;
const MANY_CUTS = 4;
const CONSOLE = 80;

/** Borders of tables stay lines of their own in any text. */
const BORDER = /^\s*[|+]/;
/**
 * What begins a line of its own where the kernel stamped none: a line that is set in, a name and a colon, a setting, a quote,
 * a prompt, a date, a dump's offset.
 */
const OWN_LINE =
  /^(?:\t|\s{2}|\s?[[<|+>#*]|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|[A-Z][a-z]{2} [ \d]\d \d\d:|\s?[\w.@/-]{1,40}(?::(?:\s|$)|\s?=\s?(?:"[^"]*"|\S+)\s*(?:#.*)?$)|---|===|```|\s*[\da-f]{4,8}:? +(?:[\da-f]{2} ){2}|\S{0,64}[$#%] )/i;

/**
 * Joins what was cut; undefined when nothing shows that lines were.
 * @param isKnown whether a line by itself is one of some kind of text
 */
export function unwrapLines(
  lines: readonly string[],
  isKnown: (line: string) => boolean = () => false,
): Unwrapped | undefined {
  const glue: Glue = new Map();
  let first = 0;
  let width = 0;
  for (let i = 0; i <= lines.length; i += 1) {
    const length = i < lines.length ? lines[i]!.length : 0;
    if (length > width) width = length;
    if (length > 0) continue;
    if (width >= NARROWEST && width <= WIDEST && i - first > 1) {
      const stretch: Stretch = { lines, first, end: i };
      if (!joinCut(stretch, width, isKnown, glue)) joinWrapped(stretch, glue);
    }
    first = i + 1;
    width = 0;
  }
  return glue.size === 0 ? undefined : join(lines, glue);
}

/** The lines from `first` up to `end`, none of them empty. */
interface Stretch {
  lines: readonly string[];
  first: number;
  end: number;
}

/** A line that is set in is the later line of a message of several, as dmesg prints them. */
const SET_IN = /^\s/;

const isStamped = (line: string): boolean => readLogLine(line).prefixLength > 0;

/** Joins what a terminal cut. @param width length of the longest line of the stretch */
function joinCut(stretch: Stretch, width: number, isKnown: (line: string) => boolean, glue: Glue): boolean {
  const { lines, first, end } = stretch;
  const full: number[] = [];
  const close: number[] = [];
  for (let i = first; i < end - 1; i += 1) {
    const { length } = lines[i]!;
    if (length === width) full.push(i);
    else if (length >= width - TRIMMED) close.push(i);
  }
  const least = width === CONSOLE ? LEAST_CUTS - 1 : LEAST_CUTS;
  if (full.length < least) return false;
  const stamps = isLog(stretch);
  const goesOn = (i: number): boolean => {
    const next = lines[i + 1]!;
    return !BORDER.test(next) && (stamps ? !isStamped(next) : !OWN_LINE.test(next));
  };
  const cuts = full.filter(goesOn);
  // Rows of a table fill its width one after the other; lines that were wrapped between words end anywhere near it.
  const inARow = cuts.filter((i) => lines[i + 1]!.length === width).length;
  const certain =
    cuts.length >= (stamps ? least : least + 1) &&
    cuts.length * 5 >= full.length * 4 &&
    inARow * 2 <= cuts.length &&
    close.length <= cuts.length;
  if (!certain) return false;
  // Few of them may be chance, where what follows is the first line of something else.
  if (cuts.length < MANY_CUTS && cuts.some((i) => isKnown(lines[i + 1]!))) return false;
  // A mailer cuts where a word ends, so that what it wrapped follows lines of any length.
  if (stamps && restsOf(stretch).some((i) => lines[i - 1]!.length < width - TRIMMED)) return false;
  for (const i of stamps ? [...cuts, ...close.filter(goesOn)] : cuts)
    glue.set(i + 1, ' '.repeat(width - lines[i]!.length));
  return true;
}

/** Joins what a mailer wrapped in a log: the first word of a line would not have fitted on the one before. */
function joinWrapped(stretch: Stretch, glue: Glue): void {
  const { lines } = stretch;
  if (!isLog(stretch) || restsOf({ ...stretch, end: headOf(stretch) }).length === 0) return;
  const rests = restsOf(stretch);
  // Rests of one message only may as well be what somebody put below the log.
  if (rests.filter((i) => endsMessage(lines, i - 1)).length < LEAST_CUTS) return;
  const width = rests.reduce((most, i) => Math.max(most, lines[i - 1]!.length), 0);
  const wrapped = rests.filter((i) => lines[i - 1]!.length + 1 + firstWord(lines[i]!) > width);
  if (width < NARROWEST || wrapped.length * 10 < rests.length * 9) return;
  for (const i of wrapped) glue.set(i, ' ');
}

/** Whether a line bears a stamp, or is a later line of a message that does. */
function endsMessage(lines: readonly string[], index: number): boolean {
  let i = index;
  while (i > 0 && SET_IN.test(lines[i]!)) i -= 1;
  return isStamped(lines[i]!);
}

/** Lines of a log that are neither a message nor the later line of one. */
function restsOf({ lines, first, end }: Stretch): number[] {
  const rests: number[] = [];
  for (let i = first + 1; i < end; i += 1) {
    const line = lines[i]!;
    if (!SET_IN.test(line) && !BORDER.test(line) && !isStamped(line)) rests.push(i);
  }
  return rests;
}

function firstWord(line: string): number {
  const blank = line.indexOf(' ');
  return blank === -1 ? line.length : blank;
}

/** A long log that is not wrapped at its head is not wrapped: the rest of it need not be looked at. */
const HEAD = 200;
const headOf = ({ first, end }: Pick<Stretch, 'first' | 'end'>): number => Math.min(end, first + HEAD);

/** How many lines of a log must bear a stamp: of long messages most lines are rests. */
const STAMPED_SHARE = 0.2;

function isLog({ lines, first, end }: Stretch): boolean {
  const last = headOf({ first, end });
  let stamped = 0;
  for (let i = first; i < last; i += 1) if (isStamped(lines[i]!)) stamped += 1;
  return stamped >= (last - first) * STAMPED_SHARE;
}

function join(lines: readonly string[], glue: Glue): Unwrapped {
  const joined: string[] = [];
  const starts: number[] = [];
  lines.forEach((line, i) => {
    const between = glue.get(i);
    if (between === undefined) {
      joined.push(line);
      starts.push(i);
    } else joined[joined.length - 1] += between + line;
  });
  return { lines: joined, starts: Uint32Array.from(starts) };
}
