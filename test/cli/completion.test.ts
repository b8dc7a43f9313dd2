import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeCommands } from '../../src/cli/completion/describe.ts';
import { SHELLS } from '../../src/cli/completion/shells.ts';
import { buildIfStale, cli } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';

let folder: string;
const script = (shell: string): string => join(folder, `gpudiag.${shell}`);

beforeAll(async () => {
  buildIfStale();
  folder = mkdtempSync(join(tmpdir(), 'gpudiag-completion-'));
  for (const shell of SHELLS) {
    const { status, stdout, stderr } = await cli(['completion', shell]);
    expect([status, stderr]).toEqual([0, '']);
    writeFileSync(script(shell), stdout);
  }
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Whether a program is there; says so when it is not. */
function has(...programs: string[]): boolean {
  const missing = programs.filter((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0);
  if (missing.length > 0) console.log(`skipped: ${missing.join(', ')} is not installed`);
  return missing.length === 0;
}

/** What is typed, and what must be offered; words that must not be. */
const CASES: readonly { typed: string; offers: string[]; not?: string[] }[] = [
  { typed: 'gpudiag ana', offers: ['analyze'], not: ['parse'] },
  { typed: 'gpudiag doc', offers: ['doctor'] },
  { typed: 'gpudiag matrix ', offers: ['list', 'show'], not: ['analyze'] },
  { typed: 'gpudiag analyze --fail-on ', offers: ['warning', 'never'], not: ['examples'] },
  { typed: 'gpudiag analyze --fail-', offers: ['--fail-on'], not: ['--profile'] },
  { typed: 'gpudiag matrix list --outcome driver-', offers: ['driver-init-fails', 'driver-wont-load'] },
  { typed: 'gpudiag explain nvidia-int', offers: ['nvidia-intpin-missing'] },
  { typed: 'gpudiag matrix show ca-p4-0', offers: ['ca-p4-05'] },
  { typed: 'gpudiag analyze package-l', offers: ['package-lock.json'] },
  { typed: 'gpudiag analyze --output package-l', offers: ['package-lock.json'] },
  { typed: 'gpudiag collect --profile pre', offers: ['pre-boot'] },
];

const check = (found: readonly string[], { offers, not = [] }: (typeof CASES)[number]): void => {
  expect(found).toEqual(expect.arrayContaining(offers));
  for (const word of not) expect(found).not.toContain(word);
};

describe.runIf(has('bash'))('bash', () => {
  const complete = (words: readonly string[]): string[] =>
    execFileSync(
      'bash',
      [
        '--norc',
        '-c',
        'source "$1"; shift; COMP_WORDS=("$@") COMP_CWORD=$(($#-1)); _gpudiag; printf "%s\\n" "${COMPREPLY[@]}"',
        'bash',
        script('bash'),
        ...words,
      ],
      { cwd: ROOT, encoding: 'utf8' },
    )
      .trim()
      .split('\n');

  it.each(CASES)('$typed', (one) => check(complete(one.typed.split(' ')), one));

  it('offers values after an equals sign, which bash takes for a word', () => {
    expect(complete(['gpudiag', 'analyze', '--fail-on', '=', 'war'])).toEqual(['warning']);
    expect(complete(['gpudiag', 'analyze', '--fail-on', '='])).toContain('warning');
  });

  it('offers nothing where nothing can be known', () => {
    expect(complete(['gpudiag', 'collect', '--around', ''])).toEqual(['']);
  });
});

/** Drives an interactive zsh on a pseudo-terminal and notes what it would offer for each line. */
const ZSH = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'autoload -Uz compinit; compinit -u -D; source "$SCRIPT"
compadd() { case " $* " in (*" -O "*|*" -A "*|*" -D "*) builtin compadd "$@" ;; (*) local -a offered; builtin compadd -O offered "$@"; print -rl -- $offered >> $OFFERED; builtin compadd "$@" ;; esac }
note() { print -r -- END >> $OFFERED; BUFFER= }; zle -N note; bindkey "^X" note; print RE""ADY'
while zpty -r shell line '*READY*'; do break; done
zpty -w -n shell "$TYPED"$'\\t'$'\\x18'
while zpty -r -t shell line || ! [[ -f $OFFERED && $(tail -n 1 $OFFERED) == END ]]; do sleep 0.05; done
`;

describe.runIf(has('zsh'))('zsh', () => {
  it.each(CASES)('$typed', (one) => {
    const offered = join(folder, `zsh-${CASES.indexOf(one)}`);
    execFileSync('zsh', ['-f', '-c', ZSH], {
      cwd: ROOT,
      timeout: 25_000,
      env: { ...process.env, SCRIPT: script('zsh'), OFFERED: offered, TYPED: one.typed },
    });
    check(existsSync(offered) ? readFileSync(offered, 'utf8').split('\n') : [], one);
  });
});

describe.runIf(has('fish'))('fish', () => {
  it.each(CASES)('$typed', (one) => {
    const found = execFileSync('fish', ['--no-config', '-c', `source ${script('fish')}; complete -C '${one.typed}'`], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    check(
      found.split('\n').map((line) => line.split('\t')[0]!),
      one,
    );
  });
});

describe.runIf(has('tcsh', 'script'))('tcsh', () => {
  /** tcsh completes only on a terminal: a tab makes the word whole when one thing can be meant. */
  it.each([
    ['gpudiag ana', 'gpudiag analyze '],
    ['gpudiag matrix sho', 'gpudiag matrix show '],
    ['gpudiag analyze --fail-on nev', 'gpudiag analyze --fail-on never '],
    ['gpudiag analyze --verb', 'gpudiag analyze --verbose '],
    ['gpudiag explain nvidia-int', 'gpudiag explain nvidia-intpin-missing '],
    ['gpudiag analyze package-l', 'gpudiag analyze package-lock.json '],
  ])('%s', (typed, whole) => {
    const output = execFileSync('script', ['-qec', 'tcsh -f', '/dev/null'], {
      cwd: ROOT,
      encoding: 'utf8',
      timeout: 25_000,
      input: `source ${script('tcsh')}\nalias gpudiag true\n${typed}\t\nexit\n`,
    });
    expect(output).toContain(whole);
  });
});

describe('ksh', () => {
  it.runIf(has('mksh'))('gives each place its words', () => {
    const words = execFileSync(
      'mksh',
      [
        '-c',
        '. "$1"; print -r -- "${complete_gpudiag_1[@]}"; print -r -- "${complete_gpudiag_2[@]}"',
        'mksh',
        script('ksh'),
      ],
      { encoding: 'utf8' },
    );
    const [first, second] = words.split('\n').map((line) => line.split(' '));
    expect(first).toEqual(expect.arrayContaining(['analyze', 'doctor', 'matrix']));
    expect(second).toEqual(expect.arrayContaining(['list', 'nvidia-intpin-missing', 'pciconf']));
  });
});

describe('the description that scripts are made from', () => {
  const definitions = {
    'a:b': {
      summary: 'does it',
      aliases: ['c'],
      strict: false,
      args: { file: {} },
      flags: {
        kind: { type: 'option', options: ['x', 'y'], char: 'k' },
        secret: { type: 'boolean', hidden: true },
        redact: { type: 'boolean', allowNo: true },
      },
    },
    gone: { hidden: true },
  };

  it('has aliases as commands of their own, and nothing that is hidden', () => {
    const commands = describeCommands(definitions, {});
    expect(commands.map(({ words }) => words)).toEqual([['a', 'b'], ['c']]);
    expect(commands[0]!.flags.map(({ name }) => name)).toEqual(['help', 'kind', 'no-redact', 'redact']);
    expect(commands[0]).toMatchObject({ args: ['files'], more: true });
  });

  it('takes values that no definition lists from whoever knows them', () => {
    expect(describeCommands(definitions, { 'a:b/file': ['one'] })[1]!.args).toEqual([['one']]);
  });
});
