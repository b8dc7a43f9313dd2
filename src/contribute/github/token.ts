import { execFile } from 'node:child_process';

/** Where a token came from, for messages; the token itself is in none. */
export interface FoundToken {
  token: string;
  from: string;
}

/** In the order in which GitHub's own command looks. */
const VARIABLES = ['GH_TOKEN', 'GITHUB_TOKEN'];
/** Visible ASCII: anything else would end or break a header. */
const TOKEN = /^[\x21-\x7e]{1,1000}$/;
const GH_TIME_LIMIT_MS = 10_000;

/**
 * The user's token: from the environment, else from GitHub's command line program. It is held in memory for this run and
 * neither written nor printed.
 * @param host `github.com`, or the name of the Enterprise server
 * @returns undefined when there is none; `malformed` names the source of one that cannot be a token
 */
export async function findToken(
  environment: NodeJS.ProcessEnv,
  host: string,
): Promise<FoundToken | { malformed: string } | undefined> {
  for (const name of VARIABLES) {
    const value = environment[name]?.trim();
    if (value !== undefined && value !== '') return checked(value, name);
  }
  const value = await askGh(environment, host);
  return value === undefined ? undefined : checked(value, 'gh auth token');
}

const checked = (token: string, from: string): FoundToken | { malformed: string } =>
  TOKEN.test(token) ? { token, from } : { malformed: from };

/** What `gh auth token` prints; undefined when gh is not there or not logged in. */
function askGh(environment: NodeJS.ProcessEnv, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { env: environment, encoding: 'utf8' as const, timeout: GH_TIME_LIMIT_MS };
    execFile('gh', ['auth', 'token', '--hostname', host], options, (error, stdout) =>
      resolve(error === null && stdout.trim() !== '' ? stdout.trim() : undefined),
    );
  });
}
