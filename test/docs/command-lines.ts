/** Whether a command line of a page is one that the program takes: its command, arguments, flags and their values. */
import { Parser } from '@oclif/core';
import { COMMANDS } from '../../commands/index.ts';

type Definition = Parameters<typeof Parser.parse>[1];

const DEFINITIONS: Readonly<Record<string, Definition & { aliases?: string[] }>> = COMMANDS as never;

/** Command by what is typed: `matrix show`, also by its other names. */
const BY_NAME = new Map(
  Object.entries(DEFINITIONS).flatMap(([id, command]) =>
    [id, ...(command.aliases ?? [])].map((name) => [name.replaceAll(':', ' '), command] as const),
  ),
);

/** Words that stand for one of a few, and one of them. */
const STANDS_FOR: Readonly<Record<string, string>> = { SHELL: 'bash', PLACE: 'forum', SECONDS: '5', NUMBER: '5' };

/** The words that `sh` makes of the beginning of a line, up to a pipe, a redirection or the next command. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  const token = /\s*(?:(?<end>[|;&<>#)])|(?<word>(?:'[^']*'|"[^"]*"|\\[\s\S]|[^\s'"\\|;&<>)])+))/y;
  for (let match = token.exec(line); match !== null; match = token.exec(line)) {
    const { end, word } = match.groups!;
    if (end !== undefined) break;
    words.push(word!.replaceAll(/'([^']*)'|"([^"]*)"|\\([\s\S])/g, '$1$2$3').trim());
  }
  return words.filter((word) => word !== '');
}

/** The calls of gpudiag in a line: words behind `gpudiag`. */
export const callsIn = (line: string): string[][] =>
  [...line.matchAll(/(?:^|[|;&(]\s*|\bsudo )gpudiag(?=\s|$)/g)].map((match) =>
    wordsOf(line.slice(match.index + match[0].length)),
  );

/** What is wrong with a call; undefined when the program takes it. */
export async function refusal(words: readonly string[]): Promise<string | undefined> {
  const given = words.map((word) => STANDS_FOR[word] ?? word);
  if (given.length === 0 || (given.length === 1 && ['--help', '--version'].includes(given[0]!))) return undefined;
  // A group of commands that is only named.
  if (given.length === 1 && [...BY_NAME.keys()].some((name) => name.startsWith(`${given[0]} `))) return undefined;
  const length = BY_NAME.has(given.slice(0, 2).join(' ')) ? 2 : 1;
  const command = BY_NAME.get(given.slice(0, length).join(' '));
  if (command === undefined) return `no command ${given.slice(0, 2).join(' ')}`;
  const rest = given.slice(length);
  // A command that is only named, and its help.
  if (rest.length === 0 || rest.includes('--help')) return undefined;
  try {
    await Parser.parse(rest, { ...command, args: command.args, flags: command.flags, strict: command.strict });
    return undefined;
  } catch (error) {
    const message = (error as Error).message.split('\n')[0]!;
    // Text that speaks of a flag need not repeat what else the command wants.
    return message.startsWith('Missing ') ? undefined : message;
  }
}

/** All flags of all commands, as typed. */
export const FLAGS: ReadonlySet<string> = new Set([
  '--help',
  '--version',
  ...Object.values(DEFINITIONS).flatMap(({ flags = {} }) =>
    Object.entries(flags).flatMap(([name, flag]) => [
      `--${name}`,
      ...('allowNo' in flag && flag.allowNo ? [`--no-${name}`] : []),
      ...(flag.char === undefined ? [] : [`-${flag.char}`]),
    ]),
  ),
]);
