/** How a run of `collect` may end before its time, and what is left then. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openInputs } from '../../src/bundle/open.ts';
import type * as redact from '../../src/bundle/redact/redact.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { collect } from '../../src/collect/collect.ts';
import type { Machine } from '../../src/collect/machine.ts';
import { describeHost } from '../stand-in/host.ts';
import { ROOT } from '../support/files.ts';
import { until } from '../support/until.ts';
import { collectFrom, standIn, temporaryFolder, worldOf } from './support.ts';

const HOST = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });

/** A host on which kldstat says its process id and then hangs, deaf to SIGTERM. */
function hanging(): { machine: Machine; pid: () => number | undefined } {
  const commands = Object.entries(HOST.commands).filter(([command]) => !command.startsWith('kldstat -v'));
  const machine = standIn({ ...HOST, commands: Object.fromEntries(commands) });
  const file = join(machine.root, 'pid');
  const script = join(machine.path[0]!, 'kldstat');
  writeFileSync(
    script,
    `#!/bin/sh\ntest "$1" = -q && exit 0\ntrap '' TERM\necho $$ > '${file}.new'\n/bin/mv '${file}.new' '${file}'\nwhile :; do /bin/sleep 600; done\n`,
    { mode: 0o755 },
  );
  return { machine, pid: () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined) };
}

interface Run {
  child: ChildProcess;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>;
}

function start({ root, path, privilege }: Machine, output: string, uid?: number): Run {
  const args = ['--import', 'tsx', join(ROOT, 'test/stand-in/run.ts'), root, path[0]!, privilege, output];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(uid !== undefined && { uid, gid: uid }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  return {
    child,
    ended: new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))),
  };
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('interrupted', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s it ends the probe, leaves nothing and exits %i', async (name, exit) => {
    const { machine, pid } = hanging();
    const folder = temporaryFolder();
    const { child, ended } = start(machine, join(folder, 'out.tar.gz'));
    const probe = await until(pid);
    expect(readdirSync(folder)).toHaveLength(1);
    child.kill(name);
    const { code, stderr } = await ended;
    expect({ code, stderr: stderr.trim() }).toEqual({ code: exit, stderr: 'interrupted: no bundle was written' });
    expect(readdirSync(folder)).toEqual([]);
    expect(isAlive(probe)).toBe(false);
  });

  it('by SIGKILL it leaves no bundle, and the next run takes the rest away', async () => {
    const { machine, pid } = hanging();
    const folder = temporaryFolder();
    const { child, ended } = start(machine, join(folder, 'out.tar.gz'));
    const probe = await until(pid);
    child.kill('SIGKILL');
    await ended;
    process.kill(-probe, 'SIGKILL');
    expect(readdirSync(folder)).toHaveLength(1);
    expect(readdirSync(folder)[0]).toMatch(/^\.gpudiag-\d+-[0-9a-f]{12}\.tmp$/);
    await collectFrom(standIn(HOST), { output: join(folder, 'out.tar.gz') });
    expect(readdirSync(folder)).toEqual(['out.tar.gz']);
  });
});

describe.skipIf(process.getuid?.() !== 0)('as another user, which only root can try', () => {
  const NOBODY = 65_534;

  it('reads what it may, and says what it may not', async () => {
    const machine = standIn(HOST, 'user');
    const folder = temporaryFolder();
    for (const path of [join(machine.root, '..'), folder]) execFileSync('chmod', ['-R', 'a+rX', path]);
    chmodSync(folder, 0o777);
    chmodSync(join(machine.root, 'var/log/messages'), 0o600);
    chmodSync(join(machine.root, 'tank/machines/render1'), 0o700);
    const { code, stdout, stderr } = await start(machine, join(folder, 'out.tar.gz'), NOBODY).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const summary = JSON.parse(stdout) as {
      problems: { id: string; status: string }[];
      asRoot: { adds: string[]; command: string };
    };
    const denied = summary.problems.filter(({ status }) => status === 'denied').map(({ id }) => id);
    expect(denied).toEqual(expect.arrayContaining(['messages', 'acpidump', 'vm-list']));
    expect(summary.asRoot.adds.length).toBeGreaterThan(3);
    expect(summary.asRoot.command).toBe('pciconf -lvbBceV');
    expect(verifyBundle(await openInputs([join(folder, 'out.tar.gz')])).problems).toEqual([]);
  });

  it('says at once that it cannot write here', async () => {
    const { machine, pid } = hanging();
    execFileSync('chmod', ['-R', 'a+rX', join(machine.root, '..')]);
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'closed'), { mode: 0o755 });
    chmodSync(folder, 0o755);
    const { code, stderr } = await start(machine, join(folder, 'closed/out.tar.gz'), NOBODY).ended;
    expect({ code, stderr: stderr.trim() }).toEqual({
      code: 2,
      stderr: `${join(folder, 'closed/out.tar.gz')}: cannot be written (permission denied)`,
    });
    expect(pid()).toBeUndefined();
  });
});

describe('a bundle that would leak', () => {
  afterEach(() => {
    vi.doUnmock('../../src/bundle/redact/redact.ts');
    vi.resetModules();
  });

  it('is not written', async () => {
    vi.resetModules();
    vi.doMock('../../src/bundle/redact/redact.ts', async (original) => {
      const real = await original<typeof redact>();
      return {
        ...real,
        createRedactor: () => ({
          ...real.createRedactor(),
          leaks: () => [{ path: 'host/kenv.txt', line: 4, class: 'serial', writing: 'hex' }],
        }),
      };
    });
    const { collectLive } = await import('../../src/cli/collect.ts');
    const { flags } = await import('../stand-in/flags.ts');
    const folder = temporaryFolder();
    const failed = collectLive(flags({ output: join(folder, 'out.tar.gz') }), worldOf(standIn(HOST)));
    await expect(failed).rejects.toMatchObject({
      message: 'not written: after redaction a private value still stands in host/kenv.txt and manifest.json'.replace(
        ' and manifest.json',
        '',
      ),
      exit: 70,
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

it('ends when the time for all is over, whatever hangs', async () => {
  const { machine } = hanging();
  const started = performance.now();
  const { manifest } = await collect({
    machine,
    profile: 'quick',
    vms: [],
    includeRisky: false,
    redact: true,
    accounts: [],
    toolVersion: 'test',
    now: () => new Date(),
    totalMs: 1500,
    graceMs: 200,
  });
  expect(performance.now() - started).toBeLessThan(4000);
  const after = manifest.probes.findIndex(({ id }) => id === 'kldstat');
  expect(manifest.probes[after]).toMatchObject({ status: 'timed-out' });
  expect(manifest.probes.slice(after + 1).map(({ reason }) => reason)).toContain(
    'the time for all probes (1.5 s) was over',
  );
  expect(manifest.probes.slice(after + 1).every(({ artifact }) => artifact === null)).toBe(true);
});
