/** The machine an artifact speaks of. `guest` also stands for bare metal that runs the same guest driver. */
export type Side = 'host' | 'guest' | 'unknown';

/**
 * One captured text of one kind. A file that holds several (a forum paste, an nvidia-bug-report) becomes several
 * artifacts that share a path and differ in `firstLine`.
 */
export interface Artifact {
  /** path of the file inside the input, with forward slashes; what evidence cites */
  path: string;
  /** kind of the parser that reads it, or undefined when no parser knows it */
  kind: string | undefined;
  side: Side;
  /** name of the guest, when the path or content tells it */
  guest?: string;
  /** line of the file at which this artifact begins, counted from 1 */
  firstLine: number;
  /** of a text of which lines were left out: for each line that is there its number in the file */
  lineNumbers?: Uint32Array;
  /** set on the log of a boot before the current one; it stays in the facts and is not judged */
  earlierBoot?: number;
  /** text with the file's own line structure; control sequences and encodings already normalised */
  text: string;
  /** bytes of the whole file as found (before decompression of the input it came in) */
  bytes: number;
  sha256: string;
}

/** What came of an artifact. `partly`: some of it could not be read, see problems. */
export type ArtifactStatus = 'parsed' | 'partly' | 'unreadable' | 'unrecognised';

/** Something in an input that could not be used, said in one line without jargon. */
export interface Problem {
  message: string;
  line?: number;
}

type Numbered = Pick<Artifact, 'firstLine' | 'lineNumbers'>;

/** The number in its file of a line of an artifact's text; both count from 1. */
export const lineInFile = ({ firstLine, lineNumbers }: Numbered, own: number): number =>
  lineNumbers === undefined ? firstLine + own - 1 : (lineNumbers[own - 1] ?? lineNumbers.at(-1) ?? firstLine);

/** The reverse: the last line of an artifact's text that stands at or before a line of the file. */
export function lineInText({ firstLine, lineNumbers }: Numbered, line: number): number {
  if (lineNumbers === undefined) return line - firstLine + 1;
  let [low, high] = [0, lineNumbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lineNumbers[middle]! <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}
