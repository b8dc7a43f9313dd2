import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

/** Several boots in one log, several guests in one bundle, older boots in a bug report: what is judged, and what is not. */

const head = (kernel = '6.8.0-45-generic') => [
  `[    0.000000] Linux version ${kernel} (buildd@host) (gcc) #45-Ubuntu SMP`,
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
  '[    0.412004] pci 0000:00:07.0: [10de:1bb3] type 00 class 0x030200',
];
const BANNER =
  '[    4.312001] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.133.20  Sun Mar 30 03:11:02 UTC 2025';
const NO_IRQ = [
  "[    4.500001] NVRM: Can't find an IRQ for your NVIDIA card!",
  '[    4.500010] nvidia: probe of 0000:00:07.0 failed with error -1',
];
const FAILING = [...head(), ...NO_IRQ];
const WORKING = [...head(), BANNER];
const TABLE = [
  '+---------------------------------------------------------------------------------------+',
  '| NVIDIA-SMI 570.133.20             Driver Version: 570.133.20   CUDA Version: 12.8     |',
  '|-----------------------------------------+----------------------+----------------------+',
  '| GPU  Name                 Persistence-M | Bus-Id        Disp.A | Volatile Uncorr. ECC |',
  '| Fan  Temp   Perf          Pwr:Usage/Cap |         Memory-Usage | GPU-Util  Compute M. |',
  '|=========================================+======================+======================|',
  '|   0  Tesla P4                       Off | 00000000:00:07.0 Off |                    0 |',
  '| N/A   41C    P8               6W /  75W |      2MiB /  7680MiB |      0%      Default |',
  '+-----------------------------------------+----------------------+----------------------+',
];

const text = (...lines: readonly string[]) => `${lines.join('\n')}\n`;
const present = (report: Report, code: string) =>
  report.findings.filter((one) => one.code === code && one.state === 'present');

describe('several boots in one log', () => {
  it('the last one is judged', () => {
    const fixed = diagnoseTexts({ 'guest/a/dmesg.txt': text(...FAILING, ...WORKING) });
    expect(present(fixed, 'nvidia-irq-missing')).toEqual([]);
    expect(fixed.verdict.causes).toEqual([]);
    const broken = diagnoseTexts({ 'guest/a/dmesg.txt': text(...WORKING, ...FAILING) });
    const line = WORKING.length + head().length + 1;
    expect(present(broken, 'nvidia-irq-missing')[0]!.evidence.map((one) => one.line)).toEqual([line]);
  });

  it('of a host too', () => {
    const boot = (said: string) => [
      '---<<BOOT>>---',
      'Copyright (c) 1992-2025 The FreeBSD Project.',
      'FreeBSD 15.0-RELEASE releng/15.0-n281004-1f2e3d4c5b6a GENERIC amd64',
      'CPU: Intel(R) Xeon(R) CPU E3-1230 v6 @ 3.50GHz (3504.00-MHz K8-class CPU)',
      said,
    ];
    const bad = 'module_register_init: MOD_LOAD (vmm, 0xffffffff82000000, 0) error 6';
    const good = 'vgapci0: <VGA-compatible display> port 0xe000-0xe07f at device 0.0 on pci1';
    const codes = (report: Report) =>
      report.findings
        .filter(({ state, severity }) => state === 'present' && severity !== 'info')
        .map(({ code }) => code);
    const now = codes(diagnoseTexts({ 'host/dmesg.txt': text(...boot(good), ...boot(bad)) }));
    const before = codes(diagnoseTexts({ 'host/dmesg.txt': text(...boot(bad), ...boot(good)) }));
    expect(now.length).toBeGreaterThan(0);
    expect(before).toEqual([]);
  });
});

describe('two guests in one bundle', () => {
  const report = diagnoseTexts({
    'guest/bad/dmesg.txt': text(...FAILING),
    'guest/good/dmesg.txt': text(...WORKING),
    'guest/good/nvidia-smi.txt': text(...TABLE),
  });

  it('keep their facts apart', () => {
    expect(report.facts.guests.map(({ name }) => name)).toEqual(['bad', 'good']);
    expect(report.inputs.map(({ guest, kind }) => [guest, kind])).toEqual([
      ['bad', 'linux-dmesg'],
      ['good', 'linux-dmesg'],
      ['good', 'nvidia-smi-table'],
    ]);
  });

  it('are told apart in findings', () => {
    const [irq] = present(report, 'nvidia-irq-missing');
    expect(irq!.evidence.every(({ artifact }) => artifact === 'guest/bad/dmesg.txt')).toBe(true);
  });
});

/** A bug report with the kernel log of this boot and of the one before. */
function bugReport(now: readonly string[], before: readonly string[]): string {
  const rule = '_'.repeat(44);
  const group = (heading: string, lines: readonly string[]) => [`  ${heading}:`, ...lines.map((line) => `    ${line}`)];
  return text(
    rule,
    '',
    'Start of NVIDIA bug report log file.  Please include this file, along',
    'with a detailed description of your problem, when reporting a graphics',
    'driver bug via the NVIDIA Linux forum',
    '',
    'nvidia-bug-report.sh Version: 34275561',
    '',
    rule,
    '',
    'Scanning kernel log files for NVIDIA kernel messages:',
    ...group('journalctl -b -0', now),
    ...group('journalctl -b -1', before),
    rule,
    'End of NVIDIA bug report log file.',
  );
}

describe('an nvidia-bug-report', () => {
  it('in which the boot before failed and this one works has no cause', () => {
    const report = diagnoseTexts({ 'nvidia-bug-report.log': bugReport(WORKING, FAILING) });
    expect(present(report, 'nvidia-irq-missing')).toEqual([]);
    expect(report.verdict.causes).toEqual([]);
    expect(report.verdict.stages.find(({ id }) => id === 'probe')!.status).toBe('passed');
  });

  it('in which this one fails has one, with its line', () => {
    const report = diagnoseTexts({ 'nvidia-bug-report.log': bugReport(FAILING, WORKING) });
    const [irq] = present(report, 'nvidia-irq-missing');
    expect(irq!.evidence[0]!.line).toBe(12 + head().length + 1);
    expect(irq!.evidence[0]!.quote.trim()).toBe(NO_IRQ[0]);
  });

  it('keeps the facts of the boot before', () => {
    const report = diagnoseTexts({ 'nvidia-bug-report.log': bugReport(WORKING, FAILING) });
    expect(JSON.stringify(report.facts.guests)).toContain('find an IRQ');
  });
});
