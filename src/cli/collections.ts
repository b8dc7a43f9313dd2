import { readdir, stat } from 'node:fs/promises';
import { LIMITS } from '../bundle/limits.ts';
import { MANIFEST_FILE } from '../bundle/manifest.ts';

/** A file that is a bundle by its name. */
const ARCHIVE = /\.(?:tar|tgz|tar\.gz)$/i;
/** What lies beside bundles without being evidence: results, sums, notes. */
const BESIDE =
  /\.(?:ndjson(?:\.gz)?|csv|html|log|lock|tmp|part)$|^(?:readme(?:\.\w+)?|(?:sha|md5)\w*sums?(?:\.txt)?)$/i;
/** What only a folder has that is one bundle itself. */
const OF_BUNDLE = new Set([MANIFEST_FILE, 'host', 'guest']);

/**
 * The cases that inputs stand for: an input stands for itself, unless it is a folder of bundles, which stands for them.
 * Sorted by name within a folder, so that the order is the same on every machine.
 */
export async function casesOf(inputs: readonly string[]): Promise<string[]> {
  const cases: string[] = [];
  for (const input of inputs) {
    const folder = await isFolder(input);
    const found = folder ? await collectionOf(input.replace(/(.)\/+$/, '$1'), 0) : undefined;
    if (found?.certain === true) for (const path of found.paths) cases.push(path);
    else cases.push(input);
  }
  return cases;
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return path !== '-' && (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

interface Collection {
  paths: string[];
  /** at least one of them is a bundle beyond doubt: an archive, or a folder with a manifest */
  certain: boolean;
}

/**
 * What a folder holds when it is a folder of bundles: nothing but archives and folders lies in it, and one of these at
 * least is a bundle. Undefined when it is evidence itself. Links and hidden files are passed over.
 */
async function collectionOf(folder: string, depth: number): Promise<Collection | undefined> {
  const entries = (await readdir(folder, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'));
  if (entries.some(({ name }) => OF_BUNDLE.has(name))) return undefined;
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const collection: Collection = { paths: [], certain: false };
  for (const entry of entries) {
    const path = `${folder}/${entry.name}`;
    if (entry.isFile() && ARCHIVE.test(entry.name)) {
      collection.paths.push(path);
      collection.certain = true;
    } else if (entry.isFile() && !BESIDE.test(entry.name)) return undefined;
    else if (entry.isDirectory()) {
      const inside = depth < LIMITS.depth ? await collectionOf(path, depth + 1) : undefined;
      if (inside === undefined) {
        collection.paths.push(path);
        collection.certain ||= (await readdir(path)).includes(MANIFEST_FILE);
      } else {
        for (const below of inside.paths) collection.paths.push(below);
        collection.certain ||= inside.certain;
      }
    }
  }
  return collection;
}
