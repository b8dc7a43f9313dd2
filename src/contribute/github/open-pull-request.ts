import { Commit, createAsk, Pull, Pulls, Ref, Repository, Tree, User } from './answers.ts';
import type { Client, Clock } from './client.ts';
import { GitHubProblem } from './problem.ts';

/** What is to become a pull request. */
export interface Proposal {
  /** the project: `owner/name` */
  repository: string;
  branch: string;
  title: string;
  body: string;
  /** commit message: subject, empty line, text */
  message: string;
  files: readonly { path: string; text: string }[];
}

export interface PullRequestResult {
  /** `opened` now; `found` as it is; `updated`: found, and the branch has new content; closed and merged ones stay so */
  outcome: 'opened' | 'found' | 'updated' | 'closed' | 'merged';
  url: string;
  number: number;
  /** `owner/name` that holds the branch */
  repository: string;
  branch: string;
}

interface Tools {
  client: Client;
  clock: Clock;
  say: (line: string) => void;
  /** told of everything that is on GitHub now, in the order in which it came to be */
  exists: (what: string) => void;
}

/** A new fork is filled in the background; GitHub says that this may take minutes. */
const FORK_WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Fork, branch, commit, pull request, each only when it is not there yet: a run that was cut off is continued by the
 * next one, and one that is repeated finds everything done. @throws GitHubProblem
 */
export async function openPullRequest(proposal: Proposal, tools: Tools): Promise<PullRequestResult> {
  const { repository, branch } = proposal;
  const { say, exists } = tools;
  const ask = createAsk(tools.client);

  const { login } = (await ask(User, { doing: 'reading your account', method: 'GET', path: '/user', expected: 200 }))!;
  const upstream = (await ask(Repository, {
    doing: `reading ${repository}`,
    method: 'GET',
    path: `/repos/${repository}`,
    expected: 200,
  }))!;

  const earlier = await findPull();
  if (earlier !== undefined && earlier.state === 'closed') {
    return resultOf(earlier, earlier.merged_at ? 'merged' : 'closed', repository);
  }
  if (earlier !== undefined) exists(`pull request ${earlier.html_url}`);

  const home = await findHome();
  const changed = await commitFiles(home);
  if (earlier !== undefined) return resultOf(earlier, changed ? 'updated' : 'found', home);

  say('opening the pull request');
  const opened = await ask(Pull, {
    doing: 'opening the pull request',
    method: 'POST',
    path: `/repos/${upstream.full_name}/pulls`,
    body: {
      title: proposal.title,
      body: proposal.body,
      head: `${login}:${branch}`,
      base: upstream.default_branch,
      maintainer_can_modify: true,
    },
    expected: 201,
  }).catch(async (problem: unknown) => {
    // An attempt whose answer was lost has opened it all the same; GitHub then says 422.
    if (!(problem instanceof GitHubProblem) || problem.status !== 422) throw problem;
    const found = await findPull();
    if (found === undefined) throw problem;
    return found;
  });
  return resultOf(opened!, 'opened', home);

  async function findPull() {
    const query = new URLSearchParams({ head: `${login}:${branch}`, state: 'all', per_page: '10' });
    const pulls = (await ask(Pulls, {
      doing: 'looking for an earlier pull request',
      method: 'GET',
      path: `/repos/${upstream.full_name}/pulls?${query.toString()}`,
      expected: 200,
    }))!;
    return pulls.find(({ state }) => state === 'open') ?? pulls[0];
  }

  function resultOf(pull: { html_url: string; number: number }, outcome: PullRequestResult['outcome'], home: string) {
    return { outcome, url: pull.html_url, number: pull.number, repository: home, branch };
  }

  /** The repository of the user in which the branch belongs: the project itself when it is theirs, else their fork. */
  async function findHome(): Promise<string> {
    const [owner, name] = upstream.full_name.split('/') as [string, string];
    if (owner.toLowerCase() === login.toLowerCase()) return upstream.full_name;
    const own = await ask(Repository, {
      doing: 'looking for your fork',
      method: 'GET',
      path: `/repos/${login}/${name}`,
      expected: 200,
      absent: [404],
    });
    if (own?.fork === true && own.parent?.full_name === upstream.full_name) {
      exists(`fork ${own.full_name}`);
      return own.full_name;
    }
    say(`forking ${upstream.full_name}`);
    const fork = (await ask(Repository, {
      doing: `forking ${upstream.full_name}`,
      method: 'POST',
      path: `/repos/${upstream.full_name}/forks`,
      body: { default_branch_only: true },
      expected: 202,
    }))!;
    exists(`fork ${fork.full_name}`);
    await untilFilled(fork.full_name, fork.default_branch);
    return fork.full_name;
  }

  async function untilFilled(fork: string, mainBranch: string): Promise<void> {
    for (const wait of FORK_WAITS) {
      if ((await readRef(fork, mainBranch, 'waiting for your fork')) !== undefined) return;
      say('waiting for GitHub to fill your fork');
      await tools.clock.wait(wait);
    }
    throw new GitHubProblem('your fork is still empty', undefined, [
      'GitHub fills it in the background; try again later',
    ]);
  }

  async function readRef(where: string, name: string, doing: string): Promise<string | undefined> {
    const path = `/repos/${where}/git/ref/heads/${name.split('/').map(encodeURIComponent).join('/')}`;
    return (await ask(Ref, { doing, method: 'GET', path, expected: 200, absent: [404] }))?.object.sha;
  }

  /** Puts the files on the branch. @returns whether anything had to be changed */
  async function commitFiles(home: string): Promise<boolean> {
    const there = await readRef(home, branch, 'looking for your branch');
    if (there !== undefined) exists(`branch ${branch} in ${home}`);
    const base = there ?? (await readRef(upstream.full_name, upstream.default_branch, `reading ${repository}`));
    if (base === undefined)
      throw new GitHubProblem(`${repository}: has no branch ${upstream.default_branch} (404)`, 404, ['look at --repo']);
    const parent = (await ask(Commit, {
      doing: 'reading the commit to build on',
      method: 'GET',
      path: `/repos/${there === undefined ? upstream.full_name : home}/git/commits/${base}`,
      expected: 200,
    }))!;
    say('uploading the files');
    // Content goes along with the tree: one request instead of one a file, which GitHub would slow down.
    const tree = (await ask(Tree, {
      doing: 'uploading the files',
      method: 'POST',
      path: `/repos/${home}/git/trees`,
      body: {
        base_tree: parent.tree.sha,
        tree: proposal.files.map(({ path, text }) => ({ path, mode: '100644', type: 'blob', content: text })),
      },
      expected: 201,
    }))!;
    // A tree is named by its content: the same name, the same files.
    if (there !== undefined && tree.sha === parent.tree.sha) return false;
    const commit = (await ask(Commit, {
      doing: 'making the commit',
      method: 'POST',
      path: `/repos/${home}/git/commits`,
      body: { message: proposal.message, tree: tree.sha, parents: [base] },
      expected: 201,
    }))!;
    if (there === undefined) await createBranch(home, commit.sha);
    else {
      await ask(Ref, {
        doing: 'bringing your branch up to date',
        method: 'PATCH',
        path: `/repos/${home}/git/refs/heads/${branch}`,
        body: { sha: commit.sha, force: false },
        expected: 200,
      });
    }
    return true;
  }

  async function createBranch(home: string, sha: string): Promise<void> {
    const doing = 'making your branch';
    try {
      await ask(Ref, {
        doing,
        method: 'POST',
        path: `/repos/${home}/git/refs`,
        body: { ref: `refs/heads/${branch}`, sha },
        expected: 201,
      });
    } catch (problem) {
      // As with the pull request: an attempt whose answer was lost has made it.
      if (!(problem instanceof GitHubProblem) || problem.status !== 422) throw problem;
      if ((await readRef(home, branch, doing)) !== sha) throw problem;
    }
    exists(`branch ${branch} in ${home}`);
  }
}
