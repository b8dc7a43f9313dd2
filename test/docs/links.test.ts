import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';
import { anchorsOf, deadBecause, linksOf, PAGES, textOf } from './pages.ts';

const GENERATED = globSync('docs/rules', '.md');

describe('a link', () => {
  it.each(PAGES)('of %s leads somewhere', (page) => {
    const dead = linksOf(textOf(page)).flatMap((target) => {
      const why = deadBecause(page, target);
      return why === undefined ? [] : [`${target}: ${why}`];
    });
    expect(dead).toEqual([]);
  });

  it('of the rules leads somewhere', () => {
    expect(GENERATED.length).toBeGreaterThan(100);
    const dead = GENERATED.flatMap((page) =>
      linksOf(textOf(page)).flatMap((target) =>
        deadBecause(page, target) === undefined ? [] : [`${page}: ${target}`],
      ),
    );
    expect(dead).toEqual([]);
  });

  it('that leads nowhere is found: a file, a heading, a way out of the repository', () => {
    expect(deadBecause('docs/input.md', 'kinds.md')).toBeUndefined();
    expect(deadBecause('docs/input.md', '#kinds')).toBeUndefined();
    expect(deadBecause('docs/input.md', 'no-such-page.md')).toContain('is not there');
    expect(deadBecause('docs/input.md', '../../elsewhere.md')).toContain('is not there');
    expect(deadBecause('docs/input.md', 'collect.md#no-such-heading')).toContain('has no heading');
  });

  it('in code is none', () => {
    expect(linksOf('`[a](b)` [c](d.md#e) [f](https://example.org)\n\n```text\n[g](h)\n```\n')).toEqual(['d.md#e']);
  });

  it('finds headings by the names that GitHub gives them', () => {
    expect([...anchorsOf('# A `b`: c?\n## Not there yet\n```sh\n# no heading\n```\n## Not there yet\n')]).toEqual([
      'a-b-c',
      'not-there-yet',
      'not-there-yet-1',
    ]);
  });
});

it('every page of docs is reached from docs/README.md', () => {
  const listed = linksOf(textOf('docs/README.md'));
  const pages = globSync('docs', '.md').filter((page) => !page.startsWith('docs/rules/') && page !== 'docs/README.md');
  expect(pages.filter((page) => !listed.includes(page.slice('docs/'.length)))).toEqual([]);
  expect(listed).toContain('rules/README.md');
});

it('every schema is explained in docs/schemas.md', () => {
  const listed = linksOf(textOf('docs/schemas.md'));
  expect(globSync('schemas', '.json').filter((schema) => !listed.includes(`../${schema}`))).toEqual([]);
});

describe('in the package', () => {
  const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
  // npm takes the other two in any case.
  const published = [...files, 'README.md', 'LICENSE'];
  const isPublished = (path: string): boolean =>
    published.some((entry) => path === entry || path === `${entry}/` || path.startsWith(`${entry}/`));

  it.each(PAGES.filter((page) => isPublished(page) && page !== 'CONTRIBUTING.md'))(
    'links of %s lead to what is published',
    (page) => {
      const targets = linksOf(textOf(page)).map((target) => join(page, '..', target.split('#')[0]!));
      expect(targets.filter((target) => !isPublished(target) && !isPublished(`${target}/`))).toEqual([]);
    },
  );

  it('are the guide, and what it leads to', () => {
    for (const path of [
      'docs/guide.md',
      'examples/tesla-p4-freebsd-15',
      'schemas/report.schema.json',
      'man/gpudiag.1',
    ]) {
      expect(isPublished(path), path).toBe(true);
    }
    expect(isPublished('src/model/report.ts')).toBe(false);
  });
});
