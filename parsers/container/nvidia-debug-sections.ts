/**
 * Several outputs in one text, each behind a heading framed by the same mark: `### lspci -vvv ###`,
 * `=== /proc/cmdline ===`, `--- dmesg ---`. Collection scripts and careful posters write them. At least one heading must
 * name a command or a system file; what merely looks framed (`==============NVSMI LOG==============`, `---<<BOOT>>---`,
 * rules of dashes, dumps of one sysfs directory) is no heading.
 *
 * ```text
 * ### lsmod ###
 * nvidia_uvm           1519616  0
 *
 * ### nvidia-smi -L ###
 * No devices found.
 * ```
 */
import { defineContainer, type Section } from '../../src/model/parser.ts';
import { splitLines } from '../lib/lines.ts';

const MAX_SECTIONS = 1000;
const HEADING = /^([#=*-])\1{2,9} (\S(?:.{0,100}\S)?) \1{3,10}\s*$/;

/** What a collection script would put behind a heading. */
const TELLING = new RegExp(
  String.raw`^(?:\$ |# )?(?:(?:sudo|doas) )?(?:` +
    [
      String.raw`/(?:proc|sys|etc|var|boot|lib|usr|dev)(?:/\S*)?`,
      'cat /',
      String.raw`(?:nvidia-smi|nvidia-bug-report|lspci|lsmod|modinfo|modprobe|dmesg|journalctl|dkms|mokutil|uname|lscpu|dmidecode|hostnamectl)\b`,
      String.raw`(?:pciconf|kldstat|sysctl|kenv|freebsd-version|acpidump|devctl|vm (?:list|passthru|info)|bhyve|bhyvectl|loader\.conf|rc\.conf)\b`,
      String.raw`(?:Get-PnpDevice|pnputil)\b`,
    ].join('|') +
    ')',
);
/** The dump of a PCI device's directory is one listing, which its own parser reads with its headings. */
const PCI_DIRECTORY = /^\/sys\/(?:bus\/pci\/devices|devices\/pci)\S*$/;

const markOf = (line: string): { mark: string; heading: string } | undefined => {
  const match = line.length > 200 ? null : HEADING.exec(line);
  return match ? { mark: match[1]!, heading: match[2]! } : undefined;
};

const isTelling = (heading: string): boolean => TELLING.test(heading) && !PCI_DIRECTORY.test(heading);

/** The mark that frames this text's headings: the one of a telling heading that comes twice or opens the text. */
function framingMark(lines: readonly string[]): string | undefined {
  const headings = lines.flatMap((line) => markOf(line) ?? []);
  const opening = markOf(lines.find((line) => line.trim() !== '') ?? '');
  return headings.find(
    ({ mark, heading }) =>
      isTelling(heading) &&
      (opening?.heading === heading || headings.filter((other) => other.mark === mark).length >= 2),
  )?.mark;
}

export default defineContainer({
  kind: 'nvidia-debug-sections',
  title: 'outputs under framed headings',
  source: 'a collection script',
  recognise: (text) => framingMark(splitLines(text)) !== undefined,
  split(text) {
    const lines = splitLines(text);
    const framing = framingMark(lines);
    const sections: Section[] = [];
    let open: { heading?: string; from: number } = { from: 0 };
    const close = (to: number): void => {
      const body = lines.slice(open.from, to);
      if (body.every((line) => line.trim() === '') || sections.length >= MAX_SECTIONS) return;
      sections.push({
        ...(open.heading !== undefined && { heading: open.heading }),
        firstLine: open.from + 1,
        text: `${body.join('\n')}\n`,
      });
    };
    for (const [index, line] of lines.entries()) {
      const head = markOf(line);
      if (head === undefined || head.mark !== framing) continue;
      close(index);
      open = { heading: head.heading, from: index + 1 };
    }
    close(lines.length);
    return { sections, problems: [] };
  },
});
