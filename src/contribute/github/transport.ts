import type { Dispatcher } from 'undici';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PATCH';
  url: URL;
  headers: Record<string, string>;
  body?: string;
}

export interface HttpResponse {
  status: number;
  /** names in lower case */
  headers: Record<string, string | undefined>;
  text: string;
}

/** Sends one request. Rejects when there is no whole answer. */
export type Transport = (request: HttpRequest) => Promise<HttpResponse>;

/** An open transport: its connections are closed when it is no longer needed. */
export interface OpenTransport {
  send: Transport;
  close: () => Promise<void>;
}

/** What GitHub answers here is a few kilobytes; a list of pull requests of one branch is the largest. */
const MAX_ANSWER = 8 * 1024 * 1024;

export class AnswerTooLarge extends Error {}

export interface TransportOptions {
  /** for connecting, for the head of an answer, and between two parts of it */
  timeoutMs: number;
  /** variables that name proxies: HTTPS_PROXY, HTTP_PROXY, NO_PROXY, also in lower case */
  environment: NodeJS.ProcessEnv;
}

/** HTTP by undici, which is loaded here and nowhere earlier, because every start of the program would pay for it. */
export async function openTransport({ timeoutMs, environment }: TransportOptions): Promise<OpenTransport> {
  const { EnvHttpProxyAgent, request } = await import('undici');
  const named = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const agent = new EnvHttpProxyAgent({
    // '' and not undefined: the agent would read the environment of the process by itself.
    httpProxy: named('HTTP_PROXY') ?? '',
    httpsProxy: named('HTTPS_PROXY') ?? named('HTTP_PROXY') ?? '',
    noProxy: named('NO_PROXY') ?? '',
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    send: async ({ method, url, headers, body }) => {
      const signal = AbortSignal.timeout(timeoutMs * 2);
      const answer = await request(url, {
        dispatcher: agent,
        method,
        headers,
        signal,
        ...(body !== undefined && { body }),
      });
      return { status: answer.statusCode, headers: singly(answer.headers), text: await readText(answer.body) };
    },
    close: () => agent.close(),
  };
}

const singly = (headers: Dispatcher.ResponseData['headers']): HttpResponse['headers'] =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value[0] : value]));

async function readText(body: Dispatcher.ResponseData['body']): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER) throw new AnswerTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
