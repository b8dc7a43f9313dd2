import { RULE_LITERALS } from './rule-literals.ts';

/** Lines that say which machine and which boot a log is of, and what the devices of interest are. */
const CONTEXT: readonly string[] = [
  '---<<BOOT>>---',
  'Copyright (c) 1992-',
  'FreeBSD ',
  'Linux version',
  'Command line:',
  'Hypervisor',
  'DMI:',
  'CPU: ',
  'VT-x',
  'SVM: ',
  ' memory ',
  'NVRM',
  'nvidia',
  'NVIDIA',
  '[10de:',
  'DMAR',
  'AMD-Vi',
  'ivhd',
  'pptdev',
  ...Array.from({ length: 10 }, (_, unit) => `ppt${unit}`),
  'vgapci',
];

/** Strings (case as written) of which a line of a log that is too long must hold one to be kept from the part left out. */
export const WANTED: readonly string[] = [...CONTEXT, ...RULE_LITERALS];
