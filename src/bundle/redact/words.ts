/**
 * Walks over a text once, word by word, and says where something begins that a rule should look at. A word is a run of
 * ASCII letters and digits. Rules name the words they are triggered by, or one of the shapes below; all further work is
 * done only there, which keeps redaction at the speed of one loop over the characters.
 */

/** Shapes of a word and what follows it. */
export const SHAPES = {
  /** 1-3 digits before a dot: the first octet of an IPv4 address */
  numberDot: '#1.',
  /** 2 hexadecimal digits before a colon, not behind one: the first byte of a MAC address */
  byteColon: '#ff:',
  /** 4 hexadecimal digits before a colon: the first group of an IPv6 address */
  groupColon: '#ffff:',
  /** 2 hexadecimal digits before a dash: a MAC address as Windows writes it, a PCIe device serial number */
  byteDash: '#ff-',
  /** 4 hexadecimal digits before a dot, with another dot 5 characters on: a MAC address as switches write it */
  quadDot: '#ffff.',
  /** 8 hexadecimal digits before a dash: a UUID */
  uuid: '#uuid',
  /** 5 capitals or digits before a dash: a product key */
  fiveDash: '#5-',
  /** 4 digits before a dash near the beginning of a line: an ISO date */
  yearDash: '#year',
  /** before an `@` (or the sign that Kali's prompt has in its place) */
  at: '#@',
  /** before `://` */
  url: '#://',
  /** near the beginning of a line, before `#`, `$`, `%`, `:~` or `:/`: a prompt */
  prompt: '#prompt',
  /** 15 characters with digits among them: an interface named after its MAC address */
  interfaceName: '#enx',
  /** begins like a key or token that has no separator after its prefix: `AKIA...`, `AIza...`, `AAAA...`, `eyJ...` */
  prefix: '#eyJ',
  /** between `~` and `/`: somebody's home */
  tilde: '#~/',
  /** between dollar signs: a password hash of crypt(3) */
  crypt: '#$1$',
} as const;

const DIGIT = 1;
const HEX_LETTER = 2;
const OTHER_LETTER = 4;
const LOWER = 8;
const UPPER = 16;

/** For every UTF-16 unit: its kind in the upper byte and itself in lower case in the lower; 0 for what is no part of a word. */
const UNIT = new Uint16Array(0x1_0000);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789') {
  const isDigit = char >= '0' && char <= '9';
  const type = isDigit ? DIGIT : /[a-f]/i.test(char) ? HEX_LETTER : OTHER_LETTER;
  const letterCase = isDigit ? 0 : char === char.toLowerCase() ? LOWER : UPPER;
  UNIT[char.charCodeAt(0)] = ((type | letterCase) << 8) | char.toLowerCase().charCodeAt(0);
}
const kindOf = (code: number): number => UNIT[code]! >>> 8;

/** Longest word that can be a trigger. */
const LONGEST = 24;
/** Dates and prompts stand this near to the beginning of their line. */
const NEAR = 64;

const NEWLINE = 10;
const HASH = 35;
const DOLLAR = 36;
const PERCENT = 37;
const DASH = 45;
const DOT = 46;
const SLASH = 47;
const COLON = 58;
const AT = 64;
const BACKSLASH = 92;
const TILDE = 126;
const KALI_AT = 0x327f;

const hash = (word: string): number => {
  let value = 0;
  for (let i = 0; i < word.length; i += 1) value = (Math.imul(value, 31) + word.charCodeAt(i)) | 0;
  return value;
};

const NONE: readonly never[] = [];

const isHexDigit = (code: number): boolean => (kindOf(code) & (DIGIT | HEX_LETTER)) !== 0;

/** `00:` before the second byte of an address */
const followsHexColon = (text: string, at: number): boolean =>
  at >= 2 && text.charCodeAt(at - 1) === COLON && isHexDigit(text.charCodeAt(at - 2));

/** `AA`, `AI`, `AK`, `AR`, `AS`, `ey` */
const hasPrefix = (a: number, b: number): boolean =>
  a === 65 ? b === 65 || b === 73 || b === 75 || b === 82 || b === 83 : a === 101 && b === 121;

/**
 * What was triggered, and where.
 * @param word offset of the first character of the word
 * @param line offset of the first character of its line
 */
export type OnTrigger<T> = (payload: T, word: number, line: number) => void;

export interface Walker<T> {
  /**
   * Calls back for every trigger met, in order. Several may be met at one place.
   * @param from where to begin: at the beginning of a line
   * @param to where to end: at the beginning of a line or the end of the text
   */
  walk(text: string, from: number, to: number, onTrigger: OnTrigger<T>): void;
}

/** @param entries what is triggered by which lower-case words and shapes */
export function createWalker<T>(entries: readonly { on: readonly string[]; payload: T }[]): Walker<T> {
  const byWord = new Map<number, T[]>();
  const byShape = new Map<string, T[]>();
  const maybe = new Uint8Array(1 << 16);
  for (const { on, payload } of entries) {
    for (const trigger of on) {
      if (trigger.startsWith('#')) byShape.set(trigger, [...(byShape.get(trigger) ?? []), payload]);
      else {
        const key = hash(trigger);
        byWord.set(key, [...(byWord.get(key) ?? []), payload]);
        maybe[key & 0xffff] = 1;
      }
    }
  }
  const shape = (name: string): readonly T[] => byShape.get(name) ?? [];
  const numberDot = shape(SHAPES.numberDot);
  const byteColon = shape(SHAPES.byteColon);
  const groupColon = shape(SHAPES.groupColon);
  const byteDash = shape(SHAPES.byteDash);
  const quadDot = shape(SHAPES.quadDot);
  const uuid = shape(SHAPES.uuid);
  const fiveDash = shape(SHAPES.fiveDash);
  const yearDash = shape(SHAPES.yearDash);
  const at = shape(SHAPES.at);
  const url = shape(SHAPES.url);
  const prompt = shape(SHAPES.prompt);
  const interfaceName = shape(SHAPES.interfaceName);
  const prefix = shape(SHAPES.prefix);
  const tilde = shape(SHAPES.tilde);
  const crypt = shape(SHAPES.crypt);

  return {
    walk(text, from, to, onTrigger) {
      const length = to;
      let line = from;
      let i = from;
      const call = (payloads: readonly T[], word: number): void => {
        for (let n = 0; n < payloads.length; n += 1) onTrigger(payloads[n]!, word, line);
      };

      while (i < length) {
        let code = text.charCodeAt(i);
        let unit = UNIT[code]!;
        if (unit === 0) {
          i += 1;
          if (code === NEWLINE) line = i;
          else if (code === PERCENT) {
            // `%2Fhome`: the digits of a URL escape are no part of the word after it
            if (i + 1 < length && isHexDigit(text.charCodeAt(i)) && isHexDigit(text.charCodeAt(i + 1))) i += 2;
          } else if (code === BACKSLASH && i < length && /[nrt]/.test(text[i]!)) {
            // `\nuser=`: nor is the letter of an escape in JSON
            i += 1;
          }
          continue;
        }
        const start = i;
        let value = 0;
        let seen = 0;
        do {
          value = (Math.imul(value, 31) + (unit & 0xff)) | 0;
          seen |= unit;
          i += 1;
          if (i >= length) {
            code = NEWLINE;
            break;
          }
          code = text.charCodeAt(i);
          unit = UNIT[code]!;
        } while (unit !== 0);
        seen >>>= 8;
        const size = i - start;

        if (size <= LONGEST) {
          if (maybe[value & 0xffff] !== 0) call(byWord.get(value) ?? NONE, start);
          if ((seen & LOWER) !== 0 && (seen & UPPER) !== 0 && size > 4) lastHump(text, start, i);
        }
        if (size >= 5 && hasPrefix(text.charCodeAt(start), text.charCodeAt(start + 1))) call(prefix, start);
        if (size === 15 && (seen & DIGIT) !== 0) call(interfaceName, start);

        if (code === COLON) {
          if ((seen & OTHER_LETTER) === 0) {
            if (size === 4) call(groupColon, start);
            else if (size === 2 && !followsHexColon(text, start)) call(byteColon, start);
          }
          const next = text.charCodeAt(i + 1);
          if (next === SLASH && text.charCodeAt(i + 2) === SLASH) call(url, start);
          else if ((next === SLASH || next === TILDE) && start - line <= NEAR) call(prompt, start);
        } else if (code === DOT) {
          if (size <= 3 && (seen & ~DIGIT) === 0) call(numberDot, start);
          else if (size === 4 && (seen & OTHER_LETTER) === 0 && text.charCodeAt(i + 5) === DOT) call(quadDot, start);
        } else if (code === DASH) {
          if (size === 2 && (seen & OTHER_LETTER) === 0) call(byteDash, start);
          else if (size === 8 && (seen & OTHER_LETTER) === 0) call(uuid, start);
          else if (size === 5 && (seen & LOWER) === 0) call(fiveDash, start);
          else if (size === 4 && (seen & ~DIGIT) === 0 && start - line <= NEAR) call(yearDash, start);
        } else if (code === SLASH) {
          if (start > 0 && text.charCodeAt(start - 1) === TILDE) call(tilde, start);
        } else if (code === AT || code === KALI_AT) call(at, start);
        else if (code === HASH || code === DOLLAR || code === PERCENT) {
          if (start - line <= NEAR) call(prompt, start);
          if (code === DOLLAR && start > line && text.charCodeAt(start - 1) === DOLLAR) call(crypt, start);
        }
      }

      /** `adminPassword` is triggered by `password`: the word from its last capital that follows a small letter. */
      function lastHump(source: string, start: number, end: number): void {
        for (let j = end - 1; j > start; j -= 1) {
          if ((kindOf(source.charCodeAt(j)) & UPPER) === 0 || (kindOf(source.charCodeAt(j - 1)) & LOWER) === 0)
            continue;
          let value = 0;
          for (let k = j; k < end; k += 1) value = (Math.imul(value, 31) + (UNIT[source.charCodeAt(k)]! & 0xff)) | 0;
          if (maybe[value & 0xffff] !== 0) call(byWord.get(value) ?? NONE, j);
          return;
        }
      }
    },
  };
}
