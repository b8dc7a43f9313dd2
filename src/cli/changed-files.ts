import { runCommand } from '../collect/command.ts';
import { thisMachine } from '../collect/machine.ts';
import { EXIT, ExpectedError } from './errors.ts';

export type Change = 'added' | 'modified' | 'deleted';

/** Refs that are tried for the default branch when the clone does not know its name. */
const DEFAULTS = ['origin/main', 'origin/master', 'main', 'master'];
const BOUNDS = { timeLimitMs: 60_000, keep: { headBytes: 16 * 2 ** 20, tailBytes: 0, wantedBytes: 0 } };
const LETTERS: Record<string, Change> = { A: 'added', D: 'deleted' };

/**
 * What is different below a folder of a git clone since its branch left the default one, committed or not, as paths below
 * the folder. git is run by the collector's runner: without a shell, from the system's folders, without the user's
 * configuration.
 * @param base compares with this commit or branch instead
 */
export async function changedFiles(dir: string, base?: string): Promise<Map<string, Change>> {
  const ref = base ?? (await defaultBranch(dir));
  if (ref.startsWith('-')) throw new ExpectedError(`--base ${ref}: is not a branch or commit`, EXIT.usage);
  const fork = await git(
    dir,
    ['merge-base', ref, 'HEAD'],
    [
      `does ${ref} exist here? git fetch brings it; a clone without history needs git fetch --unshallow`,
      '--base names another branch or commit',
    ],
  );
  const changes = new Map<string, Change>();
  const diff = ['diff', '--name-status', '-z', '--no-renames', '--no-ext-diff', '--relative', fork.trim(), '--', '.'];
  const told = (await git(dir, diff)).split('\0');
  for (let i = 0; i + 1 < told.length; i += 2) changes.set(told[i + 1]!, LETTERS[told[i]!] ?? 'modified');
  const untracked = await git(dir, ['ls-files', '--others', '--exclude-standard', '-z', '--', '.']);
  for (const file of untracked.split('\0').slice(0, -1)) changes.set(file, 'added');
  return changes;
}

async function defaultBranch(dir: string): Promise<string> {
  const named = await tryGit(dir, ['symbolic-ref', '--quiet', '--short', 'refs/remotes/origin/HEAD']);
  if ('text' in named) return named.text.trim();
  for (const ref of DEFAULTS) {
    if ('text' in (await tryGit(dir, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])))
      return ref;
  }
  await git(dir, ['rev-parse', '--git-dir'], ['--changed needs a git clone; without it the whole folder is looked at']);
  throw new ExpectedError('the default branch of this clone is not known', EXIT.usage, [
    '--base BRANCH says what to compare with',
  ]);
}

async function git(dir: string, args: readonly string[], suggestions: string[] = []): Promise<string> {
  const result = await tryGit(dir, args);
  if ('text' in result) return result.text;
  throw new ExpectedError(`git ${args[0]!}: ${result.problem}`, EXIT.usage, suggestions);
}

type Told = { text: string } | { problem: string };

async function tryGit(dir: string, args: readonly string[]): Promise<Told> {
  const argv = ['git', '--no-pager', '-c', 'core.fsmonitor=false', '-C', dir, ...args];
  const outcome = await runCommand(thisMachine(), argv, BOUNDS);
  if (!outcome.ran) return { problem: outcome.reason };
  if (outcome.ended !== undefined) return { problem: outcome.ended === 'time' ? 'took too long' : 'said too much' };
  if (outcome.exitStatus !== 0) return { problem: outcome.complaint ?? 'found nothing' };
  const { bytes, truncation } = outcome.output;
  return truncation === undefined ? { text: bytes.toString('utf8') } : { problem: 'said too much' };
}
