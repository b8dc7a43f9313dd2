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
  'ppt',
  'vgapci',
];

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const WANTED = new RegExp([...CONTEXT, ...RULE_LITERALS].map(escape).join('|'));

/** Whether a line of a log that is too long is kept from the part that is left out. */
export const isWanted = (line: string): boolean => WANTED.test(line);
