import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decode } from '../../src/bundle/decode.ts';
import { createRedactor } from '../../src/bundle/redact/redact.ts';
import type { Report } from '../../src/model/report.ts';
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

/** What diagnosis lives on: PCI ids and addresses, addresses of registers, versions. */
const TECHNICAL =
  /^(?:[0-9a-f]{4}:[0-9a-f]{4}|(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]|\d{1,3}\/\d{1,2}\/[0-7]|0x[0-9a-f]{1,11}|\d{2,3}\.\d{2,3}(?:\.\d{2})?)$/;

/** Paths of facts that are no longer the same, apart from texts that held something private. */
function lost(was: unknown, is: unknown, path = ''): string[] {
  if (typeof was === 'string' && typeof is === 'string') return was === is || !TECHNICAL.test(was) ? [] : [path];
  if (typeof was !== 'object' || typeof is !== 'object' || was === null || is === null) return was === is ? [] : [path];
  const [before, after] = [Object.entries(was), Object.entries(is)];
  if (before.length !== after.length) return [path];
  return before.flatMap(([key, value], i) => lost(value, after[i]![1], `${path}/${key}`));
}

const codesOf = ({ findings }: Report): string[] =>
  findings.map(({ code, state, severity }) => `${code} ${state} ${severity}`);

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
    expect(codesOf(is)).toEqual(codesOf(was));
    expect(lost(was.facts, is.facts)).toEqual([]);
    expect(is.verdict.outcome).toBe(was.verdict.outcome);
    expect(is.verdict.stages.map(({ id, status }) => [id, status])).toEqual(
      was.verdict.stages.map(({ id, status }) => [id, status]),
    );
    expect(is.inputs.map(({ artifact, kind, status }) => [artifact, kind, status])).toEqual(
      was.inputs.map(({ artifact, kind, status }) => [artifact, kind, status]),
    );
  });
});
