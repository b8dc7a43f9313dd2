/**
 * PCI addresses. Hosts (pciconf, bhyve) write decimal: `pci0:1:0:0`, `1/0/0`. Linux guests write hexadecimal:
 * `0000:00:06.0`. nvidia-smi writes eight domain digits: `00000000:00:06.0`. Xid lines leave the function out.
 */

/** `bus/slot/function`, decimal, as bhyve and pptdevs want it; undefined when not of that form or out of range */
export function parseBhyveBdf(text: string): { bus: number; slot: number; function: number } | undefined {
  const match = /^(\d{1,3})\/(\d{1,2})\/(\d)$/.exec(text.trim());
  if (!match) return undefined;
  const [bus, slot, fn] = [Number(match[1]), Number(match[2]), Number(match[3])];
  return bus <= 255 && slot <= 31 && fn <= 7 ? { bus, slot, function: fn } : undefined;
}

export const bhyveBdf = (bus: number, slot: number, fn: number): string => `${bus}/${slot}/${fn}`;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** `dddd:bb:ss.f`, lower-case hexadecimal */
export const linuxBdf = (domain: number, bus: number, slot: number, fn: number): string =>
  `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${fn}`;

/**
 * Any guest spelling (`00:06.0`, `0000:00:06.0`, `00000000:00:06.0`, `PCI:0000:00:06`, upper case) as `dddd:bb:ss.f`;
 * a missing domain or function counts as 0. Undefined when it is no PCI address.
 */
export function normaliseLinuxBdf(text: string): string | undefined {
  const match = /^(?:PCI:?)?(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([0-9a-f]{2})(?:\.([0-7]))?$/i.exec(text.trim());
  if (!match) return undefined;
  const domain = match[1] === undefined ? 0 : Number.parseInt(match[1], 16);
  return linuxBdf(domain, Number.parseInt(match[2]!, 16), Number.parseInt(match[3]!, 16), Number(match[4] ?? 0));
}

/** The slot of a host's or a guest's address, without the function: functions of one slot are one card. */
export const slotOf = (bdf: string): string => bdf.replace(/[/.]\d+$/, '');

/** nvidia-drm's `GPU ID 0x00000600` is bus << 8 | slot */
export const bdfOfGpuId = (id: number): string => linuxBdf((id >>> 16) & 0xffff, (id >>> 8) & 0xff, id & 0xff, 0);
