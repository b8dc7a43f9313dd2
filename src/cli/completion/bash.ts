import {
  type CompletedCommand,
  firstWords,
  plainWords,
  secondWords,
  spellingsOf,
  topicsOf,
  type Values,
} from './describe.ts';

/** For bash 4 and later; needs nothing of the bash-completion package. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const topics = topicsOf(commands);
  return `# gpudiag: completion for bash

_gpudiag() {
  local cur=\${COMP_WORDS[COMP_CWORD]} flag=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} first=2
  COMPREPLY=()
  # bash cuts --flag=value into three words
  if [[ $cur == '=' ]]; then cur=
  elif [[ $flag == '=' ]]; then flag=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W '${plainWords([...firstWords(commands), 'help', '--help', '--version'])}' -- "$cur")
    return
  fi
  case $command in
${topics
  .map(
    (topic) => `    ${topic})
      if ((COMP_CWORD == 2)); then
        mapfile -t COMPREPLY < <(compgen -W '${plainWords(secondWords(commands, topic).map(({ words }) => words[1]!))}' -- "$cur")
        return
      fi
      command="$command \${COMP_WORDS[2]}" first=3 ;;`,
  )
  .join('\n')}
  esac
  local values=nothing flags= place=$((COMP_CWORD - first)) i
  for ((i = first; i < COMP_CWORD; i++)); do [[ \${COMP_WORDS[i]} == -* ]] && ((place--)); done
  case $command in
${commands.map(commandCase).join('\n')}
  esac
  if [[ $values != nothing && $values != files ]]; then mapfile -t COMPREPLY < <(compgen -W "$values" -- "$cur")
  elif [[ $values == nothing && -z $flags ]]; then :
  elif [[ $values == nothing || $cur == -* ]]; then mapfile -t COMPREPLY < <(compgen -W "$flags" -- "$cur")
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  fi
}

complete -F _gpudiag gpudiag
`;
}

/** Sets values and flags: of the flag before the cursor, else of the argument at the cursor. */
function commandCase({ words, flags, args, more }: CompletedCommand): string {
  const ofFlags = flags
    .filter(({ values }) => values !== undefined)
    .map((flag) => `        ${spellingsOf(flag).join('|')}) values=${quoted(flag.values!)} ;;`);
  const names = plainWords(flags.flatMap(spellingsOf));
  return `    '${words.join(' ')}')
      case $flag in
${ofFlags.join('\n')}
        *)
          flags='${names}'
          [[ $cur == -* ]] || ${placeCase(args, more)} ;;
      esac ;;`;
}

function placeCase(args: readonly Values[], more: boolean): string {
  if (args.length === 0) return ':';
  const last = more ? '*' : String(args.length - 1);
  const cases = args.map((values, i) => `${i === args.length - 1 ? last : i}) values=${quoted(values)} ;;`);
  return `case $place in ${cases.join(' ')} esac`;
}

const quoted = (values: Values): string => (typeof values === 'string' ? values : `'${plainWords(values)}'`);
