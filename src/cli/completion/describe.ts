/** What the completion scripts are made from: commands as data, told from their definitions. */

/** What stands for a value: words, file names, or what nobody can know. */
export type Values = readonly string[] | 'files' | 'nothing';

export interface CompletedFlag {
  /** without dashes */
  name: string;
  char?: string;
  description: string;
  /** undefined for a flag without a value */
  values?: Values;
  multiple: boolean;
}

export interface CompletedCommand {
  /** `['matrix', 'list']` */
  words: readonly string[];
  summary: string;
  flags: readonly CompletedFlag[];
  /** what each argument may be; the last goes on when more may follow */
  args: readonly Values[];
  more: boolean;
}

/** The part of an oclif command that is looked at. */
export interface CommandDefinition {
  summary?: string | undefined;
  aliases?: readonly string[];
  hidden?: boolean;
  strict?: boolean;
  args?: Readonly<Record<string, { options?: readonly string[] }>>;
  flags?: Readonly<Record<string, FlagDefinition>>;
}

interface FlagDefinition {
  type: string;
  char?: string;
  description?: string;
  summary?: string;
  options?: readonly string[];
  multiple?: boolean;
  allowNo?: boolean;
  hidden?: boolean;
}

/** Values that no definition lists, by the name of the argument or flag and the command it belongs to. */
export type KnownValues = Readonly<Record<string, readonly string[]>>;

/** Flags whose value is a path. */
const PATH_FLAGS = new Set(['output', 'input', 'config', 'bundle', 'matrix', 'folder', 'rom', 'evidence']);

const HELP: CompletedFlag = { name: 'help', description: 'show help', multiple: false };

/**
 * @param definitions by command id, with colons
 * @param known by `command id/name`: `explain/code`, `matrix:show/id`
 */
export function describeCommands(
  definitions: Readonly<Record<string, CommandDefinition>>,
  known: KnownValues,
): CompletedCommand[] {
  return Object.entries(definitions)
    .filter(([, { hidden }]) => hidden !== true)
    .flatMap(([id, definition]) =>
      [id, ...(definition.aliases ?? [])].map((name) => describe(name, id, definition, known)),
    )
    .sort((a, b) => (a.words.join(' ') < b.words.join(' ') ? -1 : 1));
}

function describe(name: string, id: string, definition: CommandDefinition, known: KnownValues): CompletedCommand {
  const valuesOf = (argument: string): Values | undefined => known[`${id}/${argument}`];
  const flags = Object.entries(definition.flags ?? {})
    .filter(([, { hidden }]) => hidden !== true)
    .flatMap(([flag, { type, char, description, summary, options, multiple, allowNo }]): CompletedFlag[] => {
      const own: CompletedFlag = {
        name: flag,
        description: summary ?? description ?? '',
        multiple: multiple === true,
        ...(char !== undefined && { char }),
        ...(type === 'option' && { values: options ?? valuesOf(flag) ?? (PATH_FLAGS.has(flag) ? 'files' : 'nothing') }),
      };
      const opposite = { name: `no-${flag}`, description: `not: ${own.description}`, multiple: false };
      return allowNo === true ? [own, opposite] : [own];
    });
  return {
    words: name.split(/[: ]/),
    summary: definition.summary ?? '',
    flags: [...flags, HELP].sort((a, b) => (a.name < b.name ? -1 : 1)),
    args: Object.entries(definition.args ?? {}).map(([arg, { options }]) => options ?? valuesOf(arg) ?? 'files'),
    more: definition.strict === false,
  };
}

/** First words that stand before others: `matrix`. */
export const topicsOf = (commands: readonly CompletedCommand[]): string[] => [
  ...new Set(commands.filter(({ words }) => words.length > 1).map(({ words }) => words[0]!)),
];

/** All first words: commands and topics. */
export const firstWords = (commands: readonly CompletedCommand[]): string[] => [
  ...new Set(commands.map(({ words }) => words[0]!)),
];

/** The words that may follow a topic. */
export const secondWords = (commands: readonly CompletedCommand[], topic: string): CompletedCommand[] =>
  commands.filter(({ words }) => words.length > 1 && words[0] === topic);

/** `--format`, `-o` */
export const spellingsOf = ({ name, char }: CompletedFlag): string[] => [
  `--${name}`,
  ...(char === undefined ? [] : [`-${char}`]),
];

/** The only kind of word that is put into a script unquoted. */
const PLAIN = /^[\w./:,@%+-]+$/;

/** Words as one string; anything that a shell could read otherwise is left out. */
export const plainWords = (words: readonly string[]): string => words.filter((word) => PLAIN.test(word)).join(' ');
