/**
 * What the scanner relies on for each pattern: a text that matches holds one of its literals, and no line, however it was
 * made, costs more than its length.
 */
import { describe, expect, it } from 'vitest';
import type { LogPattern } from '../../src/model/pattern.ts';
import { RULES } from '../../src/rules/index.ts';
import fc from '../support/property.ts';

const PATTERNS: (readonly [string, LogPattern])[] = RULES.flatMap(({ code, patterns = {} }) =>
  Object.entries(patterns).map(([name, pattern]) => [`${code}/${name}`, pattern] as const),
);

/** As long as the lines that patterns see. */
const LONG = 8192;
/** A pattern that needs longer for such a line is looked at closely; ordinary ones take some hundredths of it. */
const SUSPICIOUS_MS = 15;
/** Twice the length may take so many times as long: linear is 2, quadratic 4. */
const MOST_GROWTH = 3;

/** Texts that match; undefined for an expression that fast-check cannot turn round. */
function matching({ regex }: LogPattern): string[] | undefined {
  // It knows no names of groups and no word boundaries; neither changes which strings match in the cases that are left.
  const source = regex.source.replace(/\(\?<[a-z]\w*>/gi, '(?:').replaceAll('\\b', '');
  try {
    return fc
      .sample(fc.stringMatching(new RegExp(source, regex.flags), { size: 'small' }), { numRuns: 40, seed: 7 })
      .filter((text) => regex.test(text));
  } catch {
    return undefined;
  }
}

/** Lines that make backtracking expensive: what the pattern likes, over and over, and never to its end. */
function hostileLines(samples: readonly string[], { literals }: LogPattern): ((length: number) => string)[] {
  const starts = [...literals.slice(0, 2), ...samples.slice(0, 2).map((text) => text.slice(0, -1))];
  const pumps = [...new Set(['a', ' ', '0', ': ', '0x0', 'a ', '.', ...starts])].filter((pump) => pump !== '');
  return starts.flatMap((start) =>
    pumps.map((pump) => (length: number) => (start + pump.repeat(Math.ceil(length / pump.length))).slice(0, length)),
  );
}

function milliseconds(regex: RegExp, text: string): number {
  let best = Infinity;
  for (let i = 0; i < 3; i += 1) {
    const started = performance.now();
    regex.exec(text);
    best = Math.min(best, performance.now() - started);
    if (best < SUSPICIOUS_MS) break;
  }
  return best;
}

const turned = new Map(PATTERNS.map(([name, pattern]) => [name, matching(pattern)]));

it('nearly all expressions can be turned round', () => {
  const cannot = [...turned].filter(([, samples]) => samples === undefined || samples.length === 0);
  expect(cannot.length).toBeLessThan(PATTERNS.length / 5);
});

describe.each(PATTERNS)('%s', (name, pattern) => {
  it('holds one of its literals whenever it matches', () => {
    for (const text of turned.get(name) ?? []) {
      expect(
        pattern.literals.some((literal) => text.includes(literal)),
        `matches without ${pattern.literals.join(' or ')}: ${JSON.stringify(text)}`,
      ).toBe(true);
    }
  });

  it('takes time in proportion to the length of a line', () => {
    for (const line of hostileLines(turned.get(name) ?? [], pattern)) {
      const whole = milliseconds(pattern.regex, line(LONG));
      if (whole < SUSPICIOUS_MS) continue;
      const half = milliseconds(pattern.regex, line(LONG / 2));
      expect(whole / half, `${whole.toFixed(0)} ms for ${JSON.stringify(line(60))}...`).toBeLessThan(MOST_GROWTH);
    }
  });
});
