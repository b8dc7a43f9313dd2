import { createKnowledge, type Knowledge } from '../explain/knowledge.ts';
import { readLine, withFindings } from '../explain/line.ts';
import { lookUp } from '../explain/lookup.ts';
import { search } from '../explain/search.ts';
import type { LineMeaning, Topic } from '../model/topic.ts';
import { jsonText } from '../report/json-text.ts';
import { RULES } from '../rules/index.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { embeddedMatrix } from './embedded.ts';
import { allNear } from './nearest.ts';
import { terminal } from './terminal.ts';

export interface ExplainOptions {
  json: boolean;
  noColor: boolean;
}

/** Suggestions made when nothing is called so. */
const SUGGESTIONS = 3;
/** So many of the words have to stand in what is suggested. */
const ENOUGH = 0.6;
/** A code of this length may still be a typo; what is longer is a line of a log. */
const LONGEST_CODE = 60;

/**
 * What something means, as text or JSON: a code in any way it is written, a line of a log, or a typo of which only one
 * thing is near.
 * @throws ExpectedError with what is nearest, when nothing is known
 */
export async function explain(typed: string, options: ExplainOptions): Promise<string> {
  const knowledge = createKnowledge(RULES, embeddedMatrix());
  const [topic, ...others] = lookUp(typed, knowledge);
  if (topic !== undefined) return showTopic(withFindings(topic, knowledge), others, undefined, options);
  const meaning = readLine(typed, knowledge);
  if (meaning.topics.length > 0 || meaning.findings.length > 0) return showLine(meaning, options);
  const near = nearTopics(typed, knowledge);
  const meant = near.length === 1 || isFarNearer(near) ? knowledge.byId.get(near[0]!.word.toLowerCase()) : undefined;
  if (meant !== undefined)
    return showTopic(
      withFindings(meant, knowledge),
      [],
      `Nothing is called ${typed}. Nearest is ${meant.id}:`,
      options,
    );
  throw unknown(
    typed,
    near.map(({ word }) => word),
    knowledge,
  );
}

/** So much of standard input is read; a log is for analyze. */
const MAX_INPUT = 64 * 1024;

/** The words that were typed, as one; `-` stands for standard input. */
export async function readTyped(words: readonly string[]): Promise<string> {
  if (words.length !== 1 || words[0] !== '-') return words.join(' ').trim();
  let text = '';
  for await (const piece of process.stdin.setEncoding('utf8')) {
    text += piece as string;
    if (text.length > MAX_INPUT) break;
  }
  return text.slice(0, MAX_INPUT).trim();
}

/** `gpudiag explain --search`. */
export async function searchAll(query: string, options: ExplainOptions): Promise<string> {
  const hits = search(query, createKnowledge(RULES, embeddedMatrix()).topics);
  if (hits.length === 0) {
    throw new ExpectedError(`nothing holds ${query}`, EXIT.usage, [
      'fewer words, or only the beginning of one, find more',
    ]);
  }
  if (options.json) return jsonText({ type: 'search', query, hits });
  const { renderSearch } = await import('../report/explain.ts');
  return renderSearch(query, hits, drawing(options));
}

async function showTopic(
  topic: Topic,
  others: readonly Topic[],
  note: string | undefined,
  options: ExplainOptions,
): Promise<string> {
  if (options.json) {
    const also = others.map(({ id, title }) => ({ id, title }));
    return jsonText({ ...topicJson(topic), ...(note !== undefined && { note }), also });
  }
  const { renderTopic } = await import('../report/explain.ts');
  return renderTopic(topic, others, note, drawing(options));
}

async function showLine(meaning: LineMeaning, options: ExplainOptions): Promise<string> {
  if (options.json) {
    return jsonText({ type: 'line', ...meaning, topics: meaning.topics.map(topicJson) });
  }
  const { renderLine } = await import('../report/explain.ts');
  return renderLine(meaning, drawing(options));
}

const topicJson = ({ id, type, title, data, related }: Topic): Record<string, unknown> => ({
  type,
  id,
  title,
  ...data,
  related,
});

const drawing = ({ noColor }: ExplainOptions) => ({ ...terminal({ noColor, toFile: false }), verbose: false });

const nearTopics = (typed: string, { topics }: Knowledge) =>
  typed.length > LONGEST_CODE
    ? []
    : allNear(
        typed.trim(),
        // Ids of cards differ in a digit: a wrong one is not a typo of the next.
        topics.filter(({ type }) => type !== 'gpu').map(({ id }) => id),
      );

/** Whether the first is so much nearer than the second that no other can be meant. */
const isFarNearer = ([first, second]: ReturnType<typeof nearTopics>): boolean =>
  first !== undefined && second !== undefined && first.distance * 2 < second.distance;

function unknown(typed: string, near: readonly string[], { topics }: Knowledge): ExpectedError {
  const found = near.length > 0 ? near : search(typed, topics, ENOUGH).map(({ id }) => id);
  return new ExpectedError(`nothing known about ${typed}`, EXIT.usage, [
    ...found.slice(0, SUGGESTIONS).map((id) => `did you mean ${id}?`),
    'gpudiag explain --search TEXT looks into everything; a whole log is for gpudiag analyze',
  ]);
}
