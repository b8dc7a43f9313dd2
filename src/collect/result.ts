import type { ProbeRecord } from '../bundle/manifest.ts';
import type { CommandOutcome } from './command.ts';
import type { FileOutcome } from './files.ts';

/** What one run of a probe came to. `stuck`: something of it hangs in the kernel and was left behind. */
export interface Result {
  record: Omit<ProbeRecord, 'id' | 'side' | 'guest' | 'privilege' | 'bytes' | 'sha256' | 'redactions'>;
  bytes?: Buffer;
  stuck?: boolean;
}

/** What was asked, for the manifest. */
export type Said = { command: string } | { path: string };

/** A probe without an answer. */
export const none = (
  status: 'missing' | 'denied' | 'timed-out' | 'failed' | 'skipped',
  reason: string,
  what: Said,
): Result => ({ record: { artifact: null, ...what, status, reason } });

/** What a command says, in whatever case, that needs more rights than it has. */
export const DENIED_WORDS: readonly string[] = [
  'permission denied',
  'not permitted',
  'must be root',
  'only be managed by root',
  'are you root',
  'requires root',
];

/** The end of what a command says whose subject is not on this machine: no VM runs, a jail has no /dev/pci. */
export const NOT_THERE = 'No such file or directory';

export function commandResult(
  outcome: CommandOutcome,
  { command, artifact, timeLimitMs }: { command: string; artifact: string; timeLimitMs: number },
): Result {
  if (!outcome.ran) return none(outcome.problem, outcome.reason, { command });
  const { output, exitStatus, signal, durationMs, stuck } = outcome;
  const empty = output.bytes.length === 0;
  const { status, reason } = judge(outcome, timeLimitMs);
  return {
    record: {
      artifact: empty ? null : artifact,
      command,
      status,
      ...(reason !== undefined && { reason }),
      ...(exitStatus !== undefined && { exitStatus }),
      ...(signal !== undefined && { signal }),
      durationMs,
      ...(output.truncation && { truncated: output.truncation }),
    },
    ...(!empty && { bytes: output.bytes }),
    stuck,
  };
}

/** What an outcome means. A command that answered is ok, also when it complained about a part or ended with an error. */
function judge(
  outcome: Extract<CommandOutcome, { ran: true }>,
  timeLimitMs: number,
): Pick<Result['record'], 'status' | 'reason'> {
  const { ended, answered, exitStatus, signal, complaint, output } = outcome;
  if (ended === 'interrupt') return { status: 'skipped', reason: 'interrupted' };
  if (ended === 'time') {
    const rest = outcome.stuck ? ' and could not be ended' : '';
    return { status: 'timed-out', reason: `had not ended after ${timeLimitMs / 1000} s${rest}` };
  }
  if (ended === 'size') return { status: 'ok', reason: 'printed without end and was stopped' };
  if (exitStatus === 0)
    return output.bytes.length === 0 ? { status: 'ok', reason: 'printed nothing' } : { status: 'ok' };
  if (answered) return { status: 'ok', reason: complaint ?? endOf(exitStatus, signal) };
  if (complaint === undefined) return { status: 'failed', reason: endOf(exitStatus, signal) };
  const said = complaint.toLowerCase();
  if (DENIED_WORDS.some((words) => said.includes(words))) return { status: 'denied', reason: complaint };
  return { status: complaint.endsWith(NOT_THERE) ? 'missing' : 'failed', reason: complaint };
}

const endOf = (exitStatus: number | undefined, signal: string | undefined): string =>
  signal === undefined ? `exit status ${exitStatus}` : `ended by ${signal}`;

export function fileResult(outcome: FileOutcome, path: string, artifact: string): Result {
  const { durationMs } = outcome;
  if (!outcome.read) {
    const { record } = none(outcome.problem, outcome.reason, { path });
    return { record: { ...record, durationMs }, stuck: outcome.problem === 'timed-out' };
  }
  const { bytes, truncation } = outcome.output;
  if (bytes.length === 0)
    return { record: { artifact: null, path, status: 'ok', reason: 'holds nothing', durationMs } };
  return { record: { artifact, path, status: 'ok', durationMs, ...(truncation && { truncated: truncation }) }, bytes };
}
