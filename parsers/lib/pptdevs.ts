import { bhyveBdf } from '../../src/model/bdf.ts';
import type { Located } from '../../src/model/source.ts';

/**
 * The variables that reserve PCI devices for passthrough, read as the kernel reads them (vmm_is_pptdev in
 * sys/amd64/vmm/vmm.c): only `pptdevs`, `pptdevs2` and `pptdevs3`; the value is cut at every single space; from each
 * piece `sscanf("%d/%d/%d")` takes decimal bus, slot and function and ignores whatever follows. Domain 0 only.
 */

/** The only names the kernel asks for. */
export const PPTDEVS_NAMES: readonly string[] = ['pptdevs', 'pptdevs2', 'pptdevs3'];

/** Documented limit of a kernel environment value (KENV_MVALLEN), bytes. */
export const DOCUMENTED_VALUE_BYTES = 128;

/** `NAME=VALUE` longer than this is dropped as a whole at boot (init_dynamic_kenv), bytes. */
const DROPPED_BYTES = 257;

export interface PptdevsToken extends Located {
  /** the piece between two spaces, as written */
  raw: string;
  /** the device the kernel reserves for it, decimal bus/slot/function */
  bdf?: string;
  /** the kernel finds a device address in it */
  valid: boolean;
  /** what is wrong, also when valid (text after the address is ignored) */
  problem?: string;
  /** devices the writer probably meant that the kernel does not read, decimal bus/slot/function */
  intended?: string[];
}

export interface PptdevsVariable extends Located {
  name: string;
  value: string;
  /** bytes of the value */
  length: number;
  /** `over-documented`: above 128 bytes; `dropped`: the kernel forgets the whole variable */
  limit: 'ok' | 'over-documented' | 'dropped';
  tokens: PptdevsToken[];
}

// %d skips white space, takes a sign, then decimal digits; the slashes must follow at once.
const KERNEL_FORM = /^\s*([+-]?\d{1,10})\/\s*([+-]?\d{1,10})\/\s*([+-]?\d{1,10})(.*)$/s;

// Other spellings of a PCI address. `base` is that of the digits: Linux writes hexadecimal.
const NEAR_MISSES: { regex: RegExp; base: 10 | 16 }[] = [
  { regex: /pci\d+:(\d{1,3}):(\d{1,2}):(\d)\b/gi, base: 10 },
  { regex: /\b[0-9a-f]{4,8}:([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])\b/gi, base: 16 },
  { regex: /\b([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])\b/gi, base: 16 },
  { regex: /\b\d+:(\d{1,3}):(\d{1,2}):(\d)\b/g, base: 10 },
  { regex: /\b(\d{1,3})[:.](\d{1,2})[:.](\d)\b/g, base: 10 },
  { regex: /\b(?:0x)?([0-9a-f]{1,2})\/(?:0x)?([0-9a-f]{1,2})\/(?:0x)?([0-7])\b/gi, base: 16 },
];

function intendedDevices(text: string): string[] {
  const decimal = [...text.matchAll(/(\d{1,3})\/(\d{1,2})\/(\d)(?!\d)/g)];
  if (decimal.length > 0 && !/0x/i.test(text)) {
    return decimal.map((m) => bhyveBdf(Number(m[1]), Number(m[2]), Number(m[3])));
  }
  for (const { regex, base } of NEAR_MISSES) {
    const found = [...text.matchAll(regex)];
    if (found.length === 0) continue;
    const number = (digits: string | undefined) => Number.parseInt(digits!, base);
    return found.map((m) => bhyveBdf(number(m[1]), number(m[2]), number(m[3])));
  }
  return [];
}

function readToken(raw: string, line: number): PptdevsToken {
  const match = KERNEL_FORM.exec(raw);
  if (!match) {
    const intended = intendedDevices(raw);
    return {
      line,
      raw,
      valid: false,
      problem: 'not of the form bus/slot/function in decimal digits; the kernel skips it',
      ...(intended.length > 0 ? { intended } : {}),
    };
  }
  const [bus, slot, fn] = [Number(match[1]), Number(match[2]), Number(match[3])];
  // SR-IOV functions use the slot bits as function bits, so a function may go up to 255.
  if (bus < 0 || bus > 255 || slot < 0 || slot > 31 || fn < 0 || fn > 255) {
    return { line, raw, valid: false, problem: 'no device can have this address' };
  }
  const token: PptdevsToken = { line, raw, bdf: bhyveBdf(bus, slot, fn), valid: true };
  const tail = match[4]!;
  if (tail.trim() !== '') {
    token.problem = `the kernel ignores what follows the address: "${tail.slice(0, 60).trim()}"`;
    const intended = intendedDevices(tail);
    if (intended.length > 0) token.intended = intended;
  }
  return token;
}

/** `line` is the line on which the value stands, counted from 1. */
export function readPptdevs(name: string, value: string, line: number): PptdevsVariable {
  const length = new TextEncoder().encode(value).length;
  const whole = name.length + 1 + length;
  return {
    line,
    name,
    value,
    length,
    limit: whole > DROPPED_BYTES ? 'dropped' : length > DOCUMENTED_VALUE_BYTES ? 'over-documented' : 'ok',
    // An empty piece (two spaces in a row) is skipped by the kernel without harm.
    tokens: value
      .split(' ')
      .filter((piece) => piece !== '')
      .slice(0, 500)
      .map((piece) => readToken(piece, line)),
  };
}

/** The devices that variables in force reserve, in order, each once. */
export function reservedDevices(variables: readonly PptdevsVariable[]): string[] {
  const devices = variables
    .filter((variable) => variable.limit !== 'dropped')
    .flatMap((variable) => variable.tokens.flatMap((token) => (token.valid ? [token.bdf!] : [])));
  return [...new Set(devices)];
}
