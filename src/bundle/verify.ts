import { type Manifest, MANIFEST_FILE, readManifest, REDACTION_FILE } from './manifest.ts';
import type { RawFile } from './open.ts';

export interface Verification {
  manifest?: Manifest;
  /** one line each; empty when everything the manifest says is true */
  problems: string[];
  /** files whose size and hash were compared */
  checked: number;
}

/** Files that describe a bundle and are not listed in it. */
const OWN = new Set([MANIFEST_FILE, REDACTION_FILE]);

/** Compares the files of a bundle with its manifest. */
export function verifyBundle(files: readonly RawFile[]): Verification {
  const own = files.find(({ path }) => path === MANIFEST_FILE);
  if (own === undefined) return { problems: [`has no ${MANIFEST_FILE}`], checked: 0 };
  const read = readManifest(Buffer.from(own.bytes).toString('utf8'));
  if ('problem' in read) return { problems: [`${MANIFEST_FILE}: ${read.problem}`], checked: 0 };
  const { manifest } = read;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const listed = new Set<string>();
  const problems: string[] = [];
  for (const { artifact, bytes, sha256 } of manifest.probes) {
    if (artifact === null) continue;
    if (listed.has(artifact)) problems.push(`${artifact}: is listed twice`);
    listed.add(artifact);
    const file = byPath.get(artifact);
    if (file === undefined) problems.push(`${artifact}: is listed and not there`);
    else if (file.problem !== undefined) problems.push(`${artifact}: ${file.problem}`);
    else if (sha256 === undefined) problems.push(`${artifact}: has no hash in the manifest`);
    else if (file.bytes.length !== bytes)
      problems.push(`${artifact}: has ${file.bytes.length} bytes, ${bytes} are listed`);
    else if (file.sha256 !== sha256) problems.push(`${artifact}: has changed (the hash differs)`);
  }
  for (const { path } of files) {
    if (!listed.has(path) && !OWN.has(path)) problems.push(`${path}: is there and not listed`);
  }
  return { manifest, problems, checked: listed.size };
}
