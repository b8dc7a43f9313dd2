import { clean, shorten } from '../../model/text.ts';

/** A request to GitHub that did not come off. The message is for people, one line, and holds no secret. */
export class GitHubProblem extends Error {
  override name = 'GitHubProblem';
  /** HTTP status of the last answer; undefined when there was none */
  readonly status: number | undefined;
  /** what to try */
  readonly hints: readonly string[];

  constructor(message: string, status: number | undefined, hints: readonly string[] = []) {
    super(message);
    this.status = status;
    this.hints = hints;
  }
}

const MAX_QUOTE = 200;

/** What GitHub says of its refusal: `message` and the first of `errors`, in one line. */
export function explanationOf(data: unknown): string {
  const { message, errors } = (typeof data === 'object' && data !== null ? data : {}) as {
    message?: unknown;
    errors?: unknown;
  };
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const detail = typeof first === 'string' ? first : (first as { message?: unknown } | undefined)?.message;
  const said = [message, detail].filter((part) => typeof part === 'string' && part !== '') as string[];
  return shorten(clean(said.join(': ')), MAX_QUOTE);
}

const TOKEN_HINT =
  'a classic token needs the scope public_repo; a fine-grained one needs write access to contents and pull requests of your fork';

/** What the statuses of GitHub's REST API mean to the one who contributes. */
const MEANINGS: Record<number, { means: string; hints: string[] }> = {
  401: {
    means: 'GitHub does not accept the token',
    hints: ['it may have expired; make a new one, or run gh auth login'],
  },
  403: { means: 'the token does not allow this', hints: [TOKEN_HINT] },
  404: {
    means: 'not found, or the token may not see it',
    hints: ['look at --repo and --api-base', TOKEN_HINT],
  },
  409: { means: 'GitHub says that it is in conflict with something else', hints: ['try again in a minute'] },
  422: { means: 'GitHub refuses the request as it is', hints: [] },
};

/** A refusal in words. @param doing what was asked for: `reading your account` */
export function refused(doing: string, status: number, data: unknown): GitHubProblem {
  const { means, hints } = MEANINGS[status] ?? {
    means: status >= 500 ? 'GitHub has trouble' : 'GitHub gave an answer that is not expected',
    hints: status >= 500 ? ['try again later; https://www.githubstatus.com says more'] : [],
  };
  const said = explanationOf(data);
  return new GitHubProblem(`${doing}: ${means} (${status}${said === '' ? '' : `, "${said}"`})`, status, hints);
}
