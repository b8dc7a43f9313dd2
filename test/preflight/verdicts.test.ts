import { describe, expect, it } from 'vitest';
import { ask, stageOf, troubles, verdictsOf } from './ask.ts';
import {
  a30,
  amdDmesg,
  DMAR,
  type Files,
  FRESH_AMD,
  GiB,
  HOST_BRIDGE,
  INTEGRATED,
  intelDmesg,
  KERNEL_14_3,
  KERNEL_15_0,
  KERNEL_15_0_P2,
  NIC,
  NO_DMAR,
  pciconf,
  READY_A30,
  READY_P4,
  rtx2080Ti,
  teslaP4,
  teslaP40,
} from './hosts.ts';

describe('a host where everything is in place', () => {
  it('is ready at every stage that can be looked at', () => {
    const answer = ask(READY_A30);
    expect(verdictsOf(answer)).toEqual({
      firmware: 'ready',
      host: 'ready',
      ppt: 'ready',
      config: 'ready',
      start: 'ready',
      boot: 'ready',
      enumerate: 'ready',
      probe: 'ready',
      init: 'not-known',
    });
    expect(answer.verdict).toBe('ready');
    expect(answer.summary).toMatch(/^Ready:/);
    expect(answer.warnings).toEqual([]);
  });

  it('shows the lines that make it ready', () => {
    const quotes = stageOf(ask(READY_A30), 'host').checks.flatMap(({ evidence }) =>
      evidence.map(({ quote }) => quote.trim()),
    );
    expect(quotes).toContain('VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID');
    expect(quotes).toContain('cap 11[b0] = MSI-X supports 9 messages');
    for (const { checks } of ask(READY_A30).stages)
      for (const check of checks) expect(check.evidence.length, check.title).toBeGreaterThan(0);
  });
});

describe('no evidence', () => {
  const answer = ask({});

  it('knows nothing and says which commands would tell', () => {
    expect(answer.verdict).toBe('not-known');
    expect(new Set(Object.values(verdictsOf(answer)))).toEqual(new Set(['not-known']));
    const commands = answer.stages.flatMap(({ checks }) => checks.map(({ decideWith }) => decideWith));
    expect(commands).toEqual(
      expect.arrayContaining(['acpidump -t', 'pciconf -lvbBceV', 'sysctl hw.vmm', 'freebsd-version -kru']),
    );
    expect(commands).not.toContain(undefined);
  });

  it('proposes nothing', () => {
    expect(answer.card).toBeUndefined();
    expect(answer.proposal).toBeUndefined();
    expect(answer.windows).toBeUndefined();
  });
});

describe('firmware', () => {
  it('fails without an IOMMU', () => {
    const [check] = troubles(
      ask({ ...READY_P4, 'host/acpidump.txt': NO_DMAR, 'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\n' }),
      'firmware',
    );
    expect(check).toMatchObject({
      verdict: 'will-fail',
      code: 'iommu-disabled',
      solvedBy: 'firmware',
      inferred: false,
    });
    expect(check!.fix[0]!.text).toMatch(/VT-d/);
  });

  it('fails with a large BAR that has no address, and warns of the start', () => {
    const answer = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP40('ppt0', '1:0:0', '0')]),
    });
    expect(stageOf(answer, 'firmware').verdict).toBe('will-fail');
    expect(troubles(answer, 'firmware')[0]).toMatchObject({ code: 'host-bar-unassigned', solvedBy: 'firmware' });
    expect(answer.warnings[0]).toMatchObject({ before: 'starting the VM' });
    expect(answer.warnings[0]!.text).toMatch(/32 GiB has no address.*panicked/);
  });

  it('does not hold the BAR of another card against it', () => {
    const other = { ...teslaP40('vgapci1', '3:0:0', '0') };
    const answer = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('ppt0', '1:0:0'), other]),
    });
    expect(stageOf(answer, 'firmware').verdict).toBe('ready');
    expect(answer.warnings.some(({ text }) => text.includes('no address'))).toBe(false);
  });
});

describe('host', () => {
  it('is broken in 15.0-RELEASE without a patch level', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg(KERNEL_15_0),
      'host/freebsd-version.txt': '15.0-RELEASE\n15.0-RELEASE\n15.0-RELEASE\n',
    });
    expect(troubles(answer, 'host')).toMatchObject([
      { verdict: 'will-fail', code: 'vmm-iommu-mapping-bug', solvedBy: 'update' },
    ]);
    expect(answer.summary).toMatch(/^Will fail: .*EN-25:20/);
    expect(answer.warnings.map(({ before }) => before)).toContain('starting the VM');
    expect(answer.warnings.find(({ text }) => text.includes('EN-25:20'))!.text).toMatch(/^15\.0-RELEASE has the fault/);
  });

  it('is mended in 15.0-RELEASE-p2', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg(KERNEL_15_0_P2),
      'host/freebsd-version.txt': '15.0-RELEASE-p2\n15.0-RELEASE-p2\n15.0-RELEASE-p2\n',
    });
    expect(stageOf(answer, 'host').verdict).toBe('ready');
    expect(answer.warnings.some(({ text }) => text.includes('EN-25:20'))).toBe(false);
  });

  it('may be broken in a pre-release, which is not said for certain', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg('15.0-BETA2 stable/15-n280600-0a1b2c3d4e5f'),
      'host/freebsd-version.txt': '',
    });
    expect(troubles(answer, 'host')).toContainEqual(
      expect.objectContaining({ verdict: 'at-risk', code: 'vmm-iommu-mapping-bug', inferred: true }),
    );
    expect(answer.warnings.find(({ text }) => text.includes('EN-25:20'))!.text).toMatch(/may have the fault/);
  });

  it('says when vmm comes with the next boot', () => {
    const off = {
      ...READY_P4,
      'host/kldstat.txt': '',
      'host/sysctl.txt': "sysctl: unknown oid 'hw.vmm': No such file or directory\n",
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('vgapci1', '1:0:0')]),
    };
    expect(troubles(ask(off), 'host')[0]).toMatchObject({
      title: 'vmm is not loaded',
      verdict: 'will-fail',
      solvedBy: 'reboot',
    });
    expect(troubles(ask({ ...off, 'host/loader.conf': 'zfs_load="YES"\n' }), 'host')[0]).toMatchObject({
      title: 'vmm is not loaded',
      solvedBy: 'lines',
    });
  });

  it('notices vmm in kld_list', () => {
    const answer = ask({ ...FRESH_AMD, 'host/rc.conf': 'hostname="lab"\nkld_list="vmm nmdm"\n' });
    expect(troubles(answer, 'host')).toContainEqual(
      expect.objectContaining({ verdict: 'will-fail', title: 'vmm is loaded too late to reserve a device' }),
    );
    expect(answer.proposal!.loaderConf.notes.join(' ')).toMatch(/Take vmm out of kld_list/);
  });

  it('needs the tunable on AMD, which the lines set', () => {
    const answer = ask({
      ...FRESH_AMD,
      'host/sysctl.txt': 'hw.vmm.amdvi.enable: 0\nhw.vmm.iommu.enable: 1\n',
      'host/dmesg.txt': amdDmesg(
        KERNEL_14_3,
        'bhyve: Found 1 AMD-Vi/IOMMU device(s), use hw.vmm.amdvi.enable=1 to enable pass-through.',
      ),
    });
    expect(troubles(answer, 'host')).toContainEqual(
      expect.objectContaining({ verdict: 'will-fail', code: 'amdvi-not-enabled', solvedBy: 'lines' }),
    );
  });

  it('refuses more guest memory than the host has, and doubts almost all of it', () => {
    expect(troubles(ask(READY_P4, { memoryBytes: 64 * GiB }), 'host')).toMatchObject([
      { verdict: 'will-fail', solvedBy: 'vm-config' },
    ]);
    expect(troubles(ask(READY_P4, { memoryBytes: 60 * GiB }), 'host')).toMatchObject([{ verdict: 'at-risk' }]);
    expect(troubles(ask(READY_P4, { memoryBytes: 32 * GiB }), 'host')).toEqual([]);
  });

  it('is of no use on another processor', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': '',
      'host/uname.txt':
        'FreeBSD rack 15.0-RELEASE-p2 FreeBSD 15.0-RELEASE-p2 releng/15.0-n281005-5fb0f8e9e61d GENERIC arm64\n',
      'host/freebsd-version.txt': '',
    });
    expect(troubles(answer, 'host')[0]).toMatchObject({
      verdict: 'will-fail',
      title: 'This host is arm64, and bhyve passes devices on amd64 only',
      solvedBy: 'hardware',
    });
  });

  it('does not fail for a module of the host that was built for another kernel', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg(
        KERNEL_14_3,
        'KLD nvidia.ko: depends on kernel - not available or version mismatch',
        'linker_load_file: /boot/modules/nvidia.ko - unsupported file type',
      ),
    });
    expect(troubles(answer, 'host').map(({ verdict, code }) => [verdict, code])).toEqual([
      ['at-risk', 'kmod-kernel-mismatch'],
    ]);
  });

  it('sees a securelevel, a jail and another hypervisor', () => {
    const answer = ask({
      ...READY_P4,
      'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nkern.securelevel: 1\nsecurity.jail.jailed: 1\n',
      'host/dmesg.txt': intelDmesg(KERNEL_14_3, 'Hypervisor: Origin = "KVMKVMKVM"'),
    });
    expect(troubles(answer, 'host').map(({ title, verdict }) => [verdict, title.slice(0, 24)])).toEqual([
      ['will-fail', 'securelevel 1 keeps bhyv'],
      ['at-risk', 'bhyve runs in a jail, wh'],
      ['at-risk', 'The host is itself a gue'],
    ]);
  });
});

describe('ppt', () => {
  const unbound = {
    ...READY_P4,
    'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, NIC('igb0', '2:0:0'), teslaP4('vgapci1', '1:0:0')]),
  };

  it('fails while a driver of the host has the card, and tells lines from a reboot', () => {
    expect(troubles(ask(unbound), 'ppt')).toMatchObject([
      { verdict: 'will-fail', code: 'device-not-ppt', solvedBy: 'reboot' },
    ]);
    const fresh = ask({ ...unbound, 'host/loader.conf': 'zfs_load="YES"\n' });
    expect(troubles(fresh, 'ppt')).toMatchObject([{ verdict: 'will-fail', solvedBy: 'lines' }]);
    expect(fresh.summary).toMatch(/^Not ready yet: put the lines below into loader\.conf/);
    expect(fresh.warnings.map(({ before }) => before)).toEqual(
      expect.arrayContaining(['unloading or reloading vmm', 'moving the card with devctl']),
    );
  });

  it('doubts a card of which one function stays with the host', () => {
    const functions = rtx2080Ti('ppt', '1').map((fn) => (fn.at === '1:0:1' ? { ...fn, unit: 'hdac1' } : fn));
    const answer = ask({ ...READY_P4, 'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, ...functions]) });
    expect(troubles(answer, 'ppt')).toMatchObject([{ verdict: 'at-risk', code: 'gpu-function-not-passed' }]);
    expect(troubles(answer, 'ppt')[0]!.title).toContain('1/0/1');
  });

  it('warns of an entry that names a network card now', () => {
    const answer = ask({ ...READY_P4, 'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 2/0/0"\n' });
    expect(troubles(answer, 'ppt')).toMatchObject([{ verdict: 'at-risk', code: 'pptdevs-stale', solvedBy: 'lines' }]);
    expect(troubles(answer, 'ppt')[0]!.title).toContain('igb0: I210 Gigabit Network Connection (2/0/0)');
    const warning = answer.warnings.find(({ before }) => before.startsWith('rebooting with the pptdevs line'))!;
    expect(warning.text).toContain('igb0');
    expect(warning.evidence.map(({ quote }) => quote)).toContain('pptdevs="1/0/0 2/0/0"');
  });

  it('warns of the boot display, by its line or as the only card', () => {
    const card = geforce('vgapci0');
    const named = ask({
      'host/pciconf.txt': pciconf([HOST_BRIDGE, card, { ...INTEGRATED, unit: 'vgapci1' }]),
      'host/dmesg.txt': intelDmesg(KERNEL_14_3, 'vgapci0: Boot video device'),
    });
    expect(troubles(named, 'ppt').map(({ title }) => title)).toContain('The card is the boot display of the host');
    expect(named.warnings.map(({ before }) => before)).toContain('rebooting with the new lines');
    const only = ask({ 'host/pciconf.txt': pciconf([HOST_BRIDGE, card]) });
    expect(troubles(only, 'ppt')).toContainEqual(
      expect.objectContaining({
        verdict: 'at-risk',
        inferred: true,
        title: expect.stringContaining('no other graphics card') as string,
      }),
    );
    const other = ask({
      'host/pciconf.txt': pciconf([HOST_BRIDGE, card, { ...INTEGRATED, unit: 'vgapci1' }]),
      'host/dmesg.txt': intelDmesg(KERNEL_14_3, 'vgapci1: Boot video device'),
    });
    expect(other.warnings.map(({ before }) => before)).not.toContain('rebooting with the new lines');
  });

  it('says when it is not known which card has the console', () => {
    const answer = ask({ 'host/pciconf.txt': pciconf([HOST_BRIDGE, geforce('vgapci1'), INTEGRATED]) });
    expect(troubles(answer, 'ppt')).toContainEqual(
      expect.objectContaining({ verdict: 'not-known', decideWith: "grep 'Boot video device' /var/run/dmesg.boot" }),
    );
  });
});

describe('config', () => {
  it('is not known without a configuration', () => {
    const rest = without(READY_P4, 'host/vm/work/work.conf');
    expect(troubles(ask(rest), 'config')).toMatchObject([
      { verdict: 'not-known', decideWith: 'cat the configuration file of the VM' },
    ]);
    expect(troubles(ask(rest, { vm: 'render' }), 'config')).toMatchObject([{ decideWith: 'cat render.conf' }]);
  });

  it('fails when the VM is not given the card', () => {
    const answer = ask({
      ...READY_P4,
      'host/vm/work/work.conf': 'loader="uefi"\ncpu=4\nmemory=16G\ndisk0_type="virtio-blk"\n',
    });
    expect(troubles(answer, 'config')).toMatchObject([
      { verdict: 'will-fail', code: 'passthru-not-configured', solvedBy: 'vm-config' },
    ]);
  });

  it('doubts a VM that is given only a part of the card', () => {
    const answer = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, ...rtx2080Ti('ppt', '1')]),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 1/0/1 1/0/2 1/0/3"\n',
    });
    expect(troubles(answer, 'config')).toMatchObject([{ verdict: 'at-risk', code: 'gpu-function-not-passed' }]);
    expect(troubles(answer, 'config')[0]!.title).toContain('1/0/1, 1/0/2, 1/0/3');
  });

  it('fails when a command line does not wire memory', () => {
    const rest = without(READY_P4, 'host/vm/work/work.conf');
    const start = (options: string): string =>
      `bhyve -c 4 -m 8G -AHP ${options} -s 0,hostbridge -s 31,lpc -s 6:0,passthru,1/0/0 -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd work\n`;
    expect(troubles(ask({ ...rest, 'host/start.sh': start('') }), 'config')).toMatchObject([
      { verdict: 'will-fail', code: 'memory-not-wired' },
    ]);
    expect(troubles(ask({ ...rest, 'host/start.sh': start('-S') }), 'config')).toEqual([]);
  });

  it('takes in what the rules find in the VM', () => {
    const rest = without(READY_P4, 'host/vm/work/work.conf');
    const answer = ask({
      ...rest,
      'host/start.sh':
        'bhyve -c 4 -m 8G -AHP -S -s 0,hostbridge -s 31,lpc -s 6:1,passthru,1/0/0 -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd work\n',
    });
    expect(troubles(answer, 'config')).toMatchObject([
      { code: 'guest-function-mismatch', verdict: 'will-fail', solvedBy: 'vm-config' },
    ]);
  });
});

it('never lets what was inferred fail for certain', () => {
  const hosts = [
    READY_P4,
    FRESH_AMD,
    {
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP40('ppt0', '1:0:0', '0'), a30('vgapci1', '4:0:0')]),
      'host/acpidump.txt': DMAR,
    },
  ];
  for (const files of hosts) {
    for (const { checks } of ask(files).stages) {
      for (const check of checks) if (check.inferred) expect(check.verdict, check.title).not.toBe('will-fail');
    }
  }
});

/** A GeForce with display outputs. */
const geforce = (unit: string) => ({
  ...teslaP4(unit, '1:0:0'),
  class: '030000',
  device: '1c82',
  name: 'GP107 [GeForce GTX 1050 Ti]',
});

const without = (files: Files, path: string): Files =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name !== path));
