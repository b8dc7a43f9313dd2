import { describe, expect, it } from 'vitest';
import dmesg, { type FreebsdBoot, type FreebsdDmesgFacts } from '../../../parsers/host/freebsd-dmesg.ts';
import { readKernelName } from '../../../parsers/lib/freebsd-kernel.ts';

const read = (...lines: string[]): FreebsdDmesgFacts => dmesg.parse(lines.join('\n')).facts!;
const boot = (...lines: string[]): FreebsdBoot => {
  const { boots } = read(...lines);
  expect(boots).toHaveLength(1);
  return boots[0]!;
};

describe('kernel name', () => {
  it.each([
    [
      'FreeBSD 11.3-RELEASE #0 r349700: Fri Jul  5 10:00:00 UTC 2019',
      { release: '11.3-RELEASE', revision: 'r349700', built: 'Fri Jul  5 10:00:00 UTC 2019' },
    ],
    ['FreeBSD 13.0-CURRENT #3 r359000M: Sun Mar 15 10:00:00 CET 2020', { revision: 'r359000M', dirty: true }],
    [
      'FreeBSD 14.1-STABLE #5 stable/14-n268000-abcdef012345-dirty: Mon Jul  1 09:30:00 UTC 2024',
      { release: '14.1-STABLE', gitId: 'stable/14-n268000-abcdef012345-dirty', branch: 'stable/14', dirty: true },
    ],
    [
      'FreeBSD 14.3-RELEASE-p2 releng/14.3-n271400-0123456789ab GENERIC amd64',
      {
        release: '14.3-RELEASE-p2',
        parsedRelease: { major: 14, minor: 3, branch: 'RELEASE', patch: 2 },
        gitId: 'releng/14.3-n271400-0123456789ab',
        commitCount: 271400,
        ident: 'GENERIC',
        arch: 'amd64',
      },
    ],
    ['FreeBSD 13.2-RELEASE-p4 GENERIC amd64', { release: '13.2-RELEASE-p4', ident: 'GENERIC', arch: 'amd64' }],
    [
      'FreeBSD 13.1-RELEASE-p9 n245000-0a1b2c3d4e5 TRUENAS',
      { gitId: 'n245000-0a1b2c3d4e5', commit: '0a1b2c3d4e5', ident: 'TRUENAS' },
    ],
    [
      'FreeBSD 12.1-RELEASE-p7-HBSD #0  0123456789a(stable/20.1)-dirty: Wed Jul  1 04:00:00 CEST 2020',
      { release: '12.1-RELEASE-p7-HBSD', revision: '0123456789a(stable/20.1)-dirty', dirty: true },
    ],
    ['FreeBSD 16.0-CURRENT ROUTER-AMD64 amd64', { release: '16.0-CURRENT', ident: 'ROUTER-AMD64', arch: 'amd64' }],
  ])('reads %s', (line, expected) => {
    expect(readKernelName(line)).toMatchObject(expected);
  });

  it('calls a tree changed only when the name says so', () => {
    expect(readKernelName('FreeBSD 14.3-RELEASE releng/14.3-n271400-0123456789ab GENERIC')!.dirty).toBeUndefined();
  });

  it.each([
    'FreeBSD clang version 19.1.7',
    'FreeBSD is a registered trademark of The FreeBSD Foundation.',
    'FreeBSD/SMP: 1',
  ])('leaves %s alone', (line) => {
    expect(readKernelName(line)).toBeUndefined();
  });
});

describe('boots', () => {
  it('splits on the marker and calls a cut first boot partial', () => {
    const { boots, current } = read(
      'ppt0: detached',
      'Uptime: 3d4h',
      '---<<BOOT>>---',
      'Copyright (c) 2013-2024 The HardenedBSD Project.',
      'Copyright (c) 1992-2023 The FreeBSD Project.',
      'FreeBSD 14.1-RELEASE #0 releng/14.1-n267600-0123456789ab: Fri May 31 10:00:00 UTC 2024',
      '    root@builder.example.org:/usr/obj/usr/src/amd64.amd64/sys/PASSTHRU amd64',
      '---<<BOOT>>---',
      'FreeBSD 14.1-RELEASE-p1 releng/14.1-n267650-123456789abc GENERIC amd64',
      'ppt0: attached',
    );
    expect(boots.map(({ line, lastLine, partial }) => [line, lastLine, partial])).toEqual([
      [1, 2, true],
      [3, 7, false],
      [8, 10, false],
    ]);
    expect(current).toBe(2);
    expect(boots[1]!.kernel).toMatchObject({ line: 6, ident: 'PASSTHRU', arch: 'amd64' });
    expect(JSON.stringify(boots)).not.toContain('builder.example.org');
    expect(boots[2]!.driverEvents).toEqual([{ line: 10, unit: 'ppt0', event: 'attached' }]);
  });

  it('splits on the copyright line in kernels without marker', () => {
    const { boots } = read(
      'Copyright (c) 1992-2018 The FreeBSD Project.',
      'FreeBSD 11.2-RELEASE #0 r335500: Fri Jun 22 10:00:00 UTC 2018',
      'real memory  = 8589934592 (8192 MB)',
      'KDB: debugger backends: ddb',
      'KDB: current backend: ddb',
      'Copyright (c) 1992-2018 The FreeBSD Project.',
      'FreeBSD 11.2-RELEASE-p2 #0: Tue Aug 14 10:00:00 UTC 2018',
    );
    expect(boots.map(({ line, kernel }) => [line, kernel!.release])).toEqual([
      [1, '11.2-RELEASE'],
      [4, '11.2-RELEASE-p2'],
    ]);
  });

  it('gives no facts for text that is no kernel log', () => {
    expect(dmesg.parse('Dear list,\nmy card is not seen at device level.\n').facts).toBeUndefined();
  });
});

describe('log prefixes', () => {
  it('reads syslog of both forms and leaves other programs out', () => {
    const { devices, driverEvents } = boot(
      'Jul 25 00:15:05 vmhost kernel: ppt0 mem 0xf6000000-0xf6ffffff irq 11 at device 0.0 on pci1',
      'Jul 25 00:15:06 vmhost devd[512]: ppt1: attached',
      '<6>1 2026-06-04T11:23:17.000000+00:00 vmhost kernel - - - ppt1: attached',
      '[12.500000] ppt2: detached',
    );
    expect(devices).toMatchObject([{ line: 1, unitName: 'ppt0', memory: ['0xf6000000-0xf6ffffff'], irq: 11 }]);
    expect(driverEvents).toEqual([
      { line: 3, unit: 'ppt1', event: 'attached' },
      { line: 4, unit: 'ppt2', event: 'detached' },
    ]);
  });
});

describe('processor', () => {
  it('reads AMD and its SVM line', () => {
    const { cpu, smp, acpiApicTable } = boot(
      'CPU: AMD EPYC 7302P 16-Core Processor                (3000.10-MHz K8-class CPU)',
      '  Origin="AuthenticAMD"  Id=0x830f10  Family=0x17  Model=0x31  Stepping=0',
      '  Features2=0x7ed8320b<SSE3,PCLMULQDQ,MON,SSSE3,FMA,CX16>',
      '  AMD Features2=0x75c237ff<LAHF,CMP,SVM,ExtAPIC>',
      '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768',
      'ACPI APIC Table: <ALASKA A M I >',
      'FreeBSD/SMP: Multiprocessor System Detected: 32 CPUs',
      'FreeBSD/SMP: 1 package(s) x 4 cache groups x 4 core(s) x 2 hardware threads',
    );
    expect(cpu).toMatchObject({
      line: 1,
      model: 'AMD EPYC 7302P 16-Core Processor',
      mhz: 3000.1,
      vendor: 'AuthenticAMD',
      id: '0x830f10',
      vmx: false,
      svm: true,
      svmFeatures: { line: 5, disabledInBios: false, nestedPaging: true, nripSave: true, asids: 32768 },
    });
    expect(cpu!.vtx).toBeUndefined();
    expect(smp).toMatchObject({ line: 7, cpus: 32, packages: 1, threads: 2 });
    expect(acpiApicTable!.text).toBe('ALASKA A M I ');
  });

  it('reads the old spelling with blanks around =, and firmware that disables VT-x', () => {
    const { cpu } = boot(
      'CPU: Intel(R) Pentium(R) CPU G620 @ 2.60GHz (2594.12-MHz K8-class CPU)',
      '  Origin = "GenuineIntel"  Id = 0x206a7  Family = 0x6  Model = 0x2a  Stepping = 7',
      '  VT-x: (disabled in BIOS) PAT,HLT,MTF,PAUSE,EPT,UG,VPID',
    );
    expect(cpu).toMatchObject({ vendor: 'GenuineIntel', family: '0x6', modelNumber: '0x2a', stepping: 7 });
    expect(cpu!.vtx).toMatchObject({ line: 3, disabledInBios: true, ept: true, unrestrictedGuest: true });
  });

  it('reads the controls of a verbose boot', () => {
    const { cpu } = boot(
      'CPU: Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz (3392.21-MHz K8-class CPU)',
      '  VT-x: Basic Features=0xda0400<SMM,INS/OUTS,TRUE>',
      '        Pin-Based Controls=0x7f<ExtINT,NMI,VNMI,PreTmr>',
      '        Primary Processor Controls=0xfff9fffe<INTWIN,TSCOff,HLT>',
      '        Secondary Processor Controls=0x7cff<APIC,EPT,DT,RDTSCP,x2APIC,VPID,WBINVD,UG,PAUSE>',
      '        EPT Features=0x6114141<PW4,UC,WB,2M,INVEPT,single,all>',
    );
    expect(cpu!.vtx).toMatchObject({ ept: true, unrestrictedGuest: true });
    expect(cpu!.vtx!.tokens).toEqual(expect.arrayContaining(['TRUE', 'PreTmr', 'EPT', 'UG', 'INVEPT']));
  });

  it('does not take the complaint of the SVM driver for a feature list', () => {
    const one = boot(
      'CPU: AMD Athlon(tm) 64 Processor 3200+ (2009.79-MHz K8-class CPU)',
      'SVM: Nested Paging feature not available.',
    );
    expect(one.cpu!.svmFeatures).toBeUndefined();
    expect(one.messages).toMatchObject([
      { line: 2, kind: 'svm-feature-missing', fields: { feature: 'Nested Paging' } },
    ]);
  });

  it('reads arm64', () => {
    const { cpu, smp } = boot(
      'FreeBSD/SMP: Multiprocessor System Detected: 4 CPUs',
      'CPU  0: ARM Cortex-A55 r2p0 affinity:  0',
      'CPU  1: ARM Cortex-A55 r2p0 affinity:  1',
    );
    expect(cpu).toEqual({ line: 2, model: 'ARM Cortex-A55 r2p0' });
    expect(smp!.cpus).toBe(4);
  });
});

describe('devices', () => {
  it('reads attach lines with and without description', () => {
    const { devices, unattached, bootVideo, interrupts } = boot(
      'vgapci0: <VGA-compatible display> port 0xe000-0xe07f mem 0xfb000000-0xfbffffff,0xd0000000-0xdfffffff irq 16 at device 0.0 on pci1',
      'vgapci0: Boot video device',
      'ppt3 mem 0xa4000000-0xa4ffffff,0x80000000-0x8fffffff irq 50 at device 0.0 numa-domain 1 on pci65',
      'nvidia0: <NVIDIA GeForce RTX 3060> on vgapci0',
      'pci7: <display, 3D> at device 0.0 (no driver attached)',
      'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0',
      'atkbd0: <AT Keyboard> irq 1 on atkbdc0',
      'ppt3: using IRQ 61 for MSI',
      'nvme0: using IRQs 64-66 for MSI-X',
    );
    expect(devices).toEqual([
      {
        line: 1,
        unitName: 'vgapci0',
        driver: 'vgapci',
        description: 'VGA-compatible display',
        ports: ['0xe000-0xe07f'],
        memory: ['0xfb000000-0xfbffffff', '0xd0000000-0xdfffffff'],
        irq: 16,
        slot: 0,
        function: 0,
        parent: 'pci1',
      },
      {
        line: 3,
        unitName: 'ppt3',
        driver: 'ppt',
        ports: [],
        memory: ['0xa4000000-0xa4ffffff', '0x80000000-0x8fffffff'],
        irq: 50,
        slot: 0,
        function: 0,
        parent: 'pci65',
      },
      {
        line: 4,
        unitName: 'nvidia0',
        driver: 'nvidia',
        description: 'NVIDIA GeForce RTX 3060',
        ports: [],
        memory: [],
        parent: 'vgapci0',
      },
      {
        line: 6,
        unitName: 'ivhd0',
        driver: 'ivhd',
        description: 'AMD-Vi/IOMMU ivhd with EFR',
        ports: [],
        memory: [],
        parent: 'acpi0',
      },
    ]);
    expect(unattached).toEqual([{ line: 5, bus: 'pci7', className: 'display, 3D', slot: 0, function: 0 }]);
    expect(bootVideo).toEqual({ line: 2, unit: 'vgapci0' });
    expect(interrupts).toEqual([
      { line: 8, unit: 'ppt3', type: 'MSI', irqs: [61] },
      { line: 9, unit: 'nvme0', type: 'MSI-X', irqs: [64, 65, 66] },
    ]);
  });

  it('reads the records of a verbose boot: sizes are exponents, a missing pin is a fact', () => {
    const { functions } = boot(
      'found->\tvendor=0x10de, dev=0x1b38, revid=0xa1',
      '\tdomain=0, bus=10, slot=0, func=0',
      '\tclass=03-02-00, hdrtype=0x00, mfdev=0',
      '\tcmdreg=0x0006, statreg=0x0010, cachelnsz=16 (dwords)',
      '\tlattimer=0x00 (0 ns), mingnt=0x00 (0 ns), maxlat=0x00 (0 ns)',
      '\tMSI supports 1 message, 64 bit',
      '\tmap[10]: type Memory, range 32, base 0xd2000000, size 24, memory disabled',
      'pcib3: allocated memory range (0xd2000000-0xd2ffffff) for rid 10 of pci0:10:0:0',
      '\tmap[14]: type Prefetchable Memory, range 64, base 0, size 35, enabled',
      'found->\tvendor=0x8086, dev=0x1533, revid=0x03',
      '\tdomain=0, bus=11, slot=0, func=0',
      '\tlattimer=0x00 (0 ns), mingnt=0x00 (0 ns), maxlat=0x00 (0 ns)',
      '\tintpin=a, irq=11',
    );
    expect(functions).toMatchObject([
      {
        line: 1,
        pciId: '10de:1b38',
        selector: 'pci0:10:0:0',
        bdf: '10/0/0',
        class: '0x030200',
        interruptPin: null,
        bars: [
          { line: 7, offset: '0x10', index: 0, size: 16777216, state: 'disabled' },
          { line: 9, offset: '0x14', index: 1, base: '0', size: 34359738368, state: 'enabled' },
        ],
      },
      { line: 10, pciId: '8086:1533', interruptPin: 'a', bars: [] },
    ]);
  });

  it('reads what the kernel could not place', () => {
    const { barFailures, windowFailures } = boot(
      'pcib2: failed to allocate initial prefetch window: 0x6000000000-0x67ffffffff',
      'pci2: pci0:2:0:0 bar 0x14 failed to allocate',
      'vgapci0: 0x400000000 bytes of rid 0x14 res 3 failed (0, 0xffffffffffffffff).',
      'pcib5: initial memory window has too many bits, ignoring',
    );
    expect(barFailures).toMatchObject([
      { line: 2, selector: 'pci0:2:0:0', offset: '0x14' },
      { line: 3, unit: 'vgapci0', offset: '0x14', bytes: 17179869184, resource: 'memory' },
    ]);
    expect(windowFailures).toMatchObject([
      { line: 1, bridge: 'pcib2', window: 'prefetch', base: '0x6000000000', limit: '0x67ffffffff' },
      { line: 4, bridge: 'pcib5', window: 'memory' },
    ]);
  });
});

describe('messages', () => {
  it.each([
    ['vmx_init: VMX operation disabled by BIOS', 'vmx-disabled-by-firmware', {}],
    [
      'vmx_modinit: processor does not support desired secondary processor-based controls',
      'vmx-control-missing',
      { control: 'secondary processor-based controls' },
    ],
    [
      'module_register_init: MOD_LOAD (vmm, 0xffffffff82a10000, 0) error 6',
      'module-init-failed',
      { module: 'vmm', error: '6' },
    ],
    [
      'KLD vmm.ko: depends on kernel - not available or version mismatch',
      'module-version-mismatch',
      { file: 'vmm.ko', dependency: 'kernel' },
    ],
    [
      'bhyve: Found 1 AMD-Vi/IOMMU device(s), use hw.vmm.amdvi.enable=1 to enable pass-through.',
      'amdvi-not-enabled',
      { units: '1' },
    ],
    ['AMD-Vi: IVRS Info VAsize = 64 PAsize = 48 GVAsize = 2 flags:0', 'ivrs-present', { physicalBits: '48' }],
    ['DMAR HAW=39 flags=<INTR_REMAP>', 'dmar-width', { bits: '39' }],
    [
      'WARNING: too long kenv string, ignoring pptdevs=1/0/0 1/0/1',
      'kenv-too-long',
      { variable: 'pptdevs=1/0/0 1/0/1' },
    ],
    ['device_attach: ppt0 attach returned 6', 'attach-failed', { unit: 'ppt0', error: '6' }],
    ['pci0:1:0:0: Transition from D3 to D0', 'power-transition', { selector: 'pci0:1:0:0', from: 'D3', to: 'D0' }],
    ['pid 2114 (bhyve), jid 0, uid 0: exited on signal 6 (core dumped)', 'process-signal', { signal: '6' }],
  ])('knows %s', (text, kind, fields) => {
    expect(boot(text).messages).toMatchObject([{ line: 1, kind, text, fields, count: 1 }]);
  });

  it('counts repeats', () => {
    const text = 'link_elf_obj: symbol vm_map_wire_x undefined';
    expect(boot(text, 'lo0: link state changed to UP', text, text).messages).toMatchObject([{ line: 1, count: 3 }]);
  });

  it('keeps panics', () => {
    const { panics } = boot(
      'panic: vtd_add_device: device 100 is not in scope for any DMA remapping unit',
      'Fatal trap 12: page fault while in kernel mode',
    );
    expect(panics.map(({ line }) => line)).toEqual([1, 2]);
  });
});

describe('the NVIDIA driver', () => {
  it('is read per boot, with messages that go over several lines', () => {
    const { boots } = read(
      'NVRM: Xid (PCI:0000:00:06): 79, GPU has fallen off the bus.',
      '---<<BOOT>>---',
      'FreeBSD 14.3-RELEASE releng/14.3-n271400-0123456789ab GENERIC amd64',
      'nvidia0: <Tesla P40> on vgapci1',
      "NVRM: Can't find an IRQ for your NVIDIA card!",
      'NVRM: Please check your BIOS settings.',
      'NVRM: [Plug & Play OS] should be set to NO',
      'NVRM: [Assign IRQ to VGA] should be set to YES',
    );
    expect(boots[0]!.nvidia!.xids).toMatchObject([{ line: 1, xid: 79 }]);
    expect(boots[1]!.nvidia!.interruptProblems).toMatchObject([{ line: 5, count: 1 }]);
    expect(boots[1]!.nvidia!.xids).toEqual([]);
    expect(boots[1]!.devices).toMatchObject([{ line: 4, driver: 'nvidia', parent: 'vgapci1' }]);
  });

  it('is missing when it said nothing', () => {
    expect(boot('ppt0: attached').nvidia).toBeUndefined();
  });
});

describe('side', () => {
  const side = (text: string) => (typeof dmesg.side === 'function' ? dmesg.side(text) : dmesg.side);
  it('is the guest when bhyve signs the log, else the host', () => {
    expect(side('CPU: x\nHypervisor: Origin = "bhyve bhyve "\n')).toBe('guest');
    expect(side('ACPI APIC Table: <BHYVE  BVMADT  >\n')).toBe('guest');
    expect(side('Hypervisor: Origin = "KVMKVMKVM"\n')).toBe('host');
    expect(boot('Hypervisor: Origin = "KVMKVMKVM"').hypervisor).toEqual({ line: 1, origin: 'KVMKVMKVM' });
  });
});

describe('markers', () => {
  const marked = (line: string) => dmesg.markers.some((marker) => marker.test(line));
  it('match kernel lines, with and without prefix', () => {
    for (const line of [
      'ppt0 mem 0xa1000000-0xa1003fff at device 0.0 on pci4',
      'Jul 25 00:15:05 vmhost kernel: ppt0: attached',
      '[14] pci3: <network> at device 0.0 (no driver attached)',
      'vmx_modinit: processor does not support VMX operation',
      '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID',
      'em0: <Intel(R) I219-LM SPT> mem 0xdf100000-0xdf11ffff irq 16 at device 31.6 on pci0',
    ])
      expect(marked(line), line).toBe(true);
  });
  it('leave other text alone', () => {
    for (const line of [
      '[    0.000000] Linux version 6.8.0-45-generic (buildd@lcy02) (gcc 13.2.0) #45-Ubuntu SMP',
      '[    1.234567] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200',
      'AMD-Vi: Interrupt remapping enabled',
      'DMAR: Host address width 39',
      'vgapci0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00',
      'I think the panic is caused by the driver on this machine',
      'ppt0     1/0/0     Yes     GP102GL [Tesla P40]',
    ])
      expect(marked(line), line).toBe(false);
  });
});

describe('hostile text', () => {
  it('stays linear', () => {
    const started = performance.now();
    for (const run of ['a1: <', ' on pci1', 'FreeBSD 1.1-A', 'CPU: (', '<6>', 'x: '])
      for (const text of [run.repeat(100_000), `${run}\n`.repeat(50_000), `${run.repeat(150)}\n`.repeat(1_000)])
        dmesg.parse(text);
    expect(performance.now() - started).toBeLessThan(8_000);
  });
});
