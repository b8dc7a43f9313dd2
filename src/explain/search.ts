import type { SearchHit, Topic } from '../model/topic.ts';

/** How much a word counts where it stands. */
const WEIGHTS = { id: 8, title: 5, words: 2, text: 1 } as const;
type Field = keyof typeof WEIGHTS;

/** A word that only begins with what was asked for counts less. */
const BEGINNING = 0.5;
const SNIPPET = 160;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

const textsOf = (topic: Topic): Record<Field, string> => ({
  id: topic.id,
  title: `${topic.title} ${topic.lead ?? ''}`,
  words: topic.words.join(' '),
  text: [
    ...topic.parts.map(({ text }) => text),
    ...topic.fix.flatMap(({ text, command, file, risk }) => [text, command, file?.lines.join(' '), risk]),
    ...topic.references,
  ].join(' '),
});

/**
 * Topics that hold the words, best first. Those that hold all of them stand alone; only when there is none, those that
 * hold most. Rare words count more, and words that stand together as they were asked for.
 * @param share how many of the words a topic has to hold, 0 to 1
 */
export function search(query: string, topics: readonly Topic[], share = 0): SearchHit[] {
  const wanted = [...new Set(wordsOf(query))];
  if (wanted.length === 0) return [];
  const entries = topics.map((topic) => {
    const texts = textsOf(topic);
    return { topic, texts, weights: wanted.map((word) => weightOf(word, texts)) };
  });
  const rarity = wanted.map((_, i) => {
    const holding = entries.filter(({ weights }) => weights[i]! > 0).length;
    return Math.log(1 + topics.length / (1 + holding));
  });
  const phrase = wordsOf(query).join(' ');
  const found = entries.flatMap(({ topic, texts, weights }) => {
    const held = weights.filter((weight) => weight > 0).length;
    if (held === 0) return [];
    const sum = weights.reduce((total, weight, i) => total + weight * rarity[i]!, 0);
    const together = wanted.length > 1 && Object.values(texts).some((text) => wordsOf(text).join(' ').includes(phrase));
    return [{ topic, texts, held, score: together ? 2 * sum : sum }];
  });
  const most = Math.max(1, share * wanted.length, ...found.map(({ held }) => held));
  return found
    .filter(({ held }) => held === most)
    .sort((a, b) => b.score - a.score || (a.topic.id < b.topic.id ? -1 : 1))
    .map(({ topic: { id, type, title }, texts, score }) => ({
      id,
      type,
      title,
      snippet: snippetOf(texts, wanted),
      score: Number(score.toFixed(2)),
    }));
}

/** The weight of the best place a word stands in; several places add a little. */
function weightOf(word: string, texts: Record<Field, string>): number {
  const weights = (Object.keys(WEIGHTS) as Field[]).map((field) => {
    const words = wordsOf(texts[field]);
    if (words.includes(word)) return WEIGHTS[field];
    return word.length > 2 && words.some((other) => other.startsWith(word)) ? WEIGHTS[field] * BEGINNING : 0;
  });
  return Math.max(...weights) + weights.reduce((sum, weight) => sum + weight, 0) / 10;
}

/** The part of the main text in which most of the words stand; its beginning when none does. */
function snippetOf({ text, words }: Record<Field, string>, wanted: readonly string[]): string {
  const holder = [text, words].find((one) => wanted.some((word) => one.toLowerCase().includes(word))) ?? text;
  const lower = holder.toLowerCase();
  const places = wanted.map((word) => lower.indexOf(word)).filter((place) => place !== -1);
  const first = places.length === 0 ? 0 : Math.min(...places);
  if (holder.length <= SNIPPET) return holder;
  const from = first < SNIPPET / 2 ? 0 : holder.lastIndexOf(' ', first - SNIPPET / 4) + 1;
  const end = from + SNIPPET >= holder.length ? holder.length : holder.lastIndexOf(' ', from + SNIPPET);
  return `${from > 0 ? '... ' : ''}${holder.slice(from, end > from ? end : from + SNIPPET)}${end < holder.length ? ' ...' : ''}`;
}
