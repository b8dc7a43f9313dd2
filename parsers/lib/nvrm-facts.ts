/** The facts that nvrm.ts reads from the NVIDIA driver's kernel lines. */
import type { Located } from '../../src/model/source.ts';

export type NvidiaFlavour = 'open' | 'proprietary';

/** `count` says how often the same thing was printed; `line` is where it was printed first. */
export interface Counted extends Located {
  count: number;
  /** the message without log prefixes, at most 500 characters */
  text: string;
}

export interface NvidiaBanner {
  version: string;
  flavour: NvidiaFlavour;
  /** as the driver names it: x86_64, aarch64, x86 */
  arch?: string;
}

export interface NvrmBanner extends NvidiaBanner, Counted {}

/** A module coming or going. `nvidia` speaks through the lines of its NVLink core. */
export interface NvrmModuleEvent extends Located {
  module: 'nvidia' | 'nvidia-modeset' | 'nvidia-drm' | 'nvidia-uvm';
  event: 'load' | 'unload';
  bdf?: string;
}

/** `RmInitAdapter failed! (stage:status:sourceLine)`; osinit.c */
export interface NvrmInitFailure extends Located {
  bdf?: string;
  /** `0x24` */
  stage: string;
  /** NV_STATUS, `0x72` */
  status: string;
  /** line of the driver's source, a hint for "same place as last time" */
  sourceLine: number;
  /** `RmInitAdapter failed! (0x24:0x72:1589)` */
  raw: string;
  count: number;
  lastLine: number;
}

/** `rm_init_adapter failed, device minor number 0`, the echo of each failed open */
export interface NvrmOpenFailure extends Counted {
  bdf?: string;
  minor: number;
}

export interface NvrmXidEvent extends Counted {
  pid?: number;
  process?: string;
  /** MIG: GPU instance and compute instance */
  gpuInstance?: number;
  computeInstance?: number;
  message: string;
  /** thread or CPU of the printing kernel, when the log tells */
  thread?: string;
}

/** All Xids of one number on one GPU. */
export interface NvrmXid extends Located {
  bdf?: string;
  xid: number;
  count: number;
  lastLine: number;
  /** the first different ones, at most 20 */
  events: NvrmXidEvent[];
}

/** An NVSwitch error. */
export interface NvrmSxid extends Counted {
  bdf?: string;
  sxid: number;
  severity: string;
  link?: number;
  message: string;
}

/** `BAR1 is 0M @ 0x0 (PCI:0000:00:06.0)` */
export interface NvrmInvalidBar extends Counted {
  bdf?: string;
  bar: number;
  /** bytes */
  size: number;
  address: string;
  /** the driver said that the BAR lies above 4 GB and that it cannot use it there */
  above4G?: true;
}

export interface NvrmRegionConflict extends Counted {
  /** bytes */
  size: number;
  address: string;
}

export interface NvrmGpu extends Located {
  bdf?: string;
  uuid?: string;
  serial?: string;
}

export interface NvrmApiMismatch extends Counted {
  client: string;
  kernel: string;
}

export interface NvrmLegacyGpu extends Counted {
  /** marketing name, when the driver prints it */
  name?: string;
  bdf?: string;
  /** `580.xx` */
  branch?: string;
  driverVersion?: string;
}

export type NvrmRefusalReason =
  | 'open-module-without-gsp'
  | 'open-module-required'
  | 'vgpu-on-open-module'
  | 'release-without-support'
  | 'fallen-off-bus';

/** The driver looked at a GPU and would not have it. */
export interface NvrmRefusal extends Counted {
  reason: NvrmRefusalReason;
  bdf?: string;
  pciId?: string;
  driverVersion?: string;
}

export interface NvrmProbeFailure extends Counted {
  bdf: string;
  driver: string;
  /** negative errno */
  error: number;
}

export type NvrmProbeOutcome = 'failed' | 'not-called' | 'none-initialised' | 'none-probed' | 'none-found';

export interface NvrmProbeSummary extends Counted {
  outcome: NvrmProbeOutcome;
  devices?: number;
}

export type NvrmInterruptProblem =
  'no-irq' | 'msi-failed' | 'msix-failed' | 'none-available' | 'irq-taken' | 'request-failed' | 'unhandled';

export interface NvrmInterrupt extends Counted {
  problem: NvrmInterruptProblem;
  bdf?: string;
  irq?: number;
  /** negative errno of request_irq() */
  error?: number;
}

/** `GPU 0000:00:06.0 is already bound to vfio-pci.` */
export interface NvrmOwner extends Counted {
  bdf: string;
  driver: string;
}

/** What the CPU waited for when the GSP did not answer. */
export interface NvrmRpcTimeout extends Counted {
  functionNumber?: number;
  functionName?: string;
  /** `GPU0` or `GSP0`, as printed */
  instance?: string;
  seconds?: number;
}

/** An NV_STATUS that an assertion named. */
export interface NvrmStatus extends Located {
  /** `NV_ERR_GPU_IS_LOST` */
  name: string;
  /** `0x0000000f` */
  code: string;
  /** as the driver pairs them: `NV_ERR_GPU_IS_LOST (0x0000000F)` */
  text: string;
  count: number;
}

export interface NvrmDrmMessage extends Counted {
  error: boolean;
  bdf?: string;
}

export interface NvrmFacts {
  /** `NVRM: loading ...`: printed only after a device was probed */
  banners: NvrmBanner[];
  modesetBanners: NvrmBanner[];
  moduleEvents: NvrmModuleEvent[];
  probeFailures: NvrmProbeFailure[];
  probeSummaries: NvrmProbeSummary[];
  refusals: NvrmRefusal[];
  legacyGpus: NvrmLegacyGpu[];
  owners: NvrmOwner[];
  invalidBars: NvrmInvalidBar[];
  regionConflicts: NvrmRegionConflict[];
  interruptProblems: NvrmInterrupt[];
  initFailures: NvrmInitFailure[];
  openFailures: NvrmOpenFailure[];
  rpcTimeouts: NvrmRpcTimeout[];
  statuses: NvrmStatus[];
  xids: NvrmXid[];
  sxids: NvrmSxid[];
  gpus: NvrmGpu[];
  apiMismatches: NvrmApiMismatch[];
  drm: NvrmDrmMessage[];
  /** whatever else the driver said, different texts only */
  messages: Counted[];
}
