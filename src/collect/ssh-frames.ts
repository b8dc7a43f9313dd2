import * as v from 'valibot';

/**
 * The two streams of the script that a guest is fed (script/stream.sh), taken apart. A guest may say anything, so what is
 * no frame is left out.
 */

const Path = v.pipe(v.string(), v.regex(/^(?!\.)[\w.@+%-]+(?:\/(?!\.)[\w.@+%-]+)*$/));
const Seconds = v.pipe(v.number(), v.integer(), v.minValue(0));
const Asked = { id: v.string(), command: v.optional(v.string()), path: v.optional(v.string()) };
const Answer = { ...Asked, artifact: Path, allowed: Seconds };

const Head = v.variant('kind', [
  v.object({
    kind: v.literal('hello'),
    system: v.string(),
    hostName: v.string(),
    privilege: v.picklist(['user', 'root']),
  }),
  /** a command: its stdout and its stderr are the contents */
  v.object({ kind: v.literal('command'), ...Answer }),
  /** a file: what was kept of it, and "seen dropped lines skipped" */
  v.object({ kind: v.literal('file'), ...Answer }),
  /** a text that the script put together from several files */
  v.object({ kind: v.literal('text'), ...Answer }),
  v.object({
    kind: v.literal('none'),
    ...Asked,
    status: v.picklist(['missing', 'denied', 'skipped']),
    reason: v.string(),
  }),
  v.object({ kind: v.literal('bye') }),
]);
type Head = v.InferOutput<typeof Head>;

export type Frame = Head & {
  stdout: Buffer;
  stderr: Buffer;
  /** how the command ended; missing when the connection was gone before */
  end?: { status: number; seconds: number; ended: 'no' | 'time' | 'stuck' };
};

const NEWLINE = 0x0a;

/** The frames in the order in which they were sent. */
export function parseFrames(stdout: Buffer, stderr: Buffer, nonce: string): Frame[] {
  const complaints = split(stderr, nonce);
  let at = 0;
  return split(stdout, nonce).flatMap(({ line, content }): Frame[] => {
    const head = headOf(line);
    if (head === undefined) return [];
    const frame: Frame = { ...head, stdout: content, stderr: Buffer.alloc(0) };
    // The second stream has the same heads in the same order, with the ends between them.
    const start = complaints.findIndex((part, i) => i >= at && part.line === line);
    if (start === -1) return [frame];
    const parts = [complaints[start]!.content];
    for (at = start + 1; at < complaints.length; at += 1) {
      const { line: next, content: rest } = complaints[at]!;
      const end = /^end (\d{1,3}) (\d{1,6}) (no|time|stuck)$/.exec(next);
      if (end === null) break;
      frame.end = { status: Number(end[1]), seconds: Number(end[2]), ended: end[3] as 'no' | 'time' | 'stuck' };
      parts.push(rest);
    }
    return [{ ...frame, stderr: Buffer.concat(parts) }];
  });
}

/** Parts that begin with a line of the nonce; what comes before the first one is noise of a login. */
function split(stream: Buffer, nonce: string): { line: string; content: Buffer }[] {
  const mark = Buffer.from(`\n${nonce} `);
  const parts: { line: string; content: Buffer }[] = [];
  for (let start = stream.indexOf(mark); start !== -1;) {
    const next = stream.indexOf(mark, start + mark.length);
    const part = stream.subarray(start + mark.length, next === -1 ? stream.length : next);
    const newline = part.indexOf(NEWLINE);
    if (newline !== -1) {
      parts.push({ line: part.toString('utf8', 0, newline), content: part.subarray(newline + 1) });
    }
    start = next;
  }
  return parts;
}

function headOf(line: string): Head | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const result = v.safeParse(Head, json);
  return result.success ? result.output : undefined;
}
