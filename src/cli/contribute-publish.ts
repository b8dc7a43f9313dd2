import { createClient, type Clock } from '../contribute/github/client.ts';
import { openPullRequest, type Proposal, type PullRequestResult } from '../contribute/github/open-pull-request.ts';
import { GitHubProblem } from '../contribute/github/problem.ts';
import { findToken } from '../contribute/github/token.ts';
import { openTransport } from '../contribute/github/transport.ts';
import { clean } from '../model/text.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { print } from './print.ts';
import { VERSION } from './version.ts';

export interface Target {
  base: URL;
  /** the name under which `gh` knows the server */
  host: string;
}

const TIMEOUT_MS = 20_000;

/** What tests put others for. */
interface PublishOptions {
  clock?: Clock;
  timeoutMs?: number;
  /** told what is being done and waited for */
  say?: (line: string) => void;
}

const CLOCK: Clock = {
  now: () => Date.now(),
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};

const sayOnStderr = (line: string): void => void print(process.stderr, `gpudiag: ${clean(line)}`);

/**
 * Opens the pull request, or finds it. What goes wrong is said together with what exists on GitHub by then.
 * @param environment token and proxy
 */
export async function publish(
  proposal: Proposal,
  { base, host }: Target,
  environment: NodeJS.ProcessEnv,
  { clock = CLOCK, timeoutMs = TIMEOUT_MS, say = sayOnStderr }: PublishOptions = {},
): Promise<PullRequestResult & { said: string }> {
  const found = await findToken(environment, host);
  if (found === undefined) throw noToken();
  if ('malformed' in found) throw new ExpectedError(`${found.malformed}: is no token`, EXIT.usage);
  const existing: string[] = [];
  const transport = await openTransport({ timeoutMs, environment });
  try {
    const client = createClient({ base, token: found.token, version: VERSION, send: transport.send, clock, say });
    const exists = (what: string): void => void existing.push(what);
    const result = await openPullRequest(proposal, { client, clock, say, exists });
    return { ...result, said: clean(wordsFor(result)) };
  } catch (error) {
    if (!(error instanceof GitHubProblem)) throw error;
    throw new ExpectedError(error.message, EXIT.unavailable, [...error.hints, ...stateOf(existing)]);
  } finally {
    await transport.close();
  }
}

const noToken = (): ExpectedError =>
  new ExpectedError('--open-pr needs a GitHub token, and there is none', EXIT.usage, [
    'set GH_TOKEN or GITHUB_TOKEN, or log in with gh auth login',
    'without an account: leave --open-pr out and mail the folder',
  ]);

/** What has been done by the time something went wrong, and how to go on. */
function stateOf(existing: readonly string[]): string[] {
  const again = 'the same command goes on from there; without --open-pr it writes a folder that can be mailed';
  return existing.length === 0
    ? ['nothing was made on GitHub', again]
    : [`on GitHub there is now: ${existing.join(', ')}; no new pull request`, again];
}

function wordsFor({ outcome, url, repository, branch }: PullRequestResult): string {
  const where = `branch ${branch} in ${repository}`;
  switch (outcome) {
    case 'opened':
      return `Pull request opened: ${url} (${where})`;
    case 'found':
      return `The pull request is open already, with the same content: ${url} (${where})`;
    case 'updated':
      return `The pull request was open already; its branch has the new content now: ${url} (${where})`;
    case 'merged':
      return `The pull request was merged: ${url}`;
    case 'closed':
      return `The pull request was closed without merging, and is not opened again: ${url} (say there why it should be)`;
  }
}
