/**
 * The report of FreeBSD's laptop testing project: release and machine, the PCI devices by category as pciconf prints
 * them (indented under a status line, or not), the loaded modules, the processor.
 *
 * Written by the scripts of https://github.com/FreeBSDFoundation/freebsd-laptop-testing into
 * test_results/MACHINE/probe_DATE.txt. The first version listed kldstat's table, later ones only file names; the newest
 * has no processor block and names the processor in its head. The score lines say what the project thinks of a device,
 * not what was tried, so they are passed over.
 *
 *     === FreeBSD Hardware Status Info ===
 *
 *     Running: FreeBSD 15.0-RELEASE-p4 GENERIC
 *     Hardware: Example Workstation 17
 *     ------------------------------------
 *
 *     - Graphics
 *       Device 1 Status: WORKS
 *         vgapci0@pci0:1:0:0:	class=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x2484 subvendor=...
 *
 *       Category Total Score: 2/2
 *
 *     === FreeBSD Detailed Status Info ==
 *
 *     Currently loaded kernel modules:
 *     vmm.ko
 *     ====================================
 *
 *     - CPU Info
 *     Model name:              AMD Ryzen 7 5800X 8-Core Processor
 */
import { defineContainer, type Section } from '../../src/model/parser.ts';
import { splitLines } from '../lib/lines.ts';

const TITLE = /^\s*=== FreeBSD (?:Hardware|Detailed) Status Info ={2,3}\s*$/;

/** Lines that begin a part of another kind. The first that matches decides. */
const PARTS: { begins: RegExp; kind: string | undefined }[] = [
  { begins: /^\s*=== FreeBSD Hardware Status Info ={2,3}\s*$/, kind: 'hw-status-summary' },
  { begins: /^\s*- CPU Info\s*$/, kind: 'hw-status-summary' },
  {
    begins: /^\s*- (?:Graphics|Networking|Audio|Storage|Storage Devices|SSD|USB Ports|Bluetooth):?\s*$/,
    kind: 'pciconf',
  },
  { begins: /^\s*(?:Currently loaded kernel modules|Kldstat output):/, kind: 'kldstat' },
  { begins: /^\s*=== .{1,80} ={2,3}\s*$/, kind: undefined },
];

const partAt = (line: string) => PARTS.find(({ begins }) => begins.test(line));

function split(text: string): { sections: Section[]; problems: [] } {
  const lines = splitLines(text);
  const sections: Section[] = [];
  const close = (kind: string | undefined, from: number, to: number): void => {
    const content = lines.slice(from, to);
    if (kind === undefined && !content.slice(1).some((line) => line.trim() !== '')) return;
    sections.push({
      heading: lines[from]!.trim(),
      kind,
      side: 'host',
      firstLine: from + 1,
      text: `${content.join('\n')}\n`,
    });
  };
  let from = -1;
  let kind: string | undefined;
  lines.forEach((line, index) => {
    const part = partAt(line);
    // The categories follow one another and are one list of devices.
    if (part === undefined || (from >= 0 && part.kind !== undefined && part.kind === kind)) return;
    if (from >= 0) close(kind, from, index);
    from = index;
    kind = part.kind;
  });
  if (from >= 0) close(kind, from, lines.length);
  return { sections, problems: [] };
}

export default defineContainer({
  kind: 'freebsd-hw-status',
  title: 'report of FreeBSD laptop testing: release, devices, modules, processor',
  source: 'make_report.sh of freebsd-laptop-testing (test_results/*/probe_*.txt)',
  recognise: (text) => splitLines(text).some((line) => TITLE.test(line)),
  split,
});
