import type { Host, HostBar, HostFunction, HostGpu } from '../../model/host.ts';
import type { LogHit, LogPattern } from '../../model/pattern.ts';
import { functionsOf } from './hosts.ts';

/** Lines of the host's kernel about BARs that it could not place (sys/dev/pci/pci.c, pci_pci.c). */
export const BAR_PATTERNS = {
  /** `res 3` is memory; the byte count is the size of the BAR in hexadecimal */
  reserve: {
    regex: /\b(?<unit>[a-z][a-z_]*\d+): 0x(?<size>[0-9a-f]{1,16}) bytes of rid 0x(?<rid>[0-9a-f]{2}) res 3 failed/,
    literals: [' res 3 failed'],
    kinds: ['freebsd-dmesg'],
  },
  /** printed by a verbose boot */
  allocate: {
    regex: /\bpci0:(?<bus>\d{1,3}):(?<slot>\d{1,2}):(?<fn>\d) bar 0x(?<rid>[0-9a-f]{2}) failed to allocate/,
    literals: ['failed to allocate'],
    kinds: ['freebsd-dmesg'],
  },
} satisfies Record<string, LogPattern>;

export interface Unplaced {
  gpu: HostGpu;
  fn: HostFunction;
  /** undefined when only the kernel's line tells of it */
  bar?: HostBar;
  sizeBytes?: number;
  lines: LogHit[];
}

/** Memory BARs of graphics cards for which the host has no address. */
export function unplacedBars(host: Host, reserve: readonly LogHit[], allocate: readonly LogHit[]): Unplaced[] {
  const lineFor = (fn: HostFunction, index: number | undefined): LogHit[] => [
    ...reserve.filter(({ groups }) => groups.unit === fn.unit && sameBar(groups.rid, index)),
    ...allocate.filter(
      ({ groups }) => `${groups.bus}/${groups.slot}/${groups.fn}` === fn.bdf && sameBar(groups.rid, index),
    ),
  ];
  return host.gpus.flatMap((gpu) =>
    functionsOf(gpu).flatMap((fn): Unplaced[] => {
      const shown = fn.bars
        .filter((bar) => bar.kind === 'mem' && bar.base === undefined)
        .map((bar) => ({ gpu, fn, bar, sizeBytes: bar.sizeBytes, lines: lineFor(fn, bar.index) }));
      if (shown.length > 0 || fn.barsShown) return shown;
      return lineFor(fn, undefined).map((line) => ({
        gpu,
        fn,
        ...(line.groups.size !== undefined && { sizeBytes: Number.parseInt(line.groups.size, 16) }),
        lines: [line],
      }));
    }),
  );
}

/** A rid is the offset of the BAR's register: 0x10 for BAR0, 0x14 for BAR1. */
const sameBar = (rid: string | undefined, index: number | undefined): boolean =>
  index === undefined || (rid !== undefined && Number.parseInt(rid, 16) === 0x10 + 4 * index);
