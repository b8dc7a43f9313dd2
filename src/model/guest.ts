import type { Contradiction } from './contradiction.ts';
import type { Ref, Sourced } from './source.ts';

/** A BAR as the guest sees it. Sizes in bytes, addresses as `0x...`. */
export interface GuestBar extends Ref {
  index: number;
  kind: 'mem' | 'io';
  prefetchable?: boolean;
  bits?: 32 | 64;
  sizeBytes?: number;
  /** undefined when the guest has no address for it */
  base?: string;
  assigned: boolean;
}

export interface GuestGpu extends Ref {
  /** `0000:00:06.0` */
  bdf: string;
  pciId?: string;
  subsystemId?: string;
  /** six hex digits or four: `0302` */
  classCode?: string;
  name?: string;
  bars: GuestBar[];
  /** kernel driver in use; null when the listing shows drivers and this card has none */
  driver?: Sourced<string | null>;
  /** modules on disk that could drive it, as `lspci -k` lists them */
  driverCandidates?: Sourced<readonly string[]>;
  /** interrupt pin A to D; null when the listing shows none (pin register 0) */
  interruptPin?: Sourced<string | null>;
  irq?: Sourced<number>;
  msi?: Sourced<'enabled' | 'disabled'>;
  msix?: Sourced<'enabled' | 'disabled'>;
  /** capabilities were listed, so a missing MSI-X is a fact */
  capabilitiesShown: boolean;
  /** a driver of the boot screen that holds part of a BAR, from /proc/iomem: `efifb`, `simplefb`, `BOOTFB` */
  screenOwner?: Sourced<string>;
  /** Video BIOS version, once the adapter has initialised; null when the driver prints question marks */
  videoBios?: Sourced<string | null>;
  uuidKnown?: boolean;
  /** config space reads all ones */
  unreadable?: Ref;
}

/** `RmInitAdapter failed! (stage:status:line)`; repeats are counted, not listed. */
export interface RmInitFailure extends Ref {
  guestBdf?: string;
  /** `0x31` */
  stage: string;
  /** `0xffff` */
  status: string;
  /** where it was said last */
  lastLine: number;
  /** line of the driver's source that gave up; a hint only, it moves with every build */
  sourceLine: number;
  count: number;
}

export interface XidEvent extends Ref {
  xid: number;
  guestBdf?: string;
  process?: string;
  message: string;
  count: number;
  boot: number;
}

/** A GPU as nvidia-smi reports it. */
export interface SmiGpu extends Ref {
  guestBdf?: string;
  name?: string;
  /** some cell reads ERR!, GPU is lost or the like */
  failing?: Sourced<string>;
  virtualizationMode?: Sourced<string>;
  bar1Bytes?: Sourced<number>;
  inforomCorrupt?: Ref;
  retiredPagesPending?: Ref;
  rowRemapPending?: Ref;
  rowRemapFailure?: Ref;
  uncorrectableEcc?: Sourced<number>;
  persistence?: Sourced<boolean>;
  /** PCIe link: lanes and generation now and at most; fewer of them at idle is power saving */
  link?: Ref & { width?: number; widthMax?: number; generation?: number; generationMax?: number };
  /** the utilization that shows that the card was at work when it was read */
  busy?: Ref;
  /** single cells that the driver could not read, on a card that answers otherwise */
  fieldErrors?: Sourced<string>[];
  /** licence of a virtual GPU: `Licensed (Expiry: ...)`, `Unlicensed` */
  licence?: Sourced<string>;
}

/** A display adapter as Windows lists it. */
export interface WindowsDisplay extends Ref {
  name?: string;
  pciId?: string;
  /** NVIDIA release of its driver: `536.99` */
  driverVersion?: string;
  /** problem code of the Device Manager and its CM_PROB_* name */
  problem?: Ref & { code: number; name?: string };
}

/** An error of an NVSwitch; only boards with several GPUs have one. */
export interface SxidEvent extends Ref {
  sxid: number;
  fatal: boolean;
  message: string;
  count: number;
}

/** One guest, or a bare-metal machine with the same driver. */
export interface Guest {
  name: string;
  os?: Sourced<'linux' | 'freebsd' | 'windows'>;
  kernel?: Sourced<string>;
  /** bhyve, kvm, vmware, xen, hyper-v ...; what firmware tables (DMI) say */
  dmi?: Sourced<string>;
  /** what the kernel detected from CPUID */
  hypervisorDetected?: Sourced<string>;
  /** true: DMI names bhyve, or the host side of the same input configures it; false: another machine or hypervisor */
  isBhyve?: boolean;
  commandLine?: Sourced<string>;
  secureBoot?: Sourced<boolean>;
  physicalAddressBits?: Sourced<number>;
  gpus: GuestGpu[];
  /** a listing of the guest's PCI devices was read, so an absent GPU is a fact */
  pciListed?: Ref;
  driver: {
    /** version the kernel module reports */
    version?: Sourced<string>;
    flavour?: Sourced<'open' | 'proprietary'>;
    /** the nvidia module initialised */
    loaded?: Ref;
    /** the load banner, printed only after a device was probed */
    banner?: Ref;
    /** version of user-space libraries where it differs in the evidence */
    userspace?: Sourced<string>;
    nouveau?: Ref;
    /**
     * The last time the module was loaded in its log, where it then took a card: what earlier attempts of the same boot
     * said about loading and probing is over.
     */
    retried?: Ref;
    /** what DKMS keeps of the nvidia module; kernel is missing while it is only added */
    dkms?: Sourced<readonly { kernel?: string; state: string }[]>;
    /** the modules a whole list (lsmod) shows, so a missing one is not loaded */
    modules?: Sourced<readonly string[]>;
  };
  /** what switches message-signalled interrupts off, as written: `pci=nomsi`, `NVreg_EnableMSI=0`, `EnableMSI: 0` */
  msiOff?: Sourced<string>;
  /** only of a Windows guest */
  windows: WindowsDisplay[];
  sxids: SxidEvent[];
  rmInit: RmInitFailure[];
  xids: XidEvent[];
  smi: { gpus: SmiGpu[]; listed?: Ref };
  /** the guest kernel printed anything: it boots */
  booted?: Ref;
  interruptCount?: Sourced<number>;
  contradictions: Contradiction[];
}
