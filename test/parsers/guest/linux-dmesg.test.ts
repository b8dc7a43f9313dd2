import { describe, expect, it } from 'vitest';
import parser, { type LinuxBoot, type LinuxDmesgFacts } from '../../../parsers/guest/linux-dmesg.ts';

const parse = (text: string): LinuxDmesgFacts => parser.parse(text).facts!;
const boot = (...lines: string[]): LinuxBoot => {
  const { boots, current } = parse(lines.join('\n'));
  return boots[current]!;
};
const marked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('boots', () => {
  it('begin at the kernel banner', () => {
    const facts = parse(
      [
        'Oct 01 08:00:00 box kernel: NVRM: GPU 0000:00:08.0: RmInitAdapter failed! (0x26:0x56:1400)',
        'Oct 01 08:10:00 box kernel: Linux version 6.8.0-60-generic (build@host) #63-Ubuntu SMP',
        'Oct 01 08:10:00 box kernel: Command line: root=/dev/vda2 ro nouveau.modeset=0',
        'Oct 01 08:10:05 box kernel: NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22',
        '-- Boot 0123456789abcdef0123456789abcdef --',
        'Oct 01 09:10:00 box kernel: Linux version 6.8.0-62-generic (build@host) #65-Ubuntu SMP',
        'Oct 01 09:10:00 box kernel: Hypervisor detected: KVM',
      ].join('\n'),
    );
    expect(facts.current).toBe(2);
    expect(facts.boots.map(({ line, lastLine, kernel }) => [line, lastLine, kernel?.version])).toEqual([
      [1, 1, undefined],
      [2, 4, '6.8.0-60-generic'],
      [6, 7, '6.8.0-62-generic'],
    ]);
    expect(facts.boots[0]!.nvidia!.initFailures).toHaveLength(1);
    expect(facts.boots[1]!.nvidia!.initFailures).toHaveLength(0);
    expect(facts.boots[2]).not.toHaveProperty('nvidia');
    expect(facts.boots[2]!.hypervisor).toMatchObject({ name: 'KVM', line: 7 });
  });

  it('are one when no banner is there', () => {
    const facts = parse('[    1.000000] nvidia-nvlink: Nvlink Core is being initialized, major device number 240\n');
    expect(facts.boots).toHaveLength(1);
    expect(facts.boots[0]).toMatchObject({ line: 1, lastLine: 1 });
  });
});

describe('the machine', () => {
  it('is told from DMI or from a trace, and Memory slots are no machine', () => {
    expect(
      boot(
        '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
        '[    0.000000] DMI: Memory slots populated: 1/1',
      ).hardware,
    ).toEqual({ name: 'FreeBSD BHYVE/BHYVE', biosVersion: '14.0', biosDate: '10/17/2021', line: 1 });
    expect(
      boot('[   99.000000] Hardware name: QEMU Standard PC (Q35 + ICH9, 2009), BIOS 1.16.3 04/01/2014').hardware,
    ).toMatchObject({
      name: 'QEMU Standard PC (Q35 + ICH9, 2009)',
      biosVersion: '1.16.3',
    });
  });

  it.each([
    ['secureboot: Secure boot enabled', true],
    ['secureboot: Secure boot disabled', false],
    ['secureboot: Secure boot could not be determined (mode 0)', null],
  ])('%s', (text, enabled) => expect(boot(`[    0.000000] ${text}`).secureBoot).toMatchObject({ enabled }));

  it('reads the command line', () => {
    const { commandLine } = boot(
      '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz ro pci=nomsi,noacpi pci=realloc=off iommu=pt "foo=a b" modprobe.blacklist=nouveau,nvidiafb nvidia.NVreg_OpenRmEnableUnsupportedGpus=1 nvidia-drm.modeset=1 pcie_aspm=off quiet',
      '[    0.100000] Kernel command line: something=else',
    );
    expect(commandLine).toMatchObject({
      pci: ['nomsi', 'noacpi', 'realloc=off'],
      iommu: 'pt',
      pcieAspm: 'off',
      blacklist: ['nouveau', 'nvidiafb'],
      nvidia: { NVreg_OpenRmEnableUnsupportedGpus: '1' },
      options: { foo: ['a b'], quiet: [], pci: ['nomsi,noacpi', 'realloc=off'] },
      line: 1,
    });
  });
});

describe('PCI devices', () => {
  it.each([
    ['2.6', ['reg 14: [mem 0xd0000000-0xdfffffff 64bit pref]']],
    ['before 2.6.37', ['reg 14 64bit mmio pref: [0xd0000000-0xdfffffff]']],
    ['3 to 6.7', ['reg 0x14: [mem 0xd0000000-0xdfffffff 64bit pref]']],
    ['from 6.8', ['BAR 1 [mem 0xd0000000-0xdfffffff 64bit pref]']],
  ])('BARs as kernels %s print them', (_name, lines) => {
    const [device] = boot(...lines.map((line) => `[    0.4] pci 0000:00:08.0: ${line}`)).pci.devices;
    expect(device!.bars).toMatchObject([
      {
        bar: 1,
        assigned: true,
        range: {
          space: 'mem',
          start: '0xd0000000',
          end: '0xdfffffff',
          size: 268435456,
          bits64: true,
          prefetchable: true,
        },
        events: [{ event: 'found' }],
      },
    ]);
  });

  it.each([
    ['BAR 1: no space for [mem size 0x400000000 64bit pref]', 'no-space'],
    ["BAR 1 [mem size 0x400000000 64bit pref]: can't assign; no space", 'no-space'],
    ['BAR 1: failed to assign [mem size 0x400000000 64bit pref]', 'failed-to-assign'],
    ["can't claim BAR 1 [mem 0x400000000-0x7ffffffff 64bit pref]: no compatible bridge window", 'no-window'],
    ["BAR 1 [mem 0x400000000-0x7ffffffff 64bit pref]: can't claim; no compatible bridge window", 'no-window'],
    [
      "BAR 1 [mem 0x400000000-0x7ffffffff]: can't claim; address conflict with PCI Bus 0000:00 [mem 0x0-0x1]",
      'address-conflict',
    ],
    ["can't enable device: BAR 1 [mem size 0x400000000 64bit pref] not assigned", 'not-assigned'],
    ["BAR 1 [mem size 0x400000000 64bit pref]: not claimed; can't enable device", 'not-claimed'],
    ["BAR 1 [??? 0x00000000 flags 0x0]: can't assign; bogus alignment", 'bogus-alignment'],
  ])('a BAR without a place: %s', (text, event) => {
    expect(boot(`pci 0000:00:08.0: ${text}`).pci.devices[0]!.bars).toMatchObject([
      { bar: 1, assigned: false, events: [{ event, text }] },
    ]);
  });

  it('lets the last word count', () => {
    const { bars } = boot(
      '[    0.4] pci 0000:00:08.0: BAR 1 [mem 0xd0000000-0xdfffffff 64bit pref]',
      "[    0.5] pci 0000:00:08.0: BAR 1 [mem 0xd0000000-0xdfffffff 64bit pref]: can't claim; no compatible bridge window",
      '[    0.6] pci 0000:00:08.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]: assigned',
      '[    0.4] pci 0000:00:08.0: ROM [mem 0xf4000000-0xf407ffff pref]',
    ).pci.devices[0]!;
    expect(bars).toMatchObject([
      { bar: 1, assigned: true, range: { start: '0x800000000' } },
      { bar: 6, assigned: true },
    ]);
    expect(bars[0]!.events.map(({ event }) => event)).toEqual(['found', 'no-window', 'assigned']);
  });

  it('takes neither VF BARs nor an address of 0 for a BAR with a fault', () => {
    const { bars } = boot(
      "[    0.4] pci 0000:00:08.0: VF BAR 0 [mem size 0x01000000 64bit pref]: can't assign; no space",
      '[    0.4] pci 0000:00:08.0: BAR 5 [io  0x0000-0x007f]',
    ).pci.devices[0]!;
    expect(bars).toHaveLength(1);
    expect(bars[0]).toMatchObject({ bar: 5 });
    expect(bars[0]).not.toHaveProperty('assigned');
  });

  it.each([
    ["nvidia 0000:00:08.0: can't derive routing for PCI INT A", { note: 'no-routing', pin: 'A' }],
    ['nvidia 0000:00:08.0: PCI INT A: not connected', { note: 'not-connected' }],
    ['nvidia 0000:00:08.0: PCI INT B: no GSI', { note: 'no-gsi', pin: 'B' }],
    ['nvidia 0000:00:08.0: PCI INT A: no GSI - using ISA IRQ 11', { note: 'isa-irq', irq: 11 }],
    ['nvidia 0000:00:08.0: PCI INT A -> GSI 16 (level, low) -> IRQ 16', { note: 'routed', irq: 16 }],
    ['nvidia 0000:00:08.0: irq 52 for MSI/MSI-X', { note: 'msi', irq: 52 }],
    [
      'PCI: No IRQ known for interrupt pin A of device 0000:00:08.0. Please try using pci=biosirq.',
      { note: 'no-irq-known', pin: 'A' },
    ],
    [
      "PCI: IRQ 0 for device 0000:00:08.0 doesn't match PIRQ mask - try pci=usepirqmask",
      { note: 'pirq-mismatch', irq: 0 },
    ],
  ])('interrupts: %s', (line, expected) => {
    expect(boot(`[    3.0] ${line}`).pci.devices).toMatchObject([{ bdf: '0000:00:08.0', interrupts: [expected] }]);
  });

  it('tells ids, drivers, bridges, windows, power and errors', () => {
    const { pci } = boot(
      'pci_bus 0000:00: root bus resource [mem 0xd000000000-0xd0ffffffff window]',
      'pci_bus 0000:00: root bus resource [bus 00-ff]',
      'pci 0000:00:03.0: [8086:1234] type 01 class 0x060400 PCIe Root Port',
      'pci 0000:00:03.0: PCI bridge to [bus 01-02]',
      'pci 0000:00:03.0:   bridge window [mem 0xe0000000-0xe1ffffff]',
      'pci 0000:01:00.0: [10de:1b38] type 00 class 0x030200 PCIe Endpoint',
      'nouveau 0000:01:00.0: NVIDIA GP102 (132000a1)',
      'nvidia 0000:01:00.0: enabling device (0000 -> 0002)',
      'nvidia 0000:01:00.0: Unable to change power state from D3cold to D0, device inaccessible',
      'nvidia 0000:01:00.0: PCIe Bus Error: severity=Uncorrected (Fatal), type=Transaction Layer, (Receiver ID)',
      'nvidia 0000:01:00.0:   device [10de:1b38] error status/mask=00040000/00000000',
      '[drm] Initialized nvidia-drm 0.0.0 20160202 for 0000:01:00.0 on minor 1',
    );
    expect(pci.rootWindows).toMatchObject([
      { bus: '0000:00', start: '0xd000000000', end: '0xd0ffffffff', size: 2 ** 32 },
    ]);
    expect(pci.devices[0]).toMatchObject({
      class: '0x060400',
      headerType: '01',
      bridge: { secondary: '01', subordinate: '02', windows: [{ start: '0xe0000000', size: 2 ** 25, line: 5 }] },
      drivers: [],
    });
    expect(pci.devices[1]).toMatchObject({
      pciId: '10de:1b38',
      portType: 'PCIe Endpoint',
      enabled: { from: '0000', to: '0002' },
      power: [{ line: 9 }],
      drivers: [{ driver: 'nouveau' }, { driver: 'nvidia' }, { driver: 'nvidia-drm' }],
    });
    expect(pci.aer).toEqual([
      {
        bdf: '0000:01:00.0',
        severity: 'Uncorrected (Fatal)',
        type: 'Transaction Layer',
        pciId: '10de:1b38',
        status: '00040000',
        count: 1,
        line: 10,
      },
    ]);
  });
});

describe('modules, firmware and IOMMU', () => {
  it('tells a taint from a refusal', () => {
    const { modules } = boot(
      'nvidia: loading out-of-tree module taints kernel.',
      "nvidia: module license 'NVIDIA' taints kernel.",
      'nvidia: module verification failed: signature and/or required key missing - tainting kernel',
      'Loading of unsigned module is rejected',
      "nvidia: version magic '6.1.0-9-amd64 SMP mod_unload' should be '6.1.0-10-amd64 SMP mod_unload'",
      'nvidia: disagrees about version of symbol module_layout',
      'nvidia_drm: Unknown symbol drm_open (err -2)',
      'nvidia_drm: Unknown symbol drm_open (err -2)',
    );
    expect(modules).toMatchObject([
      { problem: 'out-of-tree', module: 'nvidia' },
      { problem: 'proprietary-license' },
      { problem: 'unsigned-taint' },
      { problem: 'rejected' },
      { problem: 'version-magic', module: 'nvidia' },
      { problem: 'symbol-version', symbol: 'module_layout' },
      { problem: 'unknown-symbol', module: 'nvidia_drm', symbol: 'drm_open', error: -2, count: 2 },
    ]);
  });

  it('puts firmware failures of one file together', () => {
    const { firmware } = boot(
      '[    9.0] nvidia 0000:00:08.0: Direct firmware load for nvidia/575.51.02/gsp_tu10x.bin failed with error -2',
      '[    9.5] nvidia 0000:00:09.0: Direct firmware load for nvidia/575.51.02/gsp_tu10x.bin failed with error -2',
      '[    9.6] nvidia 0000:00:09.0: firmware: failed to load nvidia/575.51.02/gsp_ga10x.bin (-2)',
    );
    expect(firmware).toMatchObject([
      { path: 'nvidia/575.51.02/gsp_tu10x.bin', error: -2, count: 2, bdfs: ['0000:00:08.0', '0000:00:09.0'] },
      { path: 'nvidia/575.51.02/gsp_ga10x.bin', error: -2, count: 1 },
    ]);
  });

  it('sums up IOMMU faults of both makers', () => {
    const { iommuFaults } = boot(
      'DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xf1000000 [fault reason 0x05] PTE Write access is not set',
      'DMAR: [DMA Write NO_PASID] Request device [01:00.0] fault addr 0xf2000000 [fault reason 0x05] PTE Write access is not set',
      'dmar: DMAR:[DMA Read] Request device [02:00.0] fault addr ffe00000',
      'DMAR:[fault reason 06] PTE Read access is not set',
      'AMD-Vi: Event logged [IO_PAGE_FAULT device=03:00.0 domain=0x0011 address=0x1000 flags=0x0020]',
      'nvidia 0000:03:00.0: AMD-Vi: Event logged [IO_PAGE_FAULT domain=0x0011 address=0x2000 flags=0x0020]',
    );
    expect(iommuFaults).toMatchObject([
      {
        unit: 'dmar',
        bdf: '0000:01:00.0',
        operation: 'DMA Write NO_PASID',
        reason: '0x05',
        reasonText: 'PTE Write access is not set',
        addresses: ['0xf1000000', '0xf2000000'],
        count: 2,
        line: 1,
        lastLine: 2,
      },
      {
        unit: 'dmar',
        bdf: '0000:02:00.0',
        operation: 'DMA Read',
        reason: '0x06',
        reasonText: 'PTE Read access is not set',
      },
      { unit: 'amd-vi', bdf: '0000:03:00.0', operation: 'IO_PAGE_FAULT', addresses: ['0x1000', '0x2000'], count: 2 },
    ]);
  });

  it('notes framebuffers and panics', () => {
    const facts = boot(
      '[    0.5] efifb: framebuffer at 0xc0000000, using 1920k, total 1920k',
      '[   77.0] Kernel panic - not syncing: Fatal exception',
    );
    expect(facts.framebuffers).toMatchObject([{ line: 1 }]);
    expect(facts.crashes).toMatchObject([{ text: 'Kernel panic - not syncing: Fatal exception', line: 2 }]);
  });
});

describe('NVIDIA lines in every dialect', () => {
  const triple = 'RmInitAdapter failed! (0x24:0x65:1589)';
  it.each([
    `[    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `[Wed Oct  1 08:01:02 2025] NVRM: GPU 0000:00:08.0: ${triple}`,
    `[  +0.000123] NVRM: GPU 0000:00:08.0: ${triple}`,
    `Oct  1 08:01:02 box kernel: [    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `Oct 01 08:01:02 box kernel: NVRM: GPU 0000:00:08.0: ${triple}`,
    `2025-10-01T08:01:02.123456+02:00 box kernel: NVRM: GPU 0000:00:08.0: ${triple}`,
    `3,1042,8462102,-;NVRM: GPU 0000:00:08.0: ${triple}`,
    `<3>[    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `kern  :err   : [    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `NVRM: GPU 0000:00:08.0: ${triple}`,
    `    NVRM: GPU 0000:00:08.0: ${triple}`,
    `> [    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `  ## [    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `dmesg.txt:[    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
    `node3 | ERROR: gpu check: [    4.400000] NVRM: GPU 0000:00:08.0: ${triple}`,
  ])('%s', (line) => {
    expect(marked(line)).toBe(true);
    expect(boot(line).nvidia!.initFailures).toMatchObject([{ bdf: '0000:00:08.0', stage: '0x24', line: 1 }]);
  });

  it('cites the first line of a wrapped message and counts its repeats', () => {
    const once = [
      '[    5.0] NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:2bb1)',
      '          NVRM: installed in this system requires use of the NVIDIA open kernel modules.',
    ];
    expect(boot('[    4.0] usb 1-1: x', ...once, ...once).nvidia!.refusals).toMatchObject([
      { reason: 'open-module-required', pciId: '10de:2bb1', count: 2, line: 2 },
    ]);
  });

  it('keeps the thread that printed an Xid', () => {
    expect(
      boot('[   12.000000] [  T812] NVRM: Xid (PCI:0000:00:08): 62, pid=5, name=x, 0000').nvidia!.xids,
    ).toMatchObject([{ xid: 62, events: [{ thread: 'T812' }] }]);
  });
});

describe('markers', () => {
  it.each([
    'nvidia: probe of 0000:00:08.0 failed with error -1',
    'nvidia: disagrees about version of symbol module_layout',
    'pci 0000:00:08.0: BAR 1: no space for [mem size 0x400000000 64bit pref]',
    '[    0.000000] Linux version 6.8.0',
    'Oct 01 08:01:02 box kernel: pci_bus 0000:00: root bus resource [mem 0xc0000000-0xfebfffff window]',
    'DMAR: [DMA Read] Request device [02:00.0] fault addr ffe00000',
    '[drm:nv_drm_dev_load [nvidia_drm]] *ERROR* [nvidia-drm] Failed to allocate NvKmsKapiDevice',
  ])('know %s', (line) => expect(marked(line)).toBe(true));

  it.each([
    'I installed the NVIDIA driver and rebooted',
    'ppt0: <NVIDIA card> port 0x2000-0x207f mem 0xc0000000-0xc0ffffff irq 16 at device 0.0 on pci1',
    'vgapci0: <VGA-compatible display> mem 0xc0000000-0xc0ffffff at device 6.0 on pci0',
    '00:08.0 3D controller [0302]: NVIDIA Corporation GP102GL [Tesla P40] [10de:1b38] (rev a1)',
    'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22',
    'Failed to initialize NVML: Driver/library version mismatch',
    '  DMAR: Length=168, Revision=1, Checksum=12,',
    'AMD-Vi: IVRS Info VAsize = 64 PAsize = 48 GVAsize = 2 flags:0',
    'pptdevs="1/0/0"',
    '[12] some FreeBSD line with seconds',
  ])('do not know %s', (line) => expect(marked(line)).toBe(false));
});

describe('size', () => {
  it('stays bounded and quick on a long log', () => {
    const lines: string[] = [];
    for (let i = 0; i < 30_000; i += 1) {
      lines.push(`[${String(i).padStart(5)}.000000] NVRM: GPU 0000:00:08.0: strange thing number ${i}`);
      lines.push(
        `[${String(i).padStart(5)}.000100] pci 0000:${(i % 256).toString(16).padStart(2, '0')}:08.0: BAR 1 [mem size 0x${i}]: x`,
      );
      lines.push(`[${String(i).padStart(5)}.000200] audit: type=1400 something that is no matter here`);
    }
    const before = performance.now();
    const text = JSON.stringify(parse(lines.join('\n')));
    expect(performance.now() - before).toBeLessThan(5_000);
    expect(text.length).toBeLessThan(2_000_000);
  });
});
