import { clean } from '../model/text.ts';
import { nearest } from './nearest.ts';

/** The documented exit codes, the same with and without --json. */
export const EXIT = { ok: 0, findings: 1, usage: 2, input: 65, unavailable: 69, bug: 70 } as const;

/** Something expected went wrong: what, and what to try. Never shown with a stack. */
export class ExpectedError extends Error {
  readonly exit: number;
  readonly suggestions: string[];
  constructor(message: string, exit: number, suggestions: string[] = []) {
    super(message);
    this.exit = exit;
    this.suggestions = suggestions;
  }
}

/** An error as people and programs are told of it. Messages are one line each. */
export interface ErrorReport {
  message: string;
  exit: number;
  suggestions: string[];
}

/** What oclif's errors carry besides their message, which holds half a help page. */
interface OclifError extends Error {
  oclif?: { exit?: number };
  /** flags that do not exist; or arguments that are missing (objects) or too many (strings) */
  flags?: string[];
  args?: ({ name: string } | string)[];
  parse?: { input?: { flags?: Record<string, unknown> } };
}

/** Puts an error into words. Anything not expected is a bug and asks for a report. */
export function describeError(error: Error, commands: readonly string[] = []): ErrorReport {
  if (error instanceof ExpectedError) {
    return { message: clean(error.message), exit: error.exit, suggestions: error.suggestions.map(clean) };
  }
  const exit = (error as OclifError).oclif?.exit;
  if (exit !== undefined) return { exit, ...describeUsage(error, commands) };
  if (isOutOfMemory(error)) {
    return {
      message: 'the memory does not suffice for this input',
      exit: EXIT.input,
      suggestions: ['--max-bytes reads less of it'],
    };
  }
  return {
    message: `internal error: ${clean(error.message)}`,
    exit: EXIT.bug,
    suggestions: [
      'this is a bug in gpudiag: please report it, with the input if you can share it (GPUDIAG_DEBUG=1 shows where)',
    ],
  };
}

/** What V8 and Node say when they cannot have a buffer or a text of that length. */
const isOutOfMemory = (error: Error): boolean =>
  (error instanceof RangeError && /allocation failed|Invalid (?:string|typed array) length/i.test(error.message)) ||
  /^ERR_(?:MEMORY_ALLOCATION_FAILED|STRING_TOO_LONG)$/.test((error as NodeJS.ErrnoException).code ?? '');

const HELP = 'see --help for the flags and two examples';

function describeUsage(error: OclifError, commands: readonly string[]): Pick<ErrorReport, 'message' | 'suggestions'> {
  const unknown = /^command (.+) not found$/.exec(error.message)?.[1]?.replaceAll(':', ' ');
  if (unknown !== undefined) {
    const typed = commandPart(unknown, commands);
    return misspelt('no such command', typed, commands, 'gpudiag --help lists the commands');
  }
  const { flags, args, parse } = error;
  if (flags?.[0] !== undefined) {
    const known = Object.keys(parse?.input?.flags ?? {}).map((name) => `--${name}`);
    return misspelt('no such flag', flags[0].replace(/=.*$/s, ''), known, HELP);
  }
  if (args?.[0] !== undefined) {
    const names = args.map((arg) => (typeof arg === 'string' ? arg : arg.name.toUpperCase()));
    return {
      message: `${typeof args[0] === 'string' ? 'unexpected' : 'missing'} argument: ${clean(names.join(' '))}`,
      suggestions: [HELP],
    };
  }
  const choice = /Expected (\S*) to be one of: (.+?)(?:\n|$)/.exec(error.message);
  if (choice !== null) {
    const [flag, value] = splitFlag(choice[1]!);
    const known = choice[2]!.split(', ');
    return misspelt(`${flag}no such value`, value, known, `known are ${known.join(', ')}`);
  }
  const said = error.message.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('See more help'));
  return { message: clean(said.join(' ').replace(/^The following errors? occurred:\s+/, '')), suggestions: [HELP] };
}

/** Of words that are no command, those that look like one; oclif takes the arguments behind them along. */
function commandPart(typed: string, commands: readonly string[]): string {
  const words = typed.split(' ');
  const beginnings = words.map((_, i) => words.slice(0, words.length - i).join(' '));
  return beginnings.find((words) => nearest(words, commands) !== undefined) ?? typed;
}

/** `--format=xml` as oclif quotes it: what the value belongs to, with a colon, and the value. */
function splitFlag(quoted: string): [string, string] {
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(quoted) ?? [];
  return flag === undefined || value === undefined ? ['', quoted] : [`${flag}: `, value];
}

function misspelt(
  what: string,
  typed: string,
  known: readonly string[],
  otherwise: string,
): Pick<ErrorReport, 'message' | 'suggestions'> {
  const meant = nearest(typed, known);
  return {
    message: `${what}: ${clean(typed)}`,
    suggestions: [meant === undefined ? otherwise : `did you mean ${meant}?`],
  };
}

/** Whether the caller asked for JSON, told from the arguments because they may be what is wrong. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const flags = end === -1 ? argv : argv.slice(0, end);
  return flags.some(
    (flag, i) => flag === '--json' || flag === '--format=json' || (flag === '--format' && flags[i + 1] === 'json'),
  );
}
