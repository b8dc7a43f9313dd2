import type { Input, ParserOutput } from '@oclif/core/interfaces';
import { applyLimitFlags, limitFlags } from './limit-flags.ts';
import { Command, Flags } from './oclif.ts';
import { print } from './print.ts';
import { applySettings, loadSettings, WIDTHS } from './settings.ts';
import { type Display, useDisplay } from './terminal.ts';

type AnyFlags = Record<string, unknown>;

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = false;

  /** How text looks, for every command that prints text. */
  static colorFlag = {
    'no-color': Flags.boolean({
      description: 'no colours, also on a terminal (NO_COLOR does the same)',
      helpGroup: 'display',
    }),
    width: Flags.integer({
      description: 'columns of text (default: those of the terminal)',
      helpGroup: 'display',
      helpValue: 'COLUMNS',
      ...WIDTHS,
    }),
    ascii: Flags.boolean({ description: 'only ASCII characters (default: as the locale says)', helpGroup: 'display' }),
  };

  /** How much is read, for every command that reads inputs. */
  static limitFlags = limitFlags;

  /** The command line; where it says nothing, the environment and the configuration file. */
  protected override async parse<F extends AnyFlags, B extends AnyFlags, A extends AnyFlags>(
    options?: Input<F, B, A>,
    argv?: string[],
  ): Promise<ParserOutput<F, B, A>> {
    const parsed = await super.parse<F, B, A>(options, argv);
    const settings = await loadSettings(process.env, (message) => this.complain(message));
    const flags = parsed.flags as AnyFlags;
    applyLimitFlags(flags);
    const definitions = (options?.flags ?? {}) as Record<string, { options?: readonly string[] }>;
    applySettings({ flags, raw: parsed.raw }, definitions, settings);
    useDisplay({
      width:
        (flags['width'] as number | undefined) ?? (settings.width === undefined ? undefined : Number(settings.width)),
      color: settings.color as Display['color'],
      symbols: flags['ascii'] === true ? 'ascii' : (settings.symbols as Display['symbols']),
    });
    return parsed;
  }

  /** Text for people or programs, to standard output. */
  protected write(text: string): Promise<void> {
    return print(process.stdout, text);
  }

  /** The same, or into the file that `--output` names. */
  protected async deliver(text: string, output: string | undefined): Promise<void> {
    if (output === undefined) return this.write(text);
    const { writeOutput } = await import('./output.ts');
    await writeOutput(output, text);
  }

  /** One line for people, to standard error. */
  protected complain(text: string): Promise<void> {
    return print(process.stderr, `gpudiag: ${text}`);
  }

  /** All errors are put into words in one place, at the entry of the program. */
  protected override catch(error: Error): Promise<never> {
    return Promise.reject(error);
  }
}
