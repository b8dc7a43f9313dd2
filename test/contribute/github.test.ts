import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { publish } from '../../src/cli/contribute-publish.ts';
import { EXIT, ExpectedError } from '../../src/cli/errors.ts';
import { type Fault, StandIn } from './github-stand-in.ts';

const open: StandIn[] = [];
const standIn = async (login?: string): Promise<StandIn> => {
  const server = await new StandIn(login).listen();
  open.push(server);
  return server;
};
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

const PROPOSAL = {
  repository: 'lab/gpudiag',
  branch: 'gpudiag/jane-tesla-p4-0123456789',
  title: 'matrix: Tesla P4: driver does not bring the card up',
  body: 'Adds the entry.',
  message: 'matrix: Tesla P4\n\nEntry jane.\n',
  files: [
    { path: 'matrix-data/evidence/jane/host/dmesg.txt', text: 'a line\n' },
    { path: 'matrix-data/observations/10de-1bb3/jane.json', text: '{}\n' },
  ],
};

interface Outcome {
  /** what came of it, or the message of the failure */
  said: string;
  exit: number;
  hints: string[];
  /** milliseconds that would have been waited */
  waited: number;
  /** everything a user can see */
  shown: string;
}

/** One run as the user sees it. Waits take no time. */
async function run(
  server: StandIn,
  {
    proposal = PROPOSAL,
    timeoutMs = 5000,
    environment = {},
    base = server.base,
  }: { proposal?: typeof PROPOSAL; timeoutMs?: number; environment?: NodeJS.ProcessEnv; base?: URL } = {},
): Promise<Outcome> {
  const lines: string[] = [];
  let waited = 0;
  const clock = {
    now: () => Date.parse('2026-11-20T12:00:00Z') + waited,
    wait: (ms: number) => {
      waited += ms;
      return Promise.resolve();
    },
  };
  const say = (line: string): void => void lines.push(line);
  const env = { GH_TOKEN: server.token, ...environment };
  const end = (said: string, exit: number, hints: string[]): Outcome => ({
    said,
    exit,
    hints,
    waited,
    shown: [...lines, said, ...hints].join('\n'),
  });
  try {
    const result = await publish(proposal, { base, host: '127.0.0.1' }, env, { clock, timeoutMs, say });
    return end(result.said, EXIT.ok, []);
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
    return end(error.message, error.exit, error.suggestions);
  }
}

/** Every request of a first contribution, in order. */
const STEPS: [operation: string, nth: number][] = [
  ['users/get-authenticated', 1],
  ['repos/get', 1],
  ['pulls/list', 1],
  ['repos/get', 2],
  ['repos/create-fork', 1],
  ['git/get-ref', 1],
  ['git/get-ref', 2],
  ['git/get-ref', 3],
  ['git/get-commit', 1],
  ['git/create-tree', 1],
  ['git/create-commit', 1],
  ['git/create-ref', 1],
  ['pulls/create', 1],
];

/** What must be true when all is done: one of each, the files as proposed, nothing undocumented. */
function expectWhole(server: StandIn): void {
  expect(server.violations).toEqual([]);
  expect(server.pulls).toHaveLength(1);
  expect([...server.repositories.keys()]).toEqual(['lab/gpudiag', 'jane/gpudiag']);
  expect([...server.repositories.get('jane/gpudiag')!.refs.keys()]).toEqual(['main', PROPOSAL.branch]);
  const files = server.filesOn('jane/gpudiag', PROPOSAL.branch);
  expect([...files.keys()].sort()).toEqual(['README.md', ...PROPOSAL.files.map(({ path }) => path)].sort());
  expect(files.get(PROPOSAL.files[0]!.path)).toBe('a line\n');
}

describe('a pull request', () => {
  it('is opened with fork, branch and commit, in the documented requests', async () => {
    const server = await standIn();
    const { said, exit, waited } = await run(server);
    expect([exit, waited]).toEqual([0, 0]);
    expect(said).toBe(
      `Pull request opened: https://github.example/lab/gpudiag/pull/1 (branch ${PROPOSAL.branch} in jane/gpudiag)`,
    );
    expect(server.asked).toEqual(STEPS.map(([operation]) => operation));
    expect(server.pulls[0]).toMatchObject({ head: `jane:${PROPOSAL.branch}`, title: PROPOSAL.title });
    expectWhole(server);
  });

  it('is found by a second run, which changes nothing', async () => {
    const server = await standIn();
    await run(server);
    const commits = server.commits.size;
    const { said, exit } = await run(server);
    expect(exit).toBe(0);
    expect(said).toContain('is open already, with the same content: https://github.example/lab/gpudiag/pull/1');
    expect(server.commits.size).toBe(commits);
    expectWhole(server);
  });

  it('gets new content by a run with another note', async () => {
    const server = await standIn();
    await run(server);
    const files = PROPOSAL.files.map((file, i) => (i === 1 ? { ...file, text: '{"notes":"x"}\n' } : file));
    const { said } = await run(server, { proposal: { ...PROPOSAL, files } });
    expect(said).toContain('its branch has the new content now');
    expect(server.asked.at(-1)).toBe('git/update-ref');
    expect(server.filesOn('jane/gpudiag', PROPOSAL.branch).get(files[1]!.path)).toBe('{"notes":"x"}\n');
    expectWhole(server);
  });

  it.each([
    [true, 'was merged'],
    [false, 'was closed without merging, and is not opened again'],
  ])('that is closed (merged: %s) stays so', async (merged, words) => {
    const server = await standIn();
    await run(server);
    Object.assign(server.pulls[0]!, { state: 'closed', merged });
    expect((await run(server)).said).toContain(words);
    expect(server.pulls).toHaveLength(1);
  });

  it('needs no fork of those who own the project', async () => {
    const server = await standIn('lab');
    expect((await run(server)).exit).toBe(0);
    expect([...server.repositories.keys()]).toEqual(['lab/gpudiag']);
    expect(server.pulls[0]!.head).toBe(`lab:${PROPOSAL.branch}`);
    expect(server.violations).toEqual([]);
  });

  it('goes to the fork, not to another repository of the same name', async () => {
    const server = await standIn();
    server.repositories.set('jane/gpudiag', { refs: new Map() });
    expect((await run(server)).said).toContain('in jane/gpudiag-1');
    expect(server.repositories.get('jane/gpudiag')!.refs.size).toBe(0);
  });

  it('waits until GitHub has filled the fork', async () => {
    const server = await standIn();
    server.emptyForks = 2;
    const { exit, waited } = await run(server);
    expect(exit).toBe(0);
    expect(waited).toBeGreaterThan(0);
    expectWhole(server);
  });
});

const HOUR = String(Date.parse('2026-11-20T13:00:00Z') / 1000);

/** Faults that last for a whole run: what the user is told, whatever the step. */
const LASTING: [name: string, fault: Fault, message: RegExp, hint: RegExp][] = [
  [
    '401',
    { status: 401, message: 'Bad credentials' },
    /does not accept the token \(401, "Bad credentials"\)/,
    /gh auth/,
  ],
  [
    '403',
    { status: 403, message: 'Resource not accessible by personal access token' },
    /the token does not allow this \(403, "Resource not accessible/,
    /public_repo/,
  ],
  [
    '403 rate limit',
    {
      status: 403,
      message: 'API rate limit exceeded',
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': HOUR },
    },
    /rate limit is reached \(403, "API rate limit exceeded"\)/,
    /try again after 2026-11-20 13:00 UTC/,
  ],
  [
    '429 secondary limit',
    { status: 429, message: 'You have exceeded a secondary rate limit', headers: { 'retry-after': '30' } },
    /rate limit is reached \(429/,
    /try again after 2026-11-20 12:0\d UTC/,
  ],
  [
    '404',
    { status: 404, message: 'Not Found' },
    /not found, or the token may not see it|still empty|has no branch main/,
    /--repo|later/,
  ],
  ['409', { status: 409, message: 'Conflict' }, /in conflict with something else \(409/, /in a minute/],
  ['422', { status: 422, message: 'Validation Failed' }, /refuses the request as it is \(422/, /goes on from there/],
  ['500', { status: 500, message: 'oh' }, /GitHub has trouble \(500, "oh"\)/, /githubstatus/],
  ['slow', 'slow', /127\.0\.0\.1:\d+ cannot be reached: no answer in time/, /HTTPS_PROXY/],
  ['cut connection', 'cut', /127\.0\.0\.1:\d+ cannot be reached: the connection was cut/, /HTTPS_PROXY/],
];

/** 404 is an answer where something may be missing: a fork, a branch. */
const ABSENT = new Set(['repos/get 2', 'git/get-ref 2']);
const isAbsent = (fault: Fault, step: string): boolean =>
  typeof fault === 'object' && fault.status === 404 && ABSENT.has(step);

describe.each(LASTING)('%s', (name, fault, message, hint) => {
  it('is said clearly at every step, with what exists, and the next run completes', async () => {
    const results = await Promise.all(
      STEPS.map(async ([operation, nth]) => {
        const server = await standIn();
        const once = isAbsent(fault, `${operation} ${nth}`);
        server.fault = (call) =>
          call.operation === operation && (once ? call.nth === nth : call.nth >= nth) ? fault : undefined;
        const first = await run(server, { timeoutMs: fault === 'slow' ? 400 : 5000 });
        const made = [...server.repositories.keys()].includes('jane/gpudiag');
        server.fault = () => undefined;
        const second = await run(server);
        return { step: `${operation} ${nth}`, server, first, second, made };
      }),
    );
    for (const { step, server, first, second, made } of results) {
      if (isAbsent(fault, step)) {
        expect(first.exit, step).toBe(0);
      } else {
        expect(first.exit, step).toBe(EXIT.unavailable);
        expect(first.said, step).toMatch(message);
        expect(first.said, step).toMatch(/^[^\n]{10,400}$/);
        expect(first.hints.join('\n'), step).toMatch(hint);
        expect(first.hints.at(-2), step).toContain(made ? 'fork jane/gpudiag' : 'nothing was made on GitHub');
      }
      expect(second.exit, step).toBe(0);
      for (const { shown } of [first, second]) expect(shown, step).not.toContain(server.token);
      expectWhole(server);
    }
    expect(results, name).toHaveLength(STEPS.length);
  }, 60_000);
});

/** Faults that pass, or come after the deed: the same run gets over them. */
const PASSING: [name: string, fault: Fault][] = [
  ['500', { status: 500 }],
  ['409', { status: 409 }],
  ['secondary limit', { status: 403, message: 'secondary rate limit', headers: { 'retry-after': '7' } }],
  ['cut connection', 'cut'],
  ['lost answer', 'cut-after'],
];

it.each(PASSING)('one %s at any step is got over in the same run, without duplicates', async (name, fault) => {
  await Promise.all(
    STEPS.map(async ([operation, nth]) => {
      const server = await standIn();
      let done = false;
      server.fault = (call) => {
        if (done || call.operation !== operation || call.nth !== nth) return undefined;
        done = true;
        return fault;
      };
      const { exit, said, waited } = await run(server);
      expect([exit, done], `${operation} ${nth}: ${said}`).toEqual([0, true]);
      expect(waited, `${name} at ${operation}`).toBeGreaterThan(0);
      expectWhole(server);
    }),
  );
});

it('waits as long as GitHub says, and no longer than two minutes', async () => {
  const limited = (after: string): Fault => ({ status: 429, message: 'slow down', headers: { 'retry-after': after } });
  for (const [after, exit] of [
    ['100', 0],
    ['121', 69],
  ] as const) {
    const server = await standIn();
    server.fault = ({ operation, nth }) => (operation === 'git/create-tree' && nth === 1 ? limited(after) : undefined);
    const result = await run(server);
    expect([result.exit, result.waited]).toEqual([exit, exit === 0 ? 100_000 : 0]);
  }
});

describe('where the token goes', () => {
  it('follows a renamed repository, and never to another server', async () => {
    const server = await standIn();
    const other = await standIn();
    const move = (to: string): void => {
      server.fault = ({ operation, parameters }) =>
        operation === 'repos/get' && parameters.owner === 'old'
          ? { status: 301, message: 'Moved', headers: { location: to } }
          : undefined;
    };
    const proposal = { ...PROPOSAL, repository: 'old/gpudiag' };
    move(`${server.base.origin}/repos/lab/gpudiag`);
    expect((await run(server, { proposal })).exit).toBe(0);
    move(`${other.base.origin}/repos/lab/gpudiag`);
    const refused = await run(server, { proposal });
    expect([refused.exit, refused.said]).toEqual([69, 'reading old/gpudiag: GitHub sends elsewhere (301)']);
    expect(other.lines).toEqual([]);
  });

  it.each([
    ['none', {}, 'needs a GitHub token'],
    ['no token at all', { GH_TOKEN: 'two words\r\nx: y' }, 'GH_TOKEN: is no token'],
  ])('%s: nothing is asked for', async (_name, environment, message) => {
    const server = await standIn();
    const result = await run(server, { environment: { GH_TOKEN: '', PATH: '/nonexistent', ...environment } });
    expect([result.exit, result.said]).toEqual([EXIT.usage, expect.stringContaining(message)]);
    expect(result.shown).not.toContain('two words');
    expect(server.lines).toEqual([]);
  });

  it('an answer that is not from GitHub is not taken for one', async () => {
    const page = createServer((_request, response) => response.end('<html>log in</html>'));
    page.listen(0, '127.0.0.1');
    await once(page, 'listening');
    const base = new URL(`http://127.0.0.1:${(page.address() as AddressInfo).port}`);
    const result = await run(await standIn(), { base });
    page.close();
    expect([result.exit, result.said]).toEqual([69, "reading your account: the answer (200) is not GitHub's: no JSON"]);
  });

  it('a server that is not there is said at once', async () => {
    const server = await standIn();
    const { base } = server;
    const taken = new URL(base);
    await server.close();
    open.length = 0;
    const result = await run(await standIn(), { base: taken });
    expect([result.exit, result.waited]).toEqual([69, 0]);
    expect(result.said).toMatch(/cannot be reached: connection refused$/);
  });
});

describe('a proxy from the environment', () => {
  async function proxied(noProxy: string) {
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
      response.writeHead(502).end();
    });
    proxy.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url ?? ''} ${request.headers['proxy-authorization'] ?? ''}`);
      const [host, port] = (request.url ?? '').split(':');
      const upstream = connect(Number(port), host, () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n');
        upstream.pipe(socket);
        socket.pipe(upstream);
      });
      for (const end of [upstream, socket]) end.on('error', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const server = await standIn();
    const address = `http://ann:secret@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const result = await run(server, { environment: { http_proxy: address, NO_PROXY: noProxy } });
    proxy.closeAllConnections();
    proxy.close();
    return { asked, server, result };
  }

  it('is used, with its user', async () => {
    const { asked, server, result } = await proxied('');
    expect(result.exit).toBe(0);
    expect(asked[0]).toBe(`CONNECT ${server.base.host} Basic ${Buffer.from('ann:secret').toString('base64')}`);
    expect(result.shown).not.toContain('secret');
    expectWhole(server);
  });

  it('is not used for what NO_PROXY names', async () => {
    const { asked, server, result } = await proxied('127.0.0.1');
    expect([result.exit, asked]).toEqual([0, []]);
    expectWhole(server);
  });
});
