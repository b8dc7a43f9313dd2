import { type Artifact, lineInFile } from '../model/artifact.ts';

/**
 * Turns the line numbers of a parser's facts into places in the input: adds the artifact's offset to every `line` and
 * puts the artifact's path beside it. Works in place on the freshly parsed facts.
 */
export function locate(facts: unknown, artifact: Artifact): void {
  if (Array.isArray(facts)) {
    for (const item of facts) locate(item, artifact);
    return;
  }
  if (typeof facts !== 'object' || facts === null) return;
  const record = facts as Record<string, unknown>;
  for (const key of Object.keys(record)) {
    const value = record[key];
    if (typeof value === 'object') locate(value, artifact);
  }
  if (typeof record.line === 'number') {
    record.line = lineInFile(artifact, record.line);
    record.artifact = artifact.path;
    if (typeof record.lastLine === 'number') record.lastLine = lineInFile(artifact, record.lastLine);
  }
}

/** Facts after `locate`: every record with a `line` has its artifact too. */
export type Located<T> = T extends readonly (infer Item)[]
  ? Located<Item>[]
  : T extends object
    ? T extends { line: number }
      ? { [K in keyof T]: Located<T[K]> } & { artifact: string }
      : { [K in keyof T]: Located<T[K]> }
    : T;
