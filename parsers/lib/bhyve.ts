import { bhyveBdf, linuxBdf } from '../../src/model/bdf.ts';
import { parseSize } from '../../src/model/size.ts';
import type { Located } from '../../src/model/source.ts';
import { isYes } from './conf.ts';
import { dictionary } from './records.ts';

/**
 * One model of a bhyve virtual machine, whether it was read from a command line (bhyve(8)), from a configuration file
 * (bhyve_config(5)) or from a manager's log. bhyve itself turns every option into a configuration variable.
 */

/** A device of the guest's PCI bus. */
export interface PciSlot extends Located {
  /** as written: `7`, `6:0`, `0:6:0`, `pci.0.6.0` */
  slot: string;
  /** dddd:bb:ss.f in the guest; undefined when the slot is no valid address */
  guestBdf?: string;
  /** emulation: `hostbridge`, `virtio-blk`, `passthru`, … */
  device: string;
  /** the emulation's own options as written */
  config?: string;
}

/** How the host device was named. `path` is the illumos form `/dev/ppt0`. */
export type SelectorForm = 'bus/slot/function' | 'pci' | 'ppt' | 'path';

export interface PassthruDevice extends Located {
  slot?: string;
  guestBdf?: string;
  /** the host device as written: `1/0/0`, `pci0:1:0:0`, `ppt2` */
  selector: string;
  form?: SelectorForm;
  /** decimal bus/slot/function on the host */
  hostBdf?: string;
  /** name of the ppt device, when named so */
  pptdev?: string;
  /** option ROM file */
  rom?: string;
  /** all options as written, `rom=…,bootindex=1` */
  options?: string;
  /** why bhyve does not accept it, or takes another device than meant */
  problem?: string;
}

export interface BhyveVm {
  name?: string;
  vcpus?: number;
  sockets?: number;
  cores?: number;
  threads?: number;
  /** guest memory in bytes */
  memory?: number;
  /** guest memory as written */
  memoryText?: string;
  /** guest memory is wired (-S); undefined when the source does not say */
  wired?: boolean;
  bootrom?: string;
  bootvars?: string;
  uuid?: string;
  /** accesses to unknown MSRs are ignored (-w) */
  ignoreUnknownMsr?: boolean;
  slots: PciSlot[];
  passthru: PassthruDevice[];
}

/** A configuration variable of bhyve_config(5). */
export interface ConfigVariable extends Located {
  name: string;
  value: string;
}

/**
 * Bytes of a memory size as bhyve reads it (vm_parse_memsize): expand_number(3) suffixes; a bare number below 1 MiB
 * counts as MiB.
 */
export function guestMemory(text: string): number | undefined {
  const bare = /^\s*(\d{1,15})\s*$/.exec(text);
  if (bare) return Number(bare[1]) < 2 ** 20 ? Number(bare[1]) * 2 ** 20 : Number(bare[1]);
  return parseSize(text);
}

/** `7`, `6:0` (slot:function), `0:6:0` (bus:slot:function) as the guest's address (pci_emul.c, pci_parse_slot) */
export function guestSlot(text: string): string | undefined {
  const match = /^(?:(\d{1,3}):(?=\d+:))?(\d{1,2})(?::(\d))?$/.exec(text.trim());
  if (!match) return undefined;
  const [bus, slot, fn] = [Number(match[1] ?? 0), Number(match[2]), Number(match[3] ?? 0)];
  return bus <= 255 && slot <= 31 && fn <= 7 ? linuxBdf(0, bus, slot, fn) : undefined;
}

const hostAddress = (bus: string, slot: string, fn: string): Pick<PassthruDevice, 'hostBdf' | 'problem'> => {
  const [b, s, f] = [Number(bus), Number(slot), Number(fn)];
  return b <= 255 && s <= 31 && f <= 255 ? { hostBdf: bhyveBdf(b, s, f) } : { problem: 'no such PCI address' };
};

/**
 * The host device of a passthru option, as passthru_legacy_config of pci_passthru.c tells the forms apart. Releases
 * before 14 know bus/slot/function only.
 */
function passthruSelector(text: string): Pick<PassthruDevice, 'form' | 'hostBdf' | 'pptdev' | 'problem'> {
  const selector = text.trim();
  if (/^ppt/.test(selector)) {
    return /^ppt\d{1,5}$/.test(selector)
      ? { form: 'ppt', pptdev: selector }
      : { form: 'ppt', problem: 'a ppt name ends in its unit number' };
  }
  if (selector.startsWith('/dev/ppt')) return { form: 'path', pptdev: selector.slice('/dev/'.length) };
  const slashes = /^(\d{1,5})\/(\d{1,5})\/(\d{1,5})(.*)$/.exec(selector);
  if (slashes) {
    const address = hostAddress(slashes[1]!, slashes[2]!, slashes[3]!);
    const tail = slashes[4]!;
    return {
      form: 'bus/slot/function',
      ...address,
      ...(tail === '' ? {} : { problem: `bhyve ignores what follows the address: "${tail.slice(0, 40)}"` }),
    };
  }
  const pci = /^pci(\d{1,5}):(\d{1,5}):(\d{1,5})(?::(\d{1,5}))?$/.exec(selector);
  if (pci?.[4] !== undefined) {
    const address = hostAddress(pci[2]!, pci[3]!, pci[4]);
    return pci[1] === '0' ? { form: 'pci', ...address } : { form: 'pci', problem: 'only PCI domain 0 can be passed' };
  }
  if (pci) return { form: 'pci', ...hostAddress(pci[1]!, pci[2]!, pci[3]!) };
  return { problem: 'not of the form bus/slot/function in decimal digits, pci0:bus:slot:function or pptN' };
}

/** Value of `key` in `a=1,key=value,b`; options are separated by commas */
function option(options: string, key: string): string | undefined {
  return options
    .split(',')
    .find((part) => part.startsWith(`${key}=`))
    ?.slice(key.length + 1);
}

/** `1/0/0,rom=/path,bootindex=1` behind `-s SLOT,passthru,` or in a manager's configuration */
export function passthruDevice(text: string, line: number, slot?: string): PassthruDevice {
  const comma = text.indexOf(',');
  const selector = (comma < 0 ? text : text.slice(0, comma)).trim();
  const device: PassthruDevice = { line, selector, ...passthruSelector(selector) };
  if (slot !== undefined) {
    device.slot = slot;
    const guestBdf = guestSlot(slot);
    if (guestBdf !== undefined) device.guestBdf = guestBdf;
  }
  if (comma >= 0) {
    device.options = text.slice(comma + 1).trim();
    const rom = option(device.options, 'rom');
    if (rom !== undefined) device.rom = rom;
  }
  return device;
}

/** `-s SLOT,EMULATION[,OPTIONS]` */
export function pciSlot(text: string, line: number): PciSlot | undefined {
  const match = /^\s*([^,\s]{1,20})\s*,\s*([\w-]{1,40})(?:,(.*))?$/s.exec(text);
  if (!match) return undefined;
  const slot: PciSlot = { line, slot: match[1]!, device: match[2]! };
  const guestBdf = guestSlot(slot.slot);
  if (guestBdf !== undefined) slot.guestBdf = guestBdf;
  if (match[3] !== undefined) slot.config = match[3].slice(0, 400);
  return slot;
}

/** `4`, `cpus=4,sockets=1,cores=2,threads=2` of -c */
export function cpuTopology(text: string): Pick<BhyveVm, 'vcpus' | 'sockets' | 'cores' | 'threads'> {
  const topology: ReturnType<typeof cpuTopology> = {};
  for (const part of text.split(',')) {
    const match = /^\s*(?:(cpus|sockets|cores|threads)=)?(\d{1,5})\s*$/.exec(part);
    if (!match) continue;
    const key = match[1] === undefined || match[1] === 'cpus' ? 'vcpus' : (match[1] as 'sockets' | 'cores' | 'threads');
    topology[key] = Number(match[2]);
  }
  return topology;
}

/** Without a count of its own a machine has sockets x cores x threads CPUs (bhyverun.c, calc_topology). */
export function completeTopology(vm: BhyveVm): void {
  const { sockets, cores, threads } = vm;
  if (vm.vcpus !== undefined || (sockets ?? cores ?? threads) === undefined) return;
  vm.vcpus = (sockets ?? 1) * (cores ?? 1) * (threads ?? 1);
}

const MAX_EXPANSIONS = 8;

/** Replaces `%(name)` by the value of another variable and `%%` by `%`, as bhyve_config(5) says. */
function expand(value: string, variables: Record<string, ConfigVariable>): string {
  let count = 0;
  return value.replace(/%(?:%|\(([\w.]{1,100})\))/g, (whole, name: string | undefined) => {
    if (name === undefined) return '%';
    count += 1;
    return count <= MAX_EXPANSIONS ? (variables[name]?.value ?? whole) : whole;
  });
}

type Read = (vm: BhyveVm, value: string) => void;

const SCALARS: Record<string, Read> = {
  name: (vm, value) => (vm.name = value),
  cpus: (vm, value) => Object.assign(vm, cpuTopology(value)),
  sockets: (vm, value) => Object.assign(vm, cpuTopology(`sockets=${value}`)),
  cores: (vm, value) => Object.assign(vm, cpuTopology(`cores=${value}`)),
  threads: (vm, value) => Object.assign(vm, cpuTopology(`threads=${value}`)),
  'memory.size': (vm, value) => {
    vm.memoryText = value;
    vm.memory = guestMemory(value);
  },
  'memory.wired': (vm, value) => (vm.wired = isYes(value)),
  'lpc.bootrom': (vm, value) => (vm.bootrom = value),
  'lpc.bootvars': (vm, value) => (vm.bootvars = value),
  bootrom: (vm, value) => (vm.bootrom = value),
  bootvars: (vm, value) => (vm.bootvars = value),
  uuid: (vm, value) => (vm.uuid = value),
  'x86.strictmsr': (vm, value) => (vm.ignoreUnknownMsr = !isYes(value)),
};

const PCI_VARIABLE = /^pci\.(\d{1,3})\.(\d{1,2})\.(\d{1,2})\.([\w.-]+)$/;

/** Settings of passthru devices; every other variable of a device goes into its options. */
const ADDRESS_KEYS = ['device', 'bus', 'slot', 'func', 'pptdev', 'path'];

function configDevice(
  node: string,
  fields: Record<string, ConfigVariable>,
): { slot: PciSlot; passthru?: PassthruDevice } {
  const [bus, slotNumber, fn] = node.split('.').map(Number) as [number, number, number];
  const head = fields['device'] ?? Object.values(fields)[0]!;
  const slot: PciSlot = { line: head.line, slot: `pci.${node}`, device: fields['device']?.value ?? '' };
  const guestBdf = guestSlot(`${bus}:${slotNumber}:${fn}`);
  if (guestBdf !== undefined) slot.guestBdf = guestBdf;
  const options = Object.keys(fields)
    .filter((key) => !ADDRESS_KEYS.includes(key))
    .map((key) => `${key}=${fields[key]!.value}`)
    .join(',');
  if (slot.device !== 'passthru') {
    if (options !== '') slot.config = options.slice(0, 400);
    return { slot };
  }
  const named = fields['pptdev']?.value ?? fields['path']?.value;
  const address = ['bus', 'slot', 'func'].map((key) => fields[key]?.value);
  const selector = named ?? (address.every((part) => part !== undefined) ? address.join('/') : '');
  const passthru: PassthruDevice = {
    ...passthruDevice(selector, head.line),
    slot: slot.slot,
    ...(guestBdf === undefined ? {} : { guestBdf }),
  };
  if (selector === '') {
    passthru.problem = `missing ${['bus', 'slot', 'func'].filter((_, at) => address[at] === undefined).join(', ')}`;
  }
  if (options !== '') passthru.options = options;
  const rom = fields['rom']?.value;
  if (rom !== undefined) passthru.rom = rom;
  return { slot, passthru };
}

/** Puts configuration variables, in order of appearance, into a machine; later ones win over what is there. */
export function applyConfig(vm: BhyveVm, variables: readonly ConfigVariable[]): void {
  const byName = dictionary<ConfigVariable>();
  for (const variable of variables) byName[variable.name] = variable;
  const nodes = dictionary<Record<string, ConfigVariable>>();
  for (const variable of Object.values(byName)) {
    const expanded = { ...variable, value: expand(variable.value, byName) };
    const pci = PCI_VARIABLE.exec(variable.name);
    if (pci) {
      const node = `${Number(pci[1])}.${Number(pci[2])}.${Number(pci[3])}`;
      (nodes[node] ??= dictionary<ConfigVariable>())[pci[4]!] = expanded;
    } else if (Object.hasOwn(SCALARS, variable.name)) SCALARS[variable.name]!(vm, expanded.value);
  }
  for (const [node, fields] of Object.entries(nodes)) {
    const { slot, passthru } = configDevice(node, fields);
    const known = vm.slots.find((other) => other.guestBdf !== undefined && other.guestBdf === slot.guestBdf);
    // Without a device line the variables only refine a device that -s made.
    if (slot.device === '') {
      const device = vm.passthru.find((other) => other.guestBdf !== undefined && other.guestBdf === slot.guestBdf);
      if (device && fields['rom']) device.rom = fields['rom'].value;
      continue;
    }
    if (!known) vm.slots.push(slot);
    if (passthru) vm.passthru.push(passthru);
  }
}
