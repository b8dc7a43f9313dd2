import * as v from 'valibot';
import { type Answer, type Call, type Client } from './client.ts';
import { GitHubProblem } from './problem.ts';

/** The parts of GitHub's answers that are read. */
const object = v.object({ sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40,64}$/)) });

export const User = v.object({ login: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)) });
export const Repository = v.object({
  full_name: v.pipe(v.string(), v.regex(/^[\w.-]{1,100}\/[\w.-]{1,100}$/)),
  default_branch: v.pipe(v.string(), v.minLength(1), v.maxLength(250)),
  fork: v.boolean(),
  parent: v.optional(v.object({ full_name: v.string() })),
});
export const Ref = v.object({ object });
export const Commit = v.object({ ...object.entries, tree: object });
export const Tree = object;
export const Pull = v.object({
  number: v.number(),
  html_url: v.pipe(v.string(), v.url()),
  state: v.picklist(['open', 'closed']),
  merged_at: v.nullish(v.string()),
});
export const Pulls = v.array(Pull);

/** What an answer holds. @throws GitHubProblem when it is no answer of GitHub */
export function readAnswer<T>(schema: v.GenericSchema<unknown, T>, { data, status }: Answer, doing: string): T {
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const where = v.getDotPath(result.issues[0]) ?? 'the whole';
  throw new GitHubProblem(`${doing}: the answer (${status}) is not GitHub's: ${where} is not as documented`, status, [
    'look at --api-base',
  ]);
}

/** Calls and reads; undefined for the statuses named in `absent`. */
export function createAsk(client: Client) {
  return async <T>(
    schema: v.GenericSchema<unknown, T>,
    call: Omit<Call, 'expected'> & { expected: number; absent?: readonly number[] },
  ): Promise<T | undefined> => {
    const { expected, absent = [], ...rest } = call;
    const answer = await client({ ...rest, expected: [expected, ...absent] });
    return absent.includes(answer.status) ? undefined : readAnswer(schema, answer, call.doing);
  };
}
