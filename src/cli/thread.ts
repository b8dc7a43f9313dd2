import { parentPort, workerData } from 'node:worker_threads';
import { type ReadLimits, useReadLimits } from '../bundle/limits.ts';
import { analyzeCase, type CaseOptions } from './case.ts';

/** What a thread is started with. */
export interface ThreadData {
  /** marks the threads that this program started */
  gpudiag: 'analyze';
  options: CaseOptions;
  limits: ReadLimits;
  /** bytes that are fetched of one address; undefined: nothing is fetched */
  fetchBytes?: number | undefined;
}

/** One input in, one result out, until the thread is stopped. */
export function serveThread(): void {
  const { options, limits, fetchBytes } = workerData as ThreadData;
  useReadLimits(limits);
  const answer = async (input: string): Promise<void> => {
    const result =
      fetchBytes === undefined
        ? await analyzeCase(input, options)
        : await (await import('./fetched-case.ts')).analyzePlace(input, options, fetchBytes);
    parentPort!.postMessage(result);
  };
  parentPort!.on('message', (input: string) => void answer(input));
}
