import { expect, it } from 'vitest';
import { lineInFile, lineInText } from '../../src/model/artifact.ts';
import { locate } from '../../src/diagnose/locate.ts';

const whole = { firstLine: 11 };
const parts = { firstLine: 3, lineNumbers: Uint32Array.of(3, 4, 90, 91, 500) };

it('counts lines from where an artifact begins', () => {
  expect([1, 2, 5].map((own) => lineInFile(whole, own))).toEqual([11, 12, 15]);
  expect([11, 12, 15].map((line) => lineInText(whole, line))).toEqual([1, 2, 5]);
});

it('knows the lines that were left out', () => {
  expect([1, 2, 3, 4, 5].map((own) => lineInFile(parts, own))).toEqual([3, 4, 90, 91, 500]);
  expect([3, 4, 90, 91, 500].map((line) => lineInText(parts, line))).toEqual([1, 2, 3, 4, 5]);
  // of a line that was left out the one before stands for it
  expect(lineInText(parts, 200)).toBe(4);
  // the empty string behind the last newline is no line of the file
  expect(lineInFile(parts, 6)).toBe(500);
});

it('places facts in the file', () => {
  const facts = { boots: [{ line: 2, lastLine: 3 }], other: { line: 5 } };
  const artifact = { path: 'a.txt', kind: 'x', side: 'host' as const, text: '', bytes: 0, sha256: '', ...parts };
  locate(facts, artifact);
  expect(facts).toEqual({
    boots: [{ line: 4, lastLine: 90, artifact: 'a.txt' }],
    other: { line: 500, artifact: 'a.txt' },
  });
});
