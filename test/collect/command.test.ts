import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type CommandOutcome, runCommand } from '../../src/collect/command.ts';
import { scripted, standIn, temporaryFolder } from './support.ts';

const KEEP = { headBytes: 4096, tailBytes: 4096, wantedBytes: 0 };
const BOUNDS = { timeLimitMs: 20_000, keep: KEEP, graceMs: 300 };

type Ran = Extract<CommandOutcome, { ran: true }>;

async function run(script: string, bounds = {}, args: string[] = []): Promise<Ran> {
  const outcome = await runCommand(scripted({ tool: script }), ['tool', ...args], { ...BOUNDS, ...bounds });
  if (!outcome.ran) throw new Error(outcome.reason);
  return outcome;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // A zombie that nobody has reaped yet does nothing any more.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe('a command', () => {
  it('gives stdout, then stderr, its exit status and its complaint', async () => {
    const { output, exitStatus, complaint, answered } = await run('echo oops >&2; echo fine; exit 3');
    expect(output.bytes.toString()).toBe('fine\noops\n');
    expect(exitStatus).toBe(3);
    expect(complaint).toBe('oops');
    expect(answered).toBe(true);
  });

  it('gets its arguments as they are, and no shell in between', async () => {
    const args = ['$(id)', '; echo no', "it's", '-x', '*', ''];
    const { output } = await run('for a; do echo "<$a>"; done', {}, args);
    expect(output.bytes.toString()).toBe(args.map((arg) => `<${arg}>\n`).join(''));
  });

  it('has the C locale, the PATH of the machine, nothing on stdin and nothing of our environment', async () => {
    process.env.GPUDIAG_TEST_SECRET = 'kingfisher';
    const { output } = await run('echo "$LC_ALL $LANG $PATH"; echo "<$GPUDIAG_TEST_SECRET>"; read x || echo end');
    delete process.env.GPUDIAG_TEST_SECRET;
    expect(output.bytes.toString()).toMatch(/^C C \S*\/bin\n<>\nend\n$/);
  });

  it('that is not there is missing', async () => {
    const outcome = await runCommand(scripted({}), ['pciconf', '-l'], BOUNDS);
    expect(outcome).toEqual({ ran: false, problem: 'missing', reason: 'pciconf: not installed' });
  });

  it('that cannot be started says so', async () => {
    const machine = standIn({ files: {}, commands: {}, scripts: { tool: 'echo' } });
    expect(await runCommand(machine, ['tool', 'a\0b'], BOUNDS)).toMatchObject({ ran: false, problem: 'failed' });
  });

  it('that ends with a signal names it', async () => {
    expect(await run('kill -SEGV $$')).toMatchObject({ signal: 'SIGSEGV', answered: false });
  });
});

describe('a command that does not end', () => {
  it('is ended when its time is over; what it printed is kept', async () => {
    const { ended, output, durationMs, stuck } = await run('echo first; exec /bin/sleep 600', { timeLimitMs: 400 });
    expect(ended).toBe('time');
    expect(stuck).toBe(false);
    expect(output.bytes.toString()).toBe('first\n');
    expect(durationMs).toBeLessThan(2000);
  });

  it('and ignores SIGTERM and keeps children is killed with all of them', async () => {
    const script =
      'trap "" TERM; /bin/sleep 600 & echo $!; (trap "" TERM; /bin/sleep 600 & echo $!; wait) & echo $!; echo $$; wait; wait';
    const { ended, output, durationMs } = await run(script, { timeLimitMs: 500 });
    expect(ended).toBe('time');
    expect(durationMs).toBeLessThan(2500);
    const pids = output.bytes.toString().trim().split('\n').map(Number);
    expect(pids.length).toBe(4);
    await sleep(100);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  it('is ended at once on interrupt', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 200);
    const { ended, durationMs } = await run('trap "" TERM INT; /bin/sleep 600; /bin/sleep 600', {
      signal: controller.signal,
    });
    expect(ended).toBe('interrupt');
    expect(durationMs).toBeLessThan(1500);
  });

  it('in the background does not hold up the end of the one that started it', async () => {
    const { exitStatus, ended, durationMs, output } = await run('/bin/sleep 600 & echo $!; exit 0');
    expect({ exitStatus, ended }).toEqual({ exitStatus: 0, ended: undefined });
    expect(durationMs).toBeLessThan(1500);
    await sleep(100);
    expect(isAlive(Number(output.bytes.toString()))).toBe(false);
  });
});

describe('a command that prints without end', () => {
  it('is stopped, head and tail are kept', async () => {
    const { ended, output, durationMs } = await run(
      'while :; do echo "a line that comes again and again and again"; done',
    );
    expect(ended).toBe('size');
    expect(output.truncation!.endless).toBe(true);
    expect(output.bytes.length).toBeLessThan(10_000);
    expect(durationMs).toBeLessThan(15_000);
  });

  it('without a single line end too', async () => {
    const { ended, output } = await run('exec /bin/cat /dev/zero');
    expect(ended).toBe('size');
    expect(output.bytes.length).toBeLessThan(200_000);
  });

  it('on stderr too, of which only the beginning is kept', async () => {
    const { ended, output } = await run(
      'while :; do echo "noise noise noise noise noise noise noise noise noise" >&2; done',
    );
    expect(ended).toBe('size');
    expect(output.bytes.length).toBeLessThan(20_000);
  });
});

it('leaves no process behind after many commands', async () => {
  const folder = temporaryFolder();
  const machine = scripted({ tool: `echo $$ >> ${join(folder, 'pids')}; echo x` });
  for (let i = 0; i < 30; i += 1) await runCommand(machine, ['tool'], BOUNDS);
  const pids = readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
  expect(pids).toHaveLength(30);
  expect(pids.filter(isAlive)).toEqual([]);
});
