import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PARSERS } from '../../parsers/index.ts';
import { createRedactor } from '../../src/bundle/redact/redact.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { headerExample } from '../support/examples.ts';
import { globSync, ROOT } from '../support/files.ts';
import { redactAll } from './support.ts';

/** Redaction must not change what is read and concluded: facts are the same apart from the secrets in them. */

/** Compares two values; strings may differ where the first holds a secret. Returns the paths of all other differences. */
function differences(before: unknown, after: unknown, secrets: readonly string[], path = ''): string[] {
  if (typeof before === 'string' && typeof after === 'string') {
    const folded = before.toLowerCase();
    return before === after || secrets.some((secret) => folded.includes(secret))
      ? []
      : [`${path}: ${before} -> ${after}`];
  }
  if (typeof before === 'object' && before !== null && typeof after === 'object' && after !== null) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      differences(
        (before as Record<string, unknown>)[key],
        (after as Record<string, unknown>)[key],
        secrets,
        `${path}.${key}`,
      ),
    );
  }
  return Object.is(before, after) ? [] : [`${path}: ${String(before)} -> ${String(after)}`];
}

const foldedSecrets = (redactor: ReturnType<typeof createRedactor>): string[] =>
  [...redactor.secrets().values()].flat().map((value) => value.toLowerCase());

describe('facts of the parsers own examples', () => {
  const files = [...globSync('parsers/host', '.ts'), ...globSync('parsers/guest', '.ts')];
  it.each(files)('%s', (file) => {
    const parser = PARSERS.find(({ kind }) => kind === basename(file, '.ts'))!;
    const { text } = headerExample(join(ROOT, file));
    const redactor = createRedactor();
    const { text: redacted } = redactor.redact(text, { path: 'a.txt', kind: parser.kind });
    const [before, after] = [parser.parse(text), parser.parse(redacted)];
    expect(differences(before.facts, after.facts, foldedSecrets(redactor))).toEqual([]);
    expect(after.problems).toEqual(before.problems);
    expect(redactor.leaks([{ path: 'a.txt', text: redacted }])).toEqual([]);
  });
});

/** What a report concludes, without quotes. */
function conclusions(files: Readonly<Record<string, string>>): unknown {
  const { findings, verdict, inputs, facts } = diagnoseTexts(files);
  return {
    findings: findings.map(({ code, state, severity, confidence, subject, count, evidence }) => ({
      code,
      state,
      severity,
      confidence,
      subject,
      count,
      lines: evidence.map(({ artifact, line }) => `${artifact}:${line}`),
    })),
    outcome: verdict.outcome,
    causes: verdict.causes,
    stages: verdict.stages.map(({ id, status }) => `${id} ${status}`),
    inputs: inputs.map(({ artifact, kind, side, status, lines }) => ({ artifact, kind, side, status, lines })),
    facts,
  };
}

describe('conclusions from the examples of the rules', () => {
  const examples = RULES.flatMap(({ code, examples: { fires, silent } }) =>
    [...fires, ...silent].map((example) => ({ code, name: example.name, files: example.files })),
  );
  it.each(examples)('$code: $name', ({ files }) => {
    const redactor = createRedactor();
    const redacted = redactAll(files, redactor);
    expect(differences(conclusions(files), conclusions(redacted), foldedSecrets(redactor))).toEqual([]);
  });
});

describe('conclusions from the shipped bundles', () => {
  const folders = [...new Set(globSync('examples', '').map((path) => path.split('/').slice(0, 2).join('/')))].filter(
    (folder) => statSync(join(ROOT, folder)).isDirectory(),
  );
  it.each(folders)('%s', (folder) => {
    const files: Record<string, string> = {};
    for (const path of globSync(folder, '')) {
      if (statSync(join(ROOT, path)).isFile())
        files[path.slice(folder.length + 1)] = readFileSync(join(ROOT, path), 'utf8');
    }
    const redactor = createRedactor();
    const redacted = redactAll(files, redactor);
    expect(differences(conclusions(files), conclusions(redacted), foldedSecrets(redactor))).toEqual([]);
    expect(redactor.leaks(Object.entries(redacted).map(([path, text]) => ({ path, text })))).toEqual([]);
  });
});
