import { Command, Flags } from '@oclif/core';

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

interface CommandError extends Error {
  exit?: number;
  code?: string;
  suggestions?: string[];
  oclif?: { exit?: number };
}

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = false;

  static colorFlag = {
    'no-color': Flags.boolean({ description: 'no colours, also on a terminal (NO_COLOR does the same)' }),
  };

  /** Text for people or programs goes to stdout in one piece, so that nothing half-made is left behind a closed pipe. */
  protected write(text: string): Promise<void> {
    return new Promise((resolve) => {
      process.stdout.write(text.endsWith('\n') ? text : `${text}\n`, () => resolve());
    });
  }

  /** Two kinds of errors: expected ones get one clear line; anything else is a bug and asks for a report. */
  protected override async catch(error: CommandError): Promise<void> {
    const { message, exit, suggestions } = describeError(error);
    process.exitCode = exit;
    if (exit === EXIT.ok) return;
    if (process.argv.includes('--json')) await this.write(JSON.stringify({ error: { message, exit, suggestions } }, null, 2));
    else {
      process.stderr.write(`gpudiag: ${message}\n`);
      for (const suggestion of suggestions) process.stderr.write(`  ${suggestion}\n`);
    }
    if (exit === EXIT.bug && process.env.GPUDIAG_DEBUG !== undefined) process.stderr.write(`${error.stack ?? ''}\n`);
  }
}

export function describeError(error: CommandError): { message: string; exit: number; suggestions: string[] } {
  if (error instanceof ExpectedError) return { message: error.message, exit: error.exit, suggestions: error.suggestions };
  const exit = error.oclif?.exit;
  if (exit !== undefined) {
    return { message: firstLines(error.message), exit, suggestions: exit === EXIT.usage ? ['see --help for the flags and two examples'] : [] };
  }
  return {
    message: `internal error: ${firstLines(error.message)}`,
    exit: EXIT.bug,
    suggestions: ['this is a bug in gpudiag: please report it, with the input if you can share it (GPUDIAG_DEBUG=1 shows where)'],
  };
}

/** oclif appends the whole usage to some messages; the first paragraph says what is wrong. */
const firstLines = (message: string): string => message.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('See more help')).slice(0, 3).join(' ');
