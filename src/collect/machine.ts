import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Privilege } from './probe.ts';

/** The machine to ask: where its files and commands are. Tests put a stand-in here. */
export interface Machine {
  /** folder in front of every path that a probe names */
  root: string;
  /** folders in which commands are looked for, in this order */
  path: readonly string[];
  privilege: Privilege;
}

/**
 * The machine this runs on. Commands come from the folders of the system and not from the caller's PATH, so that root
 * runs nothing that lies in a folder of somebody else.
 */
export const thisMachine = (): Machine => ({
  root: '/',
  path: ['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/sbin', '/usr/local/bin'],
  privilege: process.getuid?.() === 0 ? 'root' : 'user',
});

/** Where a path of the machine lies for us. */
export const inRoot = (machine: Machine, path: string): string => join(machine.root, path);

export type FoundCommand = { file: string } | { problem: 'missing' | 'denied' };

/** Finds a command as sh does: the first executable file of that name. */
export function findCommand(machine: Machine, name: string): FoundCommand {
  let problem: 'missing' | 'denied' = 'missing';
  for (const folder of machine.path) {
    const file = join(folder, name);
    try {
      if (!statSync(file).isFile()) continue;
      accessSync(file, constants.X_OK);
      return { file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') problem = 'denied';
    }
  }
  return { problem };
}

/** Environment of every command: messages in English, numbers with points, no colours, no pager. */
export const environmentOf = (machine: Machine): NodeJS.ProcessEnv => ({
  PATH: machine.path.join(':'),
  LC_ALL: 'C',
  LANG: 'C',
  TERM: 'dumb',
  HOME: '/',
});
