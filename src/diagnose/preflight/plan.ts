import type { Host, HostFunction, PassthruEntry, Vm } from '../../model/host.ts';
import type { Ref } from '../../model/source.ts';
import type { Card } from './card.ts';

/** Where facts stand that are only planned. No artifact is called so. */
export const PLANNED: Ref = { artifact: '(planned)', line: 1 };

/** What somebody asks for; what is left out is taken from the VM of the evidence, or assumed. */
export interface Wishes {
  vm?: string;
  memoryBytes?: number;
  loader?: string;
  slot?: number;
}

export interface PlannedFunction {
  fn: HostFunction;
  /** undefined: vm-bhyve chooses it */
  slot?: number;
  function: number;
}

/** The VM as it is to be. */
export interface Plan {
  /** as the evidence describes it */
  vm?: Vm;
  name?: string;
  memoryBytes: number;
  memoryFrom: 'option' | 'vm' | 'assumed';
  loader: string;
  loaderFrom: 'option' | 'vm' | 'assumed';
  /** functions of the card and their places in the guest */
  layout: PlannedFunction[];
  /** the VM of the evidence passes the card as it should, so its entries stay as they are */
  asItIs: boolean;
  /** other devices that the VM of the evidence is given */
  others: PassthruEntry[];
  /** the same as a VM of the model */
  planned: Vm;
}

/** Enough for a Linux guest with a driver, and less than any host with such a card has. */
const ASSUMED_MEMORY = 8 * 2 ** 30;
const ASSUMED_LOADER = 'uefi';

/** vm-bhyve hands out slots from 4 upwards, one for each disk and network; 29 and above have fixed devices. */
export const DEFAULT_SLOT = 16;

/** Sources of a VM, the one that is edited to change it first. */
const SOURCES: readonly Vm['via'][] = ['vm-bhyve-conf', 'bhyve-config', 'bhyve-argv', 'vm-bhyve-log'];

/** The VM of that name, or the one VM that is given the card, or the only one there is. */
export function chooseVm(host: Host, name: string | undefined, card: Card | undefined): Vm | undefined {
  const sorted = [...host.vms].sort((a, b) => SOURCES.indexOf(a.via) - SOURCES.indexOf(b.via));
  if (name !== undefined) return sorted.find((vm) => vm.name === name);
  const passing = card === undefined ? [] : sorted.filter((vm) => entriesOf(vm, card).length > 0);
  const candidates = passing.length > 0 ? passing : sorted;
  return new Set(candidates.map((vm) => vm.name)).size === 1 ? candidates[0] : undefined;
}

export function makePlan(card: Card | undefined, vm: Vm | undefined, wishes: Wishes): Plan {
  const memoryBytes = wishes.memoryBytes ?? vm?.memoryBytes ?? ASSUMED_MEMORY;
  const loader = wishes.loader ?? vm?.loader ?? (vm?.uefi === false ? 'bhyveload' : ASSUMED_LOADER);
  const name = wishes.vm ?? vm?.name;
  const asItIs = card !== undefined && vm !== undefined && wishes.slot === undefined && passesRightly(vm, card);
  const layout = card === undefined ? [] : layoutOf(card, vm, wishes.slot, asItIs);
  const others = card === undefined ? [] : (vm?.passthru ?? []).filter((entry) => !isOf(card, entry));
  // Firmware of one's own may have an aperture of its own.
  const uefi = loader === 'uefi-custom' ? undefined : loader.startsWith('uefi');
  return {
    ...(vm !== undefined && { vm }),
    ...(name !== undefined && { name }),
    memoryBytes,
    memoryFrom: wishes.memoryBytes !== undefined ? 'option' : vm?.memoryBytes !== undefined ? 'vm' : 'assumed',
    loader,
    loaderFrom:
      wishes.loader !== undefined ? 'option' : vm?.loader !== undefined || vm?.uefi !== undefined ? 'vm' : 'assumed',
    layout,
    asItIs,
    others,
    planned: {
      ...PLANNED,
      via: 'vm-bhyve-conf',
      ...(name !== undefined && { name }),
      memoryBytes,
      loader,
      ...(uefi !== undefined && { uefi }),
      wired: true,
      passthru: [...layout.map(entryOf), ...others],
      slotConflicts: [],
    },
  };
}

/** Entries of a VM for any function of a card. */
export const entriesOf = (vm: Vm, card: Card): PassthruEntry[] => vm.passthru.filter((entry) => isOf(card, entry));

const isOf = ({ functions }: Card, { hostBdf, pptName }: PassthruEntry): boolean =>
  functions.some(({ bdf, unit }) => bdf === hostBdf || (pptName !== undefined && unit === pptName));

const entryOf = ({ fn, slot, function: guestFunction }: PlannedFunction): PassthruEntry => ({
  ...PLANNED,
  raw: fn.bdf,
  hostBdf: fn.bdf,
  ...(slot !== undefined && { guestBus: 0, guestSlot: slot, guestFunction }),
});

/** A system looks for functions 1 to 7 only where there is a function 0; drivers want the numbers of the host. */
function functionNumbers({ functions }: Card): number[] {
  return functions[0]!.function === 0 ? functions.map((fn) => fn.function) : functions.map((_fn, i) => i);
}

function layoutOf(card: Card, vm: Vm | undefined, wanted: number | undefined, asItIs: boolean): PlannedFunction[] {
  const present = vm?.passthru.find(
    ({ hostBdf, guestBus }) => hostBdf === card.gpu.display.bdf && (guestBus ?? 0) === 0,
  );
  const slot = wanted ?? present?.guestSlot ?? (asItIs ? undefined : DEFAULT_SLOT);
  const numbers = functionNumbers(card);
  return card.functions.map((fn, i) => ({ fn, ...(slot !== undefined && { slot }), function: numbers[i]! }));
}

/**
 * Whether a vm-bhyve configuration gives the guest every function of the card, in one slot and under the right numbers.
 * Without slots vm-bhyve counts functions of one bus up from 0 in the order of the lines (lib/vm-run).
 */
function passesRightly(vm: Vm, card: Card): boolean {
  const entries = entriesOf(vm, card);
  if (
    vm.via !== 'vm-bhyve-conf' ||
    entries.length !== card.functions.length ||
    entries.some(({ problem }) => problem !== undefined)
  )
    return false;
  const numbers = functionNumbers(card);
  const [first] = entries;
  if (entries.every(({ guestSlot }) => guestSlot === undefined)) {
    const start = vm.passthru.indexOf(first!);
    const before = vm.passthru[start - 1]?.hostBdf?.split('/')[0];
    return (
      before !== String(card.gpu.display.bus) &&
      card.functions.every(({ bdf }, i) => vm.passthru[start + i]?.hostBdf === bdf && numbers[i] === i)
    );
  }
  return card.functions.every(({ bdf }, i) => {
    const entry = entries.find(({ hostBdf }) => hostBdf === bdf);
    return entry?.guestSlot === first!.guestSlot && (entry?.guestBus ?? 0) === 0 && entry?.guestFunction === numbers[i];
  });
}
