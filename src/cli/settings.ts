import { SEVERITIES } from '../model/finding.ts';
import { PROFILES } from '../model/profile.ts';
import { type ConfigEntry, readConfigFiles } from './config-file.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { nearest } from './nearest.ts';

/** A default that a user can set for all commands, in the environment or in a configuration file. */
interface Setting {
  /** in the file as it is; in the environment as GPUDIAG_KEY */
  key: string;
  /** words that are allowed; or a range of whole numbers */
  values: readonly string[] | { min: number; max: number };
  /** what it does, for the manual */
  does: string;
}

/** Narrower text cannot be read; wider text is not. */
export const WIDTHS = { min: 60, max: 400 } as const;

export const SETTINGS = [
  {
    key: 'format',
    values: ['text', 'markdown', 'html', 'json', 'sarif', 'junit', 'ndjson'],
    does: 'how reports are printed, where the command has that form (--format)',
  },
  {
    key: 'fail-on',
    values: [...SEVERITIES, 'never'],
    does: 'the severity from which on the exit code is 1 (--fail-on)',
  },
  { key: 'profile', values: PROFILES, does: 'how much is collected (collect --profile)' },
  {
    key: 'verbosity',
    values: ['quiet', 'normal', 'verbose'],
    does: 'how much is said, where the command has --quiet or --verbose',
  },
  { key: 'color', values: ['auto', 'always', 'never'], does: 'colours; auto means on a terminal (--no-color)' },
  { key: 'width', values: WIDTHS, does: 'columns of text (--width)' },
  {
    key: 'symbols',
    values: ['auto', 'unicode', 'ascii'],
    does: 'characters used; auto follows the locale (--ascii)',
  },
] as const satisfies readonly Setting[];

type Key = (typeof SETTINGS)[number]['key'];

/** Values that were set, each as it was written; checked. */
export type Settings = Partial<Record<Key, string>>;

export const variableOf = (key: string): string => `GPUDIAG_${key.toUpperCase().replaceAll('-', '_')}`;

/**
 * The environment, and below it the configuration files.
 * @throws ExpectedError naming variable, or file and line, when something in them is wrong
 */
export async function loadSettings(
  env: NodeJS.ProcessEnv,
  warn: (message: string) => Promise<void>,
): Promise<Settings> {
  const settings: Settings = {};
  for (const entry of await readConfigFiles(env, warn))
    settings[checkKey(entry)] = checkValue(entry.key, entry.value, entry.place);
  for (const { key } of SETTINGS) {
    const variable = variableOf(key);
    const value = env[variable];
    if (value !== undefined && value !== '') settings[key] = checkValue(key, value, variable);
  }
  return settings;
}

function checkKey({ key, place }: ConfigEntry): Key {
  const known = SETTINGS.map((setting) => setting.key);
  const found = known.find((one) => one === key);
  if (found !== undefined) return found;
  const meant = nearest(key, known);
  throw new ExpectedError(`${place}: no such setting: ${key}`, EXIT.usage, [
    meant === undefined ? `known are ${known.join(', ')}` : `did you mean ${meant}?`,
  ]);
}

function checkValue(key: string, value: string, place: string): string {
  const { values } = SETTINGS.find((setting) => setting.key === key)!;
  if ('min' in values) {
    const number = /^\d{1,6}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= values.min && number <= values.max) return value;
    throw new ExpectedError(`${place}: ${key} cannot be ${value}`, EXIT.usage, [
      `a whole number from ${values.min} to ${values.max} is expected`,
    ]);
  }
  if ((values as readonly string[]).includes(value)) return value;
  const meant = nearest(value, values);
  throw new ExpectedError(`${place}: no such ${key}: ${value}`, EXIT.usage, [
    meant === undefined ? `known are ${values.join(', ')}` : `did you mean ${meant}?`,
  ]);
}

/** What of a parsed command line settings look at. */
interface ParsedFlags {
  flags: Record<string, unknown>;
  /** what was typed, token by token */
  raw: readonly { type: string; flag?: string }[];
}

/** A flag that a setting gives a value, unless it or one of its rivals was typed. */
const DEFAULTS: readonly { key: Key; flag: string; rivals: readonly string[] }[] = [
  { key: 'format', flag: 'format', rivals: ['json', 'for', 'each'] },
  { key: 'fail-on', flag: 'fail-on', rivals: [] },
  { key: 'profile', flag: 'profile', rivals: [] },
];

/**
 * Puts settings where nothing was typed. A value that this command's flag does not offer is left alone: a format that
 * only `analyze` has says nothing to `preflight`.
 */
export function applySettings(
  { flags, raw }: ParsedFlags,
  definitions: Readonly<Record<string, { options?: readonly string[] }>>,
  settings: Settings,
): void {
  const typed = new Set(raw.flatMap(({ type, flag }) => (type === 'flag' && flag !== undefined ? [flag] : [])));
  for (const { key, flag, rivals } of DEFAULTS) {
    const value = settings[key];
    if (value === undefined || [flag, ...rivals].some((name) => typed.has(name))) continue;
    if (definitions[flag]?.options?.includes(value) === true) flags[flag] = value;
  }
  const { verbosity } = settings;
  if (verbosity === undefined || typed.has('quiet') || typed.has('verbose')) return;
  for (const flag of ['quiet', 'verbose']) if (flag in definitions) flags[flag] = verbosity === flag;
}
