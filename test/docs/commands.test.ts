import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/files.ts';
import { callsIn, FLAGS, refusal, wordsOf } from './command-lines.ts';
import { type Block, blocksOf, commandsIn, inlineCodeOf, PAGES, textOf } from './pages.ts';
import { buildMachine, type Machine } from './place.ts';

/**
 * What readers are told to type. Blocks marked `sh` are typed into a shell, page by page; blocks marked `console` show what a
 * command prints, and test/docs/outputs.test.ts compares them with that.
 */

/** Commands that are not run here, and why. Their flags are checked all the same, and that a shell can read them. */
const NOT_RUN: readonly { has: RegExp; why: string }[] = [
  { has: /^(?:npm|npx) /, why: 'needs the network or runs this very suite; .ci/run does it from a fresh clone' },
  { has: /^pkg /, why: 'installs packages, as root on FreeBSD' },
  { has: /^(?:make|portlint|poudriere) /, why: 'needs the ports tree of FreeBSD' },
  { has: /\/boot\/loader\.conf /, why: 'reads files that only a FreeBSD host has' },
  { has: /^cat \/proc\/driver\/nvidia\//, why: 'only a guest with the driver has them' },
  { has: /^cat \/proc\/iomem /, why: 'a container may hide it' },
];

/** Exit codes a command may end with, by what stands in it. Else: 0, and with gpudiag also 1, which is findings. */
const OTHER_EXITS: readonly { has: RegExp; exits: readonly number[]; why: string }[] = [
  { has: /ssh:\/\//, exits: [69], why: 'the guest cannot be reached' },
  { has: /gpudiag matrix update (?!--reset)/, exits: [69], why: 'nothing of a test goes out' },
  { has: /--open-pr/, exits: [2, 69], why: 'there is no account' },
  { has: /--changed/, exits: [0, 1, 2], why: 'the folder is no git work tree' },
  { has: /--live/, exits: [0, 1, 2], why: 'the machine of the test has no card, or not one that stands out' },
  { has: /^sh gpudiag-collect\.sh/, exits: [0, 1], why: 'the machine of the test may be neither host nor guest' },
  { has: /^nvidia-smi/, exits: [0, 9], why: 'the driver of the example does not work' },
];

/** Languages of blocks that nobody types into a shell of these machines. */
const OTHER_LANGUAGES: Readonly<Record<string, string>> = {
  '': 'a picture, or the layout of a folder',
  console: 'shows what a command prints',
  text: 'shows the lines of a file',
  json: 'shows a file',
  jsonc: 'shows a file, with remarks',
  powershell: 'for a Windows guest; nothing here can run it',
};

/** Pages whose blocks are typed by other tests. */
const TYPED_ELSEWHERE: readonly { has: RegExp; why: string }[] = [
  { has: /^recipes\//, why: 'for programs that are not here; test/fleet runs the recipes' },
];

/** Flags in the text of pages that are those of other programs. */
const FLAGS_OF_OTHERS: Readonly<Record<string, string>> = { '--seed': 'npm run fuzz' };

const reasonAgainst = (command: string): string | undefined => NOT_RUN.find(({ has }) => has.test(command))?.why;

const pages = PAGES.map((page) => ({ page, blocks: blocksOf(textOf(page)) }));
const shellBlocks = (blocks: readonly Block[]): Block[] => blocks.filter(({ language }) => language === 'sh');
const typed = pages.flatMap(({ page, blocks }) =>
  shellBlocks(blocks).flatMap((block) => commandsIn(block).map((each) => ({ page, ...each }))),
);

describe('a block', () => {
  it.each(pages)('of $page is typed, compared or of another language', ({ blocks }) => {
    for (const { line, language, generated, text } of blocks) {
      expect(['sh', ...Object.keys(OTHER_LANGUAGES)], `line ${line}`).toContain(language);
      // What a command prints is never pasted by hand.
      expect(language === 'console' ? 'generated' : generated, `line ${line}`).toBe(
        language === 'console' && generated ? 'generated' : false,
      );
      if (language === 'json') expect(() => JSON.parse(text) as unknown, `line ${line}`).not.toThrow();
    }
  });

  it('is found in many pages', () => {
    expect(typed.length).toBeGreaterThan(80);
    expect(typed.filter(({ command }) => reasonAgainst(command) === undefined).length).toBeGreaterThan(60);
  });
});

describe('typed as they stand, the commands', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await buildMachine();
  }, 240_000);
  afterAll(() => machine?.remove());

  const withCommands = pages.filter(
    ({ page, blocks }) => shellBlocks(blocks).length > 0 && !TYPED_ELSEWHERE.some(({ has }) => has.test(page)),
  );
  it.concurrent.each(withCommands)('of $page do what they should', { timeout: 240_000 }, async ({ page, blocks }) => {
    const failed: string[] = [];
    for (const block of shellBlocks(blocks)) {
      const commands = commandsIn(block).filter(({ command }) => reasonAgainst(command) === undefined);
      const { ran, stderr } = await machine.type(page, commands);
      expect(ran.length, `line ${block.line}: a command ended the shell: ${stderr}`).toBe(commands.length);
      for (const { line, command, status } of ran) {
        const allowed =
          OTHER_EXITS.find(({ has }) => has.test(command))?.exits ?? (command.includes('gpudiag') ? [0, 1] : [0]);
        if (!allowed.includes(status)) failed.push(`${page}:${line}: ${command} ends with ${status}: ${stderr}`);
      }
      expect(stderr, `line ${block.line}`).not.toMatch(
        /internal error|no such (?:flag|command|value)|(?:missing|unexpected) argument|not found/,
      );
    }
    expect(failed).toEqual([]);
  });
});

describe('what is not typed here', () => {
  it.each(NOT_RUN)('has a use: $why', ({ has }) => {
    expect(typed.some(({ command }) => has.test(command))).toBe(true);
  });

  const kept = typed.filter(({ command }) => reasonAgainst(command) !== undefined);
  it('can be read by a shell', () => {
    for (const { command } of kept) execFileSync('sh', ['-n', '-c', command]);
  });

  it('names scripts of package.json', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = kept.flatMap(({ command }) => [...command.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name!));
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

describe('a call of gpudiag', () => {
  it.each(pages)('in $page is one that it takes', async ({ page, blocks }) => {
    const lines = [
      ...blocks.flatMap((block) => (block.language === 'sh' ? commandsIn(block).map(({ command }) => command) : [])),
      // In a table of calls, dots stand for its beginning.
      ...inlineCodeOf(textOf(page)).map((code) => code.replace(/^… (?=--)/, 'gpudiag analyze bundle.tar.gz ')),
    ];
    const refused: string[] = [];
    for (const line of lines) {
      for (const words of callsIn(line)) {
        const why = await refusal(words);
        if (why !== undefined) refused.push(`${line}: ${why}`);
      }
      const flag = /^--[\w-]+/.exec(line)?.[0];
      const known = flag === undefined || FLAGS.has(flag) || Object.hasOwn(FLAGS_OF_OTHERS, flag);
      // Recipes speak of the flags of what runs them.
      if (!known && !page.startsWith('recipes/')) refused.push(`${line}: no such flag`);
    }
    expect(refused).toEqual([]);
  });

  it('that it does not take is found', async () => {
    const refusals = [
      'gpudiag analize x',
      'gpudiag analyze x --fro forum',
      'gpudiag analyze x --for reddit',
      'gpudiag bundle verify a b',
      'pciconf -lv | gpudiag explain - --nothing',
    ].map((line) => callsIn(line)[0]!);
    for (const words of refusals) expect(await refusal(words), words.join(' ')).toBeDefined();
    for (const line of ["gpudiag collect --around 'vm start compute1'", 'gpudiag explain 0x31:0xffff > out.txt']) {
      expect(await refusal(callsIn(line)[0]!), line).toBeUndefined();
    }
    expect(wordsOf('a \'b c\' "d" | e')).toEqual(['a', 'b c', 'd']);
  });
});
