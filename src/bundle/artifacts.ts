import { CONTAINERS } from '../../parsers/containers.ts';
import { PARSERS } from '../../parsers/index.ts';
import { type Artifact, lineInFile, type Problem, type Side } from '../model/artifact.ts';
import { decode } from './decode.ts';
import type { LongLog } from './gather.ts';
import { unwrapLines } from './line-wrap.ts';
import { LIMITS } from './limits.ts';
import { createKindTeller, HEAD, type Hint, type Run } from './kinds.ts';
import type { RawFile } from './open.ts';
import { unwrapPaste, withoutMargin } from './paste.ts';
import { splitAtPrompts } from './prompts.ts';
import { straightenQuotes } from './typography.ts';

/** What one file turned out to hold. */
export interface IdentifiedFile {
  path: string;
  bytes: number;
  sha256: string;
  lines: number;
  /** empty when the file is unreadable; one artifact without a kind when nothing in it is known */
  artifacts: Artifact[];
  /** why it cannot be used or what is missing of it */
  problems: Problem[];
  unreadable: boolean;
  /** id of the probe it came from, when that is one whose answers are kept for people and no parser reads */
  keptFrom?: string;
}

const teller = createKindTeller(PARSERS);
const parserOf = new Map(PARSERS.map((parser) => [parser.kind, parser]));

/** Files of a bundle that describe the bundle and are no evidence. */
const isBundleFile = (path: string, text: string): boolean =>
  /(?:^|\/)(?:manifest|redaction)\.json$/.test(path) && /"(?:probes|replacements)"\s*:/.test(text.slice(0, HEAD));

export interface IdentifyOptions {
  /** the file holds what a machine wrote, character by character: nobody's typography came between */
  collected?: boolean;
}

/** Decodes a file and cuts it into artifacts: containers, terminal sessions, runs of one kind. */
export function identify(file: RawFile, { collected = false }: IdentifyOptions = {}): IdentifiedFile | undefined {
  const base = { path: file.path, bytes: file.longLog?.bytes ?? file.bytes.length, sha256: file.sha256 };
  const problems: Problem[] = file.problem === undefined ? [] : [{ message: file.problem }];
  if (file.bytes.length === 0 && file.problem !== undefined) {
    return { ...base, lines: 0, artifacts: [], problems, unreadable: true };
  }
  const decoded = decode(file.bytes);
  if ('unreadable' in decoded) {
    problems.push({
      message: `${decoded.unreadable}; expected the text a command printed, a configuration file or a log`,
    });
    return { ...base, lines: 0, artifacts: [], problems, unreadable: true };
  }
  if (isBundleFile(file.path, decoded.text)) return undefined;
  const place = placeOfPath(file.path);
  const last = lastLines(decoded.text, LIMITS.lines);
  if (file.longLog !== undefined) problems.push({ message: partlyRead(file.longLog) });
  if (last.firstLine > 1)
    problems.push({ message: `has more than ${LIMITS.lines} lines; the last ones were read`, line: last.firstLine });
  const straight = collected ? undefined : straightenQuotes(last.text);
  if (straight !== undefined) problems.push({ message: STRAIGHTENED, line: last.firstLine + straight.line - 1 });
  const asFound = { text: straight?.text ?? last.text, firstLine: last.firstLine };
  const written = file.longLog === undefined ? asPrinted(asFound) : withLines(asFound, file.longLog.lineNumbers);
  const { text, lines, firstLine, lineNumbers } = written;
  const ofPieces: Problem[] = [];
  const found = split(text, lines, firstLine, { fileName: file.path }, ofPieces);
  for (const { message, line } of ofPieces)
    problems.push({ message, ...(line !== undefined && { line: lineNumbers?.[line - 1] ?? line }) });
  const pieces = found.some(({ kind }) => kind !== undefined)
    ? found
    : [{ kind: undefined, firstLine, lines, start: 0, end: lines.length }];
  const artifacts = pieces.map((piece): Artifact => {
    const { kind, side, earlierBoot } = piece;
    const { guest } = place;
    const untouched = piece.lines === lines && piece.start === 0 && piece.end === lines.length;
    const own = untouched ? text : piece.lines.slice(piece.start, piece.end).join('\n');
    return {
      path: file.path,
      kind,
      side: sideOf(kind, own, side ?? place.side),
      ...(guest === undefined ? {} : { guest }),
      ...(earlierBoot === undefined ? {} : { earlierBoot }),
      ...placeInFile(piece, lineNumbers),
      text: own,
      bytes: base.bytes,
      sha256: file.sha256,
    };
  });
  return {
    ...base,
    lines: file.longLog?.lines ?? lineInFile(written, lines.length - (lines.at(-1) === '' ? 1 : 0)),
    artifacts,
    problems,
    unreadable: false,
  };
}

const partlyRead = ({ lines, lineNumbers }: LongLog): string =>
  `has ${lines} lines, of which ${lineNumbers.length} were read: its beginning, its end, and the lines between that hold what is looked for`;

const STRAIGHTENED =
  'has typographic quotation marks, which were read as straight ones; in a configuration file they would have no effect';

/** The lines of a file as its pieces are cut from them. */
interface Written extends Pick<Artifact, 'text' | 'firstLine' | 'lineNumbers'> {
  lines: readonly string[];
}

const withLines = (text: Pick<Artifact, 'text' | 'firstLine'>, lineNumbers?: Uint32Array): Written => ({
  ...text,
  lines: text.text.split('\n'),
  ...(lineNumbers !== undefined && { lineNumbers }),
});

/** The lines as a machine printed them, before the edge of a terminal cut the long ones. */
function asPrinted(found: Pick<Artifact, 'text' | 'firstLine'>): Written {
  const written = withLines(found);
  const unwrapped = unwrapLines(written.lines, (line) => teller.isMarked(line));
  if (unwrapped === undefined) return written;
  const { lines, starts } = unwrapped;
  return { text: lines.join('\n'), lines, firstLine: 1, lineNumbers: starts.map((start) => found.firstLine + start) };
}

/** Where a piece begins in its file, and, where the lines of the file are not one by one those of the text, which they are. */
function placeInFile(
  { firstLine }: Piece,
  ofFile: Uint32Array | undefined,
): Pick<Artifact, 'firstLine' | 'lineNumbers'> {
  if (ofFile === undefined) return { firstLine };
  const lineNumbers = ofFile.subarray(firstLine - 1);
  return { firstLine: lineInFile({ firstLine, lineNumbers }, 1), lineNumbers };
}

/** The last lines of a text, at most `limit`; of a log they are the newest. */
function lastLines(text: string, limit: number): { text: string; firstLine: number } {
  if (text.length <= limit) return { text, firstLine: 1 };
  let [start, kept] = [text.length, 0];
  while (start > 0 && kept < limit) {
    start = start === 1 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
    kept += 1;
  }
  let firstLine = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < start; i = text.indexOf('\n', i + 1)) firstLine += 1;
  return { text: start === 0 ? text : text.slice(start), firstLine };
}

/** A stretch of a file that became one artifact. */
interface Piece {
  kind: string | undefined;
  side?: Side | undefined;
  earlierBoot?: number | undefined;
  firstLine: number;
  lines: readonly string[];
  start: number;
  end: number;
}

/** Containers inside containers are bounded: a section that claims to be a container again is read as it is. */
const MAX_NESTING = 2;

function split(
  text: string,
  lines: readonly string[],
  firstLine: number,
  hint: Hint,
  problems: Problem[],
  depth = 0,
): Piece[] {
  const container =
    depth < MAX_NESTING ? CONTAINERS.find(({ recognise }) => recognise(text.slice(0, HEAD))) : undefined;
  if (container === undefined) return splitPaste(lines, firstLine, hint);
  const { sections, problems: found } = container.split(text);
  for (const { message, line } of found)
    problems.push({ message, ...(line !== undefined && { line: line + firstLine - 1 }) });
  // What stands above the container in a paste is no part of it.
  const above = lines.slice(0, (sections[0]?.firstLine ?? 1) - 1);
  const pieces = splitPaste(above, firstLine, hint).filter(({ kind }) => kind !== undefined);
  for (const { kind, side, earlierBoot, heading, firstLine: first, text: content } of sections) {
    const line = firstLine + first - 1;
    const own = content.split('\n');
    let inner: Piece[];
    if (kind === undefined) {
      inner = split(content, own, line, heading === undefined ? {} : { heading }, problems, depth + 1);
    } else {
      // Where a section ends cannot always be told, so what another kind of text has at its end is cut off.
      inner = splitPaste(own, line, {});
      if (inner[0]?.kind !== kind) inner = [{ kind, firstLine: line, lines: own, start: 0, end: own.length }];
    }
    pieces.push(...inner.map((piece) => ({ side, earlierBoot, ...piece })));
  }
  return pieces;
}

/** Cuts at fences, then at prompts, then where the kind changes. */
function splitPaste(raw: readonly string[], firstLine: number, hint: Hint): Piece[] {
  const { lines, boundaries } = unwrapPaste(raw);
  const pieces: Piece[] = [];
  let start = 0;
  for (const end of [...boundaries, lines.length]) {
    if (end > start) pieces.push(...splitSession(lines, start, end, firstLine, hint));
    start = end;
  }
  return pieces;
}

function splitSession(lines: readonly string[], from: number, to: number, firstLine: number, hint: Hint): Piece[] {
  const pieces: Piece[] = [];
  const isKnown = (command: string): boolean => teller.kindsOfCommand(command).length > 0;
  for (const { command, prompt, start, end, doubtful } of splitAtPrompts(lines, from, to, isKnown)) {
    // Some kinds are the commands themselves: what was typed is part of them.
    const typed = prompt !== undefined && teller.isMarked(lines[prompt]!);
    const first = typed ? prompt : start;
    if (end <= first) continue;
    const inner: Hint = command === undefined ? hint : { heading: command };
    const { runs, text } = runsOf(lines, first, end, inner);
    const before = pieces.at(-1);
    const goesOn =
      before !== undefined &&
      before.kind !== undefined &&
      before.kind === runs[0]?.kind &&
      before.lines === text &&
      before.end === (prompt ?? first) &&
      (typed || (doubtful === true && !teller.kindsOfCommand(command ?? '').includes(before.kind)));
    if (goesOn) before.end = runs.shift()!.end;
    for (const run of runs) pieces.push({ ...run, firstLine: firstLine + run.start, lines: text });
  }
  return pieces;
}

/** Runs of a stretch, read without its margin when nothing is known of it as it stands; [] when it is blank. */
function runsOf(
  lines: readonly string[],
  start: number,
  end: number,
  hint: Hint,
): { runs: Run[]; text: readonly string[] } {
  const runs = teller.runs(lines, start, end, hint);
  if (runs.some(({ kind }) => kind !== undefined)) return { runs, text: lines };
  const bare = withoutMargin(lines, start, end);
  const found = bare === undefined ? [] : teller.runs(bare, start, end, hint);
  if (bare !== undefined && found.some(({ kind }) => kind !== undefined)) return { runs: found, text: bare };
  return { runs: lines.slice(start, end).some((line) => line.trim() !== '') ? runs : [], text: lines };
}

/**
 * `host/...` and `guest/<name>/...` as bundles lay them out, in whatever folder the bundle lies. A hint only where the kind
 * leaves the side open.
 */
function placeOfPath(path: string): { side?: Side; guest?: string } {
  const folders = path.split('/').slice(0, -1);
  const at = folders.findIndex((folder) => folder === 'host' || folder === 'guest');
  if (at === -1) return {};
  if (folders[at] === 'host') return { side: 'host' };
  const guest = folders[at + 1];
  return guest === undefined ? { side: 'guest' } : { side: 'guest', guest };
}

function sideOf(kind: string | undefined, text: string, placed: Side | undefined): Side {
  const parser = kind === undefined ? undefined : parserOf.get(kind);
  if (parser === undefined) return placed ?? 'unknown';
  const told = typeof parser.side === 'function' ? parser.side(text) : parser.side;
  // A FreeBSD guest prints what a FreeBSD host prints: there the bundle's layout knows better than the format.
  if (placed !== undefined && told === 'host') return placed;
  return told === 'unknown' ? (placed ?? told) : told;
}
