/**
 * What Linux shows of a PCI device below `/sys/bus/pci/devices/<bdf>/`: listings (`ls -l`), values one a line
 * (`name = value`), greps (`path:value`) and dumps under `=== path ===` headings. Attributes are described in the kernel's
 * Documentation/ABI/testing/sysfs-bus-pci. `resource` has a line of start, end and flags for every BAR; the sizes of the
 * `resourceN` files are the BAR sizes.
 *
 * ```text
 * === /sys/bus/pci/devices/0000:00:07.0/ ===
 * lrwxrwxrwx 1 root root         0 Oct  1 08:01 driver -> ../../../bus/pci/drivers/nvidia
 * -rw------- 1 root root  16777216 Oct  1 08:02 resource0
 * vendor = 0x10de
 * device = 0x1b38
 * irq = 0
 * reset_method = flr
 * ```
 * ```json
 * { "devices": [{ "bdf": "0000:00:07.0", "line": 1, "pciId": "10de:1b38", "driver": "nvidia", "irq": 0,
 *   "resetMethods": ["flr"], "resources": [{ "index": 0, "size": 16777216, "line": 3 }],
 *   "attributes": { "irq": "0" } }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import { splitLines } from '../lib/lines.ts';
import { dictionary } from '../lib/records.ts';

export interface SysfsResource extends Located {
  /** 0 to 5; 6 is the expansion ROM */
  index: number;
  /** `0x800000000`; null when start and end are zero: unassigned; absent when only the size is known */
  start?: string | null;
  /** bytes */
  size?: number;
  flags?: string;
}

export interface SysfsDevice extends Located {
  bdf: string;
  pciId?: string;
  subsystemId?: string;
  /** `0x030200` */
  class?: string;
  driver?: string;
  driverOverride?: string;
  /** 0: no interrupt line */
  irq?: number;
  powerState?: string;
  resetMethods?: string[];
  iommuGroup?: number;
  resources: SysfsResource[];
  /** values as written, errors of cat left out */
  attributes: Record<string, string>;
}

export interface PciSysfsFacts {
  devices: SysfsDevice[];
}

/** Longer lines are none of this kind; cut, so that hostile ones cost nothing. */
const MAX_LINE = 4096;
const MAX_DEVICES = 128;
const MAX_ATTRIBUTES = 120;

const DEVICE_PATH = String.raw`(?:/sys/bus/pci/devices/|/sys/devices/pci[0-9a-f:]{4,12}/(?:[0-9a-f:.]{12}/){0,8})([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])`;
/** `cat: '/sys/...': Invalid argument` names the device but shows nothing of it. */
const SHELL_ERROR =
  /^(?:cat|ls|grep|head): |: (?:No such file or directory|Is a directory|Invalid argument|Permission denied)$/;
const PATH = new RegExp(DEVICE_PATH);
const PATH_VALUE = new RegExp(
  `${DEVICE_PATH}/([\\w./-]{1,80})(?::\\s{0,4}|\\s{1,40}=(?!=)\\s{0,4}|\\s{1,8}->\\s)(.*)$`,
);
const PATH_ATTRIBUTE = new RegExp(`${DEVICE_PATH}/([\\w-]{1,60})`);
const LISTED = /^[-dlcb][rwxsStT-]{9}[.+@]?\s+\d+\s+\S+\s+\S+\s+(\d+)\s+.{6,32}?\s(\S+)(?: -> (\S+))?$/;
const VALUE = /^([a-z][\w-]{1,50})\s{0,40}[=:]\s{0,4}(.*)$/;
const RESOURCE = /^0x([0-9a-f]{16}) 0x([0-9a-f]{16}) (0x[0-9a-f]{16})$/;

const device = (bdf: string, line: number): SysfsDevice => ({
  bdf,
  line,
  resources: [],
  attributes: dictionary<string>(),
});

function resource(target: SysfsDevice, index: number, line: number): SysfsResource | undefined {
  const known = target.resources.find((one) => one.index === index);
  if (known !== undefined || index > 6) return known;
  const made = { index, line };
  target.resources.push(made);
  return made;
}

function attribute(target: SysfsDevice, name: string, value: string): void {
  if (SHELL_ERROR.test(value) || Object.keys(target.attributes).length >= MAX_ATTRIBUTES) return;
  if (name === 'driver' || name === 'iommu_group') return link(target, name, value);
  target.attributes[name] = value.slice(0, 300);
}

function link(target: SysfsDevice, name: string, to: string): void {
  const last = to.trim().split('/').at(-1)!;
  if (name === 'driver' && /^[\w-]{1,60}$/.test(last)) target.driver = last;
  if (name === 'iommu_group' && /^\d{1,6}$/.test(last)) target.iommuGroup = Number(last);
}

/** A line of the `resource` file. */
function row(target: SysfsDevice, text: string, index: number, line: number): void {
  const match = RESOURCE.exec(text.trim());
  if (!match) return;
  const [start, end] = [BigInt(`0x${match[1]!}`), BigInt(`0x${match[2]!}`)];
  // a row of zeros is a BAR that does not exist; flags without addresses are one that has no place
  if (end === 0n && /^0x0+$/.test(match[3]!)) return;
  const made = resource(target, index, line);
  if (!made) return;
  made.flags = match[3]!;
  made.start = start === 0n ? null : `0x${start.toString(16)}`;
  if (end >= start && end !== 0n) made.size = Number(end - start + 1n);
}

function finish(target: SysfsDevice): void {
  const { attributes } = target;
  const hex = (name: string): string | undefined => /^0x([0-9a-f]{4})$/.exec(attributes[name] ?? '')?.[1];
  const [vendor, id, subVendor, sub] = [hex('vendor'), hex('device'), hex('subsystem_vendor'), hex('subsystem_device')];
  if (vendor !== undefined && id !== undefined) target.pciId = `${vendor}:${id}`;
  if (subVendor !== undefined && sub !== undefined) target.subsystemId = `${subVendor}:${sub}`;
  if (attributes['class'] !== undefined) target.class = attributes['class'];
  if (/^\d{1,7}$/.test(attributes['irq'] ?? '')) target.irq = Number(attributes['irq']);
  if (attributes['power_state'] !== undefined) target.powerState = attributes['power_state'];
  if (attributes['reset_method'] !== undefined)
    target.resetMethods = attributes['reset_method'].split(/\s+/).filter(Boolean);
  const override = attributes['driver_override'];
  if (override !== undefined && override !== '' && override !== '(null)') target.driverOverride = override;
}

export default defineParser<PciSysfsFacts>({
  kind: 'pci-sysfs',
  side: 'guest',
  title: 'PCI device attributes from sysfs',
  source: 'grep -r . /sys/bus/pci/devices/<bdf>/',
  markers: [
    new RegExp(`^\\s{0,8}(?:[=#>-]{2,6} ?)?(?:ls: )?${DEVICE_PATH}(?:/[\\w./-]{0,80})?(?:[: ]|/?\\s*$)`),
    /^[-dlcb][rwx-]{9}[.+@]?\s.*\s(?:resource[0-5](?:_wc|_resize)?|boot_vga|broken_parity_status|consistent_dma_mask_bits|d3cold_allowed|driver_override|msi_irqs|subsystem_vendor|subsystem_device|reset_method|sriov_\w+|aer_dev_\w+|(?:max|current)_link_(?:speed|width))(?: -> \S+)?$/,
    /^\s{0,8}(?:power_state|d3cold_allowed|reset_method|subsystem_vendor|subsystem_device|(?:max|current)_link_(?:speed|width)|msi_irqs|driver_override|boot_vga)\s{0,40}[=:]\s/,
    /^\s{0,8}(?:vendor|device|class)\s{1,40}= 0x[0-9a-f]{4,6}\s*$/,
    /^0x[0-9a-f]{16} 0x[0-9a-f]{16} 0x[0-9a-f]{16}\s*$/,
  ],
  commands: [/\/sys\/bus\/pci\/devices\//],
  fileNames: [/(?:^|[/_.-])(?:gpu|pci)[_-]?sysfs[^/]*$/i],
  parse(text) {
    const devices = new Map<string, SysfsDevice>();
    let current: SysfsDevice | undefined;
    /** attribute whose heading was read last */
    let under: string | undefined;
    /** lines of `resource` seen: the number of a line is the number of its BAR */
    const rows = new Map<SysfsDevice, number>();
    const nextRow = (target: SysfsDevice): number => {
      const index = rows.get(target) ?? 0;
      rows.set(target, index + 1);
      return index;
    };
    splitLines(text).forEach((raw, i) => {
      const line = i + 1;
      const trimmed = raw.slice(0, MAX_LINE).trim();
      if (trimmed === '') return;
      const path = PATH.exec(trimmed);
      if (path) {
        const bdf = normaliseLinuxBdf(path[1]!)!;
        current = devices.get(bdf);
        if (current === undefined && devices.size < MAX_DEVICES) {
          current = device(bdf, line);
          devices.set(bdf, current);
        }
        under = undefined;
        if (SHELL_ERROR.test(trimmed)) return;
        const valued = PATH_VALUE.exec(trimmed);
        if (current && valued?.[2] === 'resource') row(current, valued[3]!, nextRow(current), line);
        else if (current && valued) attribute(current, valued[2]!, valued[3]!.trim());
        else under = PATH_ATTRIBUTE.exec(trimmed)?.[2];
        return;
      }
      if (current === undefined) return;
      const listed = LISTED.exec(trimmed);
      if (listed) {
        const [, size, name, target] = listed;
        const bar = name === 'rom' ? 6 : /^resource([0-5])$/.exec(name!)?.[1];
        if (target !== undefined) link(current, name!, target);
        else if (bar !== undefined) {
          const made = resource(current, Number(bar), line);
          if (made) made.size ??= Number(size);
        }
        return;
      }
      if (RESOURCE.test(trimmed)) {
        row(current, trimmed, nextRow(current), line);
        return;
      }
      const value = VALUE.exec(trimmed);
      if (value) attribute(current, value[1]!, value[2]!.trim());
      else if (under !== undefined && current.attributes[under] === undefined) attribute(current, under, trimmed);
    });
    const found = [...devices.values()];
    found.forEach(finish);
    return { facts: found.length === 0 ? undefined : { devices: found }, problems: [] };
  },
});
