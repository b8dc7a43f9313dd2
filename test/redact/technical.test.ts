import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/bundle/redact/redact.ts';
import { redactOne } from './support.ts';
import { TECHNICAL } from './technical-lines.ts';

describe('technical identifiers', () => {
  it.each(TECHNICAL)('%s', (line) => {
    expect(redactOne(`${line}\n`)).toBe(`${line}\n`);
  });

  it('stay as a whole, whatever their order', () => {
    const text = TECHNICAL.join('\n');
    expect(redactOne(text)).toBe(text);
    const reversed = [...TECHNICAL].reverse().join('\n');
    expect(redactOne(reversed)).toBe(reversed);
  });

  it('stay next to secrets that are words of the same texts', () => {
    const redactor = createRedactor();
    const words = 'max@bus:~ $ uname\nadmin@gpu:~ $ uname\nada@server:~ $ ls\nNov  3 09:12:01 bar kernel: x\n';
    redactor.learn(words);
    const text = TECHNICAL.join('\n');
    expect(redactor.redact(text, { path: 'a.txt' }).text).toBe(text);
    expect(redactor.redact(words, { path: 'b.txt' }).text).toBe(
      'user-1@host-1:~ $ uname\nadmin@gpu:~ $ uname\nuser-2@server:~ $ ls\nNov  3 09:12:01 host-2 kernel: x\n',
    );
  });
});
