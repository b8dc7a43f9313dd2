/**
 * bhyve's error output: what it prints on the terminal, or bhyve.log when vm-bhyve runs the guest with debug="yes". The
 * `bhyve: ` before a text comes from warn(3) and err(3), other texts have none. The texts are in lib/bhyve-messages.ts.
 *
 * ```text
 * bhyve: PCI device at 12/0/0 is not using the ppt(4) driver
 * Device emulation initialization error: Device busy
 * Unable to setup memory (12)
 * Assertion failed: (error == 0), function modify_bar_registration, file /usr/src/usr.sbin/bhyve/pci_emul.c, line 516.
 * ```
 * ```json
 * { "messages": [
 *     { "line": 1, "kind": "not-ppt", "bdf": "12/0/0" },
 *     { "line": 2, "kind": "init-error", "errno": "EBUSY", "errorText": "Device busy", "step": "init_pci" },
 *     { "line": 3, "kind": "setup-memory", "errno": "ENOMEM", "errnoNumber": 12 },
 *     { "line": 4, "kind": "assertion", "step": "modify_bar_registration", "file": "/usr/src/usr.sbin/bhyve/pci_emul.c",
 *       "sourceLine": 516, "detail": "error == 0" }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { BHYVE_MESSAGES, type BhyveMessagePattern } from '../lib/bhyve-messages.ts';
import { errnoName, errnoOfText } from '../lib/errno.ts';
import { splitLines } from '../lib/lines.ts';

/** A word for each thing bhyve can complain of, the same over all releases. */
export type BhyveMessageKind = (typeof BHYVE_MESSAGES)[number]['kind'];

export interface BhyveMessage extends Located {
  kind: BhyveMessageKind;
  /** the message without `bhyve: `, at most 500 characters */
  text: string;
  /** program that printed it, when it says so */
  program?: string;
  /** `EEXIST` */
  errno?: string;
  errnoNumber?: number;
  /** strerror(3) text as printed: `Operation not permitted` */
  errorText?: string;
  /** host device, decimal bus/slot/function */
  bdf?: string;
  /** host device in another spelling */
  selector?: string;
  /** file or device node that could not be used, or the source file of an assertion */
  file?: string;
  /** emulation or back end: `nvme`, `tap0` */
  device?: string;
  /** guest slot as printed */
  slot?: string;
  /** function that failed */
  step?: string;
  /** index of a BAR */
  bar?: number;
  address?: string;
  /** line in the source of an assertion */
  sourceLine?: number;
  /** a number the text carries that is no errno: bytes, CPUs, reason of a VM exit */
  value?: number;
  detail?: string;
}

export interface BhyveLogFacts {
  messages: BhyveMessage[];
}

// Margin of a quotation, or the time, level and source in wifibox.log, then the program when warn(3) or err(3) printed the line.
const PREFIX =
  /^[ \t]{0,8}(?:[>#|]{1,3} ?)?[ \t]*(?:\d{4}-\d{2}-\d{2}T[\d:]{8}[+-]\d{4} (?:DEBUG|INFO|WARN|ERROR) {1,2}\[bhyve\] )?(?:(bhyve|bhyveload|grub-bhyve): (?=\S))?/;

/** One expression for all texts, named groups made plain because alternatives repeat them. */
const combined = (patterns: readonly BhyveMessagePattern[]): RegExp =>
  new RegExp(
    `${PREFIX.source}(?:${patterns
      .map(({ regex }) => regex.source.replaceAll(/\(\?<\w+>/g, '(?:').replaceAll(/(^|\|)\^/g, '$1'))
      .join('|')})`,
  );

const ANY_MESSAGE = combined(BHYVE_MESSAGES);

const MAX_MESSAGES = 2000;
const MAX_TEXT = 500;
const MAX_LINE = 8192;

/** Assertions of other programs look the same; bhyve's are known by their source file. */
const BHYVE_SOURCE =
  /(?:^|\/)(?:usr\.sbin\/bhyve\/.*|pci_\w+|bhyverun\w*|bootrom|block_if|vmexit|inout|mem|net_\w+|virtio|usb_\w+|uart_emul|acpi\w*|smbiostbl|basl|config|e820|qemu_\w+|rfb|vga|vmmapi\w*)\.c$/;

/** People quote an assertion within a sentence: `I get "Assertion failed: … pci_emul.c …"`. */
const QUOTED_ASSERTION = /^[^:]{1,200}["'`( ](?=Assertion failed: )/;

function readMessage(whole: string, line: number): BhyveMessage | undefined {
  if (whole.length > MAX_LINE) return undefined;
  const raw = whole.replace(QUOTED_ASSERTION, '');
  if (!ANY_MESSAGE.test(raw)) return undefined;
  const prefix = PREFIX.exec(raw)!;
  const text = raw.slice(prefix[0].length);
  for (const pattern of BHYVE_MESSAGES) {
    const match = pattern.regex.exec(text);
    if (!match) continue;
    const groups: Partial<Record<string, string>> = match.groups ?? {};
    if (pattern.kind === 'assertion' && !BHYVE_SOURCE.test(groups['file'] ?? '')) continue;
    const message: BhyveMessage = { line, kind: pattern.kind, text: text.trimEnd().slice(0, MAX_TEXT) };
    if (prefix[1] !== undefined) message.program = prefix[1];
    const step = groups['step'] ?? pattern.step;
    if (step !== undefined) message.step = step;
    for (const key of ['bdf', 'selector', 'file', 'device', 'slot', 'address', 'detail'] as const) {
      if (groups[key] !== undefined) message[key] = groups[key].trim();
    }
    if (groups['bar'] !== undefined) message.bar = Number(groups['bar']);
    if (groups['number'] !== undefined) message.errnoNumber = Number(groups['number']);
    if (groups['value'] !== undefined) {
      message[pattern.kind === 'assertion' ? 'sourceLine' : 'value'] = Number(groups['value']);
    }
    const error = groups['error']?.trim();
    if (error !== undefined) message.errorText = error;
    const errno =
      (error === undefined ? undefined : errnoOfText(error)) ??
      (message.errnoNumber === undefined ? undefined : errnoName(message.errnoNumber));
    if (errno !== undefined) message.errno = errno;
    return message;
  }
  return undefined;
}

export default defineParser<BhyveLogFacts>({
  kind: 'bhyve-log',
  side: 'host',
  title: "bhyve's error output",
  source: '$vm_dir/NAME/bhyve.log (vm-bhyve with debug="yes"), or what bhyve prints on the terminal',
  log: true,
  markers: [
    combined(BHYVE_MESSAGES.filter((pattern) => !pattern.ambiguous)),
    /(?:^\s*|^[^:]{1,200}["'`( ])Assertion failed: .*(?:usr\.sbin\/bhyve\/|\b(?:pci_\w+|bhyverun|bootrom|block_if|vmexit)\.c)/,
  ],
  fileNames: [/(?:^|[/_-])bhyve\.log$/],
  parse(text) {
    const messages: BhyveMessage[] = [];
    const lines = splitLines(text);
    for (let index = 0; index < lines.length && messages.length < MAX_MESSAGES; index += 1) {
      const message = readMessage(lines[index]!, index + 1);
      if (message) messages.push(message);
    }
    return { facts: messages.length > 0 ? { messages } : undefined, problems: [] };
  },
});
