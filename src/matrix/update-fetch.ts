import type { Dispatcher } from 'undici';

/** Something outside could not be had; the message says what, in one line. */
export class FetchError extends Error {
  override name = 'FetchError';
}

export interface FetchOptions {
  /** what is asked for only when it is not this any more */
  etag?: string;
  maxBytes: number;
  /** for connecting, for the head of an answer and between two parts of it */
  timeoutMs: number;
  /** for everything together, redirects included */
  totalMs: number;
}

export type Fetched = { unchanged: true } | { unchanged: false; bytes: Buffer; etag?: string };

const MAX_REDIRECTS = 5;
const REDIRECTS = [301, 302, 303, 307, 308];
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** Data goes over https, so that nobody on the way can change it; a server of one's own machine may do without. */
export function checkAddress(text: string): URL {
  if (!URL.canParse(text)) throw new FetchError(`${text} is not an address`);
  const url = new URL(text);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url;
  throw new FetchError(`${url.protocol}//${url.host} is not fetched from: only https is`);
}

/**
 * Gets a file. Follows few redirects, reads no more than `maxBytes`, never waits without end; a proxy named by
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY is used.
 * @throws FetchError
 */
export async function fetchFile(address: string, options: FetchOptions): Promise<Fetched> {
  let url = checkAddress(address);
  const { Agent, EnvHttpProxyAgent, request } = await import('undici');
  const { timeoutMs, totalMs } = options;
  const limits = { connect: { timeout: timeoutMs }, headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
  const direct = new Agent(limits);
  const proxied = new EnvHttpProxyAgent(limits);
  const signal = AbortSignal.timeout(totalMs);
  try {
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      // A proxy elsewhere does not reach this machine's own server.
      const dispatcher: Dispatcher = LOOPBACK.test(url.hostname) ? direct : proxied;
      const answer = await request(url, {
        dispatcher,
        signal,
        headers: {
          accept: 'application/json, text/plain, */*',
          'user-agent': 'gpudiag',
          ...(options.etag !== undefined && { 'if-none-match': options.etag }),
        },
      });
      const location = single(answer.headers.location);
      if (REDIRECTS.includes(answer.statusCode) && location !== undefined) {
        await answer.body.dump();
        if (!URL.canParse(location, url.href)) throw new FetchError('the server redirects to what is no address');
        const next = checkAddress(new URL(location, url).href);
        // A server elsewhere must not reach what only this machine can.
        if (url.protocol === 'https:' && next.protocol === 'http:')
          throw new FetchError(`${url.host} redirects to http`);
        url = next;
        continue;
      }
      return await readAnswer(answer, url, options);
    }
    throw new FetchError(`${url.host} redirects in circles`);
  } catch (error) {
    throw error instanceof FetchError ? error : new FetchError(wordsOf(error, url));
  } finally {
    await Promise.allSettled([direct.destroy(), proxied.destroy()]);
  }
}

async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  url: URL,
  { maxBytes }: FetchOptions,
): Promise<Fetched> {
  if (statusCode === 304) return { unchanged: true };
  if (statusCode !== 200) throw new FetchError(`${url.host} answers ${statusCode} for ${url.pathname}`);
  const tooLarge = new FetchError(`${url.host} sends more than ${maxBytes} bytes`);
  const announced = Number(single(headers['content-length']) ?? 0);
  if (announced > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  const etag = single(headers.etag);
  return { unchanged: false, bytes: Buffer.concat(chunks), ...(etag !== undefined && { etag }) };
}

const single = (header: string | string[] | undefined): string | undefined =>
  Array.isArray(header) ? header[0] : header;

const CODES: Record<string, string> = {
  ENOTFOUND: 'cannot be found',
  EAI_AGAIN: 'cannot be found now: is there a network?',
  ECONNREFUSED: 'does not accept connections',
  ECONNRESET: 'broke the connection off',
  ENETUNREACH: 'cannot be reached: there is no network',
  EHOSTUNREACH: 'cannot be reached',
  UND_ERR_CONNECT_TIMEOUT: 'does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'does not answer in time',
  UND_ERR_BODY_TIMEOUT: 'stopped sending',
  UND_ERR_SOCKET: 'broke the connection off',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'sent less than it had announced',
};

function wordsOf(error: unknown, url: URL): string {
  const { code = '', name, message } = error as { code?: string | number; name?: string; message?: string };
  if (name === 'TimeoutError' || name === 'AbortError') return `${url.host} takes too long`;
  const words = Object.hasOwn(CODES, code) ? CODES[code] : undefined;
  return words === undefined ? `${url.host}: ${message ?? 'no answer'}` : `${url.host} ${words}`;
}
