import { identify, type IdentifiedFile } from '../../src/bundle/artifacts.ts';
import { headerExample } from './examples.ts';
import { globSync } from './files.ts';

/** Every parser's header example with the kind it is of. */
export const EXAMPLES: readonly { kind: string; text: string; lines: number }[] = [
  ...globSync('parsers/host', '.ts'),
  ...globSync('parsers/guest', '.ts'),
].map((file) => {
  const { text } = headerExample(file);
  return { kind: file.split('/').at(-1)!.replace('.ts', ''), text, lines: text.split('\n').length - 1 };
});

export const exampleOf = (kind: string): string => EXAMPLES.find((example) => example.kind === kind)!.text;

export const identifyText = (content: string | Uint8Array, path = 'paste.txt'): IdentifiedFile =>
  identify({ path, bytes: typeof content === 'string' ? Buffer.from(content) : content, sha256: '' })!;

/** `kind@line` of what was recognised. */
export const kindsIn = (content: string | Uint8Array, path?: string): string[] =>
  identifyText(content, path)
    .artifacts.filter(({ kind }) => kind !== undefined)
    .map(({ kind, firstLine }) => `${kind}@${firstLine}`);
