import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/bundle/decode.ts';
import { createRedactor } from '../../src/bundle/redact/redact.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';

/** Real cases, kept beside the repository. */
const CORPUS = join(ROOT, '../shared/corpus');
const present = existsSync(CORPUS);
if (!present) console.log(`skipped: no folder of real cases at ${CORPUS}`);

const folders = present
  ? ['host', 'guest'].flatMap((side) => readdirSync(join(CORPUS, side)).map((slug) => `${side}/${slug}`)).sort()
  : [];

/** Texts of a case by path inside it. */
function textsOf(folder: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const name of readdirSync(join(CORPUS, folder), { recursive: true, encoding: 'utf8' }).sort()) {
    const path = join(CORPUS, folder, name);
    if (name.endsWith('case.json') || !statSync(path).isFile()) continue;
    const decoded = decode(readFileSync(path));
    if ('text' in decoded) texts[name] = decoded.text;
  }
  return texts;
}

describe.skipIf(!present)('real cases', () => {
  it.each(folders)('%s comes out the same after redaction', (folder) => {
    const before = textsOf(folder);
    const redactor = createRedactor();
    for (const text of Object.values(before)) redactor.learn(text);
    const after = Object.fromEntries(
      Object.entries(before).map(([path, text]) => [path, redactor.redact(text, { path }).text]),
    );
    expect(redactor.leaks(Object.entries(after).map(([path, text]) => ({ path, text })))).toEqual([]);
    for (const [path, text] of Object.entries(after)) {
      expect(text.split('\n').length).toBe(before[path]!.split('\n').length);
    }
    const [was, is] = [diagnoseTexts(before), diagnoseTexts(after)];
    expect(is.verdict.causes).toEqual(was.verdict.causes);
    expect(is.verdict.outcome).toBe(was.verdict.outcome);
    expect(is.verdict.stages.map(({ id, status }) => [id, status])).toEqual(
      was.verdict.stages.map(({ id, status }) => [id, status]),
    );
    expect(is.inputs.map(({ artifact, kind, status }) => [artifact, kind, status])).toEqual(
      was.inputs.map(({ artifact, kind, status }) => [artifact, kind, status]),
    );
  });
});
