import { describe, expect, it } from 'vitest';
import parser, { type LspciDevice, type LspciFacts } from '../../../parsers/guest/lspci.ts';

const parse = (...lines: string[]): LspciFacts | undefined => parser.parse(lines.join('\n')).facts;
const first = (...lines: string[]): LspciDevice => parse(...lines)!.devices[0]!;
const marked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

const HEADER = '00:08.0 3D controller [0302]: NVIDIA Corporation GP102GL [Tesla P40] [10de:1b38] (rev a1)';
const CONTROL =
  '\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx+';
const STATUS = '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-';

describe('headers', () => {
  it.each([
    [HEADER, { bdf: '0000:00:08.0', class: '3D controller', classCode: '0302', pciId: '10de:1b38', revision: 'a1' }],
    [
      '0002:41:00.0 VGA compatible controller: NVIDIA Corporation AD102 [GeForce RTX 4090] (rev a1) (prog-if 00 [VGA controller])',
      { bdf: '0002:41:00.0', class: 'VGA compatible controller', deviceName: 'AD102 [GeForce RTX 4090]', progIf: '00' },
    ],
    [
      '41:00.0 3D controller: NVIDIA Corporation Device 20b2 (rev a1)',
      { pciId: '10de:20b2', deviceName: 'Device 20b2' },
    ],
    ['41:00.0 3D controller [0302]: NVIDIA Corporation Device [10de:20b2]', { pciId: '10de:20b2' }],
    ['41:00.0 0302: 10de:20b2 (rev a1)', { classCode: '0302', pciId: '10de:20b2', revision: 'a1' }],
    ['41:00.0 Class 0302: Device 10de:20b2 (rev a1)', { classCode: '0302', pciId: '10de:20b2' }],
    [
      '41:00.0 "3D controller [0302]" "NVIDIA Corporation [10de]" "GA100 [20b2]" -ra1 "NVIDIA Corporation [10de]" "Device [1463]"',
      { class: '3D controller', classCode: '0302', pciId: '10de:20b2', revision: 'a1', subsystemId: '10de:1463' },
    ],
  ])('%s', (line, expected) => {
    expect(marked(line)).toBe(true);
    expect(first(line)).toMatchObject({ ...expected, line: 1 });
  });

  it('leaves out an id that is not printed', () => {
    expect(
      first('41:00.0 VGA compatible controller: NVIDIA Corporation GP106 [GeForce GTX 1060 6GB] (rev a1)'),
    ).not.toHaveProperty('pciId');
  });

  it('reads -vmm', () => {
    expect(
      first(
        'Slot:\t0000:41:00.0',
        'Class:\t3D controller [0302]',
        'Vendor:\tNVIDIA Corporation [10de]',
        'Device:\tGA100 [20b2]',
        'Rev:\ta1',
        'Driver:\tnvidia',
        'Module:\tnouveau',
        'Module:\tnvidia',
        'IOMMUGroup:\t17',
      ),
    ).toMatchObject({
      bdf: '0000:41:00.0',
      classCode: '0302',
      pciId: '10de:20b2',
      driver: 'nvidia',
      modules: ['nouveau', 'nvidia'],
      iommuGroup: 17,
    });
  });
});

describe('interrupts', () => {
  it('reads pin and IRQ', () => {
    expect(first(HEADER, CONTROL, STATUS, '\tInterrupt: pin A routed to IRQ 30').interrupt).toEqual({
      pin: 'A',
      irq: 30,
      line: 4,
    });
  });

  it('says null when a whole record has no such line', () => {
    const device = first(
      HEADER,
      CONTROL,
      STATUS,
      '\tLatency: 0',
      '\tRegion 0: Memory at c0000000 (32-bit, non-prefetchable) [size=16M]',
    );
    expect(device.interrupt).toBeNull();
  });

  it.each([
    ['a record cut behind its status', [HEADER, CONTROL, STATUS]],
    ['a grep that dropped lines', [HEADER, '\tRegion 0: Memory at c0000000 (32-bit, non-prefetchable) [size=16M]']],
    ['a poster who left lines out', [HEADER, CONTROL, STATUS, '\t...', '\tKernel driver in use: nvidia']],
    ['a dead device', [HEADER.replace('rev a1', 'rev ff'), CONTROL, STATUS, '\tKernel driver in use: nvidia']],
  ])('says nothing for %s', (_name, lines) => expect(first(...lines).interrupt).toBeUndefined());

  it('knows an IRQ without a pin, and the flags of -v', () => {
    expect(first(HEADER, CONTROL, STATUS, '\tInterrupt: pin ? routed to IRQ 24').interrupt).toMatchObject({
      pin: null,
      irq: 24,
    });
    const short = first(HEADER, '\tFlags: bus master, fast devsel, latency 0, IRQ 31, IOMMU group 4');
    expect(short.interrupt).toEqual({ irq: 31, line: 2 });
    expect(short.flags).toContain('bus master');
  });
});

describe('regions', () => {
  it.each([
    [
      'Region 1: Memory at 3800000000 (64-bit, prefetchable) [size=32G]',
      {
        index: 1,
        kind: 'mem',
        address: '0x3800000000',
        size: 2 ** 35,
        bits: 64,
        prefetchable: true,
        summary: '3800000000 32G',
      },
    ],
    ['Region 1: Memory at <unassigned> (64-bit, prefetchable)', { index: 1, address: null, summary: '<unassigned>' }],
    [
      'Region 3: Memory at <ignored> (64-bit, prefetchable) [disabled]',
      { address: null, flags: ['disabled'], summary: '<ignored> [disabled]' },
    ],
    [
      'Region 0: Memory at f2000000 (32-bit, non-prefetchable) [virtual] [size=16M]',
      { flags: ['virtual'], prefetchable: false, bits: 32, summary: 'f2000000 16M [virtual]' },
    ],
    ['Region 0: [virtual] Memory at f2000000 (32-bit, non-prefetchable) [size=16M]', { index: 0, flags: ['virtual'] }],
    ['Region 5: I/O ports at e000 [size=128]', { index: 5, kind: 'io', address: '0xe000', size: 128 }],
    ['Memory at f2000000 (32-bit, non-prefetchable) [size=16M]', { kind: 'mem', address: '0xf2000000' }],
    ['Region 1: Memory at <unassigned> (64-bit, prefetchable)    # <-- here', { index: 1, address: null }],
  ])('%s', (line, expected) => {
    expect(marked(`\t${line}`)).toBe(true);
    const device = first(`\t${line}`);
    expect(device).not.toHaveProperty('bdf');
    expect(device.regions).toMatchObject([{ ...expected, line: 1 }]);
  });

  it('keeps the ROM apart and never takes a VF region for one of the device', () => {
    const device = first(
      HEADER,
      '\tRegion 0: Memory at c0000000 (32-bit, non-prefetchable) [size=16M]',
      '\tExpansion ROM at <ignored> [disabled]',
      '\tCapabilities: [250 v1] Single Root I/O Virtualization (SR-IOV)',
      '\t\tRegion 0: Memory at 0000004814000000 (64-bit, prefetchable)',
    );
    expect(device.regions).toHaveLength(1);
    expect(device.rom).toMatchObject({ kind: 'rom', address: null, flags: ['disabled'] });
    expect(device.sriov).toEqual({ line: 4 });
  });

  it('takes the address from a heading', () => {
    expect(
      first('## bdf=0000:0b:00.0', '', '\tRegion 0: Memory at c0000000 (32-bit, non-prefetchable) [size=16M]'),
    ).toMatchObject({
      bdf: '0000:0b:00.0',
      line: 3,
    });
  });
});

describe('capabilities', () => {
  const device = first(
    HEADER,
    CONTROL,
    STATUS,
    '\tInterrupt: pin A routed to IRQ 30',
    '\tCapabilities: [60] Power Management version 3',
    '\t\tStatus: D3 NoSoftRst+ PME-Enable- DSel=0 DScale=0 PME-',
    '\tCapabilities: [68] MSI: Enable+ Count=1/4 Maskable- 64bit+',
    '\t\tAddress: 00000000fee0100c  Data: 4142',
    '\tCapabilities: [78] Express (v2) Legacy Endpoint, MSI 00',
    '\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0, Latency L0s unlimited, L1 <64us',
    '\t\t\tExtTag+ AttnBtn- AttnInd- PwrInd- RBE+ FLReset-',
    '\t\tDevCtl:\tCorrErr- NonFatalErr- FatalErr- UnsupReq-',
    '\t\t\tRlxdOrd+ ExtTag+ PhantFunc- AuxPwr- NoSnoop+ FLReset+',
    '\t\tLnkCap:\tPort #0, Speed 8GT/s, Width x16, ASPM L0s L1',
    '\t\tLnkSta:\tSpeed 8GT/s (ok), Width x8 (downgraded)',
    '\tCapabilities: [b0] MSI-X: Enable- Count=9 Masked+',
    '\t\tVector table: BAR=0 offset=00b90000',
    '\tCapabilities: [420 v2] Advanced Error Reporting',
    '\t\tUESta:\tDLP- SDES- TLP- FCP- CmpltTO+ CmpltAbrt- UnxCmplt- RxOF- MalfTLP-',
    '\t\t\tECRC- UnsupReq+ ACSViol-',
    '\t\tUEMsk:\tDLP+ SDES-',
    '\t\tCESta:\tRxErr+ BadTLP-',
    '\tCapabilities: [bb0 v1] Physical Resizable BAR',
    '\t\tBAR 1: current size: 256MB, supported: 64MB 128MB 256MB 8GB',
    '\tKernel driver in use: vfio-pci',
    '\tKernel modules: nvidiafb, nouveau',
  );

  it('MSI and MSI-X', () => {
    expect(device.msi).toEqual({
      enabled: true,
      vectors: 1,
      supported: 4,
      maskable: false,
      bits64: true,
      address: '00000000fee0100c',
      line: 7,
    });
    expect(device.msix).toEqual({ enabled: false, vectors: 9, masked: true, tableBar: 0, line: 16 });
  });

  it('PCI Express: FLR is what the device can, not what was written last', () => {
    expect(device.express).toMatchObject({
      type: 'Legacy Endpoint',
      flr: false,
      linkCapability: { speed: '8GT/s', width: 16 },
      linkStatus: {
        width: 8,
        speedDowngraded: false,
        widthDowngraded: true,
        downgraded: true,
        summary: '8GT/s x8 (downgraded)',
      },
    });
  });

  it('power, errors, resizable BARs, drivers', () => {
    expect(device).toMatchObject({
      powerState: 'D3',
      aer: { uncorrectable: ['CmpltTO', 'UnsupReq'], correctable: ['RxErr'] },
      resizableBars: [{ bar: 1, current: 2 ** 28, largest: 2 ** 33, virtual: false }],
      driver: 'vfio-pci',
      modules: ['nvidiafb', 'nouveau'],
      control: { busMaster: true, intxDisabled: true },
    });
    expect(device.capabilities[1]).toEqual({
      offset: '0x68',
      text: 'MSI: Enable+ Count=1/4 Maskable- 64bit+',
      line: 7,
    });
  });

  it('says null for MSI-X only when the list is complete', () => {
    const lines = [HEADER, CONTROL, STATUS, '\tCapabilities: [68] MSI: Enable- Count=1/1 Maskable- 64bit+'];
    expect(first(...lines).msix).toBeUndefined();
    expect(first(...lines, '\tKernel modules: nvidia').msix).toBeNull();
    expect(first(HEADER, CONTROL, STATUS, '\tCapabilities: <access denied>', '\tKernel modules: nvidia')).toMatchObject(
      {
        capabilitiesDenied: true,
        driver: null,
      },
    );
    expect(
      first(HEADER, CONTROL, STATUS, '\tCapabilities: <access denied>', '\tKernel modules: nvidia').msix,
    ).toBeUndefined();
  });
});

describe('odd devices', () => {
  it('one that reads all ones', () => {
    const device = first(
      '41:00.0 VGA compatible controller [0300]: NVIDIA Corporation AD104 [10de:2786] (rev ff) (prog-if ff)',
      '\t!!! Unknown header type 7f',
      '\tKernel driver in use: nvidia',
    );
    expect(device).toMatchObject({ revision: 'ff', progIf: 'ff', unknownHeader: '7f', driver: 'nvidia' });
    expect(device.interrupt).toBeUndefined();
  });

  it('a bridge with its windows', () => {
    expect(
      first(
        '00:03.0 PCI bridge [0604]: Red Hat, Inc. QEMU PCIe Root port [1b36:000c]',
        '\tBus: primary=00, secondary=01, subordinate=02, sec-latency=0',
        '\tI/O behind bridge: 0000f000-00000fff [disabled]',
        '\tMemory behind bridge: fe800000-fe9fffff [size=2M]',
        '\tPrefetchable memory behind bridge: 0000000800000000-0000000bffffffff [size=16G]',
      ).bridge,
    ).toMatchObject({
      secondary: '01',
      subordinate: '02',
      windows: [
        { kind: 'io', disabled: true },
        { kind: 'mem', start: '0xfe800000', end: '0xfe9fffff', disabled: false },
        { kind: 'prefetchable', start: '0x800000000', end: '0xbffffffff' },
      ],
    });
  });

  it('registers of a hex dump', () => {
    const rows = [
      'de 10 38 1b 06 04 10 00 a1 00 02 03 00 00 00 00',
      ...Array.from({ length: 2 }, () => '00 '.repeat(16).trim()),
    ];
    const device = first(
      HEADER,
      ...[...rows, '00 00 00 00 60 00 00 00 00 00 00 00 ff 00 00 00'].map((row, i) => `${i.toString(16)}0: ${row}`),
    );
    expect(device.config).toEqual({
      length: 64,
      allOnes: false,
      command: '0x0406',
      interruptLine: 255,
      interruptPin: 0,
      line: 2,
    });
    expect(first(HEADER, `00: ${'ff '.repeat(16).trim()}`).config).toMatchObject({ allOnes: true });
  });
});

describe('texts', () => {
  it('separates records without blank lines and ends them at a heading', () => {
    const facts = parse(
      HEADER,
      '\tKernel driver in use: nvidia',
      HEADER.replace('08.0', '09.0'),
      '### next thing ###',
      '\tKernel modules: x',
    )!;
    expect(facts.devices.map(({ bdf, line, lastLine }) => [bdf, line, lastLine])).toEqual([
      ['0000:00:08.0', 1, 2],
      ['0000:00:09.0', 3, 3],
      [undefined, 5, 5],
    ]);
  });

  it('knows the tree, which has no records', () => {
    expect(
      parse('-[0000:00]-+-00.0  Intel Corporation Device [8086:29c0]', '           +-08.0  NVIDIA Corporation Device'),
    ).toEqual({
      devices: [],
    });
    expect(marked('-[0000:00]-+-00.0  Intel Corporation')).toBe(true);
    expect(marked('           \\-08.0  NVIDIA Corporation')).toBe(true);
  });

  it('reads tabs that became blanks', () => {
    expect(first(HEADER, CONTROL.replace('\t', '    '), '        Kernel driver in use: nouveau')).toMatchObject({
      driver: 'nouveau',
    });
  });

  it('names what it cannot read', () => {
    expect(parser.parse('00:08.0 ???\n').problems).toMatchObject([{ line: 1 }]);
  });

  it.each([
    'Memory: 16 GB',
    'The 3D controller at 00:08.0 does not work',
    'pci 0000:00:08.0: [10de:1b38] type 00',
    'none0@pci0:0:8:0:',
  ])('has no marker for %s', (line) => expect(marked(line)).toBe(false));
});
