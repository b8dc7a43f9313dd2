import { CONTAINERS } from '../../parsers/containers.ts';
import { PARSERS } from '../../parsers/index.ts';
import type { Artifact, Problem, Side } from '../model/artifact.ts';
import { decode } from './decode.ts';
import { createKindTeller, HEAD, type Hint } from './kinds.ts';
import type { RawFile } from './open.ts';
import { splitAtPrompts } from './prompts.ts';

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
}

const teller = createKindTeller(PARSERS);
const parserOf = new Map(PARSERS.map((parser) => [parser.kind, parser]));

/** Files of a bundle that describe the bundle and are no evidence. */
const BUNDLE_FILES = /^(?:manifest\.json|redaction\.json)$/;

/** Decodes a file and cuts it into artifacts: containers, terminal sessions, runs of one kind. */
export function identify(file: RawFile): IdentifiedFile | undefined {
  if (BUNDLE_FILES.test(file.path)) return undefined;
  const base = { path: file.path, bytes: file.bytes.length, sha256: file.sha256 };
  const problems: Problem[] = file.problem === undefined ? [] : [{ message: file.problem }];
  if (file.bytes.length === 0 && file.problem !== undefined) {
    return { ...base, lines: 0, artifacts: [], problems, unreadable: true };
  }
  const decoded = decode(file.bytes);
  if ('unreadable' in decoded) {
    problems.push({ message: `${decoded.unreadable}; expected the text a command printed, a configuration file or a log` });
    return { ...base, lines: 0, artifacts: [], problems, unreadable: true };
  }
  const place = placeOfPath(file.path);
  const artifacts = split(decoded.text, 1, { fileName: file.path }, 0).map(({ kind, side, earlierBoot, firstLine, text }): Artifact => {
    const guest = place.guest;
    return {
      path: file.path,
      kind,
      side: sideOf(kind, text, side ?? place.side),
      ...(guest === undefined ? {} : { guest }),
      ...(earlierBoot === undefined ? {} : { earlierBoot }),
      firstLine,
      text,
      bytes: file.bytes.length,
      sha256: file.sha256,
    };
  });
  return { ...base, lines: countLines(decoded.text), artifacts, problems, unreadable: false };
}

interface Piece {
  kind: string | undefined;
  side?: Side | undefined;
  earlierBoot?: number | undefined;
  firstLine: number;
  text: string;
}

/** Nesting of containers is bounded: a section that claims to be a container again is read as it is. */
function split(text: string, firstLine: number, hint: Hint, depth: number): Piece[] {
  if (depth < 2) {
    const container = CONTAINERS.find((candidate) => candidate.recognise(text.slice(0, HEAD)));
    if (container !== undefined) {
      return container.split(text).sections.flatMap((section): Piece[] => {
        const line = firstLine + section.firstLine - 1;
        const { kind, side, earlierBoot } = section;
        if (kind !== undefined) return [{ kind, side, earlierBoot, firstLine: line, text: section.text }];
        const inner: Hint = section.heading === undefined ? {} : { heading: section.heading };
        return split(section.text, line, inner, depth + 1).map((piece) => ({ side, earlierBoot, ...piece }));
      });
    }
  }
  const lines = text.split('\n');
  const exchanges = splitAtPrompts(lines, (command) => teller.kindsOfCommand(command).length > 0);
  if (exchanges.length === 1 && exchanges[0]!.command === undefined && exchanges[0]!.start === 0) return runsOf(text, lines, firstLine, hint);
  return exchanges.flatMap(({ command, start, end }) => {
    const body = lines.slice(start, end);
    const inner: Hint = command === undefined ? {} : { heading: command };
    return runsOf(body.join('\n'), body, firstLine + start, inner);
  });
}

function runsOf(text: string, lines: readonly string[], firstLine: number, hint: Hint): Piece[] {
  return teller.runs(lines, text, hint).map(({ kind, start, end }) => ({
    kind,
    firstLine: firstLine + start,
    text: start === 0 && end === lines.length ? text : lines.slice(start, end).join('\n'),
  }));
}

/** `host/...` and `guest/<name>/...` as bundles lay them out. A hint only where the kind leaves the side open. */
function placeOfPath(path: string): { side?: Side; guest?: string } {
  const [top, second, third] = path.split('/');
  if (top === 'host') return { side: 'host' };
  if (top === 'guest') return second !== undefined && third !== undefined ? { side: 'guest', guest: second } : { side: 'guest' };
  return {};
}

function sideOf(kind: string | undefined, text: string, placed: Side | undefined): Side {
  const parser = kind === undefined ? undefined : parserOf.get(kind);
  if (parser === undefined) return placed ?? 'unknown';
  const told = typeof parser.side === 'function' ? parser.side(text) : parser.side;
  // A FreeBSD guest prints what a FreeBSD host prints: there the bundle's layout knows better than the format.
  if (placed !== undefined && told === 'host') return placed;
  return told === 'unknown' ? (placed ?? told) : told;
}

function countLines(text: string): number {
  let count = text === '' || text.endsWith('\n') ? 0 : 1;
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) count += 1;
  return count;
}
