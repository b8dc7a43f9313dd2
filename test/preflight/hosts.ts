/** Hosts written by hand, as the texts that their commands print. */

export type Files = Readonly<Record<string, string>>;

interface Bar {
  register: string;
  type?: 'Memory' | 'Prefetchable Memory' | 'I/O Port';
  range?: 32 | 64;
  base: string;
  size: number;
}

interface Device {
  unit: string;
  /** `1:0:0` */
  at: string;
  class: string;
  vendor: string;
  device: string;
  name: string;
  bars?: readonly Bar[];
  capabilities?: readonly string[];
}

export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

export const pciconf = (devices: readonly Device[]): string =>
  devices
    .map(({ unit, at, class: code, vendor, device, name, bars = [], capabilities = [] }) =>
      [
        `${unit}@pci0:${at}:\tclass=0x${code} rev=0xa1 hdr=0x00 vendor=0x${vendor} device=0x${device} subvendor=0x1028 subdevice=0x0b1c`,
        `    device     = '${name}'`,
        ...bars.map(
          ({ register, type = 'Prefetchable Memory', range = 64, base, size }) =>
            `    bar   [${register}] = type ${type}, range ${range}, base ${base}, size ${size}, enabled`,
        ),
        ...capabilities.map((capability) => `    ${capability}`),
      ].join('\n'),
    )
    .join('\n')
    .concat('\n');

const MSI = 'cap 05[68] = MSI supports 1 message, 64 bit ';
const MSIX = 'cap 11[b0] = MSI-X supports 9 messages';
const PCIE = 'cap 10[78] = PCI-Express 2 endpoint max data 256(256) RO NS';
const PCIE_FLR = 'cap 10[78] = PCI-Express 2 endpoint max data 256(256) FLR RO NS';
const POWER = 'cap 01[60] = powerspec 3  supports D0 D3  current D0';

export const HOST_BRIDGE: Device = {
  unit: 'hostb0',
  at: '0:0:0',
  class: '060000',
  vendor: '8086',
  device: '591f',
  name: 'Host Bridge/DRAM Registers',
};
export const NIC = (unit: string, at: string): Device => ({
  unit,
  at,
  class: '020000',
  vendor: '8086',
  device: '1533',
  name: 'I210 Gigabit Network Connection',
  capabilities: [POWER, MSI],
});
export const INTEGRATED: Device = {
  unit: 'vgapci0',
  at: '0:2:0',
  class: '030000',
  vendor: '8086',
  device: '5912',
  name: 'HD Graphics 630',
};

const bars = (bar1: number, base1: string): Bar[] => [
  { register: '10', type: 'Memory', range: 32, base: '0xde000000', size: 16 * MiB },
  { register: '14', base: base1, size: bar1 },
  { register: '1c', base: base1 === '0' ? '0' : '0x39000000000', size: 32 * MiB },
];

/** MSI only, no display outputs, no function-level reset. */
export const teslaP4 = (unit: string, at: string, base1 = '0x38000000000'): Device => ({
  unit,
  at,
  class: '030200',
  vendor: '10de',
  device: '1bb3',
  name: 'GP104GL [Tesla P4]',
  bars: bars(256 * MiB, base1),
  capabilities: [POWER, MSI, PCIE],
});

/** 24 GB of memory and a BAR1 of 32 GiB. */
export const teslaP40 = (unit: string, at: string, base1 = '0x38000000000'): Device => ({
  ...teslaP4(unit, at),
  device: '1b38',
  name: 'GP102GL [Tesla P40]',
  bars: bars(32 * GiB, base1),
});

/** Four functions: display, sound, USB, USB-C control. */
export const rtx2080Ti = (driver: 'ppt' | 'host', bus: string): Device[] => {
  const units = driver === 'ppt' ? ['ppt0', 'ppt1', 'ppt2', 'ppt3'] : ['vgapci1', 'hdac1', 'xhci1', 'none3'];
  const base = { vendor: '10de', capabilities: [POWER, MSI, PCIE_FLR] };
  return [
    {
      ...base,
      unit: units[0]!,
      at: `${bus}:0:0`,
      class: '030000',
      device: '1e04',
      name: 'TU102 [GeForce RTX 2080 Ti]',
      bars: bars(256 * MiB, '0x38000000000'),
    },
    {
      ...base,
      unit: units[1]!,
      at: `${bus}:0:1`,
      class: '040300',
      device: '10f7',
      name: 'TU102 High Definition Audio Controller',
    },
    {
      ...base,
      unit: units[2]!,
      at: `${bus}:0:2`,
      class: '0c0330',
      device: '1ad6',
      name: 'TU102 USB 3.1 Host Controller',
    },
    {
      ...base,
      unit: units[3]!,
      at: `${bus}:0:3`,
      class: '0c8000',
      device: '1ad7',
      name: 'TU102 USB Type-C UCSI Controller',
    },
  ];
};

/** MSI-X. */
export const a30 = (unit: string, at: string): Device => ({
  unit,
  at,
  class: '030200',
  vendor: '10de',
  device: '20b7',
  name: 'GA100GL [A30 PCIe]',
  bars: [
    { register: '10', type: 'Memory', range: 32, base: '0xde000000', size: 16 * MiB },
    { register: '14', base: '0x38000000000', size: 16 * GiB },
    { register: '1c', base: '0x39000000000', size: 32 * MiB },
  ],
  capabilities: [POWER, MSIX, PCIE_FLR],
});

export const intelDmesg = (kernel: string, ...lines: string[]): string =>
  [
    '---<<BOOT>>---',
    `FreeBSD ${kernel} GENERIC amd64`,
    'CPU: Intel(R) Core(TM) i7-7700 CPU @ 3.60GHz (3600.00-MHz K8-class CPU)',
    '  Origin="GenuineIntel"  Id=0x906e9  Family=0x6  Model=0x9e  Stepping=9',
    '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID',
    'real memory  = 68719476736 (65536 MB)',
    ...lines,
    '',
  ].join('\n');

export const amdDmesg = (kernel: string, ...lines: string[]): string =>
  [
    '---<<BOOT>>---',
    `FreeBSD ${kernel} GENERIC amd64`,
    'CPU: AMD Ryzen 9 5900X 12-Core Processor             (3700.09-MHz K8-class CPU)',
    '  Origin="AuthenticAMD"  Id=0xa20f12  Family=0x19  Model=0x21  Stepping=2',
    '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768',
    'real memory  = 68719476736 (65536 MB)',
    ...lines,
    '',
  ].join('\n');

export const KERNEL_14_3 = '14.3-RELEASE-p5 releng/14.3-n271466-1e1c2f0d7a44';
export const KERNEL_15_0 = '15.0-RELEASE releng/15.0-n280995-7aedc8de6446';
export const KERNEL_15_0_P2 = '15.0-RELEASE-p2 releng/15.0-n281005-5fb0f8e9e61d';

export const DMAR =
  '/*\n  DMAR: Length=168, Revision=1, Checksum=12,\n\tOEMID=DELL, OEM Table ID=CBX3, OEM Revision=0x1,\n' +
  '\tHost Address Width=39\n\tFlags={INTR_REMAP}\n\n\tType=DRHD\n\tLength=24\n\tFlags={INCLUDE_ALL}\n\tSegment=0\n' +
  '\tAddress=0x00000000fed91000\n\tDevice Scope:\n */\n';

export const NO_DMAR =
  '/*\n  RSD PTR: OEM=DELL, ACPI_Rev=2.0x (2)\n\tXSDT=0x0000000088a3e0b0, length=36, cksum=71\n */\n' +
  '/*\n  XSDT: Length=60, Revision=1, Checksum=142,\n\tOEMID=DELL, OEM Table ID=CBX3, OEM Revision=0x1072009,\n' +
  '\tCreator ID=AMI, Creator Revision=0x10013\n\tEntries={ 0x88a6f4f0, 0x88a6f600 }\n */\n' +
  '/*\n  FACP: Length=268, Revision=5, Checksum=32,\n\tOEMID=DELL, OEM Table ID=CBX3, OEM Revision=0x1072009,\n */\n' +
  '/*\n  APIC: Length=132, Revision=3, Checksum=190,\n\tOEMID=DELL, OEM Table ID=CBX3, OEM Revision=0x1072009,\n */\n';

export const KLDSTAT =
  'Id Refs Address                Size Name\n 1   87 0xffffffff80200000  1f3c2c8 kernel\n 2    1 0xffffffff82140000   3df128 vmm.ko\n';

export const SYSCTL_INTEL =
  'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 0\nhw.vmm.ppt.devices: 1\nkern.securelevel: -1\nsecurity.jail.jailed: 0\n';

const RELEASES = (text: string): string => `${text}\n${text}\n${text}\n`;

/** A host where everything is in place for a Tesla P4. */
export const READY_P4: Files = {
  'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, NIC('igb0', '2:0:0'), teslaP4('ppt0', '1:0:0')]),
  'host/dmesg.txt': intelDmesg(KERNEL_14_3, 'vgapci0: Boot video device'),
  'host/acpidump.txt': DMAR,
  'host/kldstat.txt': KLDSTAT,
  'host/sysctl.txt': SYSCTL_INTEL,
  'host/freebsd-version.txt': RELEASES('14.3-RELEASE-p5'),
  'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\n',
  'host/vm/work/work.conf':
    'loader="uefi"\ncpu=4\nmemory=16G\nnetwork0_type="virtio-net"\ndisk0_type="virtio-blk"\npassthru0="1/0/0"\n',
};

/** The same with an A30, which offers MSI-X. */
export const READY_A30: Files = {
  ...READY_P4,
  'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, NIC('igb0', '2:0:0'), a30('ppt0', '1:0:0')]),
};

/** An AMD host as it is installed: four functions of a card, nothing configured. */
export const FRESH_AMD: Files = {
  'host/pciconf.txt': pciconf([
    { ...HOST_BRIDGE, vendor: '1022', device: '1480', name: 'Starship/Matisse Root Complex' },
    {
      unit: 'vgapci0',
      at: '5:0:0',
      class: '030000',
      vendor: '1002',
      device: '68f9',
      name: 'Cedar [Radeon HD 5000/6000/7350/8350 Series]',
    },
    ...rtx2080Ti('host', '9'),
    NIC('igb0', '12:0:0'),
  ]),
  'host/dmesg.txt': amdDmesg(KERNEL_14_3, 'vgapci0: Boot video device'),
  'host/loader.conf': 'zfs_load="YES"\n',
};
