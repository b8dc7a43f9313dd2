import {
  type CompletedCommand,
  type CompletedFlag,
  firstWords,
  plainWords,
  secondWords,
  topicsOf,
  type Values,
} from './describe.ts';

/** For the completion system of zsh: as a file _gpudiag in $fpath, or sourced. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const topics = topicsOf(commands);
  const first = firstWords(commands).map((word) => {
    const command = commands.find(({ words }) => words.length === 1 && words[0] === word);
    return entry(
      word,
      command?.summary ??
        secondWords(commands, word)
          .map(({ words }) => words[1]!)
          .join(', '),
    );
  });
  return `#compdef gpudiag
# gpudiag: completion for zsh

_gpudiag() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  local -a list
  _arguments -C '(- *)'{-h,--help}'[show help]' '(- *)--version[show the version]' '1: :->command' '*:: :->rest' && return
  case $state in
    command)
      list=(${first.join(' ')})
      _describe -t commands command list ;;
    rest)
      local command=$line[1]
      case $command in
${topics
  .map(
    (topic) => `        ${topic})
          if ((CURRENT == 2)); then
            list=(${secondWords(commands, topic)
              .map(({ words, summary }) => entry(words[1]!, summary))
              .join(' ')})
            _describe -t commands command list
            return
          fi`,
  )
  .map(
    (text) => `${text}
          command="$command $words[2]"
          shift words
          ((CURRENT--)) ;;`,
  )
  .join('\n')}
      esac
      case $command in
${commands.map(commandCase).join('\n')}
      esac ;;
  esac
}

# Read by the completion system it is the body of a function; sourced it has to be made known.
if [[ \${funcstack[1]} == _gpudiag ]]; then _gpudiag "$@"; else compdef _gpudiag gpudiag; fi
`;
}

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const entry = (word: string, summary: string): string => quote(`${word}:${summary.replaceAll(':', '\\:')}`);

function commandCase({ words, flags, args, more }: CompletedCommand): string {
  const specs = [
    ...flags.flatMap(flagSpecs),
    ...args.map((values, i) => quote(`${more && i === args.length - 1 ? '*' : i + 1}:argument:${action(values)}`)),
  ];
  return `        '${words.join(' ')}')
          _arguments -s ${specs.join(' ')} ;;`;
}

/** \`--format=[how]:value:(text json)\`; a flag that may be repeated has a star. */
function flagSpecs({ name, char, description, values, multiple }: CompletedFlag): string[] {
  const text = `[${description.replace(/[[\]\\]/g, '\\$&')}]`;
  const value = values === undefined ? '' : `:value:${action(values)}`;
  const star = multiple ? '*' : '';
  const long = quote(`${star}--${name}${values === undefined ? '' : '='}${text}${value}`);
  return char === undefined
    ? [long]
    : [long, quote(`${star}-${char}${values === undefined ? '' : '+'}${text}${value}`)];
}

const action = (values: Values): string =>
  values === 'files' ? '_files' : values === 'nothing' ? ' ' : `(${plainWords(values).replaceAll(':', '\\:')})`;
