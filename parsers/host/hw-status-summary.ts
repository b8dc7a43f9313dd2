/**
 * Head and processor block of the report that FreeBSD's laptop testing project makes (see
 * parsers/container/freebsd-hw-status.ts for the whole file): which kernel ran on which machine with which processor.
 *
 * Written by the scripts of https://github.com/FreeBSDFoundation/freebsd-laptop-testing (parse.py, make_report.sh) from
 * `sysctl kern.version`, `kenv smbios.system.product`, `sysctl hw.model` and hw-probe's lscpu.
 *
 * ```text
 * === FreeBSD Hardware Status Info ===
 *
 * Running: FreeBSD 15.0-RELEASE-p4 releng/15.0-n281010-0123456789ab GENERIC
 * Hardware: Example Workstation 17
 * ------------------------------------
 *
 * - CPU Info
 * Architecture:            amd64
 * Total CPU(s):            16
 * Thread(s) per core:      2
 * Core(s) per socket:      8
 * Socket(s):               1
 * Vendor:                  AuthenticAMD
 * Model name:              AMD Ryzen 7 5800X 8-Core Processor
 * Flags:                   fpu vme de svm
 * ```
 *
 * ```json
 * {
 *   "kernel": { "line": 3, "release": "15.0-RELEASE-p4", "gitId": "releng/15.0-n281010-0123456789ab", "ident": "GENERIC" },
 *   "hardware": { "line": 4, "name": "Example Workstation 17" },
 *   "cpu": { "line": 14, "model": "AMD Ryzen 7 5800X 8-Core Processor", "vendor": "AuthenticAMD", "cpus": 16, "cores": 8, "threads": 2, "sockets": 1, "vmx": false, "svm": true }
 * }
 * ```
 */
import { defineParser, type ParseResult } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { readKernelName, type KernelName } from '../lib/freebsd-kernel.ts';
import { splitLines } from '../lib/lines.ts';

export interface HwStatusSummaryFacts {
  kernel?: KernelName & Located;
  hardware?: Located & { name: string };
  cpu?: HwStatusCpu;
  arch?: string;
}

export interface HwStatusCpu extends Located {
  model: string;
  vendor?: string;
  cpus?: number;
  /** cores per socket, hardware threads per core */
  cores?: number;
  threads?: number;
  sockets?: number;
  /** the flags list Intel's or AMD's virtualisation */
  vmx?: boolean;
  svm?: boolean;
}

type CountField = 'cpus' | 'cores' | 'threads' | 'sockets';
const COUNTS = new Map<string, CountField>([
  ['Total CPU(s)', 'cpus'],
  ['Core(s) per socket', 'cores'],
  ['Thread(s) per core', 'threads'],
  ['Socket(s)', 'sockets'],
]);
const FIELD = /^(Running|Hardware|CPU|Architecture|Vendor|Model name|Flags|[A-Z][\w() ]{0,30}):\s+(.{1,4000})$/;
const MAX_LINE = 4096;

const unquoted = (value: string): string =>
  value
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .trim();

/** `FreeBSD 15.0-RELEASE ...`; early reports put the host's name between, as uname -a does, and repeat the release. */
function kernelOf(value: string): KernelName | undefined {
  return readKernelName(value) ?? readKernelName(/\bFreeBSD \d.*$/.exec(value)?.[0] ?? '');
}

function parse(text: string): ParseResult<HwStatusSummaryFacts> {
  const facts: HwStatusSummaryFacts = {};
  const cpu: Partial<HwStatusCpu> = {};
  splitLines(text).forEach((raw, index) => {
    const line = index + 1;
    const match = raw.length <= MAX_LINE ? FIELD.exec(raw.trim()) : null;
    if (!match) return;
    const name = match[1]!;
    const value = unquoted(match[2]!);
    const count = COUNTS.get(name);
    if (count !== undefined) {
      if (/^\d{1,5}$/.test(value)) cpu[count] = Number(value);
      return;
    }
    switch (name) {
      case 'Running': {
        const kernel = kernelOf(value);
        if (kernel) facts.kernel ??= { line, ...kernel };
        return;
      }
      case 'Hardware':
        facts.hardware ??= { line, name: value };
        return;
      case 'CPU':
      case 'Model name':
        if (cpu.model === undefined) Object.assign(cpu, { line, model: value });
        return;
      case 'Architecture':
        facts.arch ??= value;
        return;
      case 'Vendor':
        cpu.vendor ??= value;
        return;
      case 'Flags': {
        const flags = new Set(value.split(/\s+/));
        cpu.vmx = flags.has('vmx');
        cpu.svm = flags.has('svm');
      }
    }
  });
  if (cpu.line !== undefined && cpu.model !== undefined) facts.cpu = { line: cpu.line, model: cpu.model, ...cpu };
  return { facts: Object.keys(facts).length === 0 ? undefined : facts, problems: [] };
}

export default defineParser<HwStatusSummaryFacts>({
  kind: 'hw-status-summary',
  side: 'host',
  title: 'FreeBSD laptop testing report: release, machine and processor',
  source: 'make_report.sh of freebsd-laptop-testing',
  markers: [
    /^=== FreeBSD Hardware Status Info ===/,
    /^Running: "?FreeBSD \S/,
    /^- CPU Info\s*$/,
    /^(?:Total CPU\(s\)|Thread\(s\) per core|Core\(s\) per socket|Socket\(s\)|CPU family|Model name|L[123][di]? cache):\s{3,}\S/,
  ],
  parse,
});
