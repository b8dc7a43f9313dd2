import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Paths below ROOT of the files under `folder` that end in `ending`, sorted; [] when the folder is missing. */
export function globSync(folder: string, ending: string): string[] {
  try {
    return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name).replaceAll('\\', '/'))
      .sort();
  } catch {
    return [];
  }
}
