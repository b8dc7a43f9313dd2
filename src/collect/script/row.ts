import type { Probe, Source } from '../probe.ts';
import { quoteArgv } from '../words.ts';

/** A probe as a call of probe() in common.sh, with the reason for it as a comment. */
export function rowOf(probe: Probe): string {
  const { source, why } = probe;
  return [
    `  # ${why}`,
    ...('run' in source ? rowsOfRun(probe, source) : [row(probe, [], argumentsOf(source, probe.artifact))]),
  ].join('\n');
}

type Run = Extract<Source, { run: readonly string[] }>;

/** A user may be given another command than root, and each another one where the first is not installed. */
function rowsOfRun(probe: Probe, source: Run): string[] {
  const { run, runAsUser, orElse } = source;
  const variant = (argv: readonly string[]): string =>
    row(probe, argv === run ? [] : [`as=${quoteArgv(run)}`], ['run', probe.artifact, ...argv]);
  const installed = (argv: readonly string[]): string[] =>
    orElse === undefined
      ? [variant(argv)]
      : [`  if find_command ${argv[0]!}; then`, indented(variant(argv)), '  else', indented(variant(orElse)), '  fi'];
  if (runAsUser === undefined) return installed(run);
  return [
    '  if [ "$privilege" = root ]; then',
    ...installed(run).map(indented),
    '  else',
    ...installed(runAsUser).map(indented),
    '  fi',
  ];
}

const indented = (text: string): string => text.replace(/^/gm, '  ');

function row(probe: Probe, more: readonly string[], call: readonly string[]): string {
  const { id, profiles, privilege, privacy, sizeEstimate, timeLimitMs, keep } = probe;
  const fixed = [id, profiles.join(' '), privilege, privacy, sizeEstimate, Math.ceil(timeLimitMs / 1000)];
  const words = [...fixed, keep.headBytes, keep.tailBytes, keep.wantedBytes].map(String);
  const options = quoteArgv([...optionsOf(probe), ...more]);
  return `  probe ${quoteArgv(words)} \\\n    ${options === '' ? '' : `${options} `}-- ${quoteArgv(call)}`;
}

function optionsOf({ source, freebsd, ifLoaded, disturbs }: Probe): string[] {
  const per = ['gpu', 'cbsd', 'vm', 'datastore'].find((name) =>
    textsOf(source).some((text) => text.includes(`{${name}}`)),
  );
  return [
    ...(per === undefined ? [] : [`per=${per}`]),
    ...('lines' in source && source.lines !== undefined ? [`lines=${source.lines.join('\n')}`] : []),
    ...('fingerprint' in source ? [`strings=${source.strings.join('\n')}`] : []),
    ...(freebsd?.from === undefined ? [] : [`from=${freebsd.from}`]),
    ...(freebsd?.until === undefined ? [] : [`until=${freebsd.until}`]),
    ...(ifLoaded === undefined ? [] : [`module=${ifLoaded}`]),
    ...(disturbs === true ? ['risky=yes'] : []),
  ];
}

function textsOf(source: Source): readonly string[] {
  if ('run' in source) return source.run;
  if ('file' in source) return [source.file];
  if ('files' in source) return [source.files];
  return 'grep' in source ? source.grep : source.fingerprint;
}

function argumentsOf(source: Exclude<Source, Run>, artifact: string): string[] {
  if ('file' in source) return ['file', artifact, source.file];
  if ('files' in source) return ['files', artifact, ...split(source.files)];
  if ('grep' in source) return ['grep', artifact, ...source.grep.flatMap(split)];
  return ['fingerprint', artifact, ...source.fingerprint.flatMap(split)];
}

/**
 * A pattern as a folder, a name with a star in it and the path behind that name, so that the shell expands the name only
 * and in the order of names. Without a star: the path and two empty words.
 */
function split(pattern: string): [string, string, string] {
  const starred = /^([^*]*)\/([\w.-]*\*[\w.-]*)((?:\/[^*]*)?)$/.exec(pattern);
  if (starred !== null) return [starred[1]!, starred[2]!, starred[3]!];
  if (pattern.includes('*')) throw new Error(`the script knows one star in one plain name only: ${pattern}`);
  return [pattern, '', ''];
}
