/** How a run of the script may be disturbed, under every shell, and what is left then. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Machine } from '../../src/collect/machine.ts';
import type { Description } from '../stand-in/describe.ts';
import { describeGuest } from '../stand-in/guest.ts';
import { describeHost } from '../stand-in/host.ts';
import { until } from '../support/until.ts';
import {
  ANY_SHELL, missing, pathOf, prepare, runScript, script, type Shell, SHELLS, standInWithId, startScript, unpack,
} from './script-support.ts'; // prettier-ignore
import { collectFrom, standIn, temporaryFolder } from './support.ts';

const HOST = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });

const withScripts = (scripts: Record<string, string>, description: Description = HOST): Description => ({
  ...description,
  commands: Object.fromEntries(
    Object.entries(description.commands).filter(([line]) => !Object.hasOwn(scripts, line.split(' ')[0]!)),
  ),
  scripts,
});

/** The process ids that the stand-in's hanging command has written. */
interface Hanging {
  machine: Machine;
  pids: () => number[] | undefined;
}

/** A host on which `kldstat -v` is deaf to SIGTERM, has two children that are too, and never ends. */
function hanging(): Hanging {
  const file = join(temporaryFolder(), 'pids');
  const deaf = "trap '' TERM; while :; do /bin/sleep 600; done";
  const machine = standInWithId(
    withScripts({
      kldstat: `test "$1" = -q && exit 0
echo before
(${deaf}) & first=$!
(${deaf}) & second=$!
echo $$ $first $second >'${file}.new'
/bin/mv '${file}.new' '${file}'
${deaf}`,
    }),
  );
  return {
    machine,
    pids: () => (existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').map(Number) : undefined),
  };
}

/** The script with one second for the command that hangs. */
function impatient(): string {
  const text = script().replace(/^( +probe kldstat .*) 5 (?=\d+ \d+ \d+ \\$)/m, '$1 1 ');
  if (text === script()) throw new Error('the row of kldstat looks different');
  return text;
}

/** Whether a process runs; one that has ended and that nobody has waited for does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.trim() !== '' && !stdout.startsWith('Z');
}

describe.concurrent.each(SHELLS)('under $name', (shell: Shell) => {
  const out = missing(shell.program, shell.name);

  it.skipIf(out)('ends what hangs, with its children, and bounds what prints without end', async () => {
    const { machine, pids } = hanging();
    writeFileSync(join(machine.path[0]!, 'vmstat'), '#!/bin/sh\nexec /usr/bin/yes no end\n', { mode: 0o755 });
    writeFileSync(join(machine.path[0]!, 'kenv'), '#!/bin/sh\nexec /usr/bin/yes no end >&2\n', { mode: 0o755 });
    const { status, stderr, folder, temporary } = await runScript(machine, shell, { text: impatient() });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { manifest, files } = await unpack(folder);
    const recordOf = (id: string) => manifest.probes.find((probe) => probe.id === id)!;
    expect(recordOf('kldstat')).toMatchObject({
      status: 'timed-out', reason: 'had not ended after 1 s', signal: 'SIGKILL', artifact: 'host/kldstat.txt',
    }); // prettier-ignore
    expect(files['host/kldstat.txt']!.toString()).toBe('before\n');
    expect(pids()!.filter(isAlive)).toEqual([]);
    expect(recordOf('vmstat')).toMatchObject({
      status: 'ok', reason: 'printed without end and was stopped', truncated: { endless: true },
    }); // prettier-ignore
    expect(files['host/vmstat-i.txt']!.length).toBeLessThan(70_000);
    expect(recordOf('kenv')).toMatchObject({ status: 'ok', reason: 'printed without end and was stopped' });
    expect(files['host/kenv.txt']!.length).toBeLessThan(10_000);
    expect(recordOf('pkg').status).toBe('ok');
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.skipIf(out).each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('on %s it ends the probe, leaves nothing and exits %i', async (name, exit) => {
    const { machine, pids } = hanging();
    const { pid, ended, folder, temporary } = startScript(machine, shell);
    const probe = await until(pids);
    expect(readdirSync(folder)).toHaveLength(1);
    process.kill(-pid, name);
    const { status, stderr } = await ended;
    expect({ status, stderr }).toEqual({ status: exit, stderr: 'gpudiag: interrupted: no bundle was written\n' });
    expect([readdirSync(folder), readdirSync(temporary)]).toEqual([[], []]);
    await until(() => (probe.some(isAlive) ? undefined : true), 3000);
  });
});

it.concurrent('on SIGKILL it leaves no bundle, what hangs is ended, and the next run takes the rest away', async () => {
  const { machine, pids } = hanging();
  const { pid, ended, folder, temporary } = startScript(machine, ANY_SHELL);
  const probe = await until(pids);
  process.kill(pid, 'SIGKILL');
  await ended;
  expect(readdirSync(folder)[0]).toMatch(/^\.gpudiag-\d+-[0-9a-f]{12}\.tmp$/);
  expect(readdirSync(temporary)).toHaveLength(1);
  // What watches over the probe notices that the script is gone.
  await until(() => (probe.some(isAlive) ? undefined : true), 8000);
  const next = await runScript(standInWithId(HOST), ANY_SHELL, { folder, temporary });
  expect(next.status).toBe(0);
  expect(readdirSync(folder)).toHaveLength(1);
  expect(readdirSync(folder)[0]).toMatch(/unredacted\.tar\.gz$/);
  expect(readdirSync(temporary)).toEqual([]);
});

it.concurrent('the Node runner takes away what a killed script has left, too', async () => {
  const { machine, pids } = hanging();
  const { pid, ended, folder } = startScript(machine, ANY_SHELL);
  await until(pids);
  process.kill(pid, 'SIGKILL');
  await ended;
  await collectFrom(standIn(HOST), { output: join(folder, 'out.tar.gz') });
  expect(readdirSync(folder)).toEqual(['out.tar.gz']);
});

it('takes nothing away that is of a running process or of no run', async () => {
  const folder = temporaryFolder();
  const temporary = temporaryFolder();
  const kept = [`.gpudiag-${process.pid}-0123456789ab.tmp`, '.gpudiag-x-0123456789ab.tmp', '.gpudiag-.tmp'];
  for (const name of kept) writeFileSync(join(folder, name), '');
  mkdirSync(join(temporary, `gpudiag-${process.pid}-abcdef`));
  expect((await runScript(standInWithId(describeGuest('works')), ANY_SHELL, { folder, temporary })).status).toBe(0);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(kept));
  expect(readdirSync(temporary)).toHaveLength(1);
});

it.concurrent('where nothing gives a command a group of its own, descendants are ended all the same', async () => {
  const { machine, pids } = hanging();
  const { status } = await runScript(machine, ANY_SHELL, { text: impatient(), env: { GPUDIAG_LEAD: 'none' } });
  expect(status).toBe(0);
  await until(() => (pids()!.some(isAlive) ? undefined : true), 3000);
});

it.concurrent.each(['timeout', 'monitor'])('groups made by %s do as well', async (lead) => {
  const { machine, pids } = hanging();
  const { status, stderr, folder } = await runScript(
    machine,
    SHELLS.find(({ name }) => name === 'bash --posix')!,
    { text: impatient(), env: { GPUDIAG_LEAD: lead } },
  );
  expect({ status, stderr }).toMatchObject({ status: 0 });
  expect((await unpack(folder)).manifest.probes.find(({ id }) => id === 'kldstat')!.status).toBe('timed-out');
  await until(() => (pids()!.some(isAlive) ? undefined : true), 3000);
});

it('ends when the time for all is over', async () => {
  const { machine } = hanging();
  const text = script().replace('  quick) echo 60 ;;', '  quick) echo 3 ;;');
  expect(text).not.toBe(script());
  const { folder } = await runScript(machine, ANY_SHELL, { text });
  const { manifest } = await unpack(folder);
  const at = manifest.probes.findIndex(({ id }) => id === 'kldstat');
  // On a slow machine the time may be over before its turn comes.
  expect(manifest.probes[at]!.status).toMatch(/^(?:timed-out|skipped)$/);
  expect(
    manifest.probes
      .slice(at + 1)
      .every(({ status, reason }) => status === 'skipped' && reason === 'the time for all probes (3 s) was over'),
  ).toBe(true);
});

it('reads the newest part of a log of 2 GB', async () => {
  const machine = standInWithId(HOST);
  const log = join(machine.root, 'var/log/messages');
  // A hole takes no room on the disk.
  execFileSync('truncate', ['-s', '2G', log]);
  writeFileSync(log, 'Mar  3 10:00:00 grebe kernel: ppt0: the newest line\n', { flag: 'a' });
  const { folder } = await runScript(machine, ANY_SHELL);
  const { manifest, files } = await unpack(folder);
  expect(files['host/messages']!.toString()).toBe('Mar  3 10:00:00 grebe kernel: ppt0: the newest line\n');
  expect(manifest.probes.find(({ id }) => id === 'messages')!.truncated!.droppedBytes).toBeGreaterThan(1.7e9);
});

describe('a disk that is full', () => {
  const unshare = pathOf('unshare');
  const can =
    unshare !== undefined &&
    spawnSync(unshare, ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=64k none /mnt']).status === 0;
  if (!can) console.log('skipped: file systems cannot be mounted here');

  /** Runs the script with a file system of 64 KiB over one of its folders. */
  function runFull(over: 'out' | 'tmp') {
    const files = {
      ...HOST.files,
      '/var/run/dmesg.boot': execFileSync('od', ['-An', '-tx1', '-N200000', '/dev/urandom']),
    };
    const machine = standInWithId({ ...HOST, files });
    const { command, args, options, folder, temporary } = prepare(machine, ANY_SHELL);
    const small = over === 'out' ? folder : temporary;
    const body =
      'mount -t tmpfs -o size=64k none "$0" && cd "$1" && shift && "$@"; status=$?; /bin/ls -A "$0"; exit $status';
    const { status, stderr, stdout } = spawnSync(unshare!, ['-rm', '/bin/sh', '-c', body, small, folder, command, ...args], {
      ...options, env: { ...options.env, PATH: `${options.env.PATH}:/bin:/usr/bin` }, encoding: 'utf8',
    }); // prettier-ignore
    return { status, stderr, left: stdout };
  }

  it.skipIf(!can)('of temporary files ends with one line, and nothing is left', () => {
    const { status, stderr, left } = runFull('tmp');
    expect({ status, left }).toEqual({ status: 2, left: '' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^gpudiag: the temporary folder .* cannot be written: is the disk full\?$/,
    );
  });

  it.skipIf(!can)('of the bundle too', () => {
    const { status, stderr, left } = runFull('out');
    expect({ status, left }).toEqual({ status: 2, left: '' });
    expect(stderr.trim().split('\n').at(-1)).toMatch(/-unredacted\.tar\.gz: cannot be written: is the disk full\?$/);
  });
});

describe.skipIf(process.getuid?.() !== 0)('as another user, which only root can try', () => {
  /** Wrapped in the shell of somebody else. */
  const asNobody = (shell: Shell): Shell => ({
    ...shell,
    program: pathOf('setpriv'),
    args: ['--reuid=65534', '--regid=65534', '--clear-groups', shell.program!, ...shell.args],
  });

  it('reads what it may and says what it may not', async () => {
    const machine = standInWithId(HOST, 'user');
    chmodSync(join(machine.root, 'var/log/messages'), 0o600);
    chmodSync(join(machine.root, 'tank/machines/render1'), 0o700);
    chmodSync(join(machine.root, 'boot/loader.conf.d'), 0o700);
    chmodSync(join(machine.path[0]!, 'vmstat'), 0o600);
    execFileSync('chmod', ['a+rX', join(machine.root, '..')]);
    const home = temporaryFolder();
    chmodSync(home, 0o755);
    const [folder, temporary] = ['out', 'tmp'].map((name) => join(home, name)) as [string, string];
    for (const path of [folder, temporary]) {
      mkdirSync(path);
      chmodSync(path, 0o777);
    }
    const { status, stderr } = await runScript(machine, asNobody(ANY_SHELL), { folder, temporary });
    expect(status).toBe(0);
    const { manifest } = await unpack(folder);
    const denied = manifest.probes
      .filter((probe) => probe.status === 'denied')
      .map(({ id, reason }) => `${id}: ${reason}`);
    expect(denied).toEqual(expect.arrayContaining([
      'loader-conf-d: permission denied', 'messages: permission denied', 'acpidump: acpidump: opening /dev/mem: Permission denied',
      'vmstat: vmstat: not executable for this user',
    ])); // prettier-ignore
    expect(manifest.privilege).toBe('user');
    expect(stderr).toContain('Run as root it would have more.');
  });

  it('says at once that it cannot write here', async () => {
    const home = temporaryFolder();
    chmodSync(home, 0o755);
    const folder = join(home, 'closed');
    mkdirSync(folder, { mode: 0o755 });
    const machine = standInWithId(HOST);
    execFileSync('chmod', ['a+rX', join(machine.root, '..')]);
    const { status, stderr } = await runScript(machine, asNobody(ANY_SHELL), {
      folder,
      options: ['-o', 'b-unredacted.tgz'],
    });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'gpudiag: b-unredacted.tgz: cannot be written here\n' });
    expect(statSync(folder).size).toBeGreaterThan(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});
