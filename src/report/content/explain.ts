import type { LineFinding, LineMeaning, SearchHit, Topic, TopicName } from '../../model/topic.ts';
import { type Block, bullets, labelled, numbered, paragraph } from '../document.ts';
import { plural, sentence } from '../words.ts';
import { fixStep } from './causes.ts';

/** Results of a search that are shown. */
const SHOWN = 12;
/** Findings shown that know a line and need more than it. */
const SHOWN_FINDINGS = 6;

/** A topic in full. */
export function topicBlocks(topic: Topic): Block[] {
  const { id, title, lead, parts, fix, references } = topic;
  return [
    paragraph(`${id}: ${title}`, 'strong'),
    ...(lead === undefined || lead === '' ? [] : [paragraph(lead, 'faint')]),
    ...parts.flatMap(({ label, text }) => [
      gap,
      label === undefined ? paragraph(sentence(text)) : labelled(label, text),
    ]),
    ...(fix.length === 0 ? [] : [gap, labelled('Fix:'), numbered(fix.map(fixStep))]),
    ...(references.length === 0
      ? []
      : [gap, labelled('References:'), bullets(references.map((reference) => [paragraph(reference)]))]),
  ];
}

/** An empty line. */
const gap: Block = { type: 'code', language: 'text', lines: [''] };

/** What else the same words can mean. */
export const alsoBlocks = (others: readonly TopicName[]): Block[] =>
  others.length === 0
    ? []
    : [gap, labelled('Also called so:'), bullets(others.map(({ id, title }) => [paragraph(`${id}: ${title}`)]))];

/** A pasted line: what the numbers in it mean, and which findings know it. */
export function lineBlocks({ line, topics, findings }: LineMeaning): Block[] {
  const first = findings[0];
  return [
    paragraph(line, 'faint'),
    ...topics.flatMap((topic) => [gap, ...topicBlocks(topic)]),
    ...findingList('The line by itself gives:', findings, 'alone'),
    ...findingList('Findings that know the line, and need more than it to be sure:', findings, 'more'),
    ...(first === undefined
      ? []
      : [
          gap,
          paragraph(
            `\`gpudiag explain ${first.id}\` says more; the cause comes out of the whole log: \`gpudiag analyze FILE\``,
          ),
        ]),
  ];
}

function findingList(label: string, findings: readonly LineFinding[], gives: LineFinding['gives']): Block[] {
  const all = findings.filter((finding) => finding.gives === gives);
  if (all.length === 0) return [];
  const left = all.length - SHOWN_FINDINGS;
  const items = all
    .slice(0, SHOWN_FINDINGS)
    .map(({ id, title, kind, severity }) => [labelled(`${severity}, ${kind}:`, `${title} (${id})`)]);
  return [gap, labelled(label), bullets(items), ...(left > 0 ? [paragraph(`and ${left} more; --json has all`)] : [])];
}

export function searchBlocks(query: string, hits: readonly SearchHit[]): Block[] {
  const left = hits.length - SHOWN;
  return [
    paragraph(`${plural(hits.length, 'place')} for ${query}`, 'strong'),
    ...hits
      .slice(0, SHOWN)
      .flatMap(({ id, title, snippet }) => [gap, labelled(`${id}:`, title), paragraph(snippet, 'faint')]),
    ...(left > 0 ? [gap, paragraph(`and ${left} more; --json has all, more words find fewer`)] : []),
  ];
}
