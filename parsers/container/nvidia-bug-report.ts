/**
 * The log that nvidia-bug-report.sh writes (part of every NVIDIA driver, also for FreeBSD): sections separated by a line
 * of 44 underscores. A file stands behind `*** /path` and `*** ls: ...` (before about 300: behind its bare path), the
 * output of a command behind the command line, several commands in one section each behind a blank line. The kernel log
 * scan holds one group a log file or boot, `journalctl -b -0` being the newest. Debug dumps are base64 and are left out.
 * The epilogue is missing when the script hung or the file was cut.
 *
 * ```text
 * ____________________________________________
 *
 * *** /proc/cmdline
 * *** ls: -r--r--r-- 1 root root 0 2025-03-08 10:04:51.000000000 +0100 /proc/cmdline
 * BOOT_IMAGE=/vmlinuz root=/dev/vda2
 *
 * ____________________________________________
 *
 * *** /proc/driver/nvidia/version does not exist
 *
 * ____________________________________________
 *
 * /usr/bin/nvidia-smi --query
 *
 * NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineContainer, type Section } from '../../src/model/parser.ts';
import { splitLines } from '../lib/lines.ts';

const MAX_SECTIONS = 3000;
const SEPARATOR = /^_{40,60}\s*$/;
const PROLOGUE = /^Start of NVIDIA bug report log file\b/m;
const EPILOGUE = /^End of NVIDIA bug report log file\b/m;
const LISTING = /^\*\*\* ls: \S/m;

const FILE_HEAD = /^(?:\*\*\* )?(\/\S+?):?\s*$/;
const ABSENT = /^(?:\*\*\* )?\/\S+ (?:does not exist|is not readable)\s*$/;
const SKIPPED = /^Skipping(?::| )/;
const COMMAND = /^(\/\S*bin\/[\w.+-]+(?:\s.*)?|(?:journalctl|modinfo|ldd|base64|find|xset|ls|gcc|g\+\+)\s\S.*)$/;
const TITLE = /^([a-z][\w +-]{1,30}):\s*$/;
const KERNEL_SCAN = /^Scanning kernel log files for NVIDIA kernel messages:/;
const KERNEL_GROUP = /^ {1,4}(\/\S+|journalctl -b -(\d)):\s*$/;
const BASE64 = /^[A-Za-z0-9+/]{60,}={0,2}$/;

/** Headings by which the script itself says what kind of text follows. */
const KINDS: readonly { heading: RegExp; kind: string }[] = [
  { heading: /^journalctl -b -\d$/, kind: 'linux-dmesg' },
  { heading: /^dmesg$/, kind: 'linux-dmesg' },
];

const isBlank = (line: string | undefined): boolean => line === undefined || line.trim() === '';

class Splitter {
  readonly sections: Section[] = [];
  private readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /** Reads one block between two separators: lines `start` to `end`, the latter excluded. */
  block(start: number, end: number): void {
    let first = start;
    while (first < end && isBlank(this.lines[first])) first += 1;
    const head = this.lines[first] ?? '';
    if (first >= end || ABSENT.test(head) || SKIPPED.test(head)) return;
    if (PROLOGUE.test(head)) this.prologue(first, end);
    else if (KERNEL_SCAN.test(head)) this.kernelScan(first + 1, end);
    else if (COMMAND.test(head)) this.commands(first, end);
    else this.file(first, end, head);
  }

  /** The `uname:` line of the prologue is the machine's own word on its kernel. */
  private prologue(start: number, end: number): void {
    for (let i = start; i < end; i += 1) {
      const text = /^uname: (\S.*)$/.exec(this.lines[i]!)?.[1];
      if (text !== undefined) this.push({ heading: 'uname -a', firstLine: i + 1, text });
    }
  }

  private file(first: number, end: number, head: string): void {
    const path = FILE_HEAD.exec(head)?.[1]?.replaceAll('/./', '/') ?? TITLE.exec(head)?.[1];
    const listed = path !== undefined && /^\*\*\* ls: /.test(this.lines[first + 1] ?? '');
    this.add(path, path === undefined ? first : first + (listed ? 2 : 1), end);
  }

  /** A block may hold several commands: each stands alone on a line between blank lines. */
  private commands(start: number, end: number): void {
    let open = start;
    for (let i = start + 1; i < end; i += 1) {
      if (!COMMAND.test(this.lines[i]!) || !isBlank(this.lines[i - 1]) || !isBlank(this.lines[i + 1])) continue;
      this.add(this.lines[open]!.trim(), open + 1, i);
      open = i;
    }
    this.add(this.lines[open]!.trim(), open + 1, end);
  }

  private kernelScan(start: number, end: number): void {
    let open: { heading: string; from: number; boot?: string | undefined } | undefined;
    const close = (to: number): void => {
      if (open) this.add(open.heading, open.from, to, Number(open.boot ?? 0));
    };
    for (let i = start; i < end; i += 1) {
      const group = KERNEL_GROUP.exec(this.lines[i]!);
      if (!group) continue;
      close(i);
      open = { heading: group[1]!, from: i + 1, boot: group[2] };
    }
    close(end);
  }

  /** Adds lines `from` to `to` without the blank lines around them, unless nothing or only base64 is left. */
  private add(heading: string | undefined, from: number, to: number, earlierBoot = 0): void {
    let [first, end] = [from, to];
    while (first < end && isBlank(this.lines[first])) first += 1;
    while (end > first && isBlank(this.lines[end - 1])) end -= 1;
    if (first >= end || this.isBase64(first, end)) return;
    const kind = KINDS.find((known) => heading !== undefined && known.heading.test(heading))?.kind;
    const text = `${this.lines.slice(first, end).join('\n')}\n`;
    this.push({
      ...(heading !== undefined && { heading }),
      ...(kind !== undefined && { kind }),
      ...(earlierBoot > 0 && { earlierBoot }),
      firstLine: first + 1,
      text,
    });
  }

  private isBase64(first: number, end: number): boolean {
    const sample = this.lines.slice(first, Math.min(end, first + 40)).filter((line) => !isBlank(line));
    const encoded = sample.filter((line) => BASE64.test(line.slice(0, 2000)));
    return encoded.length * 2 > sample.length;
  }

  private push(section: Section): void {
    if (this.sections.length < MAX_SECTIONS) this.sections.push({ side: 'guest', ...section });
  }
}

export default defineContainer({
  kind: 'nvidia-bug-report',
  title: 'nvidia-bug-report.log',
  source: 'nvidia-bug-report.sh',
  recognise(text) {
    // Every file is asked: what all its kind have is looked for first.
    if (text.includes('Start of NVIDIA bug report') && PROLOGUE.test(text)) return true;
    return text.includes('*** ls: ') && LISTING.test(text) && (text.match(/^_{44}\s*$/gm)?.length ?? 0) >= 2;
  },
  split(text) {
    const lines = splitLines(text);
    const splitter = new Splitter(lines);
    let start = 0;
    for (let i = 0; i <= lines.length; i += 1) {
      if (i < lines.length && !SEPARATOR.test(lines[i]!)) continue;
      splitter.block(start, i);
      start = i + 1;
    }
    const problems: Problem[] = [];
    if (!EPILOGUE.test(text)) {
      problems.push({
        message: 'the end of the bug report is missing: the script hung or the file was cut',
        line: Math.max(1, lines.length),
      });
    }
    return { sections: splitter.sections, problems };
  },
});
