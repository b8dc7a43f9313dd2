import { type Description, refused } from './describe.ts';

/** Where the driver gets to in a Linux guest. */
export type Fate = 'no-irq' | 'rm-init' | 'works';

const LOADED = '[    4.101220] nvidia: loading out-of-tree module taints kernel.\n';
const BANNER =
  '[    4.233871] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n';

const SAID: Record<Fate, string> = {
  'no-irq':
    LOADED +
    "[    4.187712] NVRM: Can't find an IRQ for your NVIDIA card!\n" +
    '[    4.187713] NVRM: Please check your BIOS settings.\n' +
    '[    4.187714] NVRM: [Plug & Play OS] should be set to NO\n' +
    '[    4.187714] NVRM: [Assign IRQ to VGA] should be set to YES\n' +
    '[    4.187719] nvidia: probe of 0000:00:06.0 failed with error -1\n' +
    '[    4.187763] NVRM: The NVIDIA probe routine failed for 1 device(s).\n' +
    '[    4.187764] NVRM: None of the NVIDIA devices were initialized.\n',
  'rm-init':
    LOADED +
    BANNER +
    '[   12.870117] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)\n' +
    '[   12.870904] NVRM: GPU 0000:00:06.0: rm_init_adapter failed, device minor number 0\n',
  works: LOADED + BANNER + '[    4.902113] [drm] Initialized nvidia-drm 0.0.0 for 0000:00:06.0 on minor 0\n',
};

const SMI: Record<Fate, string> = {
  'no-irq':
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n\n",
  'rm-init': 'No devices were found\n',
  works: 'GPU 0: Tesla P4 (UUID: GPU-3b2f9d10-64c1-9e07-2a55-0f8d1c7be942)\n',
};

const SMI_EXIT: Record<Fate, number> = { 'no-irq': 9, 'rm-init': 6, works: 0 };

/** A Linux guest with a Tesla P4 at 0000:00:06.0. */
export function describeGuest(fate: Fate): Description {
  const device = '/sys/bus/pci/devices/0000:00:06.0';
  const driver = fate === 'no-irq' ? '' : '\tKernel driver in use: nvidia\n';
  const pin = fate === 'no-irq' ? '' : '\tInterrupt: pin A routed to IRQ 30\n';
  const smi = { stdout: SMI[fate], exit: SMI_EXIT[fate] };
  return {
    files: {
      '/proc/cmdline': 'BOOT_IMAGE=/boot/vmlinuz-6.8.0-52-generic root=/dev/nvme0n1p2 ro console=ttyS0\n',
      '/proc/cpuinfo':
        'processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz\nflags\t\t: fpu vme de pse\naddress sizes\t: 39 bits physical, 48 bits virtual\n\n',
      '/proc/iomem':
        'c0000000-c0ffffff : 0000:00:06.0\n800000000-80fffffff : 0000:00:06.0\n810000000-811ffffff : 0000:00:06.0\n',
      '/proc/interrupts': `           CPU0       CPU1\n  4:        112          0  IO-APIC   4-edge      ttyS0\n${fate === 'no-irq' ? '' : ' 30:          0          0  PCI-MSI-0000:00:06.0   0-edge      nvidia\n'}`,
      ...(fate !== 'no-irq' && {
        '/proc/driver/nvidia/version':
          'NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\nGCC version:  gcc version 13.3.0 (Ubuntu 13.3.0-6ubuntu2~24.04)\n',
        '/proc/driver/nvidia/params': 'EnableMSI: 1\nEnableGpuFirmware: 18\nRegistryDwords: ""\n',
        '/proc/driver/nvidia/gpus/0000:00:06.0/information': `Model: \t\t Tesla P4\nIRQ:   \t\t 30\nGPU UUID: \t ${fate === 'works' ? 'GPU-3b2f9d10-64c1-9e07-2a55-0f8d1c7be942' : 'GPU-????????-????-????-????-????????????'}\nVideo BIOS: \t ${fate === 'works' ? '86.04.55.00.01' : '??.??.??.??.??'}\nBus Type: \t PCIe\nDMA Size: \t 47 bits\nBus Location: \t 0000:00:06.0\nDevice Minor: \t 0\nGPU Excluded:\t No\n`,
      }),
      [`${device}/class`]: '0x030200\n',
      [`${device}/vendor`]: '0x10de\n',
      [`${device}/device`]: '0x1bb3\n',
      [`${device}/irq`]: fate === 'no-irq' ? '0\n' : '30\n',
      [`${device}/enable`]: '1\n',
      [`${device}/resource`]:
        '0x00000000c0000000 0x00000000c0ffffff 0x0000000000040200\n0x0000000800000000 0x000000080fffffff 0x000000000014220c\n0x0000000000000000 0x0000000000000000 0x0000000000000000\n0x0000000810000000 0x0000000811ffffff 0x000000000014220c\n',
    },
    commands: {
      'uname -snr': 'Linux heron 6.8.0-52-generic\n',
      'uname -a':
        'Linux heron 6.8.0-52-generic #53-Ubuntu SMP PREEMPT_DYNAMIC Sat Jan 11 00:06:25 UTC 2025 x86_64 x86_64 x86_64 GNU/Linux\n',
      dmesg: {
        root: dmesgOf(fate),
        user: refused('dmesg: read kernel buffer failed: Operation not permitted'),
      },
      'lspci -vvvnnk': [
        '00:00.0 Host bridge [0600]: Network Appliance Corporation Device [1275:1275]',
        '\tControl: I/O- Mem- BusMaster- SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-',
        '',
        '00:06.0 3D controller [0302]: NVIDIA Corporation GP104GL [Tesla P4] [10de:1bb3] (rev a1)',
        '\tSubsystem: NVIDIA Corporation GP104GL [Tesla P4] [10de:11d8]',
        '\tControl: I/O+ Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-',
        '\tStatus: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-',
        `${pin}\tRegion 0: Memory at c0000000 (32-bit, non-prefetchable) [size=16M]`,
        '\tRegion 1: Memory at 800000000 (64-bit, prefetchable) [size=256M]',
        '\tRegion 3: Memory at 810000000 (64-bit, prefetchable) [size=32M]',
        '\tCapabilities: [60] Power Management version 3',
        '\tCapabilities: [68] MSI: Enable- Count=1/1 Maskable- 64bit+',
        '\tCapabilities: [78] Express (v2) Endpoint, MSI 00',
        `${driver}\tKernel modules: nvidiafb, nouveau, nvidia_drm, nvidia`,
        '',
      ].join('\n'),
      lsmod:
        'Module                  Size  Used by\nnvidia              56713216  0\nnls_iso8859_1          12288  1\n',
      'modinfo nvidia':
        'filename:       /lib/modules/6.8.0-52-generic/updates/dkms/nvidia.ko\nlicense:        NVIDIA\nversion:        570.124.06\nvermagic:       6.8.0-52-generic SMP preempt mod_unload modversions \n',
      'dkms status': 'nvidia/570.124.06, 6.8.0-52-generic, x86_64: installed\n',
      'mokutil --sb-state': 'SecureBoot disabled\n',
      'nvidia-smi -L': smi,
      'nvidia-smi': smi,
      'nvidia-smi -q': smi,
      'nvidia-smi -q -x': smi,
    },
  };
}

function dmesgOf(fate: Fate): string {
  return [
    '[    0.000000] Linux version 6.8.0-52-generic (buildd@lcy02-amd64-046) (x86_64-linux-gnu-gcc-13 (Ubuntu 13.3.0-6ubuntu2~24.04) 13.3.0, GNU ld (GNU Binutils for Ubuntu) 2.42) #53-Ubuntu SMP PREEMPT_DYNAMIC Sat Jan 11 00:06:25 UTC 2025 (Ubuntu 6.8.0-52.53-generic 6.8.12)',
    '[    0.000000] Command line: BOOT_IMAGE=/boot/vmlinuz-6.8.0-52-generic root=/dev/nvme0n1p2 ro console=ttyS0',
    '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
    '[    0.000000] tsc: Detected 3408.000 MHz processor',
    '[    0.661210] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200',
    '[    0.661402] pci 0000:00:06.0: reg 0x10: [mem 0xc0000000-0xc0ffffff]',
    '[    0.661566] pci 0000:00:06.0: reg 0x14: [mem 0x800000000-0x80fffffff 64bit pref]',
    '[    0.661731] pci 0000:00:06.0: reg 0x1c: [mem 0x810000000-0x811ffffff 64bit pref]',
    '[    1.904410] systemd[1]: Hostname set to <heron>.',
    '',
  ]
    .join('\n')
    .concat(SAID[fate]);
}
