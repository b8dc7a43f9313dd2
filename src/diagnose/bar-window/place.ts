import { GiB, guestRam, hex, KiB, MiB, powerOfTwo, roundUp } from './arithmetic.ts';
import type {
  BarId,
  BarRequest,
  BusWindows,
  GuestDevice,
  Machine,
  Outcome,
  PlacedBar,
  Placement,
  Range,
  Vintage,
  Window,
} from './model.ts';
import {
  SLACK_32,
  SLACK_IO,
  type Span,
  type VintageRules,
  VINTAGES,
  WINDOW_32,
  WINDOW_IO,
  windowFor,
} from './vintages.ts';

/** A window while it is handed out, from the bottom up; gaps are never used again. */
interface Arena {
  next: number;
  readonly limit: number;
}

/** What is left of each window; the 64-bit one is undefined when its place is not known. */
interface Arenas {
  readonly io: Arena;
  readonly '32': Arena;
  readonly '64': Arena | undefined;
}

/** A BAR while it is worked on. */
interface Entry {
  readonly device: GuestDevice;
  readonly request: BarRequest;
  /** rounded */
  readonly size: number;
  /** the one it has to go to */
  readonly window: Window;
  outcome: Outcome;
  address?: number;
  identity?: true;
}

/** One start of bhyve. */
interface Run {
  readonly rules: VintageRules;
  readonly arenas: Arenas;
  /** bytes of ROM_SEGMENT taken */
  romUsed: number;
}

const PAGE = 4 * KiB;

/** all ROM files together */
const ROM_SEGMENT = 256 * MiB;

/** smallest BAR bhyve makes of each kind */
const MINIMUM_SIZE: Readonly<Record<BarRequest['kind'], number>> = { io: 4, mem32: 16, mem64: 16, rom: 2 * KiB };

/** devices that stop bhyve when a BAR fails and the failure reaches them; other emulated devices ignore it */
const STOPPING_MODELS: ReadonlySet<string> = new Set(['passthru', 'fbuf', 'nvme']);

/**
 * Where bhyve places every BAR of a guest, or at which BAR it gives up. Follows `init_pci`, `pci_emul_alloc_bar` and
 * `pci_emul_assign_bar` (usr.sbin/bhyve/pci_emul.c) and the BAR loop of pci_passthru.c, in four vintages.
 */
export function placeBars(machine: Machine): Placement {
  const rules = VINTAGES[machine.vintage];
  const span64 = rules.window64(machine);
  const arenas: Arenas = { io: arena(WINDOW_IO), '32': arena(WINDOW_32), '64': span64 && arena(span64) };
  const run: Run = { rules, arenas, romUsed: 0 };
  const entries = machine.devices.toSorted(byAddress).flatMap((device) => entriesOf(device, machine.vintage));
  const buses = [...new Set(machine.devices.map(({ bus }) => bus))].sort((a, b) => a - b);
  const busWindows: BusWindows[] = [];
  let failed: Entry | undefined;
  for (const bus of buses) {
    const start = pointers(arenas);
    const onBus = entries.filter(({ device }) => device.bus === bus);
    failed = settleBus(run, onBus);
    if (failed !== undefined) break;
    leaveBus(run);
    busWindows.push(...windowsOf(bus, start, pointers(arenas)));
  }
  const initOk = startsUp(run, entries, failed);
  return {
    ...(span64 === undefined ? {} : { window64: range(span64.base, span64.limit) }),
    window32: range(WINDOW_32.base, WINDOW_32.limit),
    placed: entries.map((entry) => toPlacedBar(entry, machine.guestMemoryBytes)),
    ...(initOk === undefined ? {} : { initOk }),
    ...(failed === undefined ? {} : { initFailedAt: toBarId(failed) }),
    busWindows: initOk === true ? busWindows : [],
    overlapsGuestRam: entries.some((entry) => isOverRam(entry, machine.guestMemoryBytes)),
  };
}

/** Returns the BAR at which bhyve stops, if it does. */
function settleBus(run: Run, onBus: readonly Entry[]): Entry | undefined {
  for (const entry of onBus) {
    entry.outcome = initialise(run, entry);
    if (stopsBhyve(entry)) return entry;
  }
  if (run.rules.order === 'largest-first') {
    // Stable, as bhyve's insertion is: of equals the one found first stays first.
    for (const entry of onBus.toSorted((a, b) => b.size - a.size)) {
      if (entry.request.kind !== 'rom') entry.outcome = assign(run, entry);
    }
  }
  return undefined;
}

/** What becomes of a BAR when its device is initialised. */
function initialise(run: Run, entry: Entry): Outcome {
  if (isUnaligned(entry)) return 'unaligned';
  if (entry.request.kind !== 'rom') return run.rules.order === 'as-found' ? assign(run, entry) : 'not-reached';
  if (!run.rules.rom) return 'unknown';
  if (run.romUsed + entry.size > ROM_SEGMENT) return 'rom-full';
  run.romUsed += entry.size;
  return 'rom';
}

/** Gives a BAR its address. */
function assign({ rules, arenas }: Run, entry: Entry): Outcome {
  const { device, size, window } = entry;
  const from = arenas[window];
  if (from === undefined) return 'unknown';
  if (rules.identity4g && device.model === 'passthru' && window === '64' && size === 4 * GiB) {
    return assignIdentity(entry, from.limit);
  }
  const address = roundUp(from.next, size);
  // Asked this way round, a size that is no finite number finds no room.
  if (!(address + size <= from.limit)) return 'no-room';
  from.next = address + size;
  entry.address = address;
  return 'placed';
}

/** 12.x: the guest address is the host's, unless the BAR ends above the limit of the window. */
function assignIdentity(entry: Entry, limit: number): Outcome {
  const address = hostBase(entry);
  if (address === undefined) return 'unknown';
  if (address + entry.size > limit) return 'no-room';
  entry.address = address;
  entry.identity = true;
  return 'placed';
}

/** The pointers move on after each configured bus. Whether they pass the limit is not checked, here as there. */
function leaveBus({ rules, arenas }: Run): void {
  skip(arenas.io, SLACK_IO);
  skip(arenas['32'], SLACK_32);
  if (arenas['64'] !== undefined) skip(arenas['64'], rules.slack64);
}

function startsUp({ rules }: Run, entries: readonly Entry[], failed: Entry | undefined): boolean | undefined {
  if (failed !== undefined) return false;
  const undecided = entries.some(({ outcome, request }) => outcome === 'unknown' && request.kind !== 'rom');
  return undecided && rules.order === 'as-found' ? undefined : true;
}

function entriesOf(device: GuestDevice, vintage: Vintage): Entry[] {
  const bars = device.model === 'passthru' ? device.bars.toSorted((a, b) => a.index - b.index) : device.bars;
  return bars.map((request) => {
    const size = roundedSize(request);
    return { device, request, size, window: windowFor(vintage, request.kind, size), outcome: 'not-reached' };
  });
}

/** For a ROM the next power of two strictly above the size of the file, as files are given in whole bytes. */
const roundedSize = ({ kind, size }: BarRequest): number =>
  powerOfTwo(kind === 'rom' ? size + 1 : size, MINIMUM_SIZE[kind]);

/** Read in 12.x, 13.0 and 13.1+; assumed of main-2025. */
function isUnaligned(entry: Entry): boolean {
  const { device, request } = entry;
  if (device.model !== 'passthru' || (request.kind !== 'mem32' && request.kind !== 'mem64')) return false;
  return request.size % PAGE !== 0 || (hostBase(entry) ?? 0) % PAGE !== 0;
}

function hostBase({ request }: Entry): number | undefined {
  const address = Number(request.hostAddress);
  return Number.isNaN(address) ? undefined : address;
}

/** Where failures are not looked at, `no-room` arises only after this has been asked. */
const stopsBhyve = ({ device, outcome }: Entry): boolean =>
  outcome === 'unaligned' || outcome === 'rom-full' || (outcome === 'no-room' && STOPPING_MODELS.has(device.model));

function isOverRam({ request, address, size }: Entry, guestMemoryBytes: number): boolean {
  if (address === undefined || request.kind === 'io') return false;
  const { low, high } = guestRam(guestMemoryBytes);
  return address < low || (address < 4 * GiB + high && address + size > 4 * GiB);
}

const arena = ({ base, limit }: Span): Arena => ({ next: base, limit });

type Pointers = Readonly<{ io: number; '32': number; '64': number | undefined }>;

const pointers = (arenas: Arenas): Pointers => ({
  io: arenas.io.next,
  '32': arenas['32'].next,
  '64': arenas['64']?.next,
});

/** One entry, or none when the place of the 64-bit window is not known. */
function windowsOf(bus: number, from: Pointers, to: Pointers): BusWindows[] {
  if (from['64'] === undefined || to['64'] === undefined) return [];
  const [io, mem32, mem64] = [range(from.io, to.io), range(from['32'], to['32']), range(from['64'], to['64'])];
  return [{ bus, io, mem32, mem64 }];
}

function skip(arena: Arena, slack: number): void {
  arena.next = roundUp(arena.next + slack, slack);
}

const range = (base: number, limit: number): Range => ({ base: hex(base), size: limit - base });

const byAddress = (a: GuestDevice, b: GuestDevice): number =>
  a.bus - b.bus || a.slot - b.slot || a.function - b.function;

const toBarId = ({ device, request }: Entry): BarId => ({
  bus: device.bus,
  slot: device.slot,
  function: device.function,
  index: request.index,
});

function toPlacedBar(entry: Entry, guestMemoryBytes: number): PlacedBar {
  const { request, size, address, window, outcome, identity } = entry;
  return {
    ...toBarId(entry),
    kind: request.kind,
    size,
    address: address === undefined ? null : hex(address),
    window: address === undefined ? 'none' : window,
    outcome,
    ...(identity === undefined ? {} : { identity }),
    ...(isOverRam(entry, guestMemoryBytes) ? { overlapsGuestRam: true } : {}),
  };
}
