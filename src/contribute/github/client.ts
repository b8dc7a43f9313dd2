import { explanationOf, GitHubProblem, refused } from './problem.ts';
import { AnswerTooLarge, type HttpRequest, type HttpResponse, type Transport } from './transport.ts';

export interface ClientOptions {
  /** `https://api.github.com`, without a slash at the end */
  base: URL;
  token: string;
  version: string;
  send: Transport;
  clock: Clock;
  /** told before a longer wait */
  say: (line: string) => void;
}

/** Time as the client needs it; tests put one here that does not wait. */
export interface Clock {
  /** milliseconds since 1970 */
  now: () => number;
  wait: (ms: number) => Promise<void>;
}

export interface Call {
  /** what is being done, for messages: `reading your account` */
  doing: string;
  method: HttpRequest['method'];
  /** `/repos/octocat/hello` */
  path: string;
  body?: unknown;
  /** statuses that are answers and no refusals; everything else throws */
  expected: readonly number[];
}

export interface Answer {
  status: number;
  data: unknown;
}

/** One call of the API. @throws GitHubProblem */
export type Client = (call: Call) => Promise<Answer>;

/** Milliseconds before the second, third and fourth attempt. */
const BACK_OFF = [1000, 4000, 15_000];
/** GitHub asks for at least a minute when it names no time for a secondary limit. */
const SECONDARY_WAIT = 60_000;
/** Whoever waits longer would rather come back. */
const MAX_WAIT = 120_000;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 307, 308]);

/**
 * Calls GitHub's REST API. Repeats what may pass: no connection, 5xx, 409, rate limits (for as long as GitHub says, at
 * most two minutes). Every call of a contribution may be repeated: what it makes is named by its content, or a second
 * attempt is told that it is there.
 */
export function createClient(options: ClientOptions): Client {
  const { base, clock, say } = options;
  return async (call) => {
    for (let attempt = 0; ; attempt += 1) {
      const pause = BACK_OFF[attempt];
      let response: HttpResponse;
      try {
        response = await follow(call, options);
      } catch (error) {
        if (error instanceof GitHubProblem) throw error;
        if (pause === undefined || isLasting(error)) throw unreachable(call.doing, base, error);
        say(`${call.doing}: ${whyNot(error)}; trying again in ${pause / 1000} s`);
        await clock.wait(pause);
        continue;
      }
      const { status } = response;
      const data = parse(response.text);
      if (call.expected.includes(status)) {
        if (data === undefined) throw notJson(call.doing, status);
        return { status, data };
      }
      const limited = limitOf(response, data, clock.now());
      const wait = limited === undefined ? (mayPass(status) ? pause : undefined) : Math.max(limited, pause ?? limited);
      if (limited !== undefined && (limited > MAX_WAIT || pause === undefined)) {
        throw overLimit(call.doing, status, data, clock.now() + limited);
      }
      if (wait === undefined || pause === undefined) throw refused(call.doing, status, data);
      const why = limited === undefined ? `GitHub answered ${status}` : 'GitHub asks to slow down';
      say(`${call.doing}: ${why}; trying again in ${Math.ceil(wait / 1000)} s`);
      await clock.wait(wait);
    }
  };
}

const mayPass = (status: number): boolean => status >= 500 || status === 409;

/** Sends a call, also to where a renamed repository has gone; never to another server, which would get the token. */
async function follow({ doing, method, path, body }: Call, { base, token, version, send }: ClientOptions) {
  let url = new URL(base.href.replace(/\/$/, '') + path);
  for (let hops = 0; ; hops += 1) {
    const response = await send({
      method,
      url,
      headers: {
        accept: 'application/vnd.github+json',
        authorization: `Bearer ${token}`,
        'user-agent': `gpudiag/${version}`,
        'x-github-api-version': '2022-11-28',
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { location } = response.headers;
    if (!REDIRECTS.has(response.status) || location === undefined) return response;
    const next = new URL(location, url);
    if (next.origin !== url.origin || hops >= MAX_REDIRECTS) {
      throw new GitHubProblem(`${doing}: GitHub sends elsewhere (${response.status})`, response.status, [
        'look at --api-base and --repo',
      ]);
    }
    url = next;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Milliseconds GitHub wants to be left alone for; undefined when the answer is about no limit. Order and meaning of the
 * fields: "Best practices for using the REST API" in GitHub's documentation.
 */
function limitOf({ status, headers }: HttpResponse, data: unknown, now: number): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const after = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(after) && after >= 0) return after * 1000;
  if (headers['x-ratelimit-remaining'] === '0') {
    const reset = Number(headers['x-ratelimit-reset']) * 1000;
    return Number.isFinite(reset) ? Math.max(reset - now, 1000) : SECONDARY_WAIT;
  }
  return status === 429 || /rate limit/i.test(explanationOf(data)) ? SECONDARY_WAIT : undefined;
}

function overLimit(doing: string, status: number, data: unknown, until: number): GitHubProblem {
  const said = explanationOf(data);
  const time = new Date(until).toISOString().replace(/T(\d\d:\d\d).*/, ' $1 UTC');
  return new GitHubProblem(
    `${doing}: GitHub's rate limit is reached (${status}${said === '' ? '' : `, "${said}"`})`,
    status,
    [`try again after ${time}`],
  );
}

const notJson = (doing: string, status: number): GitHubProblem =>
  new GitHubProblem(`${doing}: the answer (${status}) is not GitHub's: no JSON`, status, [
    'look at --api-base; a proxy or a log-in page of the network may stand in between',
  ]);

function unreachable(doing: string, base: URL, error: unknown): GitHubProblem {
  return new GitHubProblem(`${doing}: ${base.host} cannot be reached: ${whyNot(error)}`, undefined, [
    'look at the network, HTTPS_PROXY and NO_PROXY',
  ]);
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'no such host',
  EAI_AGAIN: 'the name server does not answer',
  EHOSTUNREACH: 'no route to it',
  ENETUNREACH: 'no network',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_BODY_TIMEOUT: 'no answer in time',
  UND_ERR_ABORTED: 'the proxy refuses',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names one that is)',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names one that is)',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted (NODE_EXTRA_CA_CERTS names one that is)',
};

/** What a minute will not change. */
const isLasting = (error: unknown): boolean =>
  error instanceof AnswerTooLarge ||
  /^(?:ECONNREFUSED|ENOTFOUND|ENETUNREACH|.*CERT.*|UNABLE_TO_.*)$/.test(codeOf(error));

function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: { code?: unknown } };
  const known = code ?? cause?.code;
  return typeof known === 'string' ? known : '';
}

function whyNot(error: unknown): string {
  if (error instanceof AnswerTooLarge) return 'the answer is too large';
  if ((error as Error).name === 'TimeoutError') return 'no answer in time';
  const known = codeOf(error);
  return REASONS[known] ?? (known === '' ? 'no answer' : known);
}
