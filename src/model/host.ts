import type { Contradiction } from './contradiction.ts';
import type { FreeBsdRelease } from './release.ts';
import type { Ref, Sourced } from './source.ts';

/** A BAR as the host's pciconf shows it. Sizes in bytes, addresses as `0x...`. */
export interface HostBar extends Ref {
  /** 0 to 5; a 64-bit BAR takes this index and the next */
  index: number;
  kind: 'mem' | 'io';
  prefetchable: boolean;
  bits: 32 | 64;
  sizeBytes: number;
  /** undefined when the host could not place it (base 0) */
  base?: string;
  /** decoding of this space type is on in the COMMAND register (of the function, not of the BAR) */
  decoding: boolean;
}

/** A PCI function of the host, as the best source shows it (pciconf before vm passthru before dmesg). */
export interface HostFunction extends Ref {
  /** decimal `bus/slot/function`, as bhyve and pptdevs write it */
  bdf: string;
  domain: number;
  bus: number;
  slot: number;
  function: number;
  selector: string;
  /** driver name; null when none is attached */
  driver: string | null;
  unit: string;
  pciId?: string;
  subsystemId?: string;
  /** six hex digits: `030200` */
  classCode?: string;
  vendorName?: string;
  name?: string;
  bars: HostBar[];
  /** false when the source does not show BARs at all */
  barsShown: boolean;
  /** capability lines were printed for at least one function of the report (pciconf -c as root) */
  capabilitiesShown: boolean;
  /** number of capabilities printed for this function */
  capabilityCount: number;
  msi?: Sourced<string>;
  msix?: Sourced<string>;
  flr?: boolean;
  powerState?: string;
  isBridge: boolean;
  via: 'pciconf' | 'vm-passthru' | 'dmesg';
}

/** A graphics card of the host: its display function and the other functions of the same slot. */
export interface HostGpu {
  display: HostFunction;
  /** audio, USB, UCSI ... of the same slot, without the display function */
  siblings: HostFunction[];
}

/** One entry of pptdevs, pptdevs2 or pptdevs3, read with the kernel's rule. */
export interface PptEntry extends Ref {
  raw: string;
  variable: string;
  /** present when the kernel can read it */
  bdf?: string;
  problem?: string;
  /** devices the writer probably meant that the kernel does not read from it */
  intended?: string[];
  /** the value is longer than the documented limit of 128 bytes; kernels of the releases read so far still take it */
  overlong?: true;
  /** read from the kernel's environment, so the running kernel has it; otherwise a file says so */
  running?: true;
}

/** An entry of a line in loader.conf that was to reserve devices and has no effect. */
export interface UnreadPptEntry extends PptEntry {
  /** `name`: the kernel asks for no such variable; `malformed`: the loader skips the line; `overridden`: set again later */
  reason: 'name' | 'malformed' | 'overridden';
}

/** One passthrough device of a VM configuration. */
export interface PassthruEntry extends Ref {
  raw: string;
  /** decimal `bus/slot/function`; absent when the selector cannot be read */
  hostBdf?: string;
  pptName?: string;
  problem?: string;
  guestBus?: number;
  guestSlot?: number;
  guestFunction?: number;
  rom?: string;
}

/** A virtual machine as its configuration, its log or a command line describes it; one per source of a name. */
export interface Vm extends Ref {
  name?: string;
  via: 'vm-bhyve-conf' | 'vm-bhyve-log' | 'bhyve-argv' | 'bhyve-config';
  memoryBytes?: number;
  cpus?: number;
  /** as written: uefi, bhyveload, grub ... */
  loader?: string;
  uefi?: boolean;
  bootrom?: string;
  /** guest memory is wired: true when -S is given or implied (vm-bhyve adds it by itself for passthrough) */
  wired: boolean | undefined;
  /** where wiring is switched on, or where it is missing */
  wiredAt?: Ref;
  passthru: PassthruEntry[];
  /** every address a device takes in the guest, `bus:slot:function`; undefined when the source does not tell */
  guestSlots?: string[];
  /** slots used by two devices */
  slotConflicts: Ref[];
  /** vm-bhyve keeps bhyve's stderr only with debug="yes" */
  debug?: boolean;
  /** runs recorded in vm-bhyve's log; `number` counts those of one start, which follow each other when the guest reboots */
  runs?: { line: number; artifact: string; number?: number; exitStatus?: number }[];
}

export interface HostCpu extends Ref {
  vendor: 'intel' | 'amd' | 'arm' | 'other';
  model?: string;
  /** virtualization feature tokens as printed (`EPT`, `UG`, `NP` ...); undefined when the line is missing */
  features?: string[];
  disabledInBios: boolean;
}

/** Whether a BAR of a passed function finds room in the address windows of its VM. Computed, not seen. */
export interface HostBarFit extends Ref {
  hostBdf: string;
  index: number;
  kind: 'io' | 'mem32' | 'mem64';
  sizeBytes: number;
  /**
   * `dropped`: bhyve finds no room and says nothing; `refused`: it says so and exits; `rejected`: the stock UEFI
   * firmware cannot hold it; `unreachable`: beyond the address width of the guest
   */
  fits: 'fits' | 'dropped' | 'refused' | 'rejected' | 'unreachable' | 'unknown';
  /** one or two sentences */
  reason: string;
  /** rests on a step or a size that was concluded and not seen */
  inferred: boolean;
  /** seen on this host, in reports of the same card, or by the rule of its family */
  sizeFrom: 'host' | 'observed' | 'family';
  vm?: string;
}

/** Everything known about the host. Absent means not shown by any artifact, never "fine". */
export interface Host {
  /** at least one artifact of a host was read */
  present: boolean;
  release?: Sourced<FreeBsdRelease>;
  /** `GENERIC`, and what else identifies the build */
  ident?: Sourced<string>;
  gitId?: Sourced<string>;
  architecture?: Sourced<string>;
  userland?: Sourced<FreeBsdRelease>;
  installedKernel?: Sourced<FreeBsdRelease>;
  cpu?: HostCpu;
  memoryBytes?: Sourced<number>;
  /** hypervisor under which the host itself runs */
  nestedUnder?: Sourced<string>;
  functions: HostFunction[];
  /** the listing is not cut: it shows the host bridge 0/0/0 */
  functionsComplete: boolean;
  gpus: HostGpu[];
  /** unit of the card on which the firmware left the console (`vgapci0`), as the kernel's `Boot video device` line says */
  bootDisplay?: Sourced<string>;
  iommu: {
    dmarTable?: Sourced<boolean>;
    ivrsTable?: Sourced<boolean>;
    /** hw.vmm.iommu.enable */
    enable?: Sourced<number>;
    /** hw.vmm.iommu.initialized: 0 is normal before the first passthrough VM of this boot */
    initialized?: Sourced<number>;
    /** hw.vmm.amdvi.enable, from sysctl, kenv or loader.conf */
    amdviEnable?: Sourced<number>;
    /** an AMD IOMMU function whose base capability says Enabled or Disabled */
    amdFunction?: Sourced<'enabled' | 'disabled'>;
    /** hw.dmar.enable: the generic driver for VT-d, off by default and not the one that vmm uses */
    dmarEnable?: Sourced<number>;
    /** remapping units in the DMAR table */
    unitCount?: Sourced<number>;
    /** ivhd units that attached, or VT-d units that were initialised */
    units: Sourced<string>[];
  };
  pptdevs: PptEntry[];
  /** what loader.conf says; differs from pptdevs when the kernel's environment was read too */
  pptdevsConfigured: PptEntry[];
  /** entries of lines without effect */
  pptdevsUnread: UnreadPptEntry[];
  /** pptdevs lines that are commented out, with the devices they name */
  pptdevsCommented: Sourced<string>[];
  /** the whole environment of the running kernel was read, so what is missing there is not set */
  kenvRead?: Ref;
  /** where pptdevs would stand: a loader.conf or kenv was read */
  loaderConfRead?: Ref;
  vmmLoad?: Sourced<boolean>;
  /** modules loader.conf or rc.conf loads at start */
  modulesConfigured: Sourced<string>[];
  /** modules in the kernel now */
  modulesLoaded?: Sourced<string>[];
  /** present when `sysctl hw.vmm` answered or failed */
  vmmLoaded?: Sourced<boolean>;
  /** CPUID signature in the vmm.ko that is loaded: of the file on disk, which may be newer than what runs */
  vmmSignature?: Sourced<'native' | 'kvm'>;
  /** whether the installed bhyve traps the copy of PCI config space in BAR0, as the branches nvidia-wip do */
  configMirrorTrap?: Sourced<boolean>;
  jailed?: Sourced<boolean>;
  jailSecurelevel?: Sourced<number>;
  securelevel?: Sourced<number>;
  vms: Vm[];
  /** for the functions that VMs with a known memory size are given */
  barFits: HostBarFit[];
  contradictions: Contradiction[];
}
