const UNITS: Record<string, number> = { '': 1, b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/**
 * Bytes of a size as tools write it: `16G`, `256M`, `16 MiB`, `40960MiB`, `512 KB` (1024-based everywhere, as bhyve,
 * lspci and nvidia-smi do). A bare number takes `bareUnit` (bhyve's -m counts bare numbers below 1 MiB as MiB).
 * Undefined when it is no size.
 */
export function parseSize(text: string, bareUnit: 'b' | 'm' = 'b'): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b)?\s*$/i.exec(text);
  if (!match) return undefined;
  const unit = match[2] === '' && match[3] === undefined ? bareUnit : match[2]!.toLowerCase();
  return Math.round(Number(match[1]) * UNITS[unit]!);
}

/** `32 GiB`, `16 MiB`, `128 B`: exact when the value is a whole number of the unit, else one decimal. */
export function formatSize(bytes: number): string {
  for (const [unit, factor] of [
    ['TiB', 2 ** 40],
    ['GiB', 2 ** 30],
    ['MiB', 2 ** 20],
    ['KiB', 2 ** 10],
  ] as const) {
    if (bytes >= factor) return `${Number((bytes / factor).toFixed(1))} ${unit}`;
  }
  return `${bytes} B`;
}
