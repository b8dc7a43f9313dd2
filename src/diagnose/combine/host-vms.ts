import type { BhyveArgvFacts } from '../../../parsers/host/bhyve-argv.ts';
import type { BhyveConfigFacts } from '../../../parsers/host/bhyve-config.ts';
import type { VmBhyveConfFacts } from '../../../parsers/host/vm-bhyve-conf.ts';
import type { VmBhyveLogFacts } from '../../../parsers/host/vm-bhyve-log.ts';
import type { BhyveVm, PassthruDevice } from '../../../parsers/lib/bhyve.ts';
import type { PassthruEntry, Vm } from '../../model/host.ts';
import { at, type Ref } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';

/** Virtual machines as configuration files, command lines and vm-bhyve's log describe them; one entry per source. */
export function hostVms(reading: Reading): Vm[] {
  const vms: Vm[] = [];
  for (const { facts, artifact } of reading.of<VmBhyveConfFacts>('vm-bhyve-conf'))
    vms.push(fromConf(facts, artifact.path, artifact.firstLine));
  for (const { facts } of reading.of<BhyveArgvFacts>('bhyve-argv')) {
    for (const command of facts.commands) {
      if (command.program !== 'bhyveload' && command.program !== 'grub-bhyve')
        vms.push(fromBhyve(command, command, 'bhyve-argv'));
    }
  }
  for (const { facts, artifact } of reading.of<BhyveConfigFacts>('bhyve-config')) {
    vms.push(fromBhyve(facts.vm, { artifact: artifact.path, line: artifact.firstLine }, 'bhyve-config'));
  }
  for (const { facts } of reading.of<VmBhyveLogFacts>('vm-bhyve-log')) {
    // Judge the last attempt; the others stay in the facts. A restart does not log its options again.
    const last = facts.runs.findLast(({ command }) => command !== undefined);
    if (last?.command === undefined) continue;
    vms.push({
      ...fromBhyve(last.command, last, 'vm-bhyve-log'),
      ...(last.name !== undefined && { name: last.name }),
      ...(last.debug !== undefined && { debug: last.debug }),
      runs: facts.runs
        .filter(({ started }) => started)
        .map((run) => ({
          ...at(run.exit ? { ...run, line: run.exit.line } : run),
          ...(run.number !== undefined && { number: run.number }),
          ...(run.exitStatus !== undefined && { exitStatus: run.exitStatus }),
        })),
    });
  }
  return vms;
}

function fromConf(facts: Located<VmBhyveConfFacts>, artifact: string, firstLine: number): Vm {
  const first: Ref = facts.settings[0] ?? { artifact, line: firstLine };
  const entries = facts.passthru.filter(({ read }) => read);
  const options = facts.extraOptions;
  // vm-bhyve adds -S by itself as soon as a device is passed.
  const wired = entries.length > 0 || facts.wiredMemory === true || options.some((option) => option.wired === true);
  const wiredAt = facts.settings.find(({ name, active }) => name === 'wired_memory' && active) ?? entries[0];
  const name = /([^/]+)\.conf$/.exec(artifact)?.[1];
  return {
    ...at(first),
    via: 'vm-bhyve-conf',
    ...(name !== undefined && name !== 'vm' && { name }),
    ...(facts.memory !== undefined && { memoryBytes: facts.memory }),
    ...(facts.vcpus !== undefined && { cpus: facts.vcpus }),
    ...(facts.loader !== undefined && { loader: facts.loader, uefi: facts.loader.startsWith('uefi') }),
    wired,
    ...(wiredAt !== undefined && { wiredAt: at(wiredAt) }),
    passthru: [...entries, ...options.flatMap(({ passthru }) => passthru)].map(entryOf),
    slotConflicts: [],
    debug: facts.debug === true,
  };
}

function fromBhyve(vm: Located<BhyveVm>, ref: Ref, via: Vm['via']): Vm {
  return {
    ...at(ref),
    via,
    ...(vm.name !== undefined && { name: vm.name }),
    ...(vm.memory !== undefined && { memoryBytes: vm.memory }),
    ...(vm.vcpus !== undefined && { cpus: vm.vcpus }),
    ...(vm.bootrom !== undefined && { bootrom: vm.bootrom, uefi: true }),
    wired: vm.wired,
    wiredAt: at(ref),
    passthru: vm.passthru.map(entryOf),
    guestSlots: vm.slots.flatMap(({ guestBdf }) => placeOf(guestBdf) ?? []),
    slotConflicts: conflicts(vm),
  };
}

/** `bus:slot:function` in decimal, as bhyve's -s has it */
function placeOf(guestBdf: string | undefined): string | undefined {
  const place = /^[0-9a-f]{4}:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(guestBdf ?? '');
  return place === null ? undefined : `${Number.parseInt(place[1]!, 16)}:${Number.parseInt(place[2]!, 16)}:${place[3]}`;
}

function entryOf(entry: Located<PassthruDevice>): PassthruEntry {
  const slot = /^[0-9a-f]{4}:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/.exec(entry.guestBdf ?? '');
  return {
    ...at(entry),
    raw: entry.selector,
    ...(entry.hostBdf !== undefined && { hostBdf: entry.hostBdf }),
    ...(entry.pptdev !== undefined && { pptName: entry.pptdev }),
    ...(entry.problem !== undefined && { problem: entry.problem }),
    ...(slot !== null && {
      guestBus: Number.parseInt(slot[1]!, 16),
      guestSlot: Number.parseInt(slot[2]!, 16),
      guestFunction: Number(slot[3]),
    }),
    ...(entry.rom !== undefined && { rom: entry.rom }),
  };
}

/** Second and later devices on a slot:function that is taken. */
function conflicts(vm: Located<BhyveVm>): Ref[] {
  const taken = new Set<string>();
  const clashes: Ref[] = [];
  for (const slot of vm.slots) {
    if (slot.guestBdf === undefined) continue;
    if (taken.has(slot.guestBdf)) clashes.push(at(slot));
    taken.add(slot.guestBdf);
  }
  return clashes;
}
