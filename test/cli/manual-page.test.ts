import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../commands/index.ts';
import { manualPage } from '../../scripts/manual-page.ts';
import { ROOT } from '../support/files.ts';

const INTRO = 'Finds it out';
const mandoc = (page: string, ...args: string[]) => spawnSync('mandoc', args, { input: page, encoding: 'utf8' });

function hasMandoc(): boolean {
  const there = spawnSync('mandoc', ['-Tlint'], { input: '' }).error === undefined;
  if (!there) console.log('skipped: mandoc is not installed');
  return there;
}

describe('the manual page', () => {
  const page = manualPage(COMMANDS, INTRO);

  it('has the sections of mdoc in their order, and every command, alias and exit code', () => {
    const sections = [...page.matchAll(/^\.Sh (.+)$/gm)].map((match) => match[1]);
    expect(sections).toEqual([
      'NAME',
      'SYNOPSIS',
      'DESCRIPTION',
      'COMMANDS',
      'ENVIRONMENT',
      'FILES',
      'EXIT STATUS',
      'EXAMPLES',
      'SEE ALSO',
    ]);
    for (const id of Object.keys(COMMANDS)) expect(page).toContain(`\n.Ss ${id.replaceAll(':', ' ')}\n`);
    expect(page).toContain('\n.Cm doctor .\n');
    for (const code of [0, 1, 2, 65, 69, 70]) expect(page).toContain(`\n.It ${code}\n`);
  });

  it('goes with the package', () => {
    const { man, files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      man: string[];
      files: string[];
    };
    // npm links the pages of a list only.
    expect(man).toEqual(['./man/gpudiag.1']);
    expect(files).toContain('man');
  });

  it('keeps text from being read as roff', () => {
    const odd = manualPage(
      {
        odd: {
          summary: '.starts with a dot',
          description: "'quoted' at first. A back\\slash; `code` and an em dash — here.",
          flags: { x: { type: 'option', description: 'x', helpValue: 'No' } },
        },
      },
      INTRO,
    );
    expect(odd).toContain('\n\\&.starts with a dot.\n');
    expect(odd).toContain("\n\\&'quoted' at first.\n");
    expect(odd).toContain('A back\\eslash;');
    expect(odd).toContain('Ar \\&No');
    expect(odd).not.toMatch(/[^\x20-\x7e\n]/);
  });

  describe.runIf(hasMandoc())('in mandoc', () => {
    it('gives no warning', () => {
      const { status, stdout } = mandoc(page, '-Tlint', '-W', 'warning');
      expect(stdout).toBe('');
      expect(status).toBe(0);
    });

    it('gives one where there is something to warn of', () => {
      expect(mandoc(page.replace('.Dt GPUDIAG 1\n', ''), '-Tlint', '-W', 'warning').stdout).not.toBe('');
    });

    it('shows a command with its flags', () => {
      const shown = mandoc(page, '-Tascii').stdout.replace(/.\u0008/g, '');
      expect(shown).toMatch(/gpudiag explain \[flag \.\.\.\] \[code \.\.\.\]/);
      expect(shown).toMatch(/--fail-on\s+word/);
    });
  });
});
