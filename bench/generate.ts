/** Makes the inputs of the benchmark: always the same bytes, in the formats of real outputs. */
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';

/** A small linear congruential generator: the same numbers on every machine. */
export function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, '0');

/** Ordinary lines of a Linux kernel log. `#` stands for a number. */
const ORDINARY = [
  'usb #-#: new high-speed USB device number # using xhci_hcd',
  'systemd[1]: Started session-#.scope - Session # of User root.',
  'EXT4-fs (vda#): mounted filesystem with ordered data mode. Quota mode: none.',
  'audit: type=1400 audit(17####.###:##): apparmor="STATUS" operation="profile_load" profile="unconfined" name="lsb_release"',
  'e1000e 0000:00:03.0 eth#: NIC Link is Up 1000 Mbps Full Duplex, Flow Control: Rx/Tx',
  'ACPI: \\_SB_.PCI0.S#: Enabled in PIRQ mode using IRQ #',
  'clocksource: Switched to clocksource tsc-early #',
  'br-#: port #(veth#) entered forwarding state',
  'Memory: ######K/######K available (20480K kernel code, #K rwdata)',
  'virtio_blk virtio#: [vda] ######## 512-byte logical blocks',
  'input: AT Translated Set # keyboard as /devices/platform/i8042/serio#/input/input#',
  'perf: interrupt took too long (#### > ####), lowering kernel.perf_event_max_sample_rate to #####',
  'TCP: request_sock_TCP: Possible SYN flooding on port #. Sending cookies.',
  'docker#: port #(veth#) entered disabled state',
  'cgroup: fork rejected by pids controller in /system.slice/unit-#.service',
];

/** What the driver says of a card that fails late, and notices that it repeats. */
const NVIDIA = [
  'NVRM: GPU at PCI:0000:00:06: GPU-6b2f1d3c-2a77-4b1e-9d0f-0f5e8d7c#a#b',
  'NVRM: Xid (PCI:0000:00:06): 31, pid=####, name=python3, Ch 0000000#, intr 00000000. MMU Fault: ENGINE GRAPHICS GPCCLIENT_T1_#',
  'nvidia 0000:00:06.0: Using 47-bit DMA addresses',
  'nvidia-modeset: WARNING: GPU:0: Unable to read EDID for display device DP-#',
  'NVRM: RmInitAdapter failed! (0x31:0xffff:2767)',
  'NVRM: rm_init_adapter failed, device minor number 0',
];

const HEAD = [
  'Linux version 6.8.0-45-generic (buildd@lcy02-amd64-115) (x86_64-linux-gnu-gcc-13) #45-Ubuntu SMP PREEMPT_DYNAMIC',
  'Command line: BOOT_IMAGE=/vmlinuz-6.8.0-45-generic root=/dev/vda2 ro quiet',
  'DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
  'pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200 conventional PCI endpoint',
  'pci 0000:00:06.0: BAR 0 [mem 0xc1000000-0xc1ffffff]',
  'pci 0000:00:06.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]',
  'pci 0000:00:06.0: BAR 3 [mem 0x810000000-0x811ffffff 64bit pref]',
  'nvidia: loading out-of-tree module taints kernel.',
  'nvidia-nvlink: Nvlink Core is being initialized, major device number 236',
  'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024',
];

/** A guest's kernel log of about `bytes` bytes; of every hundred lines one is about the GPU. */
export function guestDmesg(bytes: number, seed = 1): string {
  const random = createRandom(seed);
  const lines: string[] = [];
  let size = 0;
  for (let i = 0; size < bytes; i += 1) {
    const template =
      HEAD[i] ?? (random(100) === 0 ? NVIDIA[random(NVIDIA.length)]! : ORDINARY[random(ORDINARY.length)]!);
    const seconds = (i < HEAD.length ? 0 : i * 0.031).toFixed(6).padStart(12);
    const line = `[${seconds}] ${template.replace(/#/g, () => String(random(10)))}`;
    lines.push(line);
    size += line.length + 1;
  }
  return `${lines.join('\n')}\n`;
}

/** `pciconf -lvbBceV` of a host with many functions. */
export function hostPciconf(functions: number, seed = 2): string {
  const random = createRandom(seed);
  const blocks = Array.from({ length: functions }, (_, i) => {
    const [bus, slot, fn] = [Math.floor(i / 8), i % 8, 0];
    if (i === 9)
      return pciconfBlock(
        `ppt0@pci0:${bus}:${slot}:${fn}`,
        '0x030200',
        '0x10de',
        '0x1bb3',
        "'GP104GL [Tesla P4]'",
        random,
      );
    return pciconfBlock(
      `igb${i}@pci0:${bus}:${slot}:${fn}`,
      '0x020000',
      '0x8086',
      `0x${hex(random(65_536), 4)}`,
      "'Ethernet Controller'",
      random,
    );
  });
  return blocks.join('');
}

function pciconfBlock(
  name: string,
  klass: string,
  vendor: string,
  device: string,
  title: string,
  random: (below: number) => number,
): string {
  const base = 0xde00_0000 + random(256) * 0x10000;
  return [
    `${name}:\tclass=${klass} rev=0xa1 hdr=0x00 vendor=${vendor} device=${device} subvendor=${vendor} subdevice=0x${hex(random(65_536), 4)}`,
    `    vendor     = '${vendor === '0x10de' ? 'NVIDIA Corporation' : 'Intel Corporation'}'`,
    `    device     = ${title}`,
    `    class      = ${klass.startsWith('0x03') ? 'display' : 'network'}`,
    `    subclass   = ${klass.startsWith('0x03') ? '3D' : 'ethernet'}`,
    `    bar   [10] = type Memory, range 32, base 0x${hex(base, 8)}, size 16777216, enabled`,
    `    bar   [14] = type Prefetchable Memory, range 64, base 0x${hex(0x20 + random(16), 2)}00000000, size 268435456, enabled`,
    `    bar   [1c] = type Prefetchable Memory, range 64, base 0x${hex(0x30 + random(16), 2)}00000000, size 33554432, enabled`,
    '    cap 01[60] = powerspec 3  supports D0 D3  current D0',
    '    cap 05[68] = MSI supports 1 message, 64 bit',
    '    cap 10[78] = PCI-Express 2 endpoint max data 256(256) RO NS',
    '                 max read 512',
    '                 link x16(x16) speed 8.0(8.0) ASPM disabled(L0s/L1) ClockPM disabled',
    '    ecap 0002[100] = VC 1 max VC0',
    '    ecap 0004[128] = Power Budgeting 1',
    '    ecap 0001[420] = AER 2 0 fatal 0 non-fatal 1 corrected',
    '    ecap 000b[600] = Vendor [1] ID 0001 Rev 1 Length 36',
    '    ecap 0019[900] = PCIe Sec 1 lane errors 0',
    '  PCI-e errors = Correctable Error Detected',
    '                 Unsupported Request Detected',
    '    Corrected  = Advisory Non-Fatal Error',
    '',
  ].join('\n');
}

/** `lspci -vvvnnk` of a guest. */
export function guestLspci(functions: number, seed = 3): string {
  const random = createRandom(seed);
  return Array.from({ length: functions }, (_, i) => {
    const gpu = i === 6;
    const id = gpu ? '10de:1bb3' : `1af4:${hex(0x1000 + random(64), 4)}`;
    return [
      `${hex(Math.floor(i / 32), 2)}:${hex(i % 32, 2)}.0 ${gpu ? '3D controller [0302]: NVIDIA Corporation GP104GL [Tesla P4]' : 'SCSI storage controller [0100]: Red Hat, Inc. Virtio block device'} [${id}] (rev a1)`,
      '\tControl: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-',
      '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-',
      '\tLatency: 0, Cache Line Size: 64 bytes',
      `\tRegion 0: Memory at c${hex(random(16_777_216), 6)}0 (32-bit, non-prefetchable) [size=16M]`,
      `\tRegion 1: Memory at 8${hex(random(16), 1)}0000000 (64-bit, prefetchable) [size=256M]`,
      '\tCapabilities: [60] Power Management version 3',
      '\t\tFlags: PMEClk- DSI- D1- D2- AuxCurrent=0mA PME(D0-,D1-,D2-,D3hot-,D3cold-)',
      '\t\tStatus: D0 NoSoftRst+ PME-Enable- DSel=0 DScale=0 PME-',
      '\tCapabilities: [68] MSI: Enable- Count=1/1 Maskable- 64bit+',
      '\t\tAddress: 0000000000000000  Data: 0000',
      '\tCapabilities: [78] Express (v2) Endpoint, MSI 00',
      '\t\tDevCap:\tMaxPayload 256 bytes, PhantFunc 0, Latency L0s unlimited, L1 <64us',
      '\t\tLnkSta:\tSpeed 8GT/s, Width x16',
      `\tKernel driver in use: ${gpu ? 'nvidia' : 'virtio-pci'}`,
      '',
      '',
    ].join('\n');
  }).join('');
}

const SMALL: Record<string, string> = {
  'host/loader.conf': 'vmm_load="YES"\npptdevs="1/1/0"\nhw.vmm.iommu.enable=1\n',
  'host/freebsd-version.txt': '15.0-RELEASE-p1\n15.0-RELEASE-p1\n15.0-RELEASE-p1\n',
  'host/sysctl-vmm.txt': 'hw.vmm.iommu.initialized: 1\nhw.vmm.iommu.enable: 1\nhw.vmm.ppt.devices: 1\n',
  'host/vm/desk/desk.conf': 'loader="uefi"\ncpu=8\nmemory=32G\npassthru0="1/1/0=6:0"\n',
  'guest/desk/modinfo.txt':
    'filename:       /lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko\nversion:        535.183.01\nlicense:        NVIDIA\n',
};

/** A bundle of about `bytes` bytes unpacked, as `gpudiag collect` would leave it. */
export async function bundle(bytes: number): Promise<Buffer> {
  const pciconf = hostPciconf(150);
  const lspci = guestLspci(12);
  const files: Record<string, string> = {
    ...SMALL,
    'host/pciconf.txt': pciconf,
    'guest/desk/lspci.txt': lspci,
    'guest/desk/dmesg.txt': guestDmesg(Math.max(bytes - pciconf.length - lspci.length, 100_000)),
  };
  const entries = Object.keys(files)
    .sort()
    .map((name) => ({
      header: { name, size: Buffer.byteLength(files[name]!), type: 'file' as const, mtime: new Date(0) },
      body: files[name]!,
    }));
  return gzipSync(await packTar(entries));
}
