import { Command, Flags } from './oclif.ts';
import { print } from './print.ts';

export abstract class BaseCommand extends Command {
  static override enableJsonFlag = false;

  static colorFlag = {
    'no-color': Flags.boolean({ description: 'no colours, also on a terminal (NO_COLOR does the same)' }),
  };

  /** Text for people or programs, to standard output. */
  protected write(text: string): Promise<void> {
    return print(process.stdout, text);
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
