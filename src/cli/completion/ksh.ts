import { type CompletedCommand, firstWords, plainWords, secondWords, spellingsOf, topicsOf } from './describe.ts';

/**
 * For the ksh of OpenBSD (oksh in the FreeBSD ports), which completes from arrays: one for each place on the line. Other
 * shells of the family read the file without complaint and complete file names as ever.
 */
export function kshScript(commands: readonly CompletedCommand[]): string {
  const second = topicsOf(commands).flatMap((topic) => secondWords(commands, topic).map(({ words }) => words[1]!));
  const values = commands.flatMap(({ args }) => args.flatMap((arg) => (typeof arg === 'string' ? [] : arg)));
  const flags = commands
    .flatMap((command) => command.flags.flatMap(spellingsOf))
    .filter((flag) => flag.startsWith('--'));
  const array = (place: string, words: readonly string[]): string =>
    `set -A complete_gpudiag${place} -- ${plainWords([...new Set(words)])}`;
  return [
    '# gpudiag: completion for ksh (OpenBSD, oksh)',
    '',
    array('_1', firstWords(commands)),
    array('_2', [...second, ...values]),
    array('', [...flags]),
    '',
  ].join('\n');
}
