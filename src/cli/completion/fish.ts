import { type CompletedCommand, firstWords, plainWords, secondWords, topicsOf, type Values } from './describe.ts';

/** For fish 3 and later: a file gpudiag.fish in a folder of completions, or sourced. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const topics = topicsOf(commands);
  const lines = [
    '# gpudiag: completion for fish',
    '',
    '# Whether the words before the cursor begin with these.',
    'function __gpudiag_after',
    '    set -l typed (commandline -opc)[2..]',
    '    set -l wanted (count $argv)',
    '    test (count $typed) -ge $wanted; or return 1',
    '    test "$typed[1..$wanted]" = "$argv"',
    'end',
    '',
    '# Whether the cursor stands right after these words.',
    'function __gpudiag_next',
    '    test (count (commandline -opc)) -eq (math (count $argv) + 1); and __gpudiag_after $argv',
    'end',
    '',
    'complete -c gpudiag -f',
    "complete -c gpudiag -n 'test (count (commandline -opc)) -eq 1' -l version -d 'show the version'",
    ...firstWords(commands).map((word) => {
      const summary = commands.find(({ words }) => words.length === 1 && words[0] === word)?.summary;
      const about =
        summary ??
        secondWords(commands, word)
          .map(({ words }) => words[1]!)
          .join(', ');
      return `complete -c gpudiag -n 'test (count (commandline -opc)) -eq 1' -a ${word} -d ${quote(about)}`;
    }),
    ...topics.flatMap((topic) =>
      secondWords(commands, topic).map(
        ({ words, summary }) => `complete -c gpudiag -n '__gpudiag_next ${topic}' -a ${words[1]} -d ${quote(summary)}`,
      ),
    ),
    ...commands.flatMap(commandLines),
    '',
  ];
  return lines.join('\n');
}

const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;

function commandLines({ words, flags, args }: CompletedCommand): string[] {
  const after = `-n '__gpudiag_after ${words.join(' ')}'`;
  // fish does not count arguments: what any of them may be is offered for each.
  const values = args.map(valuesOf).filter((text) => text !== '');
  return [
    ...flags.map(({ name, char, description, values: ofFlag }) =>
      `complete -c gpudiag ${after} -l ${name}${char === undefined ? '' : ` -s ${char}`}${ofFlag === undefined ? '' : ` -x ${valuesOf(ofFlag)}`} -d ${quote(description)}`.replace(
        / -x -F/,
        ' -r -F',
      ),
    ),
    ...[...new Set(values)].map((text) => `complete -c gpudiag ${after} ${text}`),
  ];
}

const valuesOf = (values: Values): string =>
  values === 'files' ? '-F' : values === 'nothing' ? '' : `-a '${plainWords(values)}'`;
