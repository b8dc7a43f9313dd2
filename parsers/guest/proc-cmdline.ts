/**
 * `/proc/cmdline`: the command line the running Linux kernel was started with, one line. Options are described in the
 * kernel's Documentation/admin-guide/kernel-parameters.rst; those of modules are `module.parameter=value`.
 *
 * ```text
 * BOOT_IMAGE=/boot/vmlinuz-6.8.0-60-generic root=/dev/vda2 ro quiet pci=nocrs,realloc nouveau.modeset=0 nvidia.NVreg_EnableMSI=0
 * ```
 * ```json
 * { "line": 1, "pci": ["nocrs", "realloc"], "nouveauModeset": "0", "nvidia": { "NVreg_EnableMSI": "0" },
 *   "options": { "root": ["/dev/vda2"], "quiet": [] } }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { readCommandLine, type LinuxCommandLine } from '../lib/linux-cmdline.ts';
import { splitLines } from '../lib/lines.ts';

export interface ProcCmdlineFacts extends LinuxCommandLine, Located {}

/** Options that nearly every Linux command line has some of, and that mean nothing elsewhere. */
const TYPICAL =
  /^(?:BOOT_IMAGE=\S|initrd=\S|root=(?:\/dev\/|UUID=|PARTUUID=|LABEL=|ZFS=|live:)|rootflags=|rootfstype=|resume=|console=(?:tty|hvc|ttyS)|ro$|rw$|quiet$|splash$|rhgb$|nomodeset$|crashkernel=|init=\/|panic=|cgroup_|selinux=|net\.ifnames=|systemd\.|rd\.|mitigations=|audit=|loglevel=|pci=|pcie_\w+=|iommu=|(?:intel|amd)_iommu=|nouveau\.|nvidia[-\w]*\.|NVreg_|module_blacklist=|modprobe\.blacklist=|video=|vfio|hugepages|default_hugepagesz=|isolcpus=|transparent_hugepage=|processor\.|acpi\w*=|reboot=|earlyprintk|efi=)/;

const written = (text: string): { text: string; line: number } | undefined => {
  const lines = splitLines(text);
  const at = lines.findIndex((line) => line.trim() !== '');
  if (at === -1 || lines.slice(at + 1).some((line) => line.trim() !== '')) return undefined;
  return { text: lines[at]!.trim(), line: at + 1 };
};

const isCommandLine = (text: string): boolean => {
  const tokens = text.split(/\s+/, 200);
  return tokens.filter((token) => TYPICAL.test(token)).length >= Math.min(2, tokens.length);
};

export default defineParser<ProcCmdlineFacts>({
  kind: 'proc-cmdline',
  side: 'guest',
  title: 'Linux kernel command line',
  source: '/proc/cmdline',
  markers: [/^\s{0,8}BOOT_IMAGE=\S+ .*\b(?:ro|rw|root=\S+)\b/],
  commands: [/\/proc\/cmdline/],
  fileNames: [/(?:^|[/_.-])cmdline[^/]*$/i],
  recognise: (text) => {
    const found = written(text);
    return found !== undefined && isCommandLine(found.text);
  },
  parse(text) {
    const found = written(text);
    if (found === undefined) {
      // a paste with the command line among other lines
      const lines = splitLines(text);
      const at = lines.findIndex((line) => line.length < 8192 && isCommandLine(line.trim()) && line.trim() !== '');
      if (at === -1) return { facts: undefined, problems: [] };
      return { facts: { ...readCommandLine(lines[at]!), line: at + 1 }, problems: [] };
    }
    if (!isCommandLine(found.text)) return { facts: undefined, problems: [] };
    return { facts: { ...readCommandLine(found.text), line: found.line }, problems: [] };
  },
});
