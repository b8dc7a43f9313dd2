import { describe, expect, it } from 'vitest';
import { ask, stageOf, troubles } from './ask.ts';
import {
  a30,
  GiB,
  HOST_BRIDGE,
  INTEGRATED,
  intelDmesg,
  KERNEL_14_3,
  MiB,
  pciconf,
  READY_A30,
  READY_P4,
  teslaP4,
  teslaP40,
} from './hosts.ts';

const withCards = (...cards: Parameters<typeof pciconf>[0]) => ({
  ...READY_P4,
  'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, ...cards]),
});

/** A listing without BARs or capabilities. */
const bare = (device: string, name: string) => ({
  'host/pciconf.txt': pciconf([{ unit: 'ppt0', at: '1:0:0', class: '030200', vendor: '10de', device, name }]),
  'host/uname.txt':
    'FreeBSD lab 14.3-RELEASE-p2 FreeBSD 14.3-RELEASE-p2 releng/14.3-n271444-0f0fe2aab8d1 GENERIC amd64\n',
});

describe('address windows', () => {
  it('hold a P4, which shows where each BAR lies', () => {
    const answer = ask(READY_P4);
    expect(answer.windows!.windows).toEqual([
      { name: 'mem32', base: '0xc0000000', sizeBytes: 512 * MiB },
      { name: 'mem64', base: '0x800000000', sizeBytes: 32 * GiB },
      { name: 'uefi64', base: '0x800000000', sizeBytes: 32 * GiB, neededBytes: 288 * MiB },
    ]);
    expect(answer.windows!.bars.map(({ index, window, address, fits }) => [index, window, address, fits])).toEqual([
      [0, 'mem32', '0xc2000000', 'fits'],
      [1, 'mem64', '0x800000000', 'fits'],
      [3, 'mem32', '0xc0000000', 'fits'],
    ]);
    expect([
      stageOf(answer, 'start').verdict,
      stageOf(answer, 'boot').verdict,
      stageOf(answer, 'enumerate').verdict,
    ]).toEqual(['ready', 'ready', 'ready']);
  });

  it('move with the memory of the guest', () => {
    expect(ask(READY_P4, { memoryBytes: 40 * GiB }).windows!.windows[1]).toMatchObject({ base: '0x1000000000' });
  });

  it('of the firmware have no room for a BAR1 of 32 GiB beside a BAR3, which is a risk and not certain', () => {
    const answer = ask(withCards(teslaP40('ppt0', '1:0:0')));
    expect(troubles(answer, 'boot')).toMatchObject([
      { verdict: 'at-risk', code: 'bar-window-overflow', inferred: true },
    ]);
    expect(troubles(answer, 'boot')[0]!.title).toBe(
      'The UEFI firmware of the guest has no room for BAR1 of 1/0/0 (32 GiB)',
    );
    expect(stageOf(answer, 'start').verdict).toBe('ready');
    // What comes after the firmware cannot be told.
    expect(stageOf(answer, 'enumerate')).toEqual({ id: 'enumerate', verdict: 'not-known', checks: [] });
  });

  it('of bhyve alone hold it: without UEFI nothing stands in the way', () => {
    const answer = ask(withCards(teslaP40('ppt0', '1:0:0')), { loader: 'grub' });
    expect(stageOf(answer, 'boot').verdict).toBe('ready');
    expect(stageOf(answer, 'enumerate').verdict).toBe('ready');
    expect(answer.windows!.windows.map(({ name }) => name)).toEqual(['mem32', 'mem64']);
  });

  it("are not judged with firmware of one's own", () => {
    const answer = ask(withCards(teslaP40('ppt0', '1:0:0')), { loader: 'uefi-custom' });
    expect(stageOf(answer, 'boot').checks).toEqual([]);
    expect(troubles(answer, 'enumerate')).toMatchObject([{ verdict: 'not-known' }]);
    expect(troubles(answer, 'enumerate')[0]!.detail).toMatch(/whether the guest boots such firmware is not known/);
  });

  it('have no room for a second card of that size: its BAR1 will be missing', () => {
    const files = {
      ...withCards(teslaP40('ppt0', '1:0:0'), teslaP40('ppt1', '2:0:0', '0x48000000000')),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 2/0/0"\n',
      'host/vm/work/work.conf': 'loader="grub"\nmemory=16G\npassthru0="1/0/0=8:0"\npassthru1="2/0/0=9:0"\n',
    };
    const answer = ask(files, { gpu: '2/0/0' });
    expect(answer.proposal!.vmBhyve.lines.slice(2).map(({ change }) => change)).toEqual(['keep', 'keep']);
    expect(troubles(answer, 'enumerate')).toMatchObject([
      { verdict: 'will-fail', code: 'bar-window-overflow', inferred: false },
    ]);
    expect(troubles(answer, 'enumerate')[0]!.title).toBe('The guest will lack BAR1 of 2/0/0 (32 GiB)');
  });

  it('rest on the family where a card has not shown its sizes, and say so', () => {
    const answer = ask(bare('1b39', 'GP102GL [Tesla P10]'));
    expect(troubles(answer, 'boot')[0]).toMatchObject({
      verdict: 'at-risk',
      inferred: true,
      evidence: [],
      decideWith: 'pciconf -lvbBceV',
    });
    expect(troubles(answer, 'boot')[0]!.detail).toMatch(/^The sizes are those of its family/);
    expect(answer.windows!.bars.every(({ sizeFrom, inferred }) => sizeFrom === 'family' && inferred)).toBe(true);
    expect(answer.warnings[0]!.text).toMatch(
      /BAR of 32 GiB, and the evidence does not show whether the host has placed it/,
    );
  });

  it('are not called good with sizes of other machines', () => {
    const answer = ask(bare('1bb3', 'GP104GL [Tesla P4]'));
    expect(troubles(answer, 'enumerate')).toMatchObject([
      { verdict: 'not-known', inferred: true, decideWith: 'pciconf -lvbBceV' },
    ]);
    expect(answer.windows!.bars.every(({ sizeFrom }) => sizeFrom === 'observed')).toBe(true);
  });

  it('are not known for a card in no table', () => {
    const answer = ask(bare('9999', 'Device 9999'));
    expect(answer.windows).toBeUndefined();
    expect(troubles(answer, 'enumerate')).toMatchObject([{ verdict: 'not-known', decideWith: 'pciconf -lvbBceV' }]);
  });
});

describe('interrupts', () => {
  it('are missing for a card with MSI alone, unless bhyve is patched', () => {
    const answer = ask(READY_P4);
    expect(answer.interrupts).toMatchObject({ offers: 'msi', from: 'host' });
    expect(answer.interrupts!.text).toContain('Unpatched bhyve of 14.3-RELEASE-p5 does not have it.');
    const [check] = troubles(answer, 'probe');
    expect(check).toMatchObject({
      verdict: 'at-risk',
      code: 'nvidia-intpin-missing',
      solvedBy: 'patch',
      inferred: false,
    });
    expect(check!.evidence[0]!.quote.trim()).toBe('cap 05[68] = MSI supports 1 message, 64 bit');
    expect(check!.fix[0]!.command).toBe('ls /usr/src/usr.sbin/bhyve/pci_passthru_quirks.c');
  });

  it('are not said to be missing in a release of which that is not established', () => {
    const later = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg('15.1-RELEASE-p1 releng/15.1-n283000-0123456789ab'),
      'host/freebsd-version.txt': '',
    });
    expect(later.interrupts!.text).toContain('Whether bhyve of 15.1-RELEASE-p1 has it is not established');
    const before = ask({
      ...READY_P4,
      'host/dmesg.txt': intelDmesg('14.2-RELEASE releng/14.2-n269506-c8918d6c7412'),
      'host/freebsd-version.txt': '',
    });
    expect(before.interrupts!.text).toContain('Unpatched bhyve of 14.2-RELEASE does not have it');
  });

  it('are there with MSI-X', () => {
    expect(ask(READY_A30).interrupts).toMatchObject({ offers: 'msi-x', from: 'host' });
    expect(stageOf(ask(READY_A30), 'probe').checks[0]).toMatchObject({
      verdict: 'ready',
      title: 'The driver finds an interrupt',
    });
  });

  it('come from other reports or the family where the host shows none', () => {
    expect(ask(bare('1bb3', 'GP104GL [Tesla P4]')).interrupts).toMatchObject({ offers: 'msi', from: 'observed' });
    expect(ask(bare('1b39', 'GP102GL [Tesla P10]')).interrupts).toMatchObject({ offers: 'msi', from: 'family' });
    expect(troubles(ask(bare('1b39', 'GP102GL [Tesla P10]')), 'probe')[0]).toMatchObject({
      verdict: 'at-risk',
      inferred: true,
    });
    const blackwell = ask(bare('2b85', 'GB202 [GeForce RTX 5090]'));
    expect(blackwell.interrupts).toMatchObject({ offers: 'msi-x', from: 'family' });
    expect(troubles(blackwell, 'probe')).toMatchObject([{ verdict: 'not-known', decideWith: 'pciconf -lvbBceV' }]);
    expect(ask(bare('20b7', 'GA100GL [A30 PCIe]')).interrupts).toMatchObject({ offers: 'not-known' });
  });

  it('are judged by a guest that has tried', () => {
    const log = (line: string) => ({
      ...READY_P4,
      'guest/vm/dmesg.txt': `[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n${line}\n`,
    });
    expect(troubles(ask(log("[    2.9] NVRM: Can't find an IRQ for your NVIDIA card!")), 'probe')[0]).toMatchObject({
      verdict: 'will-fail',
      code: 'nvidia-intpin-missing',
    });
    const past = ask(log('[    3.4] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2650)'));
    expect(stageOf(past, 'probe').checks[0]).toMatchObject({
      verdict: 'ready',
      title: 'The driver finds an interrupt',
    });
  });

  it("are nobody's business with a card of another maker", () => {
    const answer = ask({
      'host/pciconf.txt': pciconf([
        HOST_BRIDGE,
        INTEGRATED,
        {
          unit: 'ppt0',
          at: '3:0:0',
          class: '030000',
          vendor: '1002',
          device: '7590',
          name: 'Navi 44 [Radeon RX 9060 XT]',
        },
      ]),
    });
    expect(answer.card).toMatchObject({ pciId: '1002:7590' });
    expect(answer.interrupts).toBeUndefined();
    expect(answer.driver).toBeUndefined();
  });
});

describe('driver', () => {
  it('is told by card', () => {
    expect(ask(READY_P4).driver).toEqual({
      architecture: 'Pascal',
      firstBranch: '375',
      lastBranch: '580',
      flavours: ['proprietary'],
      branches: ['580', '570', '535'],
      text: 'Pascal: driver branches 375 to 580; 590 and later ignore the card. Proprietary kernel module only: the open one begins with Turing.',
    });
    const blackwell = ask(bare('2b85', 'GB202 [GeForce RTX 5090]')).driver!;
    expect(blackwell).toMatchObject({ flavours: ['open'], firstBranch: '570', branches: ['580', '570', '595'] });
    expect(blackwell.lastBranch).toBeUndefined();
    expect(blackwell.text).toMatch(/at the latest 570 on\. Open kernel module only\./);
    expect(ask(READY_A30).driver!.flavours).toEqual(['open', 'proprietary']);
  });

  it('is not known for a card in no table', () => {
    expect(ask(bare('9999', 'Device 9999')).driver).toBeUndefined();
  });

  const guest = (module: string, version: string) => ({
    ...READY_P4,
    'guest/vm/proc-driver-nvidia-version.txt': `NVRM version: NVIDIA UNIX ${module}  ${version}  Tue Mar  3 10:00:00 UTC 2026\nGCC version:  gcc version 13.2.0 (Ubuntu 13.2.0-23ubuntu4)\n`,
  });

  it.each([
    ['x86_64 Kernel Module', '595.45.04', 'legacy-branch-required'],
    ['x86_64 Kernel Module', '340.108', 'driver-too-old'],
    ['Open Kernel Module for x86_64', '570.124.06', 'open-module-unsupported-gpu'],
  ])('of a guest that does not serve the card fails: %s %s', (module, version, code) => {
    expect(troubles(ask(guest(module, version)), 'probe')).toContainEqual(
      expect.objectContaining({ verdict: 'will-fail', code }),
    );
  });

  it('of a guest that serves it is ready', () => {
    expect(stageOf(ask(guest('x86_64 Kernel Module', '580.65.06')), 'probe').checks).toContainEqual(
      expect.objectContaining({ verdict: 'ready', title: 'Driver 580.65.06 serves the card' }),
    );
  });
});

describe('reports of others', () => {
  it('count by stage, for the same card', () => {
    const titles = (id: 'start' | 'boot' | 'init') =>
      stageOf(ask(READY_P4), id).checks.map(({ title, verdict }) => `${verdict}: ${title}`);
    expect(titles('boot').at(-1)).toMatch(/^ready: Reports of this card got past here \(.*ca-p4-05/);
    expect(titles('init')).toEqual([expect.stringMatching(/^at-risk: All \d+ reports of this card stop here/)]);
    const p10 = ask(bare('1b39', 'GP102GL [Tesla P10]'));
    expect(troubles(p10, 'start').map(({ title }) => title)).toEqual([
      expect.stringMatching(/of this card stops here \(ca-p10-04\)$/),
    ]);
  });

  it('say nothing about a card nobody has reported', () => {
    expect(stageOf(ask(READY_A30), 'init').checks).toEqual([]);
    expect(ask(READY_A30).matrix.matches.length).toBeGreaterThan(0);
  });

  it('give the nearest that works', () => {
    expect(ask(READY_P4).matrix.nearestWorking!.change.map(({ field }) => field)).toContain('gpu');
  });
});

describe('warnings', () => {
  const of = (files: Parameters<typeof ask>[0]) =>
    ask(files)
      .warnings.map(({ text }) => text)
      .join('\n');

  it('tell of hw.dmar.enable, of a laptop and of a card without function-level reset', () => {
    expect(of({ ...READY_A30, 'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.dmar.enable: 1\n' })).toMatch(
      /hw\.dmar\.enable is 1/,
    );
    expect(of({ ...READY_A30, 'host/sysctl.txt': 'hw.vmm.iommu.enable: 1\nhw.dmar.enable: 0\n' })).toBe('');
    const mobile = { ...teslaP4('ppt0', '1:0:0'), device: '1c8c', name: 'GP107M [GeForce GTX 1050 Ti Mobile]' };
    expect(of(withCards(mobile))).toMatch(/laptop/);
    expect(of(READY_P4)).not.toMatch(/laptop/);
    expect(of(READY_P4)).toMatch(/no function-level reset/);
    expect(of(withCards(a30('ppt0', '1:0:0')))).toBe('');
  });

  it('tell a laptop by every name its PCI id has', () => {
    const named = (name: string): boolean =>
      /laptop/.test(of(withCards({ ...a30('ppt0', '1:0:0'), device: 'ffff', name })));
    expect(named('TU117M [GeForce GTX 1650 Mobile / Max-Q]')).toBe(true);
    expect(named('AD107M [GeForce RTX 4060 Max-Q / Mobile]')).toBe(true);
    expect(named('GK107M [GeForce GT 750M Mac Edition]')).toBe(true);
    expect(named('GP108 [GeForce MX150]')).toBe(true);
    expect(named('TU117 [GeForce GTX 1650]')).toBe(false);
    expect(named('GP104 [Geforce GTX 1070 / Quadro P4000 Mobile]')).toBe(false);
  });

  it('take an earlier panic as a risk of the start', () => {
    const answer = ask({
      ...READY_P4,
      'host/dmesg.txt': `${intelDmesg(KERNEL_14_3, 'panic: vtd_add_device: device 100 is not in scope for any DMA remapping unit', 'cpuid = 6')}${intelDmesg(KERNEL_14_3)}`,
    });
    expect(troubles(answer, 'start')).toContainEqual(
      expect.objectContaining({
        verdict: 'at-risk',
        code: 'host-panic-on-start',
        title: expect.stringMatching(/^An earlier start failed:/) as string,
      }),
    );
  });
});
