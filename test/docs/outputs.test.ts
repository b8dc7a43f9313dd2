import { describe, expect, it } from 'vitest';
import { commandsOf, documents, withOutputs } from '../../scripts/outputs.ts';
import { textOf } from './pages.ts';

const quoting = documents().filter((path) => commandsOf(textOf(path)).length > 0);

it('finds outputs in the documents', () => {
  expect(commandsOf(textOf('README.md')).length).toBeGreaterThanOrEqual(3);
  expect(quoting).toContain('docs/reading-a-verdict.md');
});

describe.each(quoting)('%s', (path) => {
  // Runs the built program: npm test builds first, a bare vitest run needs npm run build.
  it('quotes what the program prints (npm run generate writes it anew)', { timeout: 60_000 }, () => {
    const text = textOf(path);
    expect(withOutputs(text)).toBe(text);
  });
});

describe('a block', () => {
  const block = (command: string, body = ''): string => `a\n<!-- output: ${command} -->${body}\n<!-- /output -->\nb\n`;

  it('is filled in with the command and what it prints, and keeps what is around it', () => {
    const filled = withOutputs(block('gpudiag explain xid:79 | head -n 1'));
    expect(filled).toMatch(
      /^a\n.*-->\n\n```console\n\$ gpudiag explain xid:79 \| head -n 1\nxid:79: .+\n```\n\n<!-- \/output -->\nb\n$/,
    );
    expect(withOutputs(filled)).toBe(filled);
  });

  it('ends before a heading', () => {
    const filled = withOutputs(block("gpudiag analyze examples/tesla-p4-freebsd-15 | sed '/^FIX/,$d'"));
    expect(filled).toContain('CONFIRMED CAUSE');
    expect(filled).not.toMatch(/^FIX/m);
  });

  it('holds one part, from its heading to the next empty line', () => {
    const filled = withOutputs(block("gpudiag analyze examples/tesla-p4-freebsd-15 | sed -n '/^BARS/,/^$/p'"));
    expect(filled).toMatch(/^BARS\n {2}Card/m);
    expect(filled).not.toMatch(/^(?:GUEST DRIVER|GPU FUNCTIONS)/m);
  });

  it('may have words in quotes', () => {
    expect(withOutputs(block('gpudiag matrix match --gpu "Tesla P4" | head -n 2'))).toContain('Card    Tesla P4');
  });

  it.each([
    'rm -rf examples',
    'gpudiag analyze examples/tesla-p4-freebsd-15 --output report.txt; ls',
    'gpudiag analyze $HOME',
    'gpudiag analyze examples/tesla-p4-freebsd-15 --output=dist/refused.txt',
    'gpudiag --version',
    'gpudiag explain xid:79 | sh',
    'gpudiag explain xid:79 | head -n 1 | sh',
    'gpudiag matrix match --gpu "$(ls)"',
    'gpudiag matrix update',
  ])('refuses %s', (command) => {
    expect(() => withOutputs(block(command))).toThrow('not a command that documents may quote');
  });

  it('fails rather than quote an error or an empty output', () => {
    expect(() => withOutputs(block('gpudiag explain no-such-code'))).toThrow('exits with 2');
    expect(() => withOutputs(block("gpudiag explain xid:79 | sed '/^NO SUCH HEADING/,$d'"))).toThrow('no line begins');
  });
});
