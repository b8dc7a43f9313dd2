/** Rows of `matrix-data/tables/*.csv`, read once by the matrix loader and handed to rules as plain data. */
import type { FindingKind } from './finding.ts';
import type { Stage } from './stage.ts';

/** NVIDIA's architectures, oldest first. */
export const ARCHITECTURES = [
  'Celsius',
  'Rankine',
  'Curie',
  'Tesla',
  'Fermi',
  'Kepler',
  'Maxwell',
  'Pascal',
  'Volta',
  'Turing',
  'Ampere',
  'Ada',
  'Hopper',
  'Blackwell',
] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

export interface GpuRow {
  /** `10de:1bb3` */
  pciId: string;
  name: string;
  /** NVIDIA: one of Architecture; other vendors: their own word; empty when not known */
  architecture: string;
  chip: string;
  /** first and last driver branch that serves it (`470`, `<=535`, `current`), empty when not known */
  firstBranch: string;
  lastBranch: string;
  openModule: 'supported' | 'unsupported' | 'required' | '';
  /** typical BAR1 in bytes; undefined when not known */
  bar1Bytes?: number;
  /** true when bar1Bytes follows from a family rule and was not seen */
  bar1Derived: boolean;
  notes: string;
}

export interface XidRow {
  xid: number;
  /** NVIDIA's symbol */
  symbol: string;
  title: string;
  meaning: string;
  action: string;
  severity: 'info' | 'warning' | 'error' | 'fatal';
}

/** One part of an `RmInitAdapter failed! (stage:status:line)` triple. */
export interface RmInitRow {
  part: 'stage' | 'status';
  /** `0x31` */
  code: string;
  symbol: string;
  meaning: string;
  /** driver branches the row holds for, when the code changed its meaning: `515-555`, `560+` */
  branches: string;
}

export interface PatchRow {
  id: string;
  title: string;
  /** what it changes: bhyve | vmm | firmware | vm-bhyve | kernel */
  component: string;
  change: string;
  /** release since which it is in base; empty when not established */
  inBaseSince: string;
  status: string;
  url: string;
}

export interface ReleaseRow {
  release: string;
  date: string;
  endOfLife: string;
  notes: string;
}

export interface BranchRow {
  branch: string;
  architecturesFrom: string;
  architecturesTo: string;
  kind: string;
  notes: string;
}

export interface ObservedBarsRow {
  pciId: string;
  name: string;
  /** how many reports showed the card */
  reports: number;
  /** in how many of them ppt held it, MSI, MSI-X and function-level reset were offered */
  pptBound: number;
  msi: number;
  msix: number;
  flr: number;
  /** PCI classes as counted: `030200x1` */
  classes: string;
  /** per register offset (`14`): size in bytes and how many reports showed it, most frequent first */
  bars: Record<string, { size: number; reports: number }[]>;
}

/** What a finding code means, for people who read or write observations. */
export interface FindingCodeRow {
  code: string;
  stage: Stage;
  kind: FindingKind;
  meaning: string;
}

export interface Tables {
  gpus: ReadonlyMap<string, GpuRow>;
  xids: ReadonlyMap<number, XidRow>;
  rmInit: readonly RmInitRow[];
  patches: readonly PatchRow[];
  releases: readonly ReleaseRow[];
  branches: readonly BranchRow[];
  observedBars: ReadonlyMap<string, ObservedBarsRow>;
  findingCodes: ReadonlyMap<string, FindingCodeRow>;
}
