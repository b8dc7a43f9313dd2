import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';

/**
 * Exports that nothing in the program uses are dead code. Tests do not count as users, so code kept alive by its own
 * test is found too; but what its own file uses may be exported for a test.
 */
const sources = ['commands', 'parsers', 'src', 'scripts', 'bench'].flatMap((folder) => globSync(folder, '.ts'));
const tests = globSync('test', '.ts').map((file) => readFileSync(join(ROOT, file), 'utf8'));
const texts = new Map(sources.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

/** Exports that are entry points, with the reason. */
const ENTRIES: Record<string, string> = {
  COMMANDS: 'read by oclif from the bundle',
  main: 'called by bin/run.js',
  commandsOf: 'lets a test see that documents do quote outputs',
};

it('has no export that only tests use', () => {
  const dead: string[] = [];
  for (const [file, text] of texts) {
    for (const match of text.matchAll(/^export (?:async )?(?:function|const|class|abstract class) (\w+)/gm)) {
      const name = match[1]!;
      if (name in ENTRIES) continue;
      const word = new RegExp(`\\b${name}\\b`, 'g');
      const used = [...texts].some(([other, source]) => other !== file && word.test(source));
      word.lastIndex = 0;
      const own = (text.match(word) ?? []).length > 1;
      const tested = own && tests.some((source) => new RegExp(`\\b${name}\\b`).test(source));
      if (!used && !tested) dead.push(`${file}: ${name}${own ? ' (used only in its own file: do not export it)' : ''}`);
    }
  }
  expect(dead).toEqual([]);
});

it('has no module that nothing imports', () => {
  const all =
    [...texts.values()].join('\n') +
    readFileSync(join(ROOT, 'bin/run.js'), 'utf8') +
    readFileSync(join(ROOT, 'package.json'), 'utf8');
  const orphans = sources
    .filter((file) => !/^(?:scripts|bench)\//.test(file) && file !== 'src/cli/main.ts')
    .filter((file) => !all.includes(`/${file.split('/').at(-1)!}'`));
  expect(orphans).toEqual([]);
});
