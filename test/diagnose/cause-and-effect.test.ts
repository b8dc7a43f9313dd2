import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/model/finding.ts';
import type { Report } from '../../src/model/report.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

/** What a chain of lines must come down to. Every log is put together by hand in the real format. */

const causes = (report: Report): string[] => report.verdict.causes.map(({ code }) => code);
const present = (report: Report): Finding[] => report.findings.filter(({ state }) => state === 'present');
const found = (report: Report, code: string): Finding | undefined => present(report).find((one) => one.code === code);
const serious = (report: Report): string[] =>
  present(report)
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ code }) => code);
const log = (...lines: string[]): Record<string, string> => ({ 'guest/vm/dmesg.txt': `${lines.join('\n')}\n` });

const LINUX = '[    0.000000] Linux version 6.8.0-55-generic (buildd@host) (gcc) #57-Ubuntu SMP';
const BHYVE = '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021';
const card = (id: string): string => `[    0.412004] pci 0000:00:07.0: [10de:${id}] type 00 class 0x030200`;
const BANNER =
  '[    4.312001] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.133.20  Sun Mar 30 03:11:02 UTC 2025';
const OPEN_BANNER =
  '[    4.312001] NVRM: loading NVIDIA UNIX Open Kernel Module for x86_64  570.133.20  Release Build  (root@vm)  Sun Mar 30 03:11:02 UTC 2025';
const failed = (triple: string, at = '9.300003'): string =>
  `[${at.padStart(12)}] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (${triple})`;
const PROBE_FAILED = [
  '[    4.500010] nvidia: probe of 0000:00:07.0 failed with error -1',
  '[    4.500100] NVRM: The NVIDIA probe routine failed for 1 device(s).',
  '[    4.500101] NVRM: None of the NVIDIA devices were initialized.',
];
const NO_BAR1 = [
  "[    0.501001] pci 0000:00:07.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space",
  '[    0.501002] pci 0000:00:07.0: BAR 1 [mem size 0x800000000 64bit pref]: failed to assign',
];
const DRIVER_MISSES_BAR1 = [
  '[    4.310001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
  '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:07.0)',
];
const OFF_THE_BUS = [
  '[    9.200001] NVRM: Xid (PCI:0000:00:07): 79, pid=0, GPU has fallen off the bus.',
  '[    9.200002] NVRM: GPU 0000:00:07.0: GPU has fallen off the bus.',
];

describe('one cause per failing chain', () => {
  const chains: { name: string; files: Record<string, string>; cause: string; consequences: string[] }[] = [
    {
      name: 'a BAR without an address, down to a tool that finds nothing',
      files: {
        ...log(LINUX, BHYVE, card('1b38'), ...NO_BAR1, ...DRIVER_MISSES_BAR1, failed('0x24:0x72:1025')),
        'guest/vm/nvidia-smi.txt': 'No devices were found\n',
      },
      cause: 'guest-mmio64-too-small',
      consequences: ['bar1-unassigned', 'rm-init-adapter-failed', 'nvidia-smi-no-devices'],
    },
    {
      name: 'no interrupt pin, down to a driver that is not there',
      files: {
        ...log(
          LINUX,
          BHYVE,
          card('1bb3'),
          "[    4.400001] NVRM: Can't find an IRQ for your NVIDIA card!",
          ...PROBE_FAILED,
        ),
        'guest/vm/nvidia-smi.txt':
          "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
      },
      cause: 'nvidia-intpin-missing',
      consequences: ['nvidia-irq-missing', 'driver-probe-failed', 'nvidia-smi-no-driver'],
    },
    {
      name: 'the open module on a card without GSP',
      files: log(
        LINUX,
        BHYVE,
        card('1bb3'),
        '[    4.300001] NVRM: The NVIDIA GPU 0000:00:07.0 (PCI ID: 10de:1bb3)',
        '               NVRM: installed in this system is not supported by open',
        '               NVRM: nvidia.ko because it does not include the required GPU',
        '               NVRM: System Processor (GSP).',
        ...PROBE_FAILED,
      ),
      cause: 'open-module-unsupported-gpu',
      consequences: ['driver-probe-failed'],
    },
    {
      name: 'MSI switched off',
      files: log(
        LINUX,
        BHYVE,
        '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz root=/dev/vda2 ro pci=nomsi',
        card('1bb3'),
        BANNER,
        '[    9.200001] NVRM: GPU 0000:00:07.0: Failed to enable MSI; falling back to PCIe virtual-wire interrupts.',
        '[    9.200002] NVRM: GPU 0000:00:07.0: request_irq() failed (-107)',
      ),
      cause: 'msi-disabled-in-guest',
      consequences: ['guest-interrupt-setup-failed'],
    },
    {
      name: 'a line of loader.conf that the kernel cannot read, down to an exit status',
      files: {
        'host/loader.conf': 'vmm_load="YES"\npptdevs="09:00.0"\n',
        'host/pciconf.txt':
          'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec6 subvendor=0x8086 subdevice=0x7270\n' +
          'vgapci0@pci0:9:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
        'host/vm.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="9/0/0"\n',
        'host/bhyve.log':
          'bhyve: PCI device at 9/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: No such file or directory\n',
      },
      cause: 'pptdevs-syntax',
      consequences: ['device-assign-failed', 'vm-start-failed'],
    },
    {
      name: 'a mixed build, down to a boot ROM that cannot be mapped',
      files: { 'host/bhyve.log': 'bhyve: bootrom_alloc: vm_mmap_mapseg: Invalid argument\n' },
      cause: 'vmm-kernel-mismatch',
      consequences: ['bootrom-alloc-failed'],
    },
    {
      name: 'a GSP that stops, and everything that times out after it',
      files: log(
        LINUX,
        card('2236'),
        OPEN_BANNER,
        '[  900.300001] NVRM: Xid (PCI:0000:00:07): 119, pid=1820, name=train, Timeout after 45s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL) (0x20800a2d 0x1b0).',
        '[  901.300001] NVRM: Xid (PCI:0000:00:07): 154, pid=1820, name=train, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)',
        failed('0x62:0x65:1860', '960.300001'),
      ),
      cause: 'gsp-rpc-timeout',
      consequences: ['rm-init-adapter-failed'],
    },
  ];
  it.each(chains.map((chain) => [chain.name, chain] as const))('%s', (_name, { files, cause, consequences }) => {
    const report = diagnoseTexts(files);
    expect(causes(report)).toEqual([cause]);
    for (const code of consequences) expect(found(report, code)?.role, code).toBe('consequence');
  });
});

describe('fallen off the bus is a consequence', () => {
  it('of a BAR that the driver misses', () => {
    const report = diagnoseTexts(
      log(LINUX, card('1b38'), ...NO_BAR1, ...DRIVER_MISSES_BAR1, ...OFF_THE_BUS, failed('0x24:0xf:1025')),
    );
    expect(causes(report)).toEqual(['bar1-unassigned']);
    expect(found(report, 'gpu-fell-off-bus')).toMatchObject({ role: 'consequence', explainedBy: 'bar1-unassigned' });
  });

  it('of a BAR that only the listing shows without an address', () => {
    const report = diagnoseTexts({
      ...log(LINUX, card('1b38'), ...OFF_THE_BUS),
      'guest/vm/lspci.txt':
        '00:07.0 3D controller [0302]: NVIDIA Corporation GP102GL [Tesla P40] [10de:1b38] (rev a1)\n' +
        '\tRegion 0: Memory at c2000000 (32-bit, non-prefetchable) [size=16M]\n' +
        '\tRegion 1: Memory at <unassigned> (64-bit, prefetchable)\n' +
        '\tRegion 3: Memory at 810000000 (64-bit, prefetchable) [size=32M]\n',
    });
    expect(causes(report)).toEqual(['bar1-unassigned']);
  });

  it('of a card that does not wake', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        card('1bb3'),
        '[    4.100001] nvidia 0000:00:07.0: Unable to change power state from D3cold to D0, device inaccessible',
        '[    4.300001] NVRM: The NVIDIA GPU 0000:00:07.0 (PCI ID: 10de:1bb3)',
        '               NVRM: installed in this system has fallen off the bus and is not',
        '               NVRM: responding to commands.',
        ...PROBE_FAILED,
      ),
    );
    expect(causes(report)).toEqual(['gpu-d3cold-inaccessible']);
    expect(found(report, 'gpu-fell-off-bus')?.role).toBe('consequence');
  });

  it('but a cause where nothing stands before it', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        card('1bb3'),
        BANNER,
        '[ 7200.300001] NVRM: Xid (PCI:0000:00:07): 79, pid=2172, name=train, GPU has fallen off the bus.',
      ),
    );
    expect(causes(report)).toEqual(['gpu-fell-off-bus']);
  });
});

describe('Xids 45 and 154 are never primary', () => {
  const XID_45 = '[  900.300009] NVRM: Xid (PCI:0000:00:07): 45, pid=1234, name=train, Ch 00000008';
  const XID_154 =
    '[  900.300008] NVRM: Xid (PCI:0000:00:07): 154, pid=1234, name=train, GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)';

  it.each([
    ['45 alone', [XID_45]],
    ['154 alone', [XID_154]],
    ['both', [XID_154, XID_45]],
  ])('%s', (_name, lines) => {
    const report = diagnoseTexts(log(LINUX, BANNER, ...lines));
    expect(causes(report)).toEqual([]);
    expect(serious(report)).toEqual([]);
    for (const { severity } of present(report).filter(({ code }) => code === 'xid')) expect(severity).toBe('info');
  });

  it('with another Xid before them, that one is the cause', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        BANNER,
        '[  900.300001] NVRM: Xid (PCI:0000:00:07): 31, pid=1234, name=train, Ch 00000008, intr 10000000. MMU Fault: ENGINE GRAPHICS',
        XID_45,
      ),
    );
    expect(causes(report)).toEqual(['xid-application-fault']);
    expect(found(report, 'xid')?.role).toBe('consequence');
  });

  it('with another Xid after them in the log, that one is the cause all the same', () => {
    const report = diagnoseTexts(
      log(LINUX, BANNER, XID_154, '[  900.400001] NVRM: Xid (PCI:0000:00:07): 79, pid=77, GPU has fallen off the bus.'),
    );
    expect(causes(report)).toEqual(['gpu-fell-off-bus']);
  });
});

describe('Xid 119 at the first open', () => {
  const XID_119 =
    '[    9.250001] NVRM: Xid (PCI:0000:00:07): 119, pid=881, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 4097 (GSP_INIT_DONE) (0x0 0x0).';

  it('with WPR2 lines means a card that was not reset', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        card('2236'),
        OPEN_BANNER,
        '[    9.200001] NVRM: kgspBootstrap_TU102: unexpected WPR2 already up, cannot proceed with booting GSP',
        '[    9.200002] NVRM: kgspBootstrap_TU102: (the GPU is likely in a bad state and may need to be reset)',
        XID_119,
        failed('0x62:0x40:1784'),
      ),
    );
    expect(causes(report)).toEqual(['gsp-wpr2-stuck']);
    expect(found(report, 'gsp-rpc-timeout')?.role).toBe('consequence');
  });

  it('with GFW_BOOT lines means firmware of the card that never started', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        card('2236'),
        OPEN_BANNER,
        '[    9.200001] NVRM: gpuWaitForGfwBootComplete_TU102: failed to wait for GFW_BOOT: (progress 0x3)',
        '[    9.200002] NVRM: kgspWaitForGfwBootOk_TU102: (the GPU may be in a bad state and may need to be reset)',
        XID_119,
        failed('0x62:0x65:1784'),
      ),
    );
    expect(causes(report)).toEqual(['gsp-boot-failure']);
    expect(found(report, 'gsp-rpc-timeout')?.role).toBe('consequence');
  });

  it('without such lines stays what it says', () => {
    expect(causes(diagnoseTexts(log(LINUX, card('2236'), OPEN_BANNER, XID_119)))).toEqual(['gsp-rpc-timeout']);
  });
});

describe('what never names a cause by itself', () => {
  it.each([
    'Device busy',
    'No such file or directory',
    'Device not configured',
    'Operation not permitted',
    'No error: 0',
  ])('Device emulation initialization error: %s', (errno) => {
    const report = diagnoseTexts({ 'host/bhyve.log': `Device emulation initialization error: ${errno}\n` });
    expect(causes(report)).toEqual([]);
    expect(present(report).map(({ code }) => code)).toEqual(['vm-start-failed']);
  });
});

describe('what is no fault', () => {
  const quiet: [string, Record<string, string>][] = [
    [
      'taint lines',
      log(
        LINUX,
        card('1bb3'),
        '[    4.200001] nvidia: loading out-of-tree module taints kernel.',
        "[    4.200002] nvidia: module license 'NVIDIA' taints kernel.",
        '[    4.200003] Disabling lock debugging due to kernel taint',
        '[    4.200004] nvidia: module verification failed: signature and/or required key missing - tainting kernel',
        BANNER,
      ),
    ],
    [
      'optional firmware of nouveau',
      log(
        LINUX,
        card('1bb3'),
        '[    3.900001] nouveau 0000:00:07.0: Direct firmware load for nouveau/nv134_fuc084 failed with error -2',
        '[    3.900002] nouveau 0000:00:07.0: Direct firmware load for nvidia/gp104/acr/unload_bl.bin failed with error -2',
      ),
    ],
    [
      'a wired interrupt without a route after a good probe',
      log(
        LINUX,
        BHYVE,
        card('1bb3'),
        "[    4.200001] nvidia 0000:00:07.0: can't derive routing for PCI INT A",
        '[    4.200002] nvidia 0000:00:07.0: PCI INT A: not connected',
        BANNER,
        '[    5.093532] [drm] Initialized nvidia-drm 0.0.0 for 0000:00:07.0 on minor 0',
      ),
    ],
    [
      'vfio on a Linux host',
      {
        'guest/box/dmesg.txt': `${[
          '[    0.000000] Linux version 6.8.0-55-generic (buildd@host) (gcc) #57-Ubuntu SMP',
          '[    0.000000] DMI: Supermicro Super Server/X11DPi-N, BIOS 3.3 02/21/2020',
          '[    6.200001] vfio-pci 0000:41:00.0: vgaarb: changed VGA decodes: olddecodes=io+mem,decodes=none:owns=none',
          '[    6.300001] NVRM: GPU 0000:41:00.0 is already bound to vfio-pci.',
        ].join('\n')}\n`,
      },
    ],
    [
      'an unbound card on a host without passthrough',
      {
        'host/pciconf.txt':
          'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x3ec6 subvendor=0x8086 subdevice=0x7270\n' +
          'none2@pci0:9:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n' +
          'nvme0@pci0:10:0:0:\tclass=0x010802 rev=0x00 hdr=0x00 vendor=0x144d device=0xa808 subvendor=0x144d subdevice=0xa801\n',
      },
    ],
  ];
  it.each(quiet)('%s', (_name, files) => {
    const report = diagnoseTexts(files);
    expect(report.inputs.every(({ status }) => status === 'parsed')).toBe(true);
    expect(causes(report)).toEqual([]);
    expect(serious(report)).toEqual([]);
  });
});

describe('contradictions between artifacts', () => {
  const listing = (driver: string): string =>
    `${driver}@pci0:9:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n`;
  const contradictory: [string, Record<string, string>, [string, string]][] = [
    [
      'two drivers for one function of the host',
      { 'host/a/pciconf.txt': listing('vgapci0'), 'host/b/pciconf.txt': listing('ppt0') },
      ['vgapci0@pci0:9:0:0', 'ppt0@pci0:9:0:0'],
    ],
    [
      'two cards at one address of the host',
      { 'host/a/pciconf.txt': listing('ppt0'), 'host/b/pciconf.txt': listing('ppt0').replace('0x1bb3', '0x1b38') },
      ['device=0x1bb3', 'device=0x1b38'],
    ],
    [
      'two releases of the host',
      {
        'host/dmesg.txt': 'FreeBSD 14.1-RELEASE releng/14.1-n267679-10e31f0946d8 GENERIC amd64\n',
        'host/uname.txt':
          'FreeBSD hv 14.2-RELEASE FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n',
      },
      ['14.1-RELEASE', '14.2-RELEASE'],
    ],
    [
      'the kernel of the log and that of the module',
      {
        ...log(LINUX, BANNER),
        'guest/vm/modinfo.txt':
          'filename:       /lib/modules/6.8.0-51-generic/updates/dkms/nvidia.ko\nversion:        570.133.20\nlicense:        NVIDIA\nname:           nvidia\nvermagic:       6.8.0-51-generic SMP preempt mod_unload modversions \n',
      },
      ['6.8.0-55-generic', '6.8.0-51-generic'],
    ],
    [
      'two versions of the driver in the kernel',
      {
        ...log(LINUX, BANNER),
        'guest/vm/version.txt':
          'NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024\nGCC version:  gcc version 13.2.0 (Ubuntu 13.2.0-23ubuntu4)\n',
      },
      ['570.133.20', '550.90.07'],
    ],
    [
      'a card that fails in the log and works in a table',
      {
        ...log(LINUX, card('1bb3'), BANNER, failed('0x24:0x65:1460')),
        'guest/vm/nvidia-smi.csv': 'name, pci.bus_id, driver_version\nTesla P4, 00000000:00:07.0, 570.133.20\n',
      },
      ['RmInitAdapter failed', 'Tesla P4'],
    ],
    [
      'pieces of two boots in one log',
      log(
        LINUX,
        '[  812.300001] NVRM: Xid (PCI:0000:00:07): 62, pid=1923, 0000(0000) 00000000 00000000',
        '[    4.312001] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.133.20  Sun Mar 30 03:11:02 UTC 2025',
      ),
      ['Xid', 'loading NVIDIA'],
    ],
  ];
  it.each(contradictory)('%s', (_name, files, [first, second]) => {
    const finding = found(diagnoseTexts(files), 'evidence-contradiction');
    expect(finding).toMatchObject({ kind: 'notice', severity: 'warning' });
    const quotes = finding!.evidence.map(({ quote }) => quote);
    expect(quotes).toHaveLength(2);
    expect(quotes[0]).toContain(first);
    expect(quotes[1]).toContain(second);
  });

  it('does not report two boots that a boot line separates', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        '[  812.300001] NVRM: Xid (PCI:0000:00:07): 62, pid=1923, 0000(0000) 00000000 00000000',
        LINUX,
        BANNER,
      ),
    );
    expect(found(report, 'evidence-contradiction')).toBeUndefined();
  });
});

describe('a fault of a later stage than the one that failed', () => {
  const xid =
    '[    8.300001] NVRM: Xid (PCI:0000:00:07): 31, pid=1923, name=train, Ch 00000008, intr 00000000. MMU Fault';

  it('is no cause of the failure, and is still told', () => {
    const report = diagnoseTexts(log(LINUX, BHYVE, card('1bb3'), BANNER, xid, failed('0x31:0xffff:2650')));
    expect(report.verdict.outcome).toBe('driver-init-fails');
    expect(causes(report)).not.toContain('xid-application-fault');
    expect(found(report, 'xid-application-fault')).toBeDefined();
  });

  it('is the cause where nothing failed before', () => {
    expect(causes(diagnoseTexts(log(LINUX, BHYVE, card('1bb3'), BANNER, xid)))).toEqual(['xid-application-fault']);
  });

  it('is the cause of an earlier failure that it explains', () => {
    const report = diagnoseTexts(
      log(
        LINUX,
        BHYVE,
        card('1bb3'),
        BANNER,
        '[    8.300001] NVRM: Xid (PCI:0000:00:07): 79, pid=1923, name=train, GPU has fallen off the bus.',
        failed('0x26:0x65:1472'),
      ),
    );
    expect(report.findings.find(({ code }) => code === 'gpu-fell-off-bus')?.stage).toBe('run');
    expect(causes(report)).toContain('gpu-fell-off-bus');
  });
});
