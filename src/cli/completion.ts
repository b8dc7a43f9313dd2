import { COMMANDS } from '../../commands/index.ts';
import { PARSERS } from '../../parsers/index.ts';
import { STAGES } from '../model/stage.ts';
import { RULES } from '../rules/index.ts';
import { bashScript } from './completion/bash.ts';
import { type CommandDefinition, type CompletedCommand, describeCommands } from './completion/describe.ts';
import { fishScript } from './completion/fish.ts';
import { kshScript } from './completion/ksh.ts';
import type { Shell } from './completion/shells.ts';
import { tcshScript } from './completion/tcsh.ts';
import { zshScript } from './completion/zsh.ts';
import { embeddedMatrix } from './embedded.ts';

const SCRIPTS: Record<Shell, (commands: readonly CompletedCommand[]) => string> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  tcsh: tcshScript,
  ksh: kshScript,
};

/** The completion script for a shell, made from the commands as they are. */
export function completion(shell: Shell): string {
  const definitions = COMMANDS as Readonly<Record<string, CommandDefinition>>;
  return SCRIPTS[shell](
    describeCommands(definitions, {
      'explain/code': [...RULES.map(({ code }) => code), ...STAGES],
      'matrix:show/id': embeddedMatrix().observations.map(({ id }) => id),
      'parse/kind': PARSERS.map(({ kind }) => kind),
    }),
  );
}
