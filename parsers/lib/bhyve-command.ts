import type { Located } from '../../src/model/source.ts';
import {
  applyConfig,
  type BhyveVm,
  completeTopology,
  type ConfigVariable,
  cpuTopology,
  guestMemory,
  passthruDevice,
  pciSlot,
} from './bhyve.ts';

/** Reader of the options of bhyve(8), bhyveload(8) and grub-bhyve(8), wherever they stand. */

export type BhyveProgram = 'bhyve' | 'bhyveload' | 'grub-bhyve';

/** One word of a command line after the shell took the quotes off. */
export interface Word extends Located {
  text: string;
}

export interface BhyveCommand extends BhyveVm, Located {
  lastLine: number;
  /** undefined for a piece of a command line without its beginning */
  program?: BhyveProgram;
  /** the words, separated by single blanks, at most 4000 characters */
  text: string;
  /** options without a value, in order, repeated when repeated: `["A", "H", "S", "S"]` */
  flags: string[];
  /** how often -S was given */
  wiredCount: number;
  /** -o NAME=VALUE */
  config: ConfigVariable[];
  /** -k FILE */
  configFiles: string[];
  /** -l DEVICE,… */
  lpc: (Located & { device: string; value: string })[];
  /** -f NAME,… */
  fwcfg: string[];
  /** part of the command was left out (`...`) */
  elided?: boolean;
  problems: string[];
}

// Options that take a value, over all releases (getopt strings of bhyverun.c, bhyveload.c and grub-bhyve).
const WITH_VALUE: Record<BhyveProgram, string> = {
  bhyve: 'BGKUcfgklmnoprs',
  bhyveload: 'cdehlm',
  'grub-bhyve': 'Mcdgmnr',
};

/** What posters write for options they leave out. */
const ELISION = /^\[?(?:\.{2,}|\u2026)\]?$/;

/** A variable at the end of a command that holds the machine's name rather than more options. */
const NAME_VARIABLE = /^\$\{?(?:\w*(?:name|vm|guest|machine)\w*|1)\}?$/i;

const MAX_WORDS = 2000;
const MAX_TEXT = 4000;

/** A shell operator ends a command. */
const OPERATORS = new Set([';', '|', '&', '>', '<', ')', '`', '(']);

/**
 * Splits a line into words as sh does: quotes, backslashes, comments. `ended` is true when an operator ended the
 * command, `continued` when a backslash stands at the end.
 */
export function shellWords(text: string, line: number): { words: Word[]; ended: boolean; continued: boolean } {
  const words: Word[] = [];
  let word: string | undefined;
  const push = () => {
    if (word !== undefined && words.length < MAX_WORDS) words.push({ line, text: word });
    word = undefined;
  };
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '\\' && quote !== "'") {
      if (text.slice(at + 1).trim() === '') {
        push();
        return { words, ended: false, continued: true };
      }
      word = (word ?? '') + text[at + 1]!;
      at += 1;
    } else if (quote !== '') {
      if (char === quote) quote = '';
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (char === ' ' || char === '\t' || char === '\u00a0') push();
    else if (char === '#' && word === undefined) break;
    else if (OPERATORS.has(char)) {
      // `2>` redirects; the digit is no word.
      if (/^\d$/.test(word ?? '') && (char === '>' || char === '<')) word = undefined;
      push();
      return { words, ended: true, continued: false };
    } else word = (word ?? '') + char;
  }
  push();
  return { words, ended: false, continued: false };
}

/** `-S`, `-c 4` … in the order of the words, by the rule of getopt(3). */
function options(words: readonly Word[], program: BhyveProgram | undefined) {
  const withValue = WITH_VALUE[program ?? 'bhyve'];
  const found: { letter: string; value?: string; line: number }[] = [];
  const operands: Word[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const { text, line } = words[at]!;
    if (!/^-[A-Za-z]/.test(text)) {
      operands.push(words[at]!);
      continue;
    }
    for (let position = 1; position < text.length; position += 1) {
      const letter = text[position]!;
      if (!withValue.includes(letter)) {
        found.push({ letter, line });
        continue;
      }
      const attached = text.slice(position + 1);
      if (attached !== '') found.push({ letter, value: attached, line });
      else {
        const next = words[at + 1];
        found.push({ letter, value: next?.text ?? '', line: next?.line ?? line });
        at += 1;
      }
      break;
    }
  }
  return { found, operands };
}

/**
 * The machine that options describe. `words` come without the program's name. A command without `-S` is known to run
 * unwired only when it is complete: it ends in a VM name, reads no configuration file and nothing was left out.
 */
export function readBhyveArguments(
  words: readonly Word[],
  program: BhyveProgram | undefined,
  line: number,
): BhyveCommand {
  const text = words.map((word) => word.text).join(' ');
  const command: BhyveCommand = {
    line,
    lastLine: words.at(-1)?.line ?? line,
    ...(program === undefined ? {} : { program }),
    text: text.slice(0, MAX_TEXT),
    flags: [],
    wiredCount: 0,
    config: [],
    configFiles: [],
    lpc: [],
    fwcfg: [],
    slots: [],
    passthru: [],
    problems: [],
  };
  const { found, operands } = options(words, program);
  const values: Record<string, (value: string, at: number) => void> = {
    c: (value) => {
      if (program === undefined || program === 'bhyve') Object.assign(command, cpuTopology(value));
    },
    m: (value) => {
      // grub-bhyve's -m is a device map, its memory is -M.
      if (program === 'grub-bhyve') return;
      command.memoryText = value;
      command.memory = guestMemory(value);
    },
    M: (value) => {
      command.memoryText = value;
      command.memory = guestMemory(value);
    },
    U: (value) => (command.uuid = value),
    k: (value) => command.configFiles.push(value),
    f: (value) => command.fwcfg.push(value),
    o: (value, at) => {
      const equals = value.indexOf('=');
      if (equals > 0) command.config.push({ line: at, name: value.slice(0, equals), value: value.slice(equals + 1) });
      else command.problems.push(`-o ${value.slice(0, 60)}: not of the form name=value`);
    },
    l: (value, at) => {
      if (program === 'bhyveload') return;
      const comma = value.indexOf(',');
      const device = comma < 0 ? value : value.slice(0, comma);
      const rest = comma < 0 ? '' : value.slice(comma + 1);
      command.lpc.push({ line: at, device, value: rest });
      if (device !== 'bootrom') return;
      const [bootrom, bootvars] = rest.split(',');
      command.bootrom = bootrom!;
      if (bootvars !== undefined && !bootvars.includes('=')) command.bootvars = bootvars;
    },
    s: (value, at) => {
      const slot = pciSlot(value, at);
      if (!slot) {
        command.problems.push(`-s ${value.slice(0, 60)}: not of the form slot,emulation,options`);
        return;
      }
      command.slots.push(slot);
      if (slot.device === 'passthru') command.passthru.push(passthruDevice(slot.config ?? '', at, slot.slot));
    },
  };
  for (const { letter, value, line: at } of found) {
    if (value === undefined) command.flags.push(letter);
    else if (Object.hasOwn(values, letter)) values[letter]!(value, at);
  }
  applyConfig(command, command.config);
  completeTopology(command);

  command.wiredCount = command.flags.filter((flag) => flag === 'S').length;
  if (command.wiredCount > 0) command.wired = true;
  if (command.flags.includes('w') && program !== 'grub-bhyve') command.ignoreUnknownMsr = true;
  if (operands.some((word) => ELISION.test(word.text))) command.elided = true;
  const last = words.at(-1);
  if (program !== undefined && last !== undefined && operands.at(-1) === last && !ELISION.test(last.text)) {
    command.name = last.text;
  }
  const complete =
    command.name !== undefined &&
    (!command.name.includes('$') || NAME_VARIABLE.test(command.name)) &&
    command.configFiles.length === 0 &&
    !command.elided &&
    !words.some((word) => word.text.startsWith('$') && word !== last);
  if (complete && program === 'bhyve') command.wired ??= false;
  return command;
}
