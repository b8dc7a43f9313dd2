import type { Topic, TopicPart } from '../../model/topic.ts';

/** A topic with what it says; the rest is empty unless given. */
export const topicOf = (topic: Pick<Topic, 'id' | 'type' | 'title' | 'data'> & Partial<Topic>): Topic => ({
  parts: [],
  fix: [],
  references: [],
  related: [],
  words: [],
  ...topic,
});

/** Labelled texts; those that are not known are left out. */
export const partsOf = (texts: Readonly<Record<string, string | null | undefined>>): TopicPart[] =>
  Object.entries(texts).flatMap(([label, text]) =>
    text === undefined || text === null || text === '' ? [] : [label === '' ? { text } : { label, text }],
  );
