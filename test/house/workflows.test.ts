import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';

/** Workflows are read as text: what must not be in them is told from single lines. */
const files = globSync('.github/workflows', '.yml');
const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');
const lines = (text: string): string[] => text.split('\n').filter((line) => !line.trimStart().startsWith('#'));

/** What somebody outside chooses: titles, branches, names of files, the body of a comment. */
const EXPRESSION = /\$\{\{/;

/** The scripts of `run:`, in one line or in a block. */
function scripts(text: string): string[] {
  const found: string[] = [];
  const all = lines(text);
  all.forEach((line, i) => {
    const match = /^(\s*(?:- )?)run: ?(.*)$/.exec(line);
    if (match === null) return;
    if (!/^[|>]/.test(match[2]!)) return void found.push(match[2]!);
    const body: string[] = [];
    for (const next of all.slice(i + 1)) {
      if (next.trim() !== '' && next.search(/\S/) <= match[1]!.length) break;
      body.push(next);
    }
    found.push(body.join('\n'));
  });
  return found;
}

it('there are the workflows that documents speak of', () => {
  expect(files.map((file) => file.replace(/^.*\//, '')).sort()).toEqual([
    'ci.yml',
    'matrix-comment.yml',
    'matrix-release.yml',
    'matrix.yml',
    'site.yml',
  ]);
});

describe.each(files)('%s', (file) => {
  const text = textOf(file);

  it('says what its token may, and no more than reading unless it says so per job', () => {
    const [, whole] = /^permissions:(.*(?:\n {2}.*)*)/m.exec(text) ?? [];
    expect(whole, 'permissions at the top').toBeDefined();
    expect(whole!.trim()).toMatch(/^(?:\{\}|contents: read)$/);
    expect(text).not.toMatch(/write-all|read-all/);
  });

  it('is not started with the rights of the repository by a pull request', () => {
    expect(lines(text).join('\n')).not.toMatch(/pull_request_target/);
    expect(text).not.toMatch(/secrets\./);
  });

  it('lets nothing from outside into a script', () => {
    const all = scripts(text);
    if (/\brun:/.test(text)) expect(all.length).toBeGreaterThan(0);
    for (const script of all) expect(script).not.toMatch(EXPRESSION);
  });

  it('names actions by the hash of a commit, with the version beside it', () => {
    for (const line of lines(text).filter((one) => /\buses:/.test(one))) {
      expect(line).toMatch(/uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  it('leaves no token behind a checkout, and ends', () => {
    const checkouts = text.match(/uses: actions\/checkout@/g)?.length ?? 0;
    expect(text.match(/persist-credentials: false/g)?.length ?? 0).toBe(checkouts);
    const jobs = text.slice(text.indexOf('\njobs:')).match(/^ {2}[\w-]+:$/gm)!.length;
    expect(text.match(/^ {4}timeout-minutes: \d+$/gm)!.length).toBe(jobs);
  });
});

it('whoever may write comments runs no code of a pull request', () => {
  for (const file of files) {
    const text = textOf(file);
    if (!text.includes('workflow_run:')) continue;
    expect(text).not.toMatch(/actions\/checkout|npm (?:ci|install)|node /);
    expect(/^ {4}permissions:\n((?: {6}.*\n)+)/m.exec(text)![1]!.trim().split(/\n\s*/).sort()).toEqual([
      'actions: read',
      'pull-requests: write',
    ]);
    // What the run of a fork left behind is checked before it is used.
    for (const check of ['*[!0-9]*', '"$head" != "$HEAD_SHA"', "grep -qv '^matrix-data/'", 'head -c 60000'])
      expect(text).toContain(check);
  }
});

it('the check of a pull request runs the program of its base', () => {
  const text = textOf('.github/workflows/matrix.yml');
  expect(text).toMatch(/^on:\n {2}pull_request:/m);
  for (const script of scripts(text)) expect(script).not.toMatch(/node head\/|cd head/);
  expect(text).toMatch(/working-directory: base\n\s+run: npm ci/);
});
