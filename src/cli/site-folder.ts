import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { EXIT, ExpectedError } from './errors.ts';

/** Says that a folder was written by us, and what we put into it. */
const MARKER = 'gpudiag-site.json';

const Marker = v.strictObject({ schemaVersion: v.literal(1), files: v.array(v.string()) });

export interface OutputFile {
  /** relative, with forward slashes */
  path: string;
  text: string;
}

/**
 * Looks whether a folder may be written to: it is not there, is empty, or holds an earlier site and nothing else.
 * @throws ExpectedError
 */
export async function checkSiteFolder(folder: string): Promise<void> {
  const own = await filesOfMarker(folder);
  // Without a marker one look decides: the folder may be somebody's home.
  const names = await namesIn(folder, own !== undefined);
  const ours = new Set([MARKER, ...(own ?? [])]);
  const others = names.filter((name) => own === undefined || !ours.has(name));
  if (others.length === 0) return;
  const shown = others.slice(0, 3).join(', ');
  const what = own === undefined ? 'is not empty and holds no site of gpudiag' : 'holds files that are not of the site';
  throw new ExpectedError(`${folder} ${what}: ${shown}${others.length > 3 ? ' ...' : ''}`, EXIT.usage, [
    'it was left as it is: name another folder, or move these files away',
  ]);
}

/**
 * Puts the files into the folder, all or none: they are written to a new folder beside it, which then takes its place.
 * What an earlier site had and this one has not is gone with the old folder.
 * @throws ExpectedError
 */
export async function writeSiteFolder(folder: string, files: readonly OutputFile[]): Promise<void> {
  try {
    // A link keeps leading where it leads.
    const target = await realpath(folder).catch(() => resolve(folder));
    await mkdir(dirname(target), { recursive: true });
    const beside = (name: string): string =>
      join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.${name}`);
    const made = beside('new');
    try {
      await fill(made, files);
      await takePlace(made, target, beside('old'));
    } catch (error) {
      await rm(made, { recursive: true, force: true });
      throw error;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new ExpectedError(`${folder}: cannot be written: ${REASONS[code ?? ''] ?? code ?? message}`, EXIT.usage, [
      'nothing was changed',
    ]);
  }
}

const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left',
  ENOTDIR: 'a file stands in the way',
  EEXIST: 'a file stands in the way',
  EBUSY: 'it is in use and cannot be replaced; name a folder inside it',
  EINVAL: 'it cannot be replaced; name a folder inside it',
};

async function fill(folder: string, files: readonly OutputFile[]): Promise<void> {
  await mkdir(folder);
  for (const name of new Set(files.map(({ path }) => dirname(path))))
    await mkdir(join(folder, name), { recursive: true });
  for (const { path, text } of files) await writeFile(join(folder, path), text, { flag: 'wx' });
  const marker = { schemaVersion: 1, files: files.map(({ path }) => path) };
  await writeFile(join(folder, MARKER), `${JSON.stringify(marker, null, 1)}\n`, { flag: 'wx' });
}

/** Between two renames nothing stands there, for as long as these take: no system call swaps folders everywhere. */
async function takePlace(made: string, target: string, aside: string): Promise<void> {
  const there = await stat(target).then(
    () => true,
    () => false,
  );
  if (!there) return rename(made, target);
  await rename(target, aside);
  try {
    await rename(made, target);
  } catch (error) {
    await rename(aside, target);
    throw error;
  }
  await rm(aside, { recursive: true, force: true });
}

/** Files and empty folders below a folder, relative with forward slashes; none when there is no such folder. */
async function namesIn(folder: string, recursive: boolean): Promise<string[]> {
  try {
    const entries = await readdir(folder, { recursive, withFileTypes: true });
    const paths = entries.map((entry) => ({
      path: join(entry.parentPath, entry.name).slice(join(folder, '/').length).replaceAll('\\', '/'),
      isFolder: entry.isDirectory(),
    }));
    return paths
      .filter(({ path, isFolder }) => !isFolder || !paths.some((other) => other.path.startsWith(`${path}/`)))
      .map(({ path }) => path)
      .sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR') throw new ExpectedError(`${folder} is a file, not a folder`, EXIT.usage);
    throw new ExpectedError(`${folder}: cannot be read (${code})`, EXIT.usage);
  }
}

/** What an earlier site put there; undefined without a marker that can be read: then nothing in it is ours. */
async function filesOfMarker(folder: string): Promise<string[] | undefined> {
  try {
    return v.parse(Marker, JSON.parse(await readFile(join(folder, MARKER), 'utf8'))).files;
  } catch {
    return undefined;
  }
}
