import { readFileSync } from 'node:fs';

/**
 * The executable example of a parser's header comment: the first ```text block and the first ```json block of the
 * file's leading comments. ` * ` at the start of comment lines is taken off; nothing else is changed.
 */
export function headerExample(file: string): { text: string; expected: unknown } {
  const source = readFileSync(file, 'utf8');
  const comments = [...source.matchAll(/\/\*\*[\s\S]*?\*\//g)].map((match) => match[0]).join('\n');
  const block = (language: string): string => {
    const match = new RegExp('```' + language + '\\n([\\s\\S]*?)```').exec(comments);
    if (!match) throw new Error(`${file}: the header comment has no \`\`\`${language} block`);
    return match[1]!
      .split('\n')
      .map((line) => line.replace(/^ \* ?/, ''))
      .join('\n')
      .trimEnd()
      .replace(/\s*$/, '\n');
  };
  return { text: block('text').replaceAll('*\\/', '*/'), expected: JSON.parse(block('json')) };
}
