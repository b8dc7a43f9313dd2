import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';

/** Rooms of the house and what each may import. A file belongs to the first room whose prefix it has. */
const ROOMS: { room: string; may: string[] }[] = [
  { room: 'src/model/', may: ['src/model/'] },
  { room: 'parsers/', may: ['parsers/', 'src/model/'] },
  { room: 'src/scan/', may: ['src/scan/', 'src/model/'] },
  { room: 'src/rules/', may: ['src/rules/', 'src/model/'] },
  { room: 'src/bundle/', may: ['src/bundle/', 'src/scan/', 'parsers/', 'src/model/'] },
  { room: 'src/collect/', may: ['src/collect/', 'src/bundle/', 'src/scan/', 'parsers/', 'src/model/'] },
  { room: 'src/diagnose/', may: ['src/diagnose/', 'src/bundle/', 'src/rules/', 'src/scan/', 'parsers/', 'src/model/'] },
  { room: 'src/matrix/', may: ['src/matrix/', 'src/diagnose/', 'src/model/'] },
  {
    room: 'src/explain/',
    may: ['src/explain/', 'src/diagnose/', 'src/rules/', 'src/bundle/', 'src/scan/', 'parsers/', 'src/model/'],
  },
  {
    room: 'src/contribute/',
    may: ['src/contribute/', 'src/matrix/', 'src/bundle/', 'src/report/', 'src/model/'],
  },
  { room: 'src/web/', may: ['src/web/', 'src/model/'] },
  { room: 'src/setup/', may: ['src/setup/', 'src/model/'] },
  { room: 'src/compare/', may: ['src/compare/', 'src/setup/', 'src/model/'] },
  { room: 'src/fleet/', may: ['src/fleet/', 'src/setup/', 'src/model/'] },
  { room: 'src/report/', may: ['src/report/', 'src/setup/', 'src/web/', 'src/model/'] },
  { room: 'src/site/', may: ['src/site/', 'src/web/', 'src/matrix/', 'src/report/words', 'src/model/'] },
  { room: 'src/cli/', may: ['src/', 'parsers/', 'commands/'] },
  { room: 'commands/', may: ['commands/', 'src/cli/', 'src/model/'] },
];

/** Node's own modules and packages that only some rooms may touch. */
const GUARDED: { module: RegExp; allowed: RegExp; why: string }[] = [
  {
    module: /^node:(?:fs|fs\/promises|zlib)$/,
    allowed: /^src\/(?:bundle|collect|matrix\/load|cli)/,
    why: 'only the bundle reader, the collector, the matrix loader and the command line touch files',
  },
  {
    module: /^node:child_process$/,
    allowed: /^src\/(?:collect\/|contribute\/github\/token)/,
    why: 'only the collector starts processes, and gh is asked for its token',
  },
  {
    module: /^(?:node:(?:net|http|https|http2|dgram|tls)|undici)$/,
    allowed: /^src\/(?:contribute\/|matrix\/update-fetch)/,
    why: 'only contributions and the matrix updater touch the network',
  },
  { module: /^@oclif\//, allowed: /^(?:commands|src\/cli)\//, why: 'the command framework stays at the edge' },
];

const sources = ['commands', 'parsers', 'src'].flatMap((folder) => globSync(folder, '.ts'));
const importsOf = (file: string): string[] =>
  [
    ...readFileSync(join(ROOT, file), 'utf8').matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^;'"]*?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
    ),
  ].map((match) => match[1] ?? match[2]!);

it('knows every source file', () => {
  expect(sources.length).toBeGreaterThan(50);
  for (const file of sources)
    expect(
      ROOMS.some(({ room }) => file.startsWith(room)),
      file,
    ).toBe(true);
});

describe.each(sources)('%s', (file) => {
  it('imports only what its room may', () => {
    const { may } = ROOMS.find(({ room }) => file.startsWith(room))!;
    for (const target of importsOf(file)) {
      if (target.startsWith('.')) {
        const path = normalize(join(dirname(file), target)).replaceAll('\\', '/');
        expect(
          may.some((prefix) => path.startsWith(prefix)),
          `${file} imports ${path}`,
        ).toBe(true);
      } else {
        const guard = GUARDED.find(({ module }) => module.test(target));
        if (guard) expect(guard.allowed.test(file), `${file} imports ${target}: ${guard.why}`).toBe(true);
        if (file.startsWith('parsers/') || file.startsWith('src/rules/'))
          expect(target, `${file} is pure`).not.toMatch(/^node:/);
      }
    }
  });
});
