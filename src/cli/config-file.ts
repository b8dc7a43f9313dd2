import { type FileHandle, open, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { printable } from '../bundle/names.ts';
import { parseFlatJson } from './flat-json.ts';
import { EXIT, ExpectedError } from './errors.ts';

/** A key and its value in a configuration file. */
export interface ConfigEntry {
  key: string;
  /** text, also of numbers */
  value: string;
  /** `/home/ines/.config/gpudiag/config.json, line 3` */
  place: string;
}

/** For all users of a machine, where FreeBSD keeps what its ports and packages are configured with. */
const FOR_ALL = '/usr/local/etc/gpudiag/config.json';
const MAX_BYTES = 64 * 1024;

/**
 * Files that are read, in order: later ones win. GPUDIAG_CONFIG names another one instead of both; set and empty, none
 * is read.
 */
function configPaths(env: NodeJS.ProcessEnv): { path: string; named: boolean }[] {
  const { GPUDIAG_CONFIG: named, XDG_CONFIG_HOME: xdg } = env;
  if (named !== undefined) return named === '' ? [] : [{ path: named, named: true }];
  // The XDG specification has relative paths ignored.
  const folder = xdg !== undefined && isAbsolute(xdg) ? xdg : join(env['HOME'] ?? homedir(), '.config');
  return [FOR_ALL, join(folder, 'gpudiag/config.json')].map((path) => ({ path, named: false }));
}

/**
 * Entries of the configuration files that are there. A file that somebody else could have written is not read.
 * @param warn is told why a file is not read
 * @throws ExpectedError with file and line when a file is wrong, or the one that was named cannot be read
 */
export async function readConfigFiles(
  env: NodeJS.ProcessEnv,
  warn: (message: string) => Promise<void>,
): Promise<ConfigEntry[]> {
  const entries: ConfigEntry[] = [];
  for (const { path, named } of configPaths(env)) {
    const shown = printable(path);
    const read = await readOwn(path);
    if ('missing' in read) {
      if (named) throw new ExpectedError(`${shown}: ${read.missing} (GPUDIAG_CONFIG)`, EXIT.usage);
      continue;
    }
    if ('refused' in read) {
      if (named) throw new ExpectedError(`${shown}: ${read.refused}, so it is not read`, EXIT.usage, [read.remedy]);
      await warn(`${shown} is not read: ${read.refused} (${read.remedy})`);
      continue;
    }
    const parsed = parseFlatJson(read.text);
    if ('problem' in parsed) {
      throw new ExpectedError(`${shown}, line ${parsed.line}: ${parsed.problem}`, EXIT.usage, [
        'a configuration file looks like { "format": "markdown", "width": 100 }',
      ]);
    }
    for (const { key, value, line } of parsed.entries) entries.push({ key, value, place: `${shown}, line ${line}` });
  }
  return entries;
}

type Read = { text: string } | { missing: string } | { refused: string; remedy: string };

const OTHERS_MAY_WRITE = 0o022;

/** Reads a file only when nobody but its reader and root can have written it. */
async function readOwn(path: string): Promise<Read> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    // What was opened is looked at, not what the path leads to by now.
    const info = await file.stat();
    if (!info.isFile()) return { missing: 'is no file' };
    const folder = await stat(dirname(path));
    for (const [{ uid, mode }, what, name] of [
      [info, path, 'it'],
      [folder, dirname(path), 'its folder'],
    ] as const) {
      if (uid !== 0 && uid !== process.geteuid?.()) {
        return { refused: `${name} belongs to another user`, remedy: 'GPUDIAG_CONFIG= leaves it out' };
      }
      if ((mode & OTHERS_MAY_WRITE) !== 0) {
        return { refused: `others can write to ${name}`, remedy: `chmod go-w ${printable(what)}` };
      }
    }
    if (info.size > MAX_BYTES) return { refused: 'it is larger than 64 KiB', remedy: 'GPUDIAG_CONFIG= leaves it out' };
    return { text: await file.readFile('utf8') };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { missing: code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `cannot be read (${code})` };
  } finally {
    await file?.close();
  }
}
