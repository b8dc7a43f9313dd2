import { identify, type IdentifiedFile } from './artifacts.ts';
import { MANIFEST_FILE, readManifest } from './manifest.ts';
import type { RawFile } from './open.ts';

/**
 * Tells what files hold, as `identify` does, and which of them are kept for people.
 * @param forPeople ids of probes whose answers no parser reads
 */
export function createIdentifier(
  files: readonly RawFile[],
  forPeople: ReadonlySet<string>,
): (file: RawFile) => IdentifiedFile | undefined {
  const probes = probesOf(files);
  return (file) => {
    const probe = probes.get(file.path);
    const identified = identify(file, { collected: probe !== undefined });
    return identified === undefined || probe === undefined || !forPeople.has(probe)
      ? identified
      : { ...identified, keptFrom: probe };
  };
}

/** Id of the probe that each file came from, by path, as the manifests among the files tell. */
function probesOf(files: readonly RawFile[]): ReadonlyMap<string, string> {
  const probes = new Map<string, string>();
  for (const { path, bytes } of files) {
    if (path !== MANIFEST_FILE && !path.endsWith(`/${MANIFEST_FILE}`)) continue;
    const read = readManifest(new TextDecoder().decode(bytes));
    if ('problem' in read) continue;
    const folder = path.slice(0, -MANIFEST_FILE.length);
    for (const { artifact, id } of read.manifest.probes) {
      if (artifact !== null) probes.set(`${folder}${artifact}`, id);
    }
  }
  return probes;
}
