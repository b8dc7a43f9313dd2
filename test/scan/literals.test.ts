import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/rules/index.ts';
import { createLiteralSearch, type EngineOf, fastEngine, PIECE_BYTES, plainEngine } from '../../src/scan/literals.ts';
import { chooseWindows, chooseWindowsQuickly, WINDOW_BYTES } from '../../src/scan/windows.ts';
import fc from '../support/property.ts';

const ENGINES = [
  [
    'fast',
    ((literals) => {
      const made = fastEngine(literals);
      // The plain one would stand in for it unseen.
      if (made === undefined) throw new Error('no WebAssembly with SIMD here');
      return made;
    }) satisfies EngineOf,
  ],
  ['plain', plainEngine],
] as const;

function find(
  engineOf: EngineOf,
  literals: readonly string[],
  bytes: Uint8Array,
  from = 0,
  end = bytes.length,
): string[] {
  const search = createLiteralSearch(literals, engineOf);
  search.memory.set(bytes);
  const found: string[] = [];
  search.search(from, end, (literal, at) => found.push(`${at} ${literals[literal]!}`));
  return found.sort();
}

/** The slow way. */
function naive(literals: readonly string[], bytes: Uint8Array, from = 0, end = bytes.length): string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, end);
  return literals
    .flatMap((literal) => {
      const found: string[] = [];
      for (let at = buffer.indexOf(literal, from); at !== -1; at = buffer.indexOf(literal, at + 1)) {
        found.push(`${at} ${literal}`);
      }
      return found;
    })
    .sort();
}

const RULE_LITERALS = [
  ...new Set(RULES.flatMap(({ patterns = {} }) => Object.values(patterns).flatMap(({ literals }) => literals))),
];

describe.each(ENGINES)('the %s engine', (_, engineOf) => {
  it.each<[string[], string]>([
    [['ppt0'], 'xx ppt0: y'],
    [['abcd', 'bcde', 'abcde'], 'abcdeabcd'],
    [['aaab'], 'aaaaaaab'],
    [['aaaa'], 'aaaaaa'],
    [['Xid ('], 'Xid (Xid  (Xid ('],
    [['none'], ''],
    [['none'], 'non'],
    [['caf\u00e9'], 'le caf\u00e9'],
  ])('finds %j in %j', (literals, text) => {
    const bytes = Buffer.from(text, 'utf8');
    expect(find(engineOf, literals, bytes)).toEqual(naive(literals, bytes));
  });

  it('finds nothing without strings', () => {
    expect(find(engineOf, [], Buffer.from('anything'))).toEqual([]);
  });

  it('keeps to the offsets asked for', () => {
    const bytes = Buffer.from('ppt0 ppt0 ppt0');
    expect(find(engineOf, ['ppt0'], bytes, 1)).toEqual(['10 ppt0', '5 ppt0']);
    expect(find(engineOf, ['ppt0'], bytes, 0, 8)).toEqual(['0 ppt0']);
    expect(find(engineOf, ['ppt0'], bytes, 0, 9)).toEqual(['0 ppt0', '5 ppt0']);
  });

  it('does not see what an earlier piece left behind', () => {
    const search = createLiteralSearch(['ppt0'], engineOf);
    const found: number[] = [];
    search.memory.set(Buffer.from('xxxxxxxx ppt0'));
    search.memory.set(Buffer.from('yyyy pp'));
    search.search(0, 7, (__, at) => found.push(at));
    expect(found).toEqual([]);
  });

  it('finds as the slow way does, wherever in a piece', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ':', 'N'), minLength: WINDOW_BYTES, maxLength: 9 });
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ':', 'N', '\n', '\u0000'), maxLength: 300 });
    fc.assert(
      fc.property(fc.uniqueArray(word, { maxLength: 12 }), text, fc.nat(40), (literals, haystack, from) => {
        const bytes = Buffer.from(haystack);
        expect(find(engineOf, literals, bytes, Math.min(from, bytes.length))).toEqual(
          naive(literals, bytes, Math.min(from, bytes.length)),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('finds the strings of all rules planted in noise, up to the last byte of a full piece', () => {
    const noise = fc.uint8Array({ minLength: 2000, maxLength: 4000 });
    const planted = fc.array(fc.tuple(fc.constantFrom(...RULE_LITERALS), fc.nat(4000)), { maxLength: 30 });
    const search = createLiteralSearch(RULE_LITERALS, engineOf);
    fc.assert(
      fc.property(noise, planted, fc.constantFrom(...RULE_LITERALS), (bytes, strings, last) => {
        for (const [literal, at] of strings) {
          const place = Math.min(at, bytes.length - literal.length);
          bytes.set(Buffer.from(literal, 'latin1'), place);
        }
        bytes.set(Buffer.from(last), bytes.length - last.length);
        const from = PIECE_BYTES - bytes.length;
        search.memory.set(bytes, from);
        const found: string[] = [];
        search.search(from, PIECE_BYTES, (literal, at) => found.push(`${at - from} ${RULE_LITERALS[literal]!}`));
        expect(found.sort()).toEqual(naive(RULE_LITERALS, bytes));
        expect(found).toContain(`${bytes.length - last.length} ${last}`);
      }),
      { numRuns: 60 },
    );
  });

  it('finds more places than fit into what one go may answer', () => {
    const bytes = Buffer.alloc(PIECE_BYTES, 'NVRM');
    const search = createLiteralSearch(['NVRM'], engineOf);
    search.memory.set(bytes);
    let count = 0;
    search.search(0, bytes.length, (__, at) => {
      expect(at).toBe(4 * count);
      count += 1;
    });
    expect(count).toBe(PIECE_BYTES / 4);
  });

  it('counts lines', () => {
    const search = createLiteralSearch(['none'], engineOf);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(10, 97, 0), { maxLength: 90 }), fc.nat(90), fc.nat(90), (values, a, b) => {
        search.memory.set(values);
        const [from, end] = [Math.min(a, b, values.length), Math.min(Math.max(a, b), values.length)];
        expect(search.countLines(from, end)).toBe(values.slice(from, end).filter((value) => value === 10).length);
      }),
    );
  });
});

describe.each([
  ['with care', chooseWindows],
  ['quickly', chooseWindowsQuickly],
])('windows chosen %s', (_, choose) => {
  it('stand in their strings, one for each', () => {
    const windows = choose(RULE_LITERALS.map((literal) => Buffer.from(literal)));
    const covered = windows.flatMap(({ bytes, of }) =>
      of.map(({ literal, offset }) => {
        const text = Buffer.from(bytes).toString('latin1');
        expect(RULE_LITERALS[literal]!.slice(offset, offset + WINDOW_BYTES)).toBe(text);
        return literal;
      }),
    );
    expect(covered.sort((a, b) => a - b)).toEqual([...RULE_LITERALS.keys()]);
  });

  it('are rather what ordinary lines do not hold', () => {
    const [window] = choose([Buffer.from('using xhci_hcd: NVRM oops')]);
    expect(Buffer.from(window!.bytes).toString()).toMatch(/[A-Z]/);
  });

  it('need strings that are long enough', () => {
    expect(() => choose([Buffer.from('abc')])).toThrow(RangeError);
  });
});
