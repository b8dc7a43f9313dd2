import { describe, expect, it } from 'vitest';
import pciconf, { type PciconfFacts } from '../../../parsers/host/pciconf.ts';

const read = (text: string): PciconfFacts => {
  const { facts, problems } = pciconf.parse(text);
  expect(problems).toEqual([]);
  return facts!;
};

describe('selectors and ids', () => {
  it('reads the form of 13 and later', () => {
    const { devices } = read(
      'vgapci1@pci0:101:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x2484 subvendor=0x1462 subdevice=0x3903\n',
    );
    expect(devices).toHaveLength(1);
    expect(devices[0]).toMatchObject({
      line: 1,
      selector: 'pci0:101:0:0',
      domain: 0,
      bus: 101,
      slot: 0,
      function: 0,
      bdf: '101/0/0',
      driver: 'vgapci',
      unitName: 'vgapci1',
      class: '0x030000',
      revision: '0xa1',
      headerType: '0x00',
      vendor: '0x10de',
      device: '0x2484',
      subvendor: '0x1462',
      subdevice: '0x3903',
      pciId: '10de:2484',
    });
  });

  it('takes card= and chip= apart, device in the upper half', () => {
    const [device] = read(
      'ppt2@pci0:9:0:1:\tclass=0x040300 card=0x86a41043 chip=0x10f010de rev=0xa1 hdr=0x00\n',
    ).devices;
    expect(device).toMatchObject({ pciId: '10de:10f0', subvendor: '0x1043', subdevice: '0x86a4', revision: '0xa1' });
  });

  it('reads three numbers as bus, slot and function of domain 0', () => {
    const [device] = read('nge0@pci3:4:1:\tclass=0x020000 card=0x00221186 chip=0x0022100b rev=0x00 hdr=0x00\n').devices;
    expect(device).toMatchObject({ selector: 'pci3:4:1', domain: 0, bus: 3, slot: 4, function: 1, bdf: '3/4/1' });
  });

  it('keeps large domains and does not name them for bhyve', () => {
    const facts = read(
      [
        'hostb0@pci0:0:0:0:\tclass=0x060000 rev=0x07 hdr=0x00 vendor=0x8086 device=0x2020 subvendor=0x1028 subdevice=0x0100',
        'nvme1@pci65535:2:0:0:\tclass=0x010802 rev=0x01 hdr=0x00 vendor=0x15b7 device=0x5006 subvendor=0x15b7 subdevice=0x5006',
      ].join('\n'),
    );
    expect(facts.domains).toEqual([0, 65535]);
    expect(facts.devices[1]).toMatchObject({ domain: 65535, bus: 2 });
    expect(facts.devices[1]!.bdf).toBeUndefined();
  });

  it('splits the unit off driver names that contain digits', () => {
    const ids = 'class=0x020000 rev=0x00 hdr=0x00 vendor=0x15b3 device=0x1003 subvendor=0x15b3 subdevice=0x0055';
    const { devices, drivers } = read(
      [`mlx4_core0@pci0:5:0:0:\t${ids}`, `e1000x12@pci0:6:0:0:\t${ids}`, `none3@pci0:7:0:0:\t${ids}`].join('\n'),
    );
    expect(devices.map(({ driver, unitName }) => [driver, unitName])).toEqual([
      ['mlx4_core', 'mlx4_core0'],
      ['e1000x', 'e1000x12'],
      [null, 'none3'],
    ]);
    expect({ ...drivers }).toEqual({ mlx4_core: 1, e1000x: 1, none: 1 });
  });

  it('reads functions above 7 and ids wrapped by a page', () => {
    const { devices } = read(
      [
        'ixlv0@pci0:4:2:17:      class=0x020000 rev=0x02 hdr=0x00 vendor=0x8086',
        'device=0x154c subvendor=0x8086 subdevice=0x0001',
        "    device     = 'Ethernet Virtual Function 700 Series'",
      ].join('\n'),
    );
    expect(devices[0]).toMatchObject({
      function: 17,
      bdf: '4/2/17',
      pciId: '8086:154c',
      subdevice: '0x0001',
      deviceName: 'Ethernet Virtual Function 700 Series',
    });
  });

  it('reads the table of -ll', () => {
    const { devices } = read(
      [
        'drv\tselector\tclass    rev  hdr  vendor device subven subdev',
        'ppt0@pci0:1:0:0:\t030000   a1   00   10de   1c03   1458   3747',
        'none0@pci0:0:22:0:\t078000   21   00   8086   9d3a   17aa   5050',
      ].join('\n'),
    );
    expect(devices[0]).toMatchObject({ line: 2, class: '0x030000', pciId: '10de:1c03', subdevice: '0x3747' });
    expect(devices[1]).toMatchObject({ driver: null, pciId: '8086:9d3a' });
  });

  it('is not fooled by prose that names a selector', () => {
    expect(pciconf.parse('Then vgapci0@pci0:1:0:0: became ppt0 after the reboot.\n').facts).toBeUndefined();
  });
});

describe('records glued or cut', () => {
  it('separates a header from the capability of version 0 before it', () => {
    const { devices } = read(
      [
        'none1@pci0:255:8:0:\tclass=0x088000 card=0x00008086 chip=0x6f808086 rev=0x01 hdr=0x00',
        '    ecap 000b[100] = Vendor 0none2@pci0:255:8:2:\tclass=0x110100 card=0x00008086 chip=0x6f328086 rev=0x01 hdr=0x00',
        "    vendor     = 'Intel Corporation'",
      ].join('\n'),
    );
    expect(devices.map(({ unitName, line }) => [unitName, line])).toEqual([
      ['none1', 1],
      ['none2', 2],
    ]);
    expect(devices[0]!.capabilities).toMatchObject([{ id: '0x000b', offset: '0x100', text: 'Vendor 0' }]);
    expect(devices[1]!.vendorName).toBe('Intel Corporation');
  });

  it('separates two extended capabilities on one line', () => {
    const [device] = read(
      [
        'pcib1@pci0:0:1:0:\tclass=0x060400 card=0x00000000 chip=0x01018086 rev=0x09 hdr=0x01',
        '    ecap 0002[100] = VC 0    ecap 0001[140] = AER 1 0 fatal 2 non-fatal 1 corrected',
      ].join('\n'),
    ).devices;
    expect(device!.capabilities.map(({ id, text }) => [id, text])).toEqual([
      ['0x0002', 'VC 0'],
      ['0x0001', 'AER 1 0 fatal 2 non-fatal 1 corrected'],
    ]);
    expect(device!.aer).toEqual({ line: 2, fatal: 0, nonFatal: 2, corrected: 1 });
  });

  it('accepts flattened indentation, quoting margins and left-out lines', () => {
    const facts = read(
      [
        '...',
        '> ppt1@pci0:3:0:1: class=0x040300 rev=0xa1 hdr=0x00 vendor=0x10de device=0x10fa subvendor=0x1043 subdevice=0x87b8',
        "> vendor = 'NVIDIA Corporation'",
        '> class = multimedia',
        '> subclass = HDA',
        '> cap 10[78] = PCI-Express 2 endpoint max data 128(256) RO NS',
        '> max read 512',
        '> link x16(x16) speed 2.5(8.0) ASPM L0s/L1(L0s/L1) ClockPM disabled',
        '...',
      ].join('\n'),
    );
    expect(facts.elided).toBe(true);
    expect(facts.devices[0]).toMatchObject({
      line: 2,
      vendorName: 'NVIDIA Corporation',
      className: 'multimedia',
      subclassName: 'HDA',
      pcie: {
        maxPayload: 128,
        maxPayloadSupported: 256,
        maxReadRequest: 512,
        link: { maxSpeed: 8, clockPm: 'disabled' },
      },
    });
  });

  it('joins a BAR line and a name that a page wrapped', () => {
    const [device] = read(
      [
        'vgapci0@pci0:2:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1287 subvendor=0x10de subdevice=0x1287',
        "    device     = 'GK208B [GeForce GT 730] with a name that is",
        "too long for the page'",
        '    bar   [14] = type Prefetchable Memory, range 64, base 0xc8000000, size',
        '134217728, disabled',
      ].join('\n'),
    ).devices;
    expect(device!.deviceName).toBe('GK208B [GeForce GT 730] with a name that is too long for the page');
    expect(device!.bars).toMatchObject([{ line: 4, offset: '0x14', size: 134217728, state: 'disabled' }]);
  });

  it('keeps names that hold quotes and does not take those of other tools', () => {
    const [device] = read(
      [
        'xhci0@pci0:0:20:0:\tclass=0x0c0330 rev=0x21 hdr=0x00 vendor=0x8086 device=0x9d2f subvendor=0x1028 subdevice=0x075b',
        "    vendor     = 'O'Neill \"Chips\" [test]'",
        '    class      = serial bus',
        '',
        'ugen0.3: <Wireless interface> at usbus0, cfg=0 md=HOST spd=FULL (12Mbps) pwr=ON (100mA)',
        "  device = 'Wireless interface'",
      ].join('\n'),
    ).devices;
    expect(device!.vendorName).toBe(`O'Neill "Chips" [test]`);
    expect(device!.deviceName).toBeUndefined();
  });

  it('counts capability lines that stand alone', () => {
    const facts = read(
      [
        '    cap 05[68] = MSI supports 1 message, 64 bit enabled with 1 message',
        '    cap 11[70] = MSI-X supports 5 messages, enabled',
        '    cap 05[50] = MSI supports 8 messages, 64 bit, vector masks ',
      ].join('\n'),
    );
    expect(facts).toMatchObject({ deviceCount: 0, msiCapabilities: 2, msixCapabilities: 1 });
    expect(facts.loose!.capabilities[2]).toEqual({
      line: 3,
      id: '0x05',
      offset: '0x50',
      extended: false,
      text: 'MSI supports 8 messages, 64 bit, vector masks',
    });
  });

  it('keeps what pciconf itself complained of', () => {
    const facts = read('pciconf: /dev/pci: Permission denied\n');
    expect(facts.toolErrors).toEqual([{ line: 1, text: '/dev/pci: Permission denied' }]);
    expect(facts.deviceCount).toBe(0);
  });

  it('says which BAR line it could not read', () => {
    const { facts, problems } = pciconf.parse(
      [
        'ppt0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1d01 subvendor=0x1458 subdevice=0x375c',
        '    bar   [10] = type Memory, range 32, base 0xfb000000, size lots, enabled',
        '    bar   [1c] = type Memory, range 64, base 0, size 33554432, disabled',
      ].join('\n'),
    );
    expect(problems).toMatchObject([{ line: 2 }]);
    expect(facts!.devices[0]!.bars).toMatchObject([{ line: 3, offset: '0x1c', index: 3, base: '0', size: 33554432 }]);
  });
});

const HEADER =
  'pcib4@pci0:0:1:1:\tclass=0x060400 rev=0x05 hdr=0x01 vendor=0x8086 device=0x1905 subvendor=0x8086 subdevice=0x2015';
const device = (...lines: string[]) => read([HEADER, ...lines].join('\n')).devices[0]!;

describe('bridges', () => {
  it('reads buses and windows', () => {
    const { bridge } = device(
      '    bus range  = 1-4',
      '    window[1c] = type I/O Port, range 16, addr 0xe000-0xefff, enabled',
      '    window[20] = type Memory, range 32, addr 0xfff00000-0xfffff, disabled',
      '    window[24] = type Prefetchable Memory, range 64, addr 0x6000000000-0x67ffffffff, enabled',
      '    decode     = ISA, VGA',
    );
    expect(bridge).toEqual({
      busRange: { line: 2, first: 1, last: 4 },
      windows: [
        {
          line: 3,
          offset: '0x1c',
          type: 'I/O Port',
          range: 16,
          base: '0xe000',
          limit: '0xefff',
          size: 4096,
          state: 'enabled',
        },
        {
          line: 4,
          offset: '0x20',
          type: 'Memory',
          range: 32,
          base: '0xfff00000',
          limit: '0xfffff',
          size: 0,
          state: 'disabled',
        },
        {
          line: 5,
          offset: '0x24',
          type: 'Prefetchable Memory',
          range: 64,
          base: '0x6000000000',
          limit: '0x67ffffffff',
          size: 34359738368,
          state: 'enabled',
        },
      ],
      decode: ['ISA', 'VGA'],
    });
  });
});

describe('capabilities', () => {
  it('reads MSI-X places and keeps the first line as its text', () => {
    const { msix } = device(
      '    cap 11[b0] = MSI-X supports 32 messages, enabled',
      '                 Table in map 0x20[0x0], PBA in map 0x24[0x800]',
    );
    expect(msix).toEqual({
      line: 2,
      text: 'MSI-X supports 32 messages, enabled',
      messages: 32,
      enabled: true,
      table: { bar: '0x20', offset: '0x0' },
      pba: { bar: '0x24', offset: '0x800' },
    });
  });

  it('reads PCI Express of old and new tools', () => {
    expect(
      device(
        '    cap 10[a0] = PCI-Express 1 root port slot max data 128(128) RO NS link x4(x16)',
        '                 speed 2.5(undef) ASPM disabled(L0s/L1)',
      ).pcie,
    ).toMatchObject({
      type: 'root port',
      flr: false,
      link: { width: 4, maxWidth: 16, speed: 2.5, maxSpeed: undefined },
    });
    expect(
      device(
        '    cap 10[40] = PCI-Express 2 downstream port MSI 3 max data 256(512) FLR RO NS ARI enabled',
        '                 max read 128',
        '                 link x8(x8) speed 16.0(16.0) ASPM disabled(L1)',
        '                 slot 7 power limit 75000 mW HotPlug(present) surprise',
      ).pcie,
    ).toMatchObject({
      type: 'downstream port',
      flr: true,
      ari: 'enabled',
      maxReadRequest: 128,
      link: { width: 8, speed: 16, aspm: 'disabled', aspmCapable: 'L1' },
      slot: { number: 7, powerLimit: 75000, hotPlug: 'present' },
    });
  });

  it('takes a function level reset from either capability', () => {
    expect(device('    cap 10[40] = PCI-Express 2 endpoint max data 128(128) RO NS').flr).toBe(false);
    expect(
      device(
        '    cap 13[98] = PCI Advanced Features: FLR TP',
        '    cap 10[40] = PCI-Express 2 endpoint max data 128(128)',
      ).flr,
    ).toBe(true);
    expect(device('    cap 01[d0] = powerspec 2  supports D0 D3  current D3').flr).toBeUndefined();
  });

  it('tells an AMD IOMMU that firmware left off, tabs and all', () => {
    const { iommu, capabilities, msi } = device(
      '    cap 0f[40] = AMD IOMMU Base Capability Base=00000000feb80000/Disabled',
      '\t\tCapExt,EFRSup',
      '\t\tUnitId=0',
      '    cap 05[64] = MSI supports 4 messages, 64 bit',
    );
    expect(iommu).toMatchObject({ line: 2, state: 'disabled' });
    expect(capabilities[0]!.details).toEqual(['CapExt,EFRSup', 'UnitId=0']);
    expect(msi).toMatchObject({ line: 5, messages: 4, enabled: false });
  });

  it('reads ACS, SR-IOV, resizable BAR, lane errors and the power state', () => {
    expect(
      device(
        '    cap 01[40] = powerspec 3  supports D0 D1 D3  current D3',
        '    ecap 000d[220] = ACS 1 Source Validation enabled, Translation Blocking disabled',
        '                     P2P Req Redirect enabled, P2P Cmpl Redirect unavailable',
        '                     P2P Upstream Forwarding enabled, P2P Egress Control unavailable',
        '                     P2P Direct Translated disabled, Enhanced Capability unavailable',
        '    ecap 0010[320] = SR-IOV 1 IOV enabled, Memory Space enabled, ARI disabled',
        '                     2 VFs configured out of 7 supported',
        '                     First VF RID Offset 0x0001, VF RID Stride 0x0001',
        '                     VF Device ID 0x1520',
        '                     Page Sizes: 4096 (enabled), 8192',
        '    iov bar  [344] = type Memory, range 64, base 0xa0000000, size 16384, enabled',
        '    ecap 0015[bb0] = Resizable BAR 1',
        '    ecap 0019[900] = PCIe Sec 1 lane errors 0x3',
      ),
    ).toMatchObject({
      power: { supported: ['D0', 'D1', 'D3'], current: 'D3' },
      acs: {
        line: 3,
        sourceValidation: 'enabled',
        translationBlocking: 'disabled',
        requestRedirect: 'enabled',
        completionRedirect: 'unavailable',
        directTranslated: 'disabled',
      },
      sriov: { enabled: true, virtualFunctions: 2, maxVirtualFunctions: 7, deviceId: '0x1520' },
      virtualFunctionBars: [{ offset: '0x344', size: 16384 }],
      resizableBar: true,
      laneErrors: '0x3',
    });
  });

  it('leaves serial numbers out', () => {
    const one = device(
      '    ecap 0003[148] = Serial 1 0123456789abcdef',
      "    VPD ident  = 'Network card'",
      "    VPD ro PN  = 'A-1'",
      "    VPD ro SN  = 'SECRET'",
    );
    expect(one.capabilities[0]!.text).toBe('Serial 1');
    expect(one.vpd).toEqual([
      { line: 3, keyword: 'ident', value: 'Network card' },
      { line: 4, keyword: 'ro PN', value: 'A-1' },
    ]);
  });

  it('reads sticky errors with their continuation lines', () => {
    expect(
      device(
        '  PCI-e errors = Correctable Error Detected',
        '                 Unsupported Request Detected',
        '         Fatal = Completion Timeout',
        '     Corrected = Bad TLP',
      ).errors,
    ).toEqual([
      { line: 2, register: 'pcie', name: 'Correctable Error Detected' },
      { line: 3, register: 'pcie', name: 'Unsupported Request Detected' },
      { line: 4, register: 'fatal', name: 'Completion Timeout' },
      { line: 5, register: 'corrected', name: 'Bad TLP' },
    ]);
  });
});

describe('hostile text', () => {
  it('stays linear on runs that invite backtracking', () => {
    const started = performance.now();
    for (const run of [' ', '@pci', 'cap 05[', "vendor = '", 'ecap 0001[100] = x', '0'.repeat(8)]) {
      pciconf.parse(run.repeat(200_000));
      pciconf.parse(`${run}\n`.repeat(50_000));
    }
    expect(performance.now() - started).toBeLessThan(5_000);
  });

  it('does not mistake property names of objects for fields', () => {
    expect(device('    constructor = 1', '    __proto__ = 2').bars).toEqual([]);
  });
});

describe('markers', () => {
  const marked = (line: string) => pciconf.markers.some((marker) => marker.test(line));
  it('match the lines of a short excerpt', () => {
    for (const line of [
      HEADER,
      "    device     = 'GP102GL [Tesla P40]'",
      '    subclass   = 3D',
      ' class = display',
      '    bar   [14] = type Prefetchable Memory, range 64, base 0x3800000000, size 34359738368, enabled',
      '                 link x16(x16) speed 2.5(8.0) ASPM disabled(L0s/L1)',
      'subvendor=0x8086 subdevice=0x0000',
    ])
      expect(marked(line), line).toBe(true);
  });
  it('leave other text alone', () => {
    for (const line of [
      'ppt0 mem 0x92000000-0x92ffffff irq 40 at device 0.0 on pci6',
      'pptdevs="1/0/0"',
      'The vendor = device mismatch is not important',
      'vgapci0: <VGA-compatible display> at device 0.0 on pci1',
      '\tCapabilities: [68] MSI: Enable+ Count=1/1 Maskable- 64bit+',
    ])
      expect(marked(line), line).toBe(false);
  });
});
