import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, symlinkSync, writeSync, ftruncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { glob, readBounded } from '../../src/collect/files.ts';
import { fingerprint } from '../../src/collect/fingerprint.ts';
import { standIn } from './support.ts';

const BOUNDS = { timeLimitMs: 20_000, keep: { headBytes: 4096, tailBytes: 4096, wantedBytes: 1024 } };
const machineWith = (files: Record<string, string | Buffer>) => standIn({ files, commands: {} });

describe('a file', () => {
  it('is read below the root of the machine', async () => {
    const outcome = await readBounded(machineWith({ '/etc/rc.conf': 'vm_enable="YES"\n' }), '/etc/rc.conf', BOUNDS);
    expect(outcome).toMatchObject({ read: true, output: { bytes: Buffer.from('vm_enable="YES"\n') } });
  });

  it('that is not there is missing', async () => {
    const machine = machineWith({ '/etc/a': 'x' });
    expect(await readBounded(machine, '/etc/b', BOUNDS)).toMatchObject({ read: false, problem: 'missing' });
    expect(await readBounded(machine, '/etc/a/b', BOUNDS)).toMatchObject({ read: false, problem: 'missing' });
  });

  it('that is a folder, a named pipe or a device is refused at once', async () => {
    const machine = machineWith({ '/etc/a': 'x' });
    mkdirSync(join(machine.root, 'folder'));
    execFileSync('mkfifo', [join(machine.root, 'pipe')]);
    symlinkSync('/dev/zero', join(machine.root, 'device'));
    for (const path of ['/folder', '/pipe', '/device']) {
      const outcome = await readBounded(machine, path, BOUNDS);
      expect(outcome, path).toMatchObject({ read: false, problem: 'failed' });
      expect(outcome.durationMs).toBeLessThan(1000);
    }
  });

  it('can be read from where it was long before', async () => {
    const machine = machineWith({ '/log': 'old\nnew\n', '/short': 'new\n' });
    expect(await readBounded(machine, '/log', { ...BOUNDS, from: 4 })).toMatchObject({
      output: { bytes: Buffer.from('new\n') },
    });
    // Rotated meanwhile: all of it is new.
    expect(await readBounded(machine, '/short', { ...BOUNDS, from: 400 })).toMatchObject({
      output: { bytes: Buffer.from('new\n') },
    });
  });

  it('of 2 GB gives its newest kernel lines in seconds', async () => {
    const machine = machineWith({ '/var/log/x': '' });
    const file = openSync(join(machine.root, 'var/log/messages'), 'w');
    // The first 1.8 GB are a hole: no disk is needed, and nobody may read them.
    ftruncateSync(file, 1_800_000_000);
    const program = `Mar  3 09:02:11 grebe sshd[99]: ${'x'.repeat(80)}\n`.repeat(50);
    const block = Buffer.from(`${`${program}Mar  3 09:02:12 grebe kernel: NVRM: fault\n`.repeat(40)}`);
    let at = 1_800_000_000;
    while (at < 2_050_000_000) at += writeSync(file, block, 0, block.length, at);
    writeSync(file, 'Mar  3 10:00:00 grebe kernel: the last one\n', at);
    closeSync(file);
    const outcome = await readBounded(machine, '/var/log/messages', { ...BOUNDS, lines: [' kernel: '] });
    expect(outcome.durationMs).toBeLessThan(10_000);
    if (!outcome.read) throw new Error(outcome.reason);
    const text = outcome.output.bytes.toString();
    expect(text).not.toContain('sshd');
    expect(text.endsWith('grebe kernel: the last one\n')).toBe(true);
    expect(outcome.output.truncation!.droppedBytes).toBeGreaterThan(1_700_000_000);
  });
});

describe('a pattern', () => {
  it('finds files in order and says what the stars were', async () => {
    const machine = machineWith({
      '/vm/b/b.conf': '',
      '/vm/a/a.conf': '',
      '/vm/a/a.log': '',
      '/vm/.x/x.conf': '',
      '/vm/top.conf': '',
    });
    expect((await glob(machine, '/vm/*/*.conf')).matches).toEqual([
      { path: '/vm/a/a.conf', name: 'a/a' },
      { path: '/vm/b/b.conf', name: 'b/b' },
    ]);
    expect((await glob(machine, '/none/*')).matches).toEqual([]);
  });

  it('takes names as they are', async () => {
    const machine = machineWith({ '/d/a+b (1).conf': '', '/d/axb.conf': '', '/d/a.conf.bak': '' });
    expect((await glob(machine, '/d/*.conf')).matches.map(({ name }) => name)).toEqual(['a+b (1)', 'axb']);
    expect((await glob(machine, '/d/a+*.conf')).matches.map(({ name }) => name)).toEqual(['b (1)']);
  });
});

describe('a fingerprint', () => {
  it('names hash and signatures of every file that is there', async () => {
    const machine = machineWith({ '/boot/kernel/vmm.ko': 'abc', '/boot/mine/vmm.ko': 'KVMKVMKVM' });
    expect(await fingerprint(machine, ['/boot/*/vmm.ko', '/usr/sbin/bhyve'], ['KVMKVMKVM'], BOUNDS)).toBe(
      [
        'SHA256 (/boot/kernel/vmm.ko) = ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
        'STRING (/boot/kernel/vmm.ko) "KVMKVMKVM" = absent',
        `SHA256 (/boot/mine/vmm.ko) = ${sha256('KVMKVMKVM')}`,
        'STRING (/boot/mine/vmm.ko) "KVMKVMKVM" = present',
        '',
      ].join('\n'),
    );
  });

  it('finds a signature that lies across the border of two reads', async () => {
    const machine = machineWith({
      '/a': Buffer.concat([Buffer.alloc(2 ** 20 - 5), Buffer.from('bhyve bhyve '), Buffer.alloc(100)]),
    });
    expect(await fingerprint(machine, ['/a'], ['bhyve bhyve '], BOUNDS)).toContain('"bhyve bhyve " = present');
  });
});

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
