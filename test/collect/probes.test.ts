import { describe, expect, it } from 'vitest';
import { PARSERS } from '../../parsers/index.ts';
import type { Probe } from '../../src/collect/probe.ts';
import { selectProbes } from '../../src/collect/probes.ts';
import { FREEBSD_GUEST_PROBES } from '../../src/collect/probes/freebsd-guest.ts';
import { HOST_PROBES } from '../../src/collect/probes/host.ts';
import { LINUX_GUEST_PROBES } from '../../src/collect/probes/linux-guest.ts';
import { WANTED } from '../../src/scan/wanted.ts';
import { PROFILES } from '../../src/model/profile.ts';
import { RULES } from '../../src/rules/index.ts';

const PROBES: readonly Probe[] = [...HOST_PROBES, ...LINUX_GUEST_PROBES, ...FREEBSD_GUEST_PROBES];

const kinds = new Set(PARSERS.map(({ kind }) => kind));
const of = (side: Probe['side'], os: Probe['os']): Probe[] =>
  PROBES.filter((probe) => probe.side === side && probe.os === os);
const argvs = ({ source }: Probe): (readonly string[])[] =>
  'run' in source ? [source.run, source.runAsUser ?? [], source.orElse ?? []].filter((argv) => argv.length > 0) : [];

describe.each(PROBES.map((probe) => [`${probe.side} ${probe.os} ${probe.id}`, probe] as const))(
  '%s',
  (_name, probe) => {
    it('feeds a parser that exists, or none', () => {
      if (probe.kind !== undefined) expect(kinds).toContain(probe.kind);
    });

    it('says why, and what a user goes without', () => {
      expect(probe.why).toMatch(/^[A-Z].*\.$/);
      if (probe.privilege === 'root') expect(probe.asUser, 'asUser').toBeDefined();
    });

    it('is bounded', () => {
      expect(probe.timeLimitMs).toBeGreaterThan(0);
      expect(probe.timeLimitMs).toBeLessThanOrEqual(20_000);
      expect(probe.keep.headBytes + probe.keep.tailBytes + probe.keep.wantedBytes).toBeLessThanOrEqual(2 * 2 ** 20);
      expect(probe.profiles.length).toBeGreaterThan(0);
      expect(probe.sizeEstimate).toBeGreaterThan(0);
    });

    it('runs a command by its name, without a shell', () => {
      for (const argv of argvs(probe)) {
        expect(argv[0]).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(['sh', 'csh', 'bash', 'env', 'sudo', 'doas', 'script']).not.toContain(argv[0]);
      }
    });

    it('changes nothing', () => {
      for (const argv of argvs(probe)) {
        const line = argv.join(' ');
        expect(line).not.toMatch(/^(?:kldload|kldunload|devctl|cbsd|virsh|modprobe|rmmod|setpci|kldconfig)\b/);
        expect(line).not.toMatch(/^pciconf .*-\w*w/);
        expect(line).not.toMatch(/^sysctl .*=/);
        expect(line).not.toMatch(/^vm (?!list$|passthru$|info )/);
        expect(line).not.toMatch(/^dmesg.* -\w*c/);
        // Whatever vm is asked, it loads vmm.ko and more when they are not loaded.
        if (argv[0] === 'vm') expect(probe.ifLoaded).toBe('vmm');
        if (/^(?:pciconf -r|setpci)/.test(line)) expect(probe.disturbs).toBe(true);
      }
    });

    it('puts its answer inside the bundle', () => {
      expect(probe.artifact).toMatch(/^[\w{][\w./{}+-]*$/);
      expect(probe.artifact.split('/')).not.toContain('..');
      if ('files' in probe.source) expect(probe.artifact).toContain('{name}');
      else expect(probe.artifact).not.toContain('{name}');
    });
  },
);

describe.each([
  ['host', 'freebsd'],
  ['guest', 'linux'],
  ['guest', 'freebsd'],
] as const)('the list of a %s with %s', (side, os) => {
  const list = of(side, os);

  it('has no id twice, and no artifact twice on one release', () => {
    expect(new Set(list.map(({ id }) => id)).size).toBe(list.length);
    const artifacts = list.filter(({ freebsd }) => freebsd?.until === undefined).map(({ artifact }) => artifact);
    expect(new Set(artifacts).size).toBe(artifacts.length);
  });

  it('has something for every profile, and all of quick in full', () => {
    for (const profile of PROFILES)
      expect(selectProbes({ side, os, profile, includeRisky: false }).length).toBeGreaterThan(5);
    const full = new Set(selectProbes({ side, os, profile: 'full', includeRisky: false }));
    for (const probe of selectProbes({ side, os, profile: 'quick', includeRisky: false }))
      expect(full).toContain(probe);
  });
});

it('asks what can disturb a card only when told to, and last', () => {
  const base = { side: 'host', os: 'freebsd', profile: 'quick' } as const;
  expect(selectProbes({ ...base, includeRisky: false }).filter(({ disturbs }) => disturbs)).toEqual([]);
  const risky = selectProbes({ ...base, includeRisky: true });
  const first = risky.findIndex(({ disturbs }) => disturbs);
  expect(first).toBeGreaterThan(0);
  expect(risky.slice(first).every(({ disturbs }) => disturbs)).toBe(true);
});

it('asks everything that a host report needs', () => {
  const asked = of('host', 'freebsd').map(({ source }) =>
    'run' in source ? source.run.join(' ') : Object.values(source).flat().join(' '),
  );
  const needed = [
    'uname -a', 'freebsd-version -kru', 'pciconf -lvbBceV', 'dmesg -a', '/var/run/dmesg.boot', '/var/log/messages', 'hw.vmm', 'hw.model', 'hw.physmem',
    'kern.osreldate', 'vm.max_user_wired', 'security.jail.jailed', 'kenv', 'kldstat -v', 'acpidump -t', 'devinfo -rv', 'vmstat -i', 'dmidecode',
    '/boot/loader.conf', '/boot/loader.conf.local', '/boot/loader.conf.d/', '/etc/rc.conf', '/{vm}.conf', 'vm-bhyve.log', 'bhyve.log', 'ps axww',
    '/usr/local/etc/libvirt/bhyve', '{cbsd}', 'pkg query', 'vmm.ko', '/usr/sbin/bhyve', 'libvmmapi.so', 'uefi-firmware', 'bhyve bhyve ', 'KVMKVMKVM', 'config space mirror',
  ]; // prettier-ignore
  for (const what of needed)
    expect(
      asked.some((line) => line.includes(what)),
      what,
    ).toBe(true);
});

it('asks everything that a Linux guest report needs', () => {
  const asked = of('guest', 'linux').map(({ source }) =>
    'run' in source ? source.run.join(' ') : Object.values(source).flat().join(' '),
  );
  const needed = [
    'dmesg', 'lspci -vvvnnk', '/proc/driver/nvidia/version', '/proc/driver/nvidia/params', '/proc/driver/nvidia/gpus/', '/proc/interrupts', '/proc/iomem',
    'lsmod', 'modinfo nvidia', 'nvidia-smi', 'nvidia-smi -L', 'nvidia-smi -q', 'nvidia-smi -q -x', 'address sizes', 'mokutil', 'dkms status', '/proc/cmdline',
  ]; // prettier-ignore
  for (const what of needed)
    expect(
      asked.some((line) => line.includes(what)),
      what,
    ).toBe(true);
});

it('keeps every line that a rule can start from, when a log is too long', () => {
  const literals = RULES.flatMap(({ patterns }) =>
    Object.values(patterns ?? {}).flatMap((pattern) => pattern.literals),
  );
  expect(literals.filter((literal) => !WANTED.some((wanted) => literal.includes(wanted)))).toEqual([]);
  const noise = 'Mar  3 09:02:11 grebe kernel: em0: link state changed to UP';
  expect(WANTED.filter((wanted) => noise.includes(wanted))).toEqual([]);
});
