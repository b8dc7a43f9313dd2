import type { PciconfBar, PciconfDevice, PciconfFacts } from '../../../parsers/host/pciconf.ts';
import type { VmPassthruFacts } from '../../../parsers/host/vm-passthru.ts';
import type { HostBar, HostFunction, HostGpu } from '../../model/host.ts';
import { parseBhyveBdf } from '../../model/bdf.ts';
import { at, sourced } from '../../model/source.ts';
import type { Tables } from '../../model/tables.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';

const DISPLAY_CLASS = '03';
const BRIDGE_CLASS = '06';

/**
 * The host's PCI functions. pciconf is believed before `vm passthru`, and a later listing of the same function before
 * an earlier one, except that a listing which shows ppt wins: people paste the state before and after a reboot.
 */
export function hostFunctions(reading: Reading): { functions: HostFunction[]; complete: boolean } {
  const byBdf = new Map<string, HostFunction>();
  const put = (fn: HostFunction): void => {
    const known = byBdf.get(`${fn.domain} ${fn.bdf}`);
    if (known === undefined || (known.via === fn.via && known.driver !== 'ppt'))
      byBdf.set(`${fn.domain} ${fn.bdf}`, fn);
  };
  for (const { facts, artifact } of reading.of<PciconfFacts>('pciconf')) {
    if (artifact.side === 'guest') continue;
    const capabilitiesShown = facts.devices.some(({ capabilities }) => capabilities.length > 0);
    const barsShown = facts.devices.some(({ bars }) => bars.length > 0);
    for (const device of facts.devices) put(fromPciconf(device, barsShown, capabilitiesShown));
  }
  for (const { facts } of reading.of<VmPassthruFacts>('vm-passthru')) {
    for (const row of facts.devices) {
      const place = parseBhyveBdf(row.bdf);
      if (place === undefined) continue;
      const name = row.description ?? undefined;
      put({
        ...at(row),
        bdf: row.bdf,
        domain: 0,
        ...place,
        selector: `pci0:${place.bus}:${place.slot}:${place.function}`,
        driver: row.driver,
        unit: row.unitName,
        ...(name !== undefined && { name }),
        bars: [],
        barsShown: false,
        capabilitiesShown: false,
        capabilityCount: 0,
        isBridge: /^(?:pcib|hostb|isab)$/.test(row.driver ?? ''),
        via: 'vm-passthru',
      });
    }
  }
  const functions = [...byBdf.values()].sort(
    (a, b) => a.domain - b.domain || a.bus - b.bus || a.slot - b.slot || a.function - b.function,
  );
  return { functions, complete: functions.some(({ domain, bdf }) => domain === 0 && bdf === '0/0/0') };
}

function fromPciconf(device: Located<PciconfDevice>, barsShown: boolean, capabilitiesShown: boolean): HostFunction {
  const subsystem =
    device.subvendor === undefined || device.subdevice === undefined
      ? undefined
      : `${device.subvendor.slice(2)}:${device.subdevice.slice(2)}`;
  const classCode = device.class?.slice(2);
  return {
    ...at(device),
    bdf: device.bdf ?? `${device.bus}/${device.slot}/${device.function}`,
    domain: device.domain,
    bus: device.bus,
    slot: device.slot,
    function: device.function,
    selector: device.selector,
    driver: device.driver,
    unit: device.unitName,
    ...(device.pciId !== undefined && { pciId: device.pciId }),
    ...(subsystem !== undefined && { subsystemId: subsystem }),
    ...(classCode !== undefined && { classCode }),
    ...(device.vendorName !== undefined && { vendorName: device.vendorName }),
    ...(device.deviceName !== undefined && { name: device.deviceName }),
    bars: device.bars.flatMap(fromBar),
    barsShown,
    capabilitiesShown,
    capabilityCount: device.capabilities.length,
    ...(device.msi && { msi: sourced(device.msi.text, device.msi) }),
    ...(device.msix && { msix: sourced(device.msix.text, device.msix) }),
    ...(device.flr !== undefined && { flr: device.flr }),
    ...(device.power && { powerState: device.power.current }),
    isBridge: classCode?.startsWith(BRIDGE_CLASS) === true,
    via: 'pciconf',
  };
}

function fromBar(bar: Located<PciconfBar>): HostBar[] {
  if (bar.index === undefined) return [];
  return [
    {
      ...at(bar),
      index: bar.index,
      kind: bar.type === 'I/O Port' ? 'io' : 'mem',
      prefetchable: bar.type.startsWith('Prefetchable'),
      bits: bar.range === 64 ? 64 : 32,
      sizeBytes: bar.size,
      // An I/O BAR at 0 exists on some platforms; a memory BAR at 0 was never placed.
      ...(bar.base !== '0' && { base: bar.base }),
      decoding: bar.state === 'enabled',
    },
  ];
}

/** Graphics cards: display functions with the other functions of their slot. Bridges of a card are not its functions. */
export function hostGpus(functions: readonly HostFunction[], tables: Tables): HostGpu[] {
  return functions
    .filter((fn) => isDisplay(fn))
    .map((display) => {
      const pciId = display.pciId ?? idByName(display.name, tables);
      return {
        display: pciId === undefined ? display : { ...display, pciId },
        siblings: functions.filter(
          (other) =>
            other !== display &&
            other.domain === display.domain &&
            other.bus === display.bus &&
            other.slot === display.slot &&
            // On bus 0 the functions of a slot belong to the chipset, not to a card.
            display.bus !== 0 &&
            !isDisplay(other) &&
            !other.isBridge,
        ),
      };
    });
}

function isDisplay(fn: HostFunction): boolean {
  if (fn.classCode !== undefined) return fn.classCode.startsWith(DISPLAY_CLASS);
  // `vm passthru` prints no class: vgapci claims display devices only; a reserved card is told by its name.
  return fn.driver === 'vgapci' || (fn.driver === 'ppt' && GPU_NAME.test(fn.name ?? ''));
}

const GPU_NAME =
  /\[(?:GeForce|Tesla|Quadro|NVIDIA|RTX|GRID|TITAN|Radeon|FirePro|UHD|HD|Iris|Arc)\b|^(?:G[A-Z]\d{3}|[A-Z]{2}\d{3}GL)/;

/** The id of a card whose listing shows only its name, when exactly one known card is called so. */
function idByName(name: string | undefined, tables: Tables): string | undefined {
  const product = /\[([^\]]{3,60})\]/.exec(name ?? '')?.[1]?.toLowerCase();
  if (product === undefined) return undefined;
  const same = [...tables.gpus.values()].filter((row) => row.name.toLowerCase() === product);
  return same.length === 1 ? same[0]!.pciId : undefined;
}
