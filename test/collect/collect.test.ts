import { readdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openInputs } from '../../src/bundle/open.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { type Description, refused, RELEASES } from '../stand-in/describe.ts';
import { describeHost } from '../stand-in/host.ts';
import { analyzeBundles, type Bundle, collectFrom, standIn } from './support.ts';

const recordOf = ({ manifest }: Bundle, id: string) => manifest.probes.find((probe) => probe.id === id)!;

describe.each(
  RELEASES.flatMap((release) => [
    { release, cpu: 'intel' as const },
    { release, cpu: 'amd' as const },
  ]),
)('FreeBSD $release on $cpu', ({ release, cpu }) => {
  const host = describeHost({ release, cpu, card: 'p4' });

  it('answers as root', async () => {
    const bundle = await collectFrom(standIn(host));
    const { manifest, texts } = bundle;
    expect(verifyBundle(await openInputs([bundle.path]))).toMatchObject({
      problems: [],
      checked: Object.keys(texts).length - 2,
    });
    expect(statSync(bundle.path).mode & 0o777).toBe(0o600);
    expect(manifest).toMatchObject({ privilege: 'root', redacted: true, profile: 'quick' });
    expect(manifest.probes.filter(({ status }) => !/^(?:ok|missing)$/.test(status))).toEqual([]);
    for (const path of [
      'pciconf.txt',
      'acpidump.txt',
      'kldstat.txt',
      'messages',
      'vm/render1/render1.conf',
      'vm/render1/vm-bhyve.log',
      'loader.conf.d/console.conf',
    ]) {
      expect(Object.keys(texts)).toContain(`host/${path}`);
    }
    expect(texts['host/ps.txt']).toBe(' 5150 bhyve: render1 (bhyve)\n');
    expect(texts['host/messages']).not.toMatch(/sshd|sudo/);
    expect(texts['host/builds.txt']).toContain('STRING (/boot/kernel/vmm.ko) "bhyve bhyve " = present');
    const report = await analyzeBundles(bundle);
    expect(report.inputs.filter(({ status }) => status === 'unreadable' || status === 'partly')).toEqual([]);
  });

  it('answers a user with less, and says what root would add', async () => {
    const bundle = await collectFrom(standIn(host, 'user'));
    expect(bundle.manifest.privilege).toBe('user');
    expect(recordOf(bundle, 'pciconf')).toMatchObject({
      status: 'ok',
      command: 'pciconf -lvbV',
      artifact: 'host/pciconf.txt',
    });
    expect(recordOf(bundle, 'acpidump')).toMatchObject({
      status: 'denied',
      reason: 'acpidump: opening /dev/mem: Permission denied',
      exitStatus: 1,
    });
    expect(recordOf(bundle, 'vm-list').status).toBe('denied');
    expect((await analyzeBundles(bundle)).overview.binding.length).toBeGreaterThan(0);
  });

  it('gives the same twice, apart from times', async () => {
    const [first, second] = [await collectFrom(standIn(host)), await collectFrom(standIn(host))];
    expect(second.texts).toEqual({ ...first.texts, 'manifest.json': second.texts['manifest.json'] });
    const withoutTimes = ({ manifest }: Bundle): unknown => ({
      ...manifest,
      probes: manifest.probes.map((probe) => ({ ...probe, durationMs: 0 })),
    });
    expect(withoutTimes(second)).toEqual(withoutTimes(first));
  });
});

it('leaves out what is not of the release, and says so', async () => {
  const bundle = await collectFrom(standIn(describeHost({ release: '13.2', cpu: 'intel', card: 'p4' })));
  expect(recordOf(bundle, 'sysctl-wired').status).toBe('ok');
  expect(recordOf(bundle, 'sysctl-wired-12')).toMatchObject({
    status: 'missing',
    reason: 'only before FreeBSD 13.0',
    artifact: null,
  });
});

it('holds no name, address, serial number or password, and tells how many it replaced', async () => {
  const { texts, manifest } = await collectFrom(standIn(describeHost({ release: '15.0', cpu: 'intel', card: 'p4' })), {
    profile: 'full',
  });
  const all = Object.entries(texts).map(([path, text]) => `${path}\n${text}`).join('\n'); // prettier-ignore
  for (const secret of [
    'grebe',
    'wetland',
    'ines',
    '10.61.7.20',
    '3c:ec:ef',
    '3cecefffff4410d2',
    'WM21BS600417',
    'S4EWNX0R417733',
    'kingfisher',
    '5f1c0d9e',
  ]) {
    expect(new RegExp(`(?<![a-z])${secret.replaceAll('.', String.raw`\.`)}`, 'i').test(all), secret).toBe(false);
  }
  expect(all).toContain('pci0:3:0:0');
  expect(manifest.probes.find(({ id }) => id === 'vm-conf')).toBeDefined();
  expect(manifest.probes.some(({ redactions }) => redactions?.password === 1)).toBe(true);
});

it('replaces nothing when told so, and says it in the name and in the manifest', async () => {
  const bundle = await collectFrom(standIn(describeHost({ release: '15.0', cpu: 'intel', card: 'p4' })), {
    redact: false,
  });
  expect(bundle.path).toMatch(/\/bundle-unredacted\.tar\.gz$/);
  expect(bundle.manifest.redacted).toBe(false);
  expect(bundle.texts['host/uname.txt']).toContain('grebe.lab.wetland.net');
  expect(Object.keys(bundle.texts)).not.toContain('redaction.json');
});

it('does not run vm when that would load vmm.ko', async () => {
  const host = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });
  host.commands['kldstat -q -m vmm'] = { exit: 1 };
  const bundle = await collectFrom(standIn(host));
  expect(recordOf(bundle, 'vm-list')).toMatchObject({
    status: 'skipped',
    reason: 'would load the kernel module vmm, which is not loaded',
  });
});

it('runs in a jail, where little is seen', async () => {
  const host = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });
  const jailed: Description = {
    files: { '/etc/rc.conf': 'hostname="cage"\n' },
    commands: {
      ...Object.fromEntries(
        Object.entries(host.commands).filter(([command]) => /^(?:uname|freebsd-version|kldstat|ps)/.test(command)),
      ),
      'pciconf -lvbBceV': refused('pciconf: /dev/pci: No such file or directory'),
      'acpidump -t': refused('acpidump: opening /dev/mem: No such file or directory'),
      'dmesg -a': refused('dmesg: sysctl kern.msgbuf: Operation not permitted'),
      'sysctl -n kern.vm_guest': 'none\n',
      [Object.keys(host.commands).find((command) => command.startsWith('sysctl hw.vmm'))!]: 'security.jail.jailed: 1\n',
    },
  };
  const bundle = await collectFrom(standIn(jailed));
  expect(recordOf(bundle, 'pciconf')).toMatchObject({
    status: 'missing',
    reason: 'pciconf: /dev/pci: No such file or directory',
  });
  expect(recordOf(bundle, 'dmesg').status).toBe('denied');
  expect(recordOf(bundle, 'vm-conf')).toMatchObject({ status: 'missing', reason: 'no VM of vm-bhyve was found' });
  expect(bundle.texts['host/sysctl-vmm.txt']).toBe('security.jail.jailed: 1\n');
});

describe('VMs', () => {
  const host = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });
  const withVms = (names: readonly string[]): Description => ({
    ...host,
    files: {
      ...host.files,
      ...Object.fromEntries(
        names.map((name) => [`/tank/machines/${name}/${name}.conf`, 'loader="uefi"\nmemory=4G\npassthru0="3/0/0"\n']),
      ),
    },
  });

  it('with odd names are read, and their names lead nowhere', async () => {
    const names = [`it's`, 'a "b" $(id)', '-rf', 'ünï'];
    const bundle = await collectFrom(standIn(withVms(names)));
    const confs = Object.keys(bundle.texts).filter((path) => /^host\/vm\/.*\.conf$/.test(path));
    expect(confs).toContain('host/vm/it%27s/it%27s.conf');
    expect(confs).toContain('host/vm/-rf/-rf.conf');
    expect(confs).toHaveLength(6);
    expect(verifyBundle(await openInputs([bundle.path])).problems).toEqual([]);
  });

  it('whose names begin with - are no options', async () => {
    const bundle = await collectFrom(standIn(withVms(['-rf'])), { vm: ['-rf'], profile: 'full' });
    expect(recordOf(bundle, 'vm-info')).toMatchObject({ status: 'skipped', reason: 'a name begins with -' });
    expect(recordOf(bundle, 'vm-conf')).toMatchObject({ status: 'ok', artifact: 'host/vm/-rf/-rf.conf' });
  });

  it('are only those that were chosen', async () => {
    const bundle = await collectFrom(standIn(host), { vm: ['render1', 'nobody'] });
    const records = bundle.manifest.probes.filter(({ id }) => id === 'vm-conf');
    expect(records.map(({ status, path }) => `${status} ${path}`)).toEqual([
      'ok /tank/machines/render1/render1.conf',
      'missing {datastore}/nobody/nobody.conf',
    ]);
    expect(bundle.manifest.vm).toEqual(['render1', 'nobody']);
  });

  it('with names that are paths are refused', async () => {
    for (const name of ['../x', '', '.', 'a/b']) {
      await expect(collectFrom(standIn(host), { vm: [name] })).rejects.toThrow(/is no name of a VM/);
    }
  });

  it('are found in further datastores', async () => {
    const description = withVms([]);
    description.files['/tank/machines/.config/system.conf'] =
      'datastore_list="default fast"\npath_fast="/fast/vms"\npath_iso="iso:/isos"\n';
    description.files['/fast/vms/other/other.conf'] = 'loader="uefi"\n';
    expect(Object.keys((await collectFrom(standIn(description))).texts)).toContain('host/vm/other/other.conf');
  });

  it('may be ten, with eight cards', async () => {
    const names = Array.from({ length: 10 }, (_, i) => `gpu${i}`);
    const description = withVms(names);
    const cards = Array.from(
      { length: 8 },
      (_, i) =>
        `ppt${i}@pci0:${10 + i}:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n`,
    );
    description.commands['pciconf -lvbBceV'] = cards.join('');
    for (let i = 0; i < 8; i += 1)
      description.commands[`pciconf -r pci0:${10 + i}:0:0 0:0xff`] = `1bb310de 0010000${i}\n`;
    const bundle = await collectFrom(standIn(description), { 'include-risky': true });
    expect(bundle.manifest.probes.filter(({ id, status }) => id === 'vm-conf' && status === 'ok')).toHaveLength(12);
    const raw = bundle.manifest.probes.filter(({ id, status }) => id === 'pci-config-space' && status === 'ok');
    expect(raw).toHaveLength(8);
    expect(raw[0]!.artifact).toBe('host/pci-config/pci0-10-0-0.txt');
    expect(bundle.manifest.probes.indexOf(raw[0]!)).toBe(bundle.manifest.probes.length - 8);
  });
});

describe('probes that misbehave', () => {
  const host = describeHost({ release: '15.0', cpu: 'intel', card: 'p4' });

  it('end one by one, and the rest goes on', async () => {
    const description: Description = {
      ...host,
      scripts: {
        acpidump: 'trap "" TERM; echo "  DMAR: Length=112"; /bin/sleep 600 & /bin/sleep 600',
        vmstat: 'while :; do echo "irq132: ppt0                           0          0"; done',
        pkg: 'kill -SEGV $$',
      },
    };
    const commands = Object.entries(description.commands).filter(
      ([command]) => !/^(?:acpidump|vmstat|pkg|kenv)\b/.test(command),
    );
    const started = performance.now();
    const bundle = await collectFrom(standIn({ ...description, commands: Object.fromEntries(commands) }));
    expect(performance.now() - started).toBeLessThan(15_000);
    expect(recordOf(bundle, 'acpidump')).toMatchObject({
      status: 'timed-out',
      reason: 'had not ended after 5 s',
      artifact: 'host/acpidump.txt',
    });
    expect(recordOf(bundle, 'vmstat')).toMatchObject({
      status: 'ok',
      reason: 'printed without end and was stopped',
      truncated: { endless: true },
    });
    expect(recordOf(bundle, 'pkg')).toMatchObject({ status: 'failed', reason: 'ended by SIGSEGV', signal: 'SIGSEGV' });
    expect(recordOf(bundle, 'kenv')).toMatchObject({ status: 'missing', reason: 'kenv: not installed' });
    expect(recordOf(bundle, 'fingerprint').status).toBe('ok');
    expect(readdirSync(dirname(bundle.path))).toEqual(['bundle.tar.gz']);
  });
});
