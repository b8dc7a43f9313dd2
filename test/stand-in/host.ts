import { type Answer, type Binding, type Card, type Cpu, type Description, refused, type Release } from './describe.ts';

/** A bhyve host with one Tesla, two VMs of vm-bhyve and a good deal that nobody else should read. */
export interface HostChoice {
  release: Release;
  cpu: Cpu;
  card: Card;
  binding?: Binding;
  /** a kernel and bhyve of one's own with the NVIDIA patches */
  patched?: boolean;
  vm?: string;
  /** vm-bhyve keeps what bhyve says */
  debug?: boolean;
}

const HOST = 'grebe';
const DOMAIN = 'lab.wetland.net';

interface ReleaseFacts {
  full: string;
  branch: string;
  osreldate: number;
  year: number;
  clang: string;
  commit: string;
}

const FACTS: Record<Release, ReleaseFacts> = {
  '13.2': {
    full: '13.2-RELEASE-p4',
    branch: 'releng/13.2-n254638',
    osreldate: 1302001,
    year: 2021,
    clang: '14.0.5',
    commit: 'd20ece445acf',
  },
  '14.3': {
    full: '14.3-RELEASE-p2',
    branch: 'releng/14.3-n271441',
    osreldate: 1403000,
    year: 2023,
    clang: '19.1.7',
    commit: '3bc22bd8a1f4',
  },
  '15.0': {
    full: '15.0-RELEASE-p3',
    branch: 'releng/15.0-n280997',
    osreldate: 1500068,
    year: 2025,
    clang: '19.1.7',
    commit: '88f1e6c0d2b7',
  },
};

const CPUS: Record<Cpu, { model: string; id: string; virtualization: string; bridge: string; vendor: string }> = {
  intel: {
    model: 'Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz',
    id: 'Origin="GenuineIntel"  Id=0x906ea  Family=0x6  Model=0x9e  Stepping=10',
    virtualization: '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID',
    bridge:
      "    vendor     = 'Intel Corporation'\n    device     = '8th Gen Core Processor Host Bridge/DRAM Registers'\n",
    vendor: '0x8086',
  },
  amd: {
    model: 'AMD EPYC 3251 8-Core Processor',
    id: 'Origin="AuthenticAMD"  Id=0x800f12  Family=0x17  Model=0x1  Stepping=2',
    virtualization: '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768',
    bridge:
      "    vendor     = 'Advanced Micro Devices, Inc. [AMD]'\n    device     = 'Family 17h (Models 00h-0fh) Root Complex'\n",
    vendor: '0x1022',
  },
};

const CARDS: Record<
  Card,
  {
    device: string;
    subdevice: string;
    name: string;
    bars: { bar0: string; bar1: [string, number]; bar3: [string, number] };
  }
> = {
  p4: {
    device: '1bb3',
    subdevice: '11d8',
    name: 'GP104GL [Tesla P4]',
    bars: { bar0: '0xa2000000', bar1: ['0x2ff0000000', 268_435_456], bar3: ['0x2fee000000', 33_554_432] },
  },
  p10: {
    device: '1b39',
    subdevice: '1217',
    name: 'GP102GL [Tesla P10]',
    bars: { bar0: '0xa2000000', bar1: ['0x380000000000', 34_359_738_368], bar3: ['0x380800000000', 33_554_432] },
  },
};

const SLOT = '3/0/0';

export function describeHost(choice: HostChoice): Description {
  const { release, cpu, vm = 'render1', debug = true, binding = 'bound' } = choice;
  const facts = FACTS[release];
  const kernel = choice.patched
    ? `${facts.full} ${facts.branch}-${facts.commit}-dirty LOCAL`
    : `${facts.full} ${facts.branch}-${facts.commit} GENERIC`;
  const dmesg = dmesgOf(choice, kernel);
  const bound = binding === 'bound';
  const driver = bound ? 'ppt0' : 'vgapci1';
  const uuid = '5f1c0d9e-2a77-4c0b-9f3e-7d1b6a50c2e8';
  return {
    files: {
      '/boot/loader.conf': [
        'zfs_load="YES"',
        'vmm_load="YES"',
        ...(bound ? [`pptdevs="${SLOT}"`] : ['# pptdevs="3/0/0"']),
        ...(cpu === 'amd' ? ['hw.vmm.amdvi.enable="1"'] : []),
        '',
      ].join('\n'),
      '/boot/loader.conf.d/console.conf': 'console="efi"\nboot_verbose="NO"\n',
      '/etc/rc.conf': [
        `hostname="${HOST}.${DOMAIN}"`,
        'ifconfig_ix0="inet 10.61.7.20 netmask 255.255.255.0"',
        'defaultrouter="10.61.7.1"',
        'wlans_iwm0="wlan0"',
        'zfs_enable="YES"',
        'sshd_enable="YES"',
        'vm_enable="YES"',
        'vm_dir="zfs:tank/machines"',
        '',
      ].join('\n'),
      '/var/run/dmesg.boot': dmesg,
      '/var/log/messages': messagesOf(dmesg),
      '/tank/machines/.config/system.conf': 'switch_list="public"\ntype_public="standard"\nports_public="ix0"\n',
      [`/tank/machines/${vm}/${vm}.conf`]: [
        'loader="uefi"',
        'cpu=4',
        'memory=16G',
        'network0_type="virtio-net"',
        'network0_switch="public"',
        'disk0_type="nvme"',
        'disk0_name="disk0.img"',
        `passthru0="${SLOT}"`,
        'graphics="yes"',
        'graphics_password="kingfisher"',
        ...(debug ? ['debug="yes"'] : []),
        `uuid="${uuid}"`,
        'network0_mac="58:9c:fc:0a:33:71"',
        '',
      ].join('\n'),
      // Nobody starts a VM whose card is not reserved yet.
      ...(bound && { [`/tank/machines/${vm}/vm-bhyve.log`]: vmLogOf(vm, uuid, release) }),
      '/tank/machines/mail/mail.conf':
        'loader="bhyveload"\ncpu=1\nmemory=512M\ndisk0_type="virtio-blk"\ndisk0_name="disk0.img"\nuuid="0aa4be50-11f7-4a3e-8f0e-9a7c55d1e0b1"\n',
      '/tank/machines/mail/vm-bhyve.log': vmLogOf('mail', '0aa4be50-11f7-4a3e-8f0e-9a7c55d1e0b1', release, false),
      '/boot/kernel/vmm.ko': Buffer.concat([
        Buffer.from('\u007fELF\u0002\u0001\u0001 vmm '),
        Buffer.alloc(5000, 0x90),
        Buffer.from(choice.patched ? 'KVMKVMKVM\0\0\0' : 'bhyve bhyve \0'),
      ]),
      '/usr/sbin/bhyve': Buffer.from(
        `\u007fELF\u0002\u0001\u0001 bhyve ${choice.patched ? 'failed to setup handler for PCI config space mirror!' : ''}\0`,
      ),
      '/usr/lib/libvmmapi.so.6': Buffer.from('\u007fELF\u0002\u0001\u0001 libvmmapi\0'),
      '/usr/local/share/uefi-firmware/BHYVE_UEFI.fd': Buffer.alloc(4096, 0xff),
      ...(debug &&
        bound && {
          [`/tank/machines/${vm}/bhyve.log`]:
            'fbuf frame buffer base: 0x24a5c1000000 [sz 33554432]\nrdmsr to register 0x34 on vcpu 0\n',
        }),
    },
    commands: {
      'uname -snr': `FreeBSD ${HOST}.${DOMAIN} ${facts.full}\n`,
      'uname -a': `FreeBSD ${HOST}.${DOMAIN} ${facts.full} FreeBSD ${kernel} amd64\n`,
      'freebsd-version -kru': `${facts.full}\n${facts.full}\n${facts.full}\n`,
      'pciconf -lvbBceV': {
        root: pciconfOf(choice, driver, true),
        user: refused('pciconf: /dev/pci: Permission denied'),
      },
      'pciconf -lvbV': pciconfOf(choice, driver, false),
      'pciconf -r pci0:3:0:0 0:0xff': {
        root: `${cpu === 'amd' ? '' : ''}${configSpaceOf(choice)}`,
        user: refused('pciconf: /dev/pci: Permission denied'),
      },
      'pciconf -r pci0:5:0:0 0:0xff': {
        root: '20001a03 02100007 03000041 00000000\n',
        user: refused('pciconf: /dev/pci: Permission denied'),
      },
      'sysctl -n kern.vm_guest': 'none\n',
      [SYSCTL]: sysctlOf(choice, facts),
      'sysctl vm.max_user_wired': 'vm.max_user_wired: 10738234\n',
      'kenv -q': [
        'LINES="24"',
        'acpi.oem="SUPERM"',
        ...(bound ? [`pptdevs="${SLOT}"`] : []),
        ...(cpu === 'amd' ? ['hw.vmm.amdvi.enable="1"'] : []),
        'smbios.planar.serial="WM21BS600417"',
        'smbios.system.uuid="00000000-0000-0000-0000-3cecef4410d2"',
        'vmm_load="YES"',
        'zfs_load="YES"',
        '',
      ].join('\n'),
      'kldstat -v': KLDSTAT,
      'kldstat -q -m vmm': '',
      'dmesg -a': dmesg,
      'acpidump -t': { root: acpiOf(cpu), user: refused('acpidump: opening /dev/mem: Permission denied') },
      'ps axww -o pid,command': [
        '  PID COMMAND',
        '    0 [kernel]',
        '    1 /sbin/init',
        ' 2214 /usr/sbin/sshd -D -o User=ines',
        ...(bound ? [` 5150 bhyve: ${vm} (bhyve)`] : []),
        '',
      ].join('\n'),
      'ls -l /dev/vmm': `total 0\ncrw-------  1 root wheel 0x93 Mar  3 09:14 ${vm}\n`,
      'vm list': {
        root: [
          'NAME     DATASTORE  LOADER     CPU  MEMORY  VNC           AUTO  STATE',
          'mail     default    bhyveload  1    512M    -             No    Stopped',
          `${vm.padEnd(8)} default    uefi       4    16G     0.0.0.0:5900  No    ${bound ? 'Running (5150)' : 'Stopped'}`,
          '',
        ].join('\n'),
        user: refused('/usr/local/sbin/vm: ERROR: virtual machines can only be managed by root'),
      },
      'vm passthru': {
        root: [
          'DEVICE     BHYVE ID     READY        DESCRIPTION',
          `hostb0     0/0/0        No           ${cpu === 'intel' ? '8th Gen Core Processor Host Bridge/DRAM Registers' : 'Family 17h (Models 00h-0fh) Root Complex'}`,
          `${driver.padEnd(10)} ${SLOT}        ${bound ? 'Yes' : 'No '}          ${CARDS[choice.card].name}`,
          'vgapci0    5/0/0        No           ASPEED Graphics Family',
          '',
        ].join('\n'),
        user: refused('/usr/local/sbin/vm: ERROR: virtual machines can only be managed by root'),
      },
      'zfs get -H -o value mountpoint tank/machines': '/tank/machines\n',
      'pkg query -x %n %v bhyve|edk2|nvidia|vm-bhyve|libvirt|cbsd|sylve': 'edk2-bhyve g202411,1\nvm-bhyve 1.6.1\n',
      'vmstat -i':
        'interrupt                          total       rate\nirq1: atkbd0                           2          0\ncpu0:timer                       8417729         91\nirq132: ppt0                           0          0\nTotal                            8417731         91\n',
      'limits -a': 'Resource limits (current):\n  memorylocked          infinity kB\n',
      [`vm info ${vm}`]: `------------------------\nVirtual Machine: ${vm}\n------------------------\n  state: running (5150)\n  datastore: default\n  loader: uefi\n  uuid: ${uuid}\n  cpu: 4\n  memory: 16G\n`,
      'devinfo -rv': `nexus0\n  acpi0\n    pcib0\n      pci0\n        pcib3\n          pci3\n            ${driver} at slot=0 function=0 dbsf=pci0:3:0:0\n`,
      'dmidecode -t bios,baseboard,slot,memory': {
        root: '# dmidecode 3.6\nBase Board Information\n\tManufacturer: Supermicro\n\tProduct Name: X11SCL-F\n\tSerial Number: WM21BS600417\n',
        user: refused('/dev/mem: Permission denied'),
      },
      [`bhyvectl --vm=${vm} --get-stats`]: {
        root: 'Resident memory                          \t17179869184\n',
        user: refused(`vm_open: Permission denied`),
      },
    },
  };
}

const SYSCTL =
  'sysctl hw.vmm hw.physmem hw.model hw.ncpu kern.osreldate kern.vm_guest kern.securelevel security.jail.jailed ' +
  'vm.stats.vm.v_user_wire_count vm.stats.vm.v_wire_count vm.stats.vm.v_free_count kstat.zfs.misc.arcstats.size ' +
  'hw.dmar.enable hw.pci.enable_msi hw.pci.enable_msix hw.pci.do_power_nodriver';

function sysctlOf({ cpu, binding }: HostChoice, { osreldate }: ReleaseFacts): Answer {
  const own =
    cpu === 'intel'
      ? [
          'hw.vmm.vmx.initialized: 1',
          'hw.vmm.vmx.cap.unrestricted_guest: 1',
          'hw.vmm.ept.pmap_flags: 16',
          'hw.vmm.amdvi.enable: 0',
        ]
      : [
          'hw.vmm.svm.features: 50331648',
          'hw.vmm.svm.num_asids: 32768',
          'hw.vmm.npt.pmap_flags: 80',
          'hw.vmm.amdvi.enable: 1',
          'hw.vmm.amdvi.count: 1',
        ];
  return {
    stdout: [
      ...own,
      'hw.vmm.iommu.enable: 1',
      // Initialised with the first VM that is given a device.
      `hw.vmm.iommu.initialized: ${binding === 'unbound' ? 0 : 1}`,
      `hw.vmm.ppt.devices: ${binding === 'unbound' ? 0 : 1}`,
      'hw.physmem: 68582768640',
      `hw.model: ${CPUS[cpu].model}`,
      'hw.ncpu: 12',
      `kern.osreldate: ${osreldate}`,
      'kern.vm_guest: none',
      'kern.securelevel: -1',
      'security.jail.jailed: 0',
      'vm.stats.vm.v_user_wire_count: 4194304',
      'vm.stats.vm.v_wire_count: 6291456',
      'vm.stats.vm.v_free_count: 8388608',
      'kstat.zfs.misc.arcstats.size: 2147483648',
      'hw.pci.enable_msi: 1',
      'hw.pci.enable_msix: 1',
      'hw.pci.do_power_nodriver: 0',
      '',
    ].join('\n'),
    stderr: "sysctl: unknown oid 'hw.dmar.enable'\n",
    exit: 1,
  };
}

/** `-lvbBceV` as root; without capabilities, bridge windows and errors for a user. */
function pciconfOf({ release, cpu, card }: HostChoice, driver: string, root: boolean): string {
  const { vendor, bridge } = CPUS[cpu];
  const { device, subdevice, name, bars } = CARDS[card];
  const line = (
    selector: string,
    cls: string,
    own: string,
    vend: string,
    sub: string,
    subvend: string,
    hdr = '0x00',
    rev = '0xa1',
  ): string =>
    release === '13.2'
      ? `${selector}:\tclass=0x${cls} rev=${rev} hdr=${hdr} vendor=${vend} device=0x${own} subvendor=${subvend} subdevice=0x${sub}\n`
      : `${selector}:\tclass=0x${cls} rev=${rev} hdr=${hdr} vendor=${vend} device=0x${own} subvendor=${subvend} subdevice=0x${sub}\n`;
  const when = (text: string): string => (root ? text : '');
  return [
    line('hostb0@pci0:0:0:0', '060000', cpu === 'intel' ? '3eca' : '1450', vendor, '0921', '0x15d9', '0x00', '0x0a'),
    bridge,
    '    class      = bridge\n    subclass   = HOST-PCI\n',
    line('pcib3@pci0:0:1:1', '060400', '1901', vendor, '0921', '0x15d9', '0x01', '0x0a'),
    '    class      = bridge\n    subclass   = PCI-PCI\n',
    when(
      '    bus range  = 3-3\n    window[1c] = type I/O Port, range 16, addr 0xf000-0xfff, disabled\n' +
        '    window[20] = type Memory, range 32, addr 0xa2000000-0xa2ffffff, enabled\n' +
        `    window[24] = type Prefetchable Memory, range 64, addr ${card === 'p4' ? '0x2fee000000-0x2fffffffff' : '0x380000000000-0x380801ffffff'}, enabled\n` +
        '    cap 10[a0] = PCI-Express 2 root port max data 256(256) RO NS\n                 max read 128\n                 link x8(x16) speed 8.0(8.0) ASPM disabled(L0s/L1)\n',
    ),
    line(`${driver}@pci0:3:0:0`, '030200', device, '0x10de', subdevice, '0x10de'),
    `    vendor     = 'NVIDIA Corporation'\n    device     = '${name}'\n    class      = display\n    subclass   = 3D\n`,
    `    bar   [10] = type Memory, range 32, base ${bars.bar0}, size 16777216, enabled\n`,
    `    bar   [14] = type Prefetchable Memory, range 64, base ${bars.bar1[0]}, size ${bars.bar1[1]}, enabled\n`,
    `    bar   [1c] = type Prefetchable Memory, range 64, base ${bars.bar3[0]}, size ${bars.bar3[1]}, enabled\n`,
    when(
      '    cap 01[60] = powerspec 3  supports D0 D3  current D0\n    cap 05[68] = MSI supports 1 message, 64 bit \n' +
        '    cap 10[78] = PCI-Express 2 endpoint max data 256(256) RO NS\n                 max read 512\n                 link x8(x16) speed 2.5(8.0) ASPM disabled(L0s/L1)\n' +
        '    ecap 0002[100] = VC 1 max VC0\n    ecap 0001[420] = AER 2 0 fatal 0 non-fatal 0 corrected\n',
    ),
    line('vgapci0@pci0:5:0:0', '030000', '2000', '0x1a03', '0921', '0x15d9', '0x00', '0x41'),
    "    vendor     = 'ASPEED Technology, Inc.'\n    device     = 'ASPEED Graphics Family'\n    class      = display\n    subclass   = VGA\n",
    '    bar   [10] = type Memory, range 32, base 0xa0000000, size 16777216, enabled\n',
    line('ix0@pci0:7:0:0', '020000', '15e4', '0x8086', '1533', '0x15d9', '0x00', '0x11'),
    "    vendor     = 'Intel Corporation'\n    device     = 'Ethernet Connection X553 1GbE'\n    class      = network\n    subclass   = ethernet\n",
    when('    ecap 0003[140] = Serial 1 3cecefffff4410d2\n'),
  ].join('');
}

const configSpaceOf = ({ card }: HostChoice): string =>
  `${CARDS[card].device}10de 00100007 030200a1 00000000\na2000000 0000000c 0000002f 00000000\n`;

function dmesgOf({ release, cpu, card, binding = 'bound' }: HostChoice, kernel: string): string {
  const { year, clang } = FACTS[release];
  const { model, id, virtualization } = CPUS[cpu];
  const { bar0, bar1, bar3 } = CARDS[card].bars;
  const range = (base: string, size: number): string => `${base}-0x${(BigInt(base) + BigInt(size) - 1n).toString(16)}`;
  const mem = `mem ${range(bar0, 16_777_216)},${range(...bar1)},${range(...bar3)} irq 16 at device 0.0 on pci3`;
  return [
    '---<<BOOT>>---',
    `Copyright (c) 1992-${year} The FreeBSD Project.`,
    'Copyright (c) 1979, 1980, 1983, 1986, 1988, 1989, 1991, 1992, 1993, 1994',
    '\tThe Regents of the University of California. All rights reserved.',
    'FreeBSD is a registered trademark of The FreeBSD Foundation.',
    `FreeBSD ${kernel} amd64`,
    `FreeBSD clang version ${clang} (https://github.com/llvm/llvm-project.git llvmorg-${clang}-0-g0123456789ab)`,
    `CPU: ${model} (3408.21-MHz K8-class CPU)`,
    `  ${id}`,
    ...(cpu === 'intel'
      ? ['  Features2=0x77fafbff<SSE3,PCLMULQDQ,DTES64,MON,DS_CPL,VMX,SMX,EST>']
      : ['  AMD Features2=0x35c233ff<LAHF,CMP,SVM,ExtAPIC,CR8>']),
    virtualization,
    '  TSC: P-state invariant, performance statistics',
    'real memory  = 68719476736 (65536 MB)',
    'avail memory = 66609913856 (63524 MB)',
    'ACPI APIC Table: <SUPERM SMCI--MB>',
    'FreeBSD/SMP: Multiprocessor System Detected: 12 CPUs',
    'pcib0: <ACPI Host-PCI bridge> port 0xcf8-0xcff on acpi0',
    'pci0: <ACPI PCI bus> on pcib0',
    ...(cpu === 'amd' ? ['ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0', 'ivhd0: Flag:b0<IotlbSup,Coherent>'] : []),
    'pcib3: <ACPI PCI-PCI bridge> irq 16 at device 1.1 on pci0',
    'pci3: <ACPI PCI bus> on pcib3',
    binding === 'bound' ? `ppt0 ${mem}` : `vgapci1: <VGA-compatible display> ${mem}`,
    'vgapci0: <VGA-compatible display> port 0xe000-0xe07f mem 0xa0000000-0xa0ffffff irq 17 at device 0.0 on pci5',
    'vgapci0: Boot video device',
    'ix0: <Intel(R) X553 (1GbE)> mem 0x91000000-0x911fffff irq 18 at device 0.0 on pci7',
    'ix0: Ethernet address: 3c:ec:ef:44:10:d2',
    'nda0: <Samsung SSD 970 EVO Plus 1TB 2B2QEXM7 S4EWNX0R417733>',
    'nda0: Serial Number S4EWNX0R417733',
    '',
  ].join('\n');
}

/** The same lines as syslogd writes them, among those of programs. */
function messagesOf(dmesg: string): string {
  const stamp = `Mar  3 09:02:11 ${HOST}`;
  return [
    `${stamp} newsyslog[1291]: logfile turned over due to size>1000K`,
    `${stamp} sshd[2290]: Accepted publickey for ines from 10.61.7.88 port 51022 ssh2`,
    ...dmesg
      .trimEnd()
      .split('\n')
      .map((line) => `${stamp} kernel: ${line}`),
    `${stamp} sudo[2301]: ines : TTY=pts/0 ; PWD=/home/ines ; USER=root ; COMMAND=/usr/local/sbin/vm start`,
    '',
  ].join('\n');
}

function vmLogOf(vm: string, uuid: string, release: Release, passthru = true): string {
  // vm-bhyve changed its stamps in August 2025.
  const stamp = release === '15.0' ? '2026-03-03T09:14:02+01:00' : 'Mar 03 09:14:02';
  return [
    'initialising',
    ` [loader: ${passthru ? 'uefi' : 'bhyveload'}]`,
    ' [cpu: 4]',
    ' [memory: 16G]',
    ` [uuid: ${uuid}]`,
    'booting',
    passthru
      ? ` [bhyve options: -c 4 -m 16G -AHPw -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd -U ${uuid} -u -S]`
      : ` [bhyve options: -c 1 -m 512M -AHP -U ${uuid} -u]`,
    passthru
      ? ` [bhyve devices: -s 0,hostbridge -s 31,lpc -s 4:0,nvme,/tank/machines/${vm}/disk0.img -s 5:0,virtio-net,tap0,mac=58:9c:fc:0a:33:71 -s 6:0,passthru,${SLOT} -s 7:0,fbuf,tcp=0.0.0.0:5900]`
      : ` [bhyve devices: -s 0,hostbridge -s 31,lpc -s 4:0,virtio-blk,/tank/machines/${vm}/disk0.img]`,
    ` [bhyve console: -l com1,/dev/nmdm-${vm}.1A]`,
    'starting bhyve (run 1)',
    ...(passthru ? [] : ['bhyve exited with status 1', 'stopped']),
  ]
    .map((line) => `${stamp}: ${line}\n`)
    .join('');
}

const KLDSTAT = [
  'Id Refs Address                Size Name',
  ' 1   42 0xffffffff80200000  1f3c2c8 kernel (/boot/kernel/kernel)',
  '\tContains modules:',
  '\t\t Id Name',
  '\t\t 12 pci/pcib',
  ' 2    1 0xffffffff82140000   3df128 vmm.ko (/boot/kernel/vmm.ko)',
  '\tContains modules:',
  '\t\t Id Name',
  '\t\t511 vmm',
  '\t\t512 pci/ppt',
  ' 3    1 0xffffffff82600000   6e4c28 zfs.ko (/boot/kernel/zfs.ko)',
  '\tContains modules:',
  '\t\t Id Name',
  '\t\t520 zfs',
  '',
].join('\n');

function acpiOf(cpu: Cpu): string {
  const header = (signature: string, length: number): string =>
    `/*\n  ${signature}: Length=${length}, Revision=1, Checksum=211,\n\tOEMID=SUPERM, OEM Table ID=SMCI--MB, OEM Revision=0x1072009,\n\tCreator ID=AMI, Creator Revision=0x10013\n`;
  const start = '/*\n  RSD PTR: OEM=SUPERM, ACPI_Rev=2.0x (2)\n\tXSDT=0x000000008d4a00b0, length=36, cksum=108\n */\n';
  const facp = `${header('FACP', 276)}\tSCI_INT=9\n */\n`;
  const mmu =
    cpu === 'intel'
      ? `${header('DMAR', 112)}\tHost Address Width=39\n\tFlags={INTR_REMAP}\n\n\tType=DRHD\n\tLength=32\n\tFlags={INCLUDE_ALL}\n\tSegment=0\n\tAddress=0x00000000fed91000\n\tDevice Scope:\n\t\tType=IOAPIC\n\t\tLength=8\n\t\tEnumerationId=2\n\t\tStartBusNumber=240\n\t\tPath={31:0}\n */\n`
      : `${header('IVRS', 208)} */\n`;
  return `${start}${facp}${mmu}`;
}
