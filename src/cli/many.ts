import { availableParallelism } from 'node:os';
import { readLimits } from '../bundle/limits.ts';
import { clean } from '../model/text.ts';
import { plural } from '../report/words.ts';
import type { AnalyzeResult } from './analyze.ts';
import { analyzeCase, type CaseOptions, type CaseResult } from './case.ts';
import { casesOf } from './collections.ts';
import { EXIT } from './errors.ts';
import { openSinkFile, type SinkFile } from './file-sink.ts';
import { inOrder } from './in-order.ts';
import { startProgress } from './progress.ts';
import { openResults } from './results-file.ts';
import { createThreads, startThread, type Threads } from './threads.ts';

export interface ManyOptions extends CaseOptions {
  /** threads; left out: as many as pay */
  jobs?: number | undefined;
  /** a file of results to go on with */
  resume?: string | undefined;
  /** a file for the results */
  output?: string | undefined;
  /** takes lines where they go to neither file */
  onLine: (line: string) => Promise<void>;
}

/** A thread takes as long to start as a few bundles take to analyse. */
const CASES_PER_THREAD = 4;
/** Results that may wait for the one before them, for each thread. */
const WINDOW = 4;
/** One bundle takes seconds; what takes this long will not end. */
const TIMEOUT_MS = 600_000;
/** Names that are shown of inputs that could not be used. */
const SHOWN = 3;

/**
 * One line an input, in the order of the inputs; what is wrong with one of them never stops the others.
 * @throws ExpectedError when the results cannot be written; Error when an input showed a bug, after all the others
 */
export async function analyzeMany(inputs: readonly string[], options: ManyOptions): Promise<AnalyzeResult> {
  const cases = await casesOf(inputs);
  const sink = await openSink(options);
  const threads = threadsFor(cases, options);
  const progress = startProgress();
  const unused: string[] = [];
  let failed = false;
  let done = 0;
  let there = 0;
  let unusedCount = 0;
  let bug: string | undefined;
  try {
    const run = async (input: string): Promise<{ input: string; result?: CaseResult }> =>
      (await sink.has(input))
        ? { input }
        : { input, result: await (threads?.analyze(input) ?? analyzeCase(input, options)) };
    const window = (threads?.count ?? 1) * WINDOW;
    for await (const { input, result } of inOrder(cases, run, threads === undefined ? 1 : window)) {
      done += 1;
      progress.say(`${done} of ${cases.length} analysed`);
      if (result === undefined) {
        there += 1;
        continue;
      }
      failed ||= result.failed;
      if (result.error !== undefined) {
        unusedCount += 1;
        if (unused.length < SHOWN) unused.push(input);
        if (result.error.exit === EXIT.bug) bug ??= result.error.message;
      }
      await sink.write(result.line);
    }
    await sink.end();
  } catch (error) {
    await sink.abandon();
    throw error;
  } finally {
    progress.end();
    await threads?.close();
  }
  if (bug !== undefined) throw new Error(bug.replace(/^internal error: /, ''));
  return {
    text: '',
    failed,
    written: true,
    ...(options.resume !== undefined && { note: noteOf(options.resume, { done, there, unusedCount }) }),
    ...(unusedCount > 0 && { nothing: unusedText(unused, unusedCount, cases.length) }),
  };
}

function threadsFor(cases: readonly string[], options: ManyOptions): (Threads & { count: number }) | undefined {
  // Only this thread has the standard input.
  if (cases.includes('-')) return undefined;
  const paying = Math.min(availableParallelism(), Math.floor(cases.length / CASES_PER_THREAD));
  const count = Math.min(options.jobs ?? paying, cases.length);
  if (count === 0) return undefined;
  const { redact, failOn } = options;
  const start = () => startThread({ gpudiag: 'analyze', options: { redact, failOn }, limits: readLimits() });
  return { count, ...createThreads({ count, timeoutMs: TIMEOUT_MS, start }) };
}

const noteOf = (path: string, { done, there, unusedCount }: { done: number; there: number; unusedCount: number }) =>
  `${clean(path)}: ${plural(done - there, 'input')} analysed now${unusedCount > 0 ? ` (${unusedCount} without a report)` : ''}, ${there} had been before`;

function unusedText(names: readonly string[], count: number, total: number): string {
  const shown = [...names, ...(count > names.length ? [`and ${count - names.length} more`] : [])];
  return `${count} of ${total} inputs could not be used: ${clean(shown.join(', '))}`;
}

/** Where lines go. What is abandoned is taken away, unless it is meant to be gone on with. */
interface Sink extends SinkFile {
  /** whether an input need not be analysed again */
  has(input: string): Promise<boolean>;
}

const nothingThere = (): Promise<boolean> => Promise.resolve(false);
const nothingToDo = (): Promise<void> => Promise.resolve();

async function openSink({ resume, output, onLine }: ManyOptions): Promise<Sink> {
  if (resume !== undefined) {
    const results = await openResults(resume);
    return {
      has: (input) => results.has(input),
      write: (line) => results.append(line),
      end: () => results.close(),
      abandon: () => results.close(),
    };
  }
  if (output !== undefined) return { has: nothingThere, ...(await openSinkFile(output)) };
  return { has: nothingThere, write: onLine, end: nothingToDo, abandon: nothingToDo };
}
