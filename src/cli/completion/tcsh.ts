import {
  type CompletedCommand,
  firstWords,
  plainWords,
  secondWords,
  spellingsOf,
  topicsOf,
  type Values,
} from './describe.ts';

/**
 * For tcsh, which is also csh on FreeBSD: a file that is sourced. A rule of tcsh sees one word before the cursor or the
 * place of it, never the command, so flags are those of all commands; their values are right where all agree on them.
 */
export function tcshScript(commands: readonly CompletedCommand[]): string {
  const flags = commands.flatMap((command) => command.flags);
  const byName = new Map<string, { char?: string | undefined; values: Values }>();
  for (const { name, char, values } of flags) {
    if (values === undefined) continue;
    byName.set(name, { char: byName.get(name)?.char ?? char, values: merged(byName.get(name)?.values, values) });
  }
  const files = commands.filter(({ args }) => args.includes('files')).map(({ words }) => words.at(-1)!);
  const rules = [
    rule('p/1/', firstWords(commands)),
    ...topicsOf(commands).map((topic) =>
      rule(
        `n/${topic}/`,
        secondWords(commands, topic).map(({ words }) => words[1]!),
      ),
    ),
    ...[...byName].map(([name, { values }]) => rule(`n/--${name}/`, values)),
    ...[...byName].flatMap(([, { char, values }]) => (char === undefined ? [] : [rule(`n/-${char}/`, values)])),
    ...[...byName].map(([name, { values }]) => rule(`c/--${name}=/`, values)),
    rule(
      'c/--/',
      [...new Set(flags.flatMap((flag) => spellingsOf(flag)))]
        .filter((flag) => flag.startsWith('--'))
        .map((flag) => flag.slice(2)),
    ),
    ...commands.flatMap(({ words, args: [first] }) =>
      first === undefined || typeof first === 'string' ? [] : [rule(`n/${words.at(-1)!}/`, first)],
    ),
    ...files.map((word) => rule(`n/${word}/`, 'files')),
    rule('p/*/', 'files'),
  ];
  return [
    '# gpudiag: completion for tcsh',
    '',
    `complete gpudiag \\\n  ${[...new Set(rules)].join(' \\\n  ')}`,
    '',
  ].join('\n');
}

function merged(a: Values | undefined, b: Values): Values {
  if (a === undefined || typeof a === 'string' || typeof b === 'string') return typeof b === 'string' ? (a ?? b) : b;
  return [...new Set([...a, ...b])];
}

const rule = (where: string, values: Values): string =>
  `'${where}${values === 'files' ? 'f' : values === 'nothing' ? 'n' : `(${plainWords(values)})`}/'`;
