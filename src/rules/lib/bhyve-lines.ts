import type { LogPattern } from '../../model/pattern.ts';

/** Kinds of logs that a FreeBSD host writes. */
const HOST_LOGS = ['freebsd-dmesg', 'bhyve-log', 'vm-bhyve-log', 'loader-console', 'devctl'] as const;

/** Patterns for the logs of the host only: kernel logs of guests are long, and none of these lines stands there. */
export const onHost = <Name extends string>(patterns: Record<Name, LogPattern>): Record<Name, LogPattern> => {
  const entries = Object.entries<LogPattern>(patterns);
  return Object.fromEntries(
    entries.map(([name, pattern]) => [name, { kinds: HOST_LOGS, side: 'host', ...pattern }]),
  ) as Record<Name, LogPattern>;
};

/**
 * Lines of bhyve and of its managers that several rules read. Each must be listed among the patterns of the rule that
 * uses it.
 */

/**
 * Printed for every failure of the assignment, whatever its reason: not on ppt, no IOMMU, owned by another VM, no
 * right (usr.sbin/bhyve/pci_passthru.c, passthru_init). illumos writes `ppt` without the manual section.
 */
export const NOT_ASSIGNED: LogPattern = {
  regex: /PCI device at (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3}) is not using the ppt(?:\(4\))? driver/,
  literals: ['is not using the ppt'],
};

/**
 * The last line before bhyve exits. It echoes the error number of the last system call, so its text is a hint and no
 * cause (bhyverun.c).
 */
export const INIT_ERROR: LogPattern = {
  regex: /device emulation initialization error: (?<errno>[A-Z][A-Za-z ]+|No error: 0)/i,
  literals: ['evice emulation initialization error'],
};

/** vm-bhyve's check before it starts a VM with passthrough: a DMAR table, or hw.vmm.amdvi.enable=1. */
export const NO_PASSTHROUGH_SUPPORT: LogPattern = {
  regex: /pci passthrough not supported on this system/,
  literals: ['pci passthrough not supported on this system'],
};

/**
 * A failed assertion of bhyve, as the C libraries word it: `(EXPRESSION), function NAME, file PATH, line N.` on FreeBSD,
 * `EXPRESSION, file PATH, line N, function NAME` on illumos. Both parameters are sources of expressions.
 */
export const assertion = (expression: string, functions: string): RegExp =>
  new RegExp(`Assertion failed: \\(?${expression}\\)?, (?:file \\S{1,200}, line \\d+, )?function ${functions}\\b`);

/** The NVIDIA driver of the host took a card; pciconf shows such a card as vgapci. */
export const NVIDIA_ATTACHED: LogPattern = {
  regex: /\bnvidia\d+: <[^>]{1,80}> on (?<unit>vgapci\d+)/,
  literals: ['> on vgapci'],
};

/** One panic line of the FreeBSD kernel. */
export const PANIC: LogPattern = {
  regex: /(?:^|[\s:])panic: (?<what>.+)/,
  literals: ['panic: '],
  kinds: ['freebsd-dmesg'],
};

/** The kernel reserved a device. */
export const RESERVED: LogPattern = {
  regex: /\bppt\d+(?: (?:port|mem|irq|at) |: attached)/,
  literals: Array.from({ length: 10 }, (_, unit) => `ppt${unit}`),
  kinds: ['freebsd-dmesg'],
};
