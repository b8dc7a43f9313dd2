import { addAbortSignal, type Readable } from 'node:stream';
import { readLimits } from '../bundle/limits.ts';
import { errorLine } from '../report/ndjson.ts';
import type { CaseOptions } from './case.ts';
import { EXIT } from './errors.ts';
import { inOrder } from './in-order.ts';
import { createThreads, startThread } from './threads.ts';

/** Bytes of one line; paths and addresses are shorter. */
export const MAX_LINE = 64 * 1024;
const LINE_FEED = 0x0a;

export interface WorkerOptions extends CaseOptions {
  jobs: number;
  /** for one bundle */
  timeoutSeconds: number;
  input: Readable;
  /** ends the work: what is begun is finished, nothing more is begun */
  stop: AbortSignal;
  write: (line: string) => Promise<void>;
  /** lines are waited for from now on */
  ready: () => Promise<void>;
}

/** A line asks for something, or is too long to be asked anything. */
type Asked = { place: string } | { tooLong: string };

/** One place a line in, one result a line out, in the order of the lines. Nothing is kept from one to the next. */
export async function serve(options: WorkerOptions): Promise<void> {
  const { jobs, redact, failOn, timeoutSeconds, stop } = options;
  const limits = readLimits();
  const start = () =>
    startThread({ gpudiag: 'analyze', options: { redact, failOn }, limits, fetchBytes: limits.maxBytes });
  const threads = createThreads({ count: jobs, timeoutMs: timeoutSeconds * 1000, start });
  const run = async (asked: Asked): Promise<string> => {
    if ('place' in asked) return (await threads.analyze(asked.place)).line;
    return errorLine(`${asked.tooLong}...`, {
      message: `the line is longer than the ${MAX_LINE} bytes that are read of one`,
      exit: EXIT.input,
    });
  };
  try {
    await options.ready();
    // With one thread there is never more begun than the one line that it works on.
    for await (const line of inOrder(askedIn(options.input, stop), run, 2 * jobs - 1)) await options.write(line);
  } finally {
    await threads.close();
  }
}

/** What is shown of a line that is too long. */
const SHOWN = 80;

/** The lines of a stream until it ends or is to be left; empty ones ask nothing. */
export async function* askedIn(input: Readable, stop: AbortSignal): AsyncGenerator<Asked, void, undefined> {
  let rest = Buffer.alloc(0);
  /** beginning of a line of which more has come than is kept */
  let tooLong: string | undefined;
  const finish = (line: Buffer): Asked | undefined => {
    const begun = tooLong;
    tooLong = undefined;
    if (begun !== undefined) return { tooLong: begun };
    if (line.length > MAX_LINE) return { tooLong: beginning(line) };
    const place = line.toString('utf8').replace(/\r$/, '');
    return place.trim() === '' ? undefined : { place };
  };
  try {
    for await (const chunk of addAbortSignal(stop, input)) {
      rest = Buffer.concat([rest, chunk as Buffer]);
      for (let end = rest.indexOf(LINE_FEED); end !== -1; end = rest.indexOf(LINE_FEED)) {
        const asked = finish(rest.subarray(0, end));
        rest = rest.subarray(end + 1);
        if (stop.aborted) return;
        if (asked !== undefined) yield asked;
      }
      if (rest.length > MAX_LINE) {
        tooLong ??= beginning(rest);
        rest = Buffer.alloc(0);
      }
    }
  } catch (error) {
    if (stop.aborted) return;
    throw error;
  }
  const last = finish(rest);
  if (last !== undefined && !stop.aborted) yield last;
}

const beginning = (line: Buffer): string => line.subarray(0, SHOWN).toString('utf8');
