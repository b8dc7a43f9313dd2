import { describe, expect, it } from 'vitest';
import { RULES } from '../../src/rules/index.ts';
import { joinRecord } from '../../parsers/lib/records-join.ts';
import { createScanner, type JoinRecord, type NamedPattern, type ScanHit } from '../../src/scan/scan.ts';
import fc from '../support/property.ts';

const MAX_LINE = 8192;

const pattern = (name: string, regex: RegExp, literals: string[]): NamedPattern => ({ name, regex, literals });

const PATTERNS = [
  pattern('xid', /NVRM: Xid \(PCI:(?<bdf>[0-9a-f:.]+)\): (?<xid>\d+)/, ['NVRM: Xid (']),
  pattern('irq', /NVRM: Can't find an IRQ for your NVIDIA card!/, ["Can't find an IRQ"]),
  pattern('bar', /BAR(?<bar>\d) is 0M @ 0x0/, ['is 0M @ 0x']),
  pattern('nvrm', /NVRM: (?<what>RmInit\w+|API mismatch)/, ['NVRM: RmInit', 'API mismatch']),
  pattern('short', /ppt0: /, ['ppt0']),
];

const run = (text: string | Uint8Array, patterns = PATTERNS, join?: JoinRecord): ScanHit[] => {
  const hits: ScanHit[] = [];
  createScanner(patterns, join).scan(typeof text === 'string' ? Buffer.from(text) : text, (hit) => hits.push(hit));
  return hits;
};

const brief = (hits: readonly ScanHit[]): string[] =>
  hits.map(({ pattern: { name }, line, text }) => `${line} ${name} ${text}`);

/** What scan() must give, done the slow way: every line, every pattern, the record looked for in the whole text. */
function naive(bytes: Buffer, patterns: readonly NamedPattern[], join: JoinRecord): string[] {
  const lines: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(10, start);
    const end = newline === -1 ? bytes.length : newline;
    lines.push(bytes.toString('utf8', start, Math.min(end, start + MAX_LINE)));
    start = end + 1;
  }
  const seen = new Set<string>();
  return lines.flatMap((line, i) =>
    patterns.flatMap(({ name, regex, literals }) => {
      const record = join(lines, i);
      const key = `${name} ${record.first}`;
      if (!literals.some((literal) => line.includes(literal)) || seen.has(key) || !regex.test(record.text)) return [];
      seen.add(key);
      return [`${i + 1} ${name} ${record.text}`];
    }),
  );
}

const single: JoinRecord = (lines, index) => ({ first: index, last: index, text: lines[index]! });

const LINES = [
  '[    1.000000] usb 1-1: new high-speed USB device',
  '[   12.345678] NVRM: Xid (PCI:0000:00:06): 79, pid=1, GPU has fallen off the bus.',
  "[   12.345679] NVRM: Can't find an IRQ for your NVIDIA card!",
  '[   13.000000] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
  '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:06.0)',
  '[   14.000000] NVRM: RmInitAdapter failed! (0x31:0xffff:2767)',
  'NVRM: API mismatch: the client has the version 535.183.01, but',
  'NVRM: this kernel module has the version 550.54.14.  Please',
  'ppt0: <NVIDIA> at device 0.0 on pci1\r',
  'ppt0 without the colon',
  '\u0000\u0000NVRM: Xid (PCI:0000:00:07): 31\u0000',
  'déjà vu: NVRM: RmInitAdapter failed',
  '',
  ' ',
  'x'.repeat(300),
];

const anyLog = fc
  .tuple(
    fc.array(fc.oneof(fc.constantFrom(...LINES), fc.string({ maxLength: 40 })), { maxLength: 60 }),
    fc.constantFrom('', '\n'),
  )
  .map(([lines, end]) => Buffer.from(lines.join('\n') + end));

describe('scan', () => {
  it('gives pattern, line, record and groups of a hit', () => {
    const [hit, ...rest] = run(`first line\n${LINES[1]}\n`);
    expect(rest).toEqual([]);
    expect(hit).toEqual({ pattern: PATTERNS[0], line: 2, text: LINES[1], groups: { bdf: '0000:00:06', xid: '79' } });
  });

  it('finds nothing in nothing', () => {
    expect(run('')).toEqual([]);
    expect(run('\n\n\n')).toEqual([]);
    expect(run(LINES.join('\n'), [])).toEqual([]);
  });

  it('leaves out groups that took no part', () => {
    const either = pattern('either', /(?<a>left)|(?<b>right)/, ['left', 'right']);
    expect(run('left\nright', [either]).map(({ groups }) => groups)).toEqual([{ a: 'left' }, { b: 'right' }]);
  });

  it('does not take a literal for a match', () => {
    expect(run('ppt0 without the colon\nppt0: with it')).toMatchObject([{ line: 2 }]);
  });

  it('needs no final newline and keeps a carriage return out of nothing', () => {
    expect(brief(run('a\nppt0: x'))).toEqual(['2 short ppt0: x']);
    expect(run('a\r\nppt0: x\r\n')).toMatchObject([{ line: 2 }]);
  });

  it('reads the bytes of a view, not of the buffer behind it', () => {
    const whole = Buffer.from('ppt0: before\nppt0: in\nppt0: after\n');
    expect(brief(run(whole.subarray(13, 22)))).toEqual(['1 short ppt0: in']);
  });

  it('gives text in other scripts as it is', () => {
    expect(run('ppt0: „Grafik“ ✓')).toMatchObject([{ text: 'ppt0: „Grafik“ ✓' }]);
  });

  it('reports a wrapped record once, at its first line that holds a literal', () => {
    const text = [LINES[0], LINES[3], LINES[4], LINES[0], LINES[6], LINES[7]].join('\n');
    const hits = run(text, PATTERNS, joinRecord);
    expect(hits.map(({ pattern: { name }, line }) => `${line} ${name}`)).toEqual(['3 bar', '5 nvrm']);
    expect(hits[0]!.text).toContain('is invalid: BAR1 is 0M');
  });

  it('cuts a line that is too long, and goes on after it', () => {
    const inside = `${'x'.repeat(MAX_LINE - 20)}ppt0: in${'x'.repeat(100)}`;
    const outside = `${'x'.repeat(MAX_LINE + 5)}ppt0: out`;
    const giant = 'y'.repeat(3_000_000);
    const hits = run([inside, outside, giant, 'ppt0: after', giant].join('\n'));
    expect(hits.map(({ line }) => line)).toEqual([1, 4]);
    expect(hits[0]!.text.length).toBe(MAX_LINE);
  });

  it('finds thousands of hits in order', () => {
    const text = Array.from({ length: 20_000 }, (_, i) => (i % 4 === 0 ? `ppt0: ${i}` : `line ${i}`)).join('\n');
    const hits = run(text);
    expect(hits.length).toBe(5000);
    expect(hits.every(({ line, text: record }) => record === `ppt0: ${line - 1}`)).toBe(true);
  });

  it('takes no longer for a line of one letter than for text', () => {
    const started = performance.now();
    run('N'.repeat(8_000_000));
    run(`${'NVRM: Xid '.repeat(500)}\n`.repeat(400));
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('agrees with the slow way', () => {
    fc.assert(
      fc.property(anyLog, (bytes) => {
        expect(brief(run(bytes))).toEqual(naive(bytes, PATTERNS, single));
      }),
      { numRuns: 400 },
    );
  });

  it('agrees with the slow way on wrapped records', () => {
    fc.assert(
      fc.property(anyLog, (bytes) => {
        expect(brief(run(bytes, PATTERNS, joinRecord))).toEqual(naive(bytes, PATTERNS, joinRecord));
      }),
      { numRuns: 400 },
    );
  });

  it('agrees with the slow way on bytes that are no text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(...LINES), (noise, line) => {
        const bytes = Buffer.concat([noise, Buffer.from(`\n${line}\n`), noise]);
        expect(brief(run(bytes))).toEqual(naive(bytes, PATTERNS, single));
      }),
      { numRuns: 200 },
    );
  });

  it('agrees with the slow way on all patterns of the rules and the lines that rules give as examples', () => {
    const patterns = RULES.flatMap((rule) =>
      Object.entries(rule.patterns ?? {}).map(([name, own]) => ({ ...own, name: `${rule.code} ${name}` })),
    );
    const examples = RULES.flatMap(({ examples: { fires } }) =>
      fires.flatMap(({ files }) => Object.values(files)),
    ).join('\n');
    const bytes = Buffer.from(examples);
    const hits = brief(run(bytes, patterns, joinRecord));
    expect(hits.length).toBeGreaterThan(RULES.length);
    expect(hits).toEqual(naive(bytes, patterns, joinRecord));
  });
});
