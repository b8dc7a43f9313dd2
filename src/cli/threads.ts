import { Worker } from 'node:worker_threads';
import { type CaseResult, failedCase } from './case.ts';
import { EXIT } from './errors.ts';
import type { ThreadData } from './thread.ts';

/** What is used of a worker thread. */
export interface Thread {
  postMessage(input: string): void;
  on(event: 'message', listener: (result: CaseResult) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export interface ThreadsOptions {
  count: number;
  /** for one input, milliseconds */
  timeoutMs: number;
  start: () => Thread;
}

export interface Threads {
  /** Never rejects: an input that takes its thread down, or takes too long, has an error for a result. */
  analyze(input: string): Promise<CaseResult>;
  close(): Promise<void>;
}

/** A thread that runs this same program. Only works in the built one. */
export const startThread = (data: ThreadData): Thread => new Worker(__filename, { workerData: data });

/** Threads that analyse one input at a time each. They are started when they are first needed, and again when one died. */
export function createThreads({ count, timeoutMs, start }: ThreadsOptions): Threads {
  /** undefined: a place where no thread runs yet */
  const free: (Asked | undefined)[] = Array.from({ length: count }, () => undefined);
  const waiting: ((thread: Asked | undefined) => void)[] = [];
  const take = (): Promise<Asked | undefined> =>
    free.length > 0 ? Promise.resolve(free.pop()) : new Promise((resolve) => waiting.push(resolve));
  const giveBack = (thread: Asked | undefined): void => {
    const first = waiting.shift();
    if (first === undefined) free.push(thread);
    else first(thread);
  };

  return {
    async analyze(input) {
      const thread = (await take()) ?? asked(start());
      const result = await thread.ask(input, timeoutMs);
      // Not waited for: a thread whose file system hangs does not end.
      if ('died' in result) void thread.end();
      giveBack('died' in result ? undefined : thread);
      return 'died' in result ? failedCase(input, result.died) : result;
    },
    async close() {
      await Promise.all(free.splice(0).flatMap((thread) => (thread === undefined ? [] : [thread.end()])));
    },
  };
}

type Death = { died: NonNullable<CaseResult['error']> };

/** A thread that is asked one thing at a time. */
interface Asked {
  ask(input: string, timeoutMs: number): Promise<CaseResult | Death>;
  end(): Promise<unknown>;
}

function asked(thread: Thread): Asked {
  /** What a thread says while it is being stopped is nobody's business. */
  let answer: (result: CaseResult | Death) => void = () => undefined;
  const die = (message: string, exit: number): void => answer({ died: { message, exit } });
  thread.on('message', (result) => answer(result));
  thread.on('error', (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
      die('the analysis needs more memory than it may have', EXIT.input);
    else die(`internal error: ${error.message}`, EXIT.bug);
  });
  thread.on('exit', () => die('internal error: the analysis ended without a result', EXIT.bug));
  return {
    ask: (input, timeoutMs) =>
      new Promise((resolve) => {
        const givenUp = `the analysis was given up after ${Math.round(timeoutMs / 1000)} s`;
        const timer = setTimeout(() => die(givenUp, EXIT.input), timeoutMs);
        answer = (result) => {
          clearTimeout(timer);
          answer = () => undefined;
          resolve(result);
        };
        thread.postMessage(input);
      }),
    end: () => thread.terminate(),
  };
}
