import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { Machine } from '../../src/collect/machine.ts';
import { newLines } from '../../src/collect/new-lines.ts';
import { describeHost, type HostChoice } from '../stand-in/host.ts';
import { type Bundle, collectFrom, standIn } from './support.ts';

const CHOICE: HostChoice = { release: '14.3', cpu: 'intel', card: 'p4' };

/** A host on which `vm start render1` logs a run, makes the kernel speak, and ends with this status. */
function host(choice: Partial<HostChoice> = {}, exit = 0): Machine {
  const description = describeHost({ ...CHOICE, ...choice });
  const commands = Object.entries(description.commands).filter(([command]) => !/^(?:vm|dmesg)\b/.test(command));
  const dmesg = description.commands['dmesg -a'] as string;
  const machine = standIn({ ...description, commands: Object.fromEntries(commands) });
  const log = join(machine.root, 'tank/machines/render1/vm-bhyve.log');
  const ring = join(machine.root, 'ring');
  writeFileSync(ring, dmesg);
  const script = (name: string, lines: string[]): void =>
    writeFileSync(join(machine.path[0]!, name), ['#!/bin/sh', ...lines, ''].join('\n'), { mode: 0o755 });
  script('dmesg', [`exec /bin/cat '${ring}'`]);
  script('vm', [
    `test "$*" = "start render1" || exit 64`,
    'echo "Starting render1"',
    `echo "Mar 03 13:00:00: starting bhyve (run 2)" >> '${log}'`,
    `echo "Mar 03 13:00:01: bhyve exited with status 4" >> '${log}'`,
    `echo "ppt0: Transactions pending after FLR!" >> '${ring}'`,
    `exit ${exit}`,
  ]);
  return machine;
}

const around = (machine: Machine, own = {}): Promise<Bundle> =>
  collectFrom(machine, { around: 'vm start render1', ...own });

describe('collecting around an attempt', () => {
  it('takes what the kernel and the log of the VM said since, what the command printed, and how it ended', async () => {
    const { manifest, texts } = await around(host({}, 3));
    expect(manifest.around).toMatchObject({
      command: 'vm start render1',
      exitStatus: 3,
      startedAt: '2026-03-03T12:00:00.000Z',
    });
    expect(texts['host/around/output.txt']).toBe('Starting render1\n');
    expect(texts['host/around/dmesg.txt']).toBe('ppt0: Transactions pending after FLR!\n');
    expect(texts['host/around/render1/vm-bhyve.log']).toBe(
      'Mar 03 13:00:00: starting bhyve (run 2)\nMar 03 13:00:01: bhyve exited with status 4\n',
    );
    // The whole log and all messages are there as well.
    expect(texts['host/vm/render1/vm-bhyve.log']).toContain('starting bhyve (run 1)');
    expect(texts['host/dmesg.txt']).toContain('Copyright');
  });

  it('says before it that vm-bhyve would throw away what bhyve says', async () => {
    const said: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((text: unknown, done?: unknown) => {
      said.push(String(text));
      (done as (() => void) | undefined)?.();
      return true;
    });
    try {
      await around(host({ debug: false }));
      expect(said.join('')).toContain(
        'gpudiag: vm-bhyve will throw away what bhyve says about render1: put debug="yes"',
      );
      expect(said.join('')).toContain('vm set render1 debug=yes');
      said.length = 0;
      await around(host({ debug: true }));
      expect(said.join('')).toBe('');
    } finally {
      write.mockRestore();
    }
  });

  it('leaves a command alone that does not end, because a VM may run in it', async () => {
    const machine = host();
    const pids = join(machine.root, 'pids');
    writeFileSync(
      join(machine.path[0]!, 'vm'),
      `#!/bin/sh\ntest $1 = start || exit 0\necho $$ > '${pids}'\necho running\nexec /bin/sleep 60\n`,
      {
        mode: 0o755,
      },
    );
    const { manifest, texts } = await around(machine, { 'around-limit': 1 });
    expect(manifest.around).toMatchObject({ timedOut: true });
    expect(manifest.around!.exitStatus).toBeUndefined();
    expect(texts['host/around/output.txt']).toBe('running\n');
    const pid = Number(readFileSync(pids, 'utf8'));
    expect(() => process.kill(pid, 0)).not.toThrow();
    process.kill(pid, 'SIGKILL');
  });

  it('tells a command that is not there from one that fails', async () => {
    const { manifest } = await collectFrom(host(), { around: 'vmm start x' });
    expect(manifest.probes[0]).toMatchObject({ id: 'around-output', status: 'failed', reason: 'vmm: not installed' });
  });

  it('refuses what only a shell could do', async () => {
    for (const command of [
      'vm start a | tee x',
      'vm start $VM',
      'a; b',
      'a && b',
      'echo > x',
      'x `id`',
      "vm 'start",
      '',
    ]) {
      await expect(collectFrom(host(), { around: command }), command).rejects.toThrow(
        /^--around: the command (?:holds|has|is)/,
      );
    }
  });
});

describe('what a kernel says anew', () => {
  it('is what follows the old end', () => {
    expect(newLines('a\nb\n', 'a\nb\nc\nd\n')).toBe('c\nd\n');
    expect(newLines('a\nb\n', 'a\nb\n')).toBe('');
  });

  it('is found when the ring has lost its beginning', () => {
    expect(newLines('a\nb\nc\nd\ne\n', 'c\nd\ne\nf\n')).toBe('f\n');
  });

  it('is everything when nothing old is left', () => {
    expect(newLines('a\nb\nc\n', 'x\ny\n')).toBe('x\ny\n');
  });

  it('is found after the last of repeated lines', () => {
    const old = 'x\nfault\nfault\nfault\n';
    expect(newLines(old, `${old}new\n`.slice(2))).toBe('new\n');
  });
});
