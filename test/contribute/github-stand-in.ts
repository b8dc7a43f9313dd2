import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { ROOT } from '../support/files.ts';

/** GitHub's own description of the operations that are used; see `origin` in the file. */
interface Description {
  operations: Record<
    string,
    {
      method: string;
      path: string;
      parameters: { name: string; in: string; required: boolean; schema: object }[];
      body?: object;
      responses: Record<string, object | null>;
    }
  >;
  schemas: Record<string, object>;
  examples: Record<string, unknown>;
}

const DESCRIPTION = JSON.parse(readFileSync(join(ROOT, 'test/fixtures/github-openapi.json'), 'utf8')) as Description;

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: false });
ajv.addSchema({ $id: 'github', components: { schemas: DESCRIPTION.schemas } });
const validators = new Map<object, ValidateFunction>();

/** Compiles a schema of the description, whose references are to its components. */
function validatorOf(schema: object): ValidateFunction {
  let validate = validators.get(schema);
  if (validate === undefined) {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components/', '"github#/components/')) as object;
    validate = ajv.compile(absolute);
    validators.set(schema, validate);
  }
  return validate;
}

const problemsOf = (schema: object, value: unknown): string | undefined => {
  const validate = validatorOf(schema);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
};

const ROUTES = Object.entries(DESCRIPTION.operations).map(([id, { method, path }]) => ({
  id,
  method: method.toUpperCase(),
  // A ref is the rest of the path, with its slashes.
  pattern: new RegExp(`^${path.replace(/\{ref\}/, '(?<ref>.+)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

/** What goes wrong instead of an answer, or after it was acted upon. */
export type Fault =
  | { status: number; message?: string; headers?: Record<string, string> }
  | 'slow'
  | 'cut'
  /** done, but the answer is lost */
  | 'cut-after';

interface Call {
  operation: string;
  /** how many of this operation there were, this one included */
  nth: number;
  parameters: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
}

interface Repository {
  parent?: string;
  refs: Map<string, string>;
}

export interface PullRequest {
  number: number;
  repository: string;
  head: string;
  title: string;
  body: string;
  state: 'open' | 'closed';
  merged: boolean;
}

const sha = (value: unknown): string => createHash('sha1').update(JSON.stringify(value)).digest('hex');

/** A GitHub with one project, `lab/gpudiag`, and one user. Every request and answer is held against the description. */
export class StandIn {
  readonly login: string;
  readonly token = 'ghp_stand1in2token3of4no5value6';
  readonly repositories = new Map<string, Repository>();
  readonly commits = new Map<string, { tree: string; parents: string[]; message: string }>();
  readonly trees = new Map<string, Map<string, string>>();
  readonly pulls: PullRequest[] = [];
  /** where requests or answers depart from the description */
  readonly violations: string[] = [];
  /** operations in the order in which they were asked for */
  readonly asked: string[] = [];
  /** requests as they came: method and path */
  readonly lines: string[] = [];
  /** how often a new fork says that it is not filled yet */
  emptyForks = 0;
  fault: (call: Call) => Fault | undefined = () => undefined;
  readonly #server: Server;

  constructor(login = 'jane') {
    this.login = login;
    const tree = this.#addTree(new Map([['README.md', 'gpudiag\n']]));
    this.repositories.set('lab/gpudiag', { refs: new Map([['main', this.#addCommit(tree, [], 'start')]]) });
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get base(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Files on a branch, by path. */
  filesOn(repository: string, branch: string): Map<string, string> {
    const head = this.repositories.get(repository)?.refs.get(branch) ?? '';
    return this.trees.get(this.commits.get(head)?.tree ?? '') ?? new Map<string, string>();
  }

  #addTree(files: Map<string, string>): string {
    const id = sha([...files].sort());
    this.trees.set(id, files);
    return id;
  }

  #addCommit(tree: string, parents: string[], message: string): string {
    const id = sha([tree, parents, message, this.commits.size]);
    this.commits.set(id, { tree, parents, message });
    return id;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const url = new URL(request.url ?? '/', this.base);
    const route = ROUTES.find(({ method, pattern }) => method === request.method && pattern.test(url.pathname));
    this.lines.push(`${request.method ?? ''} ${url.pathname}`);
    if (route === undefined) {
      this.violations.push(`no such operation: ${request.method ?? ''} ${url.pathname}`);
      response.writeHead(404).end('{"message":"Not Found"}');
      return;
    }
    this.asked.push(route.id);
    const groups = Object.entries(route.pattern.exec(url.pathname)!.groups ?? {});
    const call: Call = {
      operation: route.id,
      nth: this.asked.filter((id) => id === route.id).length,
      parameters: Object.fromEntries(groups.map(([name, value]) => [name, decodeURIComponent(value)])),
      query: url.searchParams,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
    this.#checkRequest(call, request, text);
    const fault = this.fault(call);
    if (fault === 'slow') return;
    if (fault === 'cut') return void request.socket.destroy();
    const [status, data] =
      fault === undefined || fault === 'cut-after' ? this.#answer(call) : [fault.status, { message: fault.message }];
    if (fault === 'cut-after') return void request.socket.destroy();
    if (fault === undefined) this.#checkAnswer(call.operation, status, data);
    const headers = typeof fault === 'object' ? fault.headers : {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(data));
  }

  #checkRequest({ operation, query, body }: Call, request: IncomingMessage, text: string): void {
    const { parameters, body: schema } = DESCRIPTION.operations[operation]!;
    const say = (what: string): void => void this.violations.push(`${operation}: ${what}`);
    if (request.headers.authorization !== `Bearer ${this.token}`) say('no token');
    if (request.headers['user-agent'] === undefined) say('no user agent');
    for (const name of query.keys()) {
      const parameter = parameters.find((known) => known.in === 'query' && known.name === name);
      const value = query.get(name)!;
      if (parameter === undefined) say(`query ${name} is not described`);
      else {
        const typed = (parameter.schema as { type?: string }).type === 'integer' ? Number(value) : value;
        const problem = problemsOf(parameter.schema, typed);
        if (problem !== undefined) say(`query ${name}: ${problem}`);
      }
    }
    if (schema === undefined && text !== '') say('has a body');
    const problem = schema === undefined ? undefined : problemsOf(schema, body);
    if (problem !== undefined) say(`body: ${problem}`);
    const [described] = (schema as { anyOf?: object[] } | undefined)?.anyOf ?? [schema];
    const known = Object.keys((described as { properties?: object } | undefined)?.properties ?? {});
    for (const name of Object.keys(body)) if (!known.includes(name)) say(`body: ${name} is not described`);
  }

  #checkAnswer(operation: string, status: number, data: unknown): void {
    const { responses } = DESCRIPTION.operations[operation]!;
    const schema = responses[String(status)];
    if (schema === undefined) this.violations.push(`${operation}: answer ${status} is not described`);
    const problem = schema ? problemsOf(schema, data) : undefined;
    if (problem !== undefined) this.violations.push(`${operation}: answer ${status}: ${problem}`);
  }

  /** Does what is asked. Answers are the description's own examples with what this GitHub holds. */
  #answer(call: Call): [status: number, data: unknown] {
    const { operation, parameters, body, query } = call;
    const example = structuredClone(DESCRIPTION.examples[operation]) as Record<string, unknown>;
    const { owner = '', repo = '', ref = '', commit_sha: commitId = '' } = parameters;
    const name = `${owner}/${repo}`;
    const repository = this.repositories.get(name);
    if (operation === 'users/get-authenticated') return [200, { ...example, login: this.login }];
    if (repository === undefined) return [404, { message: 'Not Found', documentation_url: '', status: '404' }];
    switch (operation) {
      case 'repos/get':
        return [200, this.#repositoryAnswer(example, name)];
      case 'repos/create-fork': {
        const fork = `${this.login}/${this.repositories.has(`${this.login}/${repo}`) && this.repositories.get(`${this.login}/${repo}`)!.parent !== name ? `${repo}-1` : repo}`;
        if (!this.repositories.has(fork)) {
          this.repositories.set(fork, {
            parent: name,
            refs: new Map([...repository.refs].filter(([b]) => b === 'main')),
          });
        }
        return [202, this.#repositoryAnswer(example, fork)];
      }
      case 'git/get-ref': {
        const branch = ref.replace(/^heads\//, '');
        if (repository.parent !== undefined && branch === 'main' && this.emptyForks > 0) {
          this.emptyForks -= 1;
          return [409, { message: 'Git Repository is empty.', documentation_url: '', status: '409' }];
        }
        const head = repository.refs.get(branch);
        return head === undefined
          ? [404, { message: 'Not Found', documentation_url: '', status: '404' }]
          : [200, refAnswer(example, branch, head)];
      }
      case 'git/get-commit': {
        const commit = this.commits.get(commitId);
        return commit === undefined
          ? [404, { message: 'Not Found', documentation_url: '', status: '404' }]
          : [200, this.#commitAnswer(example, commitId)];
      }
      case 'git/create-tree': {
        const files = new Map(this.trees.get(body.base_tree as string));
        for (const { path, content } of body.tree as { path: string; content: string }[]) files.set(path, content);
        return [201, { ...example, sha: this.#addTree(files) }];
      }
      case 'git/create-commit':
        return [
          201,
          this.#commitAnswer(
            example,
            this.#addCommit(body.tree as string, body.parents as string[], body.message as string),
          ),
        ];
      case 'git/create-ref': {
        const branch = (body.ref as string).replace('refs/heads/', '');
        if (repository.refs.has(branch)) return [422, refusal('Reference already exists')];
        repository.refs.set(branch, body.sha as string);
        return [201, refAnswer(example, branch, body.sha as string)];
      }
      case 'git/update-ref': {
        const branch = ref.replace(/^heads\//, '');
        repository.refs.set(branch, body.sha as string);
        return [200, refAnswer(example, branch, body.sha as string)];
      }
      case 'pulls/list': {
        const found = this.pulls.filter(
          (pull) =>
            pull.repository === name &&
            pull.head === query.get('head') &&
            (query.get('state') === 'all' || pull.state === query.get('state')),
        );
        const [one] = DESCRIPTION.examples[operation] as Record<string, unknown>[];
        return [200, found.map((pull) => pullAnswer(structuredClone(one!), pull))];
      }
      default: {
        const head = body.head as string;
        if (this.pulls.some((pull) => pull.head === head && pull.state === 'open')) {
          return [422, refusal(`A pull request already exists for ${head}.`)];
        }
        const pull: PullRequest = {
          number: this.pulls.length + 1,
          repository: name,
          head,
          title: body.title as string,
          body: body.body as string,
          state: 'open',
          merged: false,
        };
        this.pulls.push(pull);
        return [201, pullAnswer(example, pull)];
      }
    }
  }

  #repositoryAnswer(example: Record<string, unknown>, name: string): object {
    const { parent } = this.repositories.get(name)!;
    // GitHub's examples leave out fields that its schemas require.
    const complete = { language: null, has_discussions: false, has_downloads: false, ...example };
    const own = { ...complete, full_name: name, name: name.split('/')[1], default_branch: 'main' };
    return {
      ...own,
      fork: parent !== undefined,
      ...(parent !== undefined && { parent: { ...own, full_name: parent } }),
    };
  }

  #commitAnswer(example: Record<string, unknown>, id: string): object {
    const { tree, message } = this.commits.get(id)!;
    return { ...example, sha: id, message, tree: { ...(example.tree as object), sha: tree } };
  }
}

const refusal = (message: string): object => ({
  message: 'Validation Failed',
  errors: [{ resource: 'x', code: 'custom', message }],
  documentation_url: '',
});

const refAnswer = (example: Record<string, unknown>, branch: string, head: string): object => ({
  ...example,
  ref: `refs/heads/${branch}`,
  object: { ...(example.object as object), sha: head },
});

const pullAnswer = (
  example: Record<string, unknown>,
  { number, title, body, state, merged, repository }: PullRequest,
): object => ({
  ...example,
  number,
  title,
  body,
  state,
  html_url: `https://github.example/${repository}/pull/${number}`,
  merged_at: merged ? '2026-01-02T03:04:05Z' : null,
});
