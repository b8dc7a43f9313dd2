export const KiB = 2 ** 10;
export const MiB = 2 ** 20;
export const GiB = 2 ** 30;

/** `value` up to the next multiple of `unit`; exact when `unit` is a power of two */
export const roundUp = (value: number, unit: number): number => Math.ceil(value / unit) * unit;

/** the smallest power of two that is at least `value` and at least `minimum`, itself a power of two */
export function powerOfTwo(value: number, minimum: number): number {
  let power = minimum;
  while (power < value) power *= 2;
  return power;
}

export const hex = (address: number): string => `0x${address.toString(16)}`;

/** bytes of guest RAM below 4 GiB (at most 3 GiB), and the rest, which starts at 4 GiB */
export function guestRam(guestMemoryBytes: number): { low: number; high: number } {
  const low = Math.min(guestMemoryBytes, 3 * GiB);
  return { low, high: guestMemoryBytes - low };
}
