import { fenced } from '../report/markdown-escape.ts';
import { OUTCOME_WORDS, plural } from '../report/words.ts';
import { clean, shorten } from '../model/text.ts';
import type { Contribution } from './entry.ts';

const MAX_SUBJECT = 72;

/** Words of a bundle in a line that git, mail and pages read: letters, digits and what names of cards hold. */
const plain = (text: string): string =>
  clean(text)
    .replace(/[^A-Za-z0-9 .,:+/()_-]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();

/** First line of the commit, subject of the mail, title of the pull request. */
export function subjectOf({ observation: { gpu, host, outcome } }: Contribution): string {
  const where = host.release === null ? '' : ` on ${host.release}`;
  return shorten(`matrix: ${plain(`${gpu.name}${where}`)}: ${OUTCOME_WORDS[outcome]}`, MAX_SUBJECT);
}

/** The rest of the commit message: nothing that a bundle or a person wrote. */
export const messageOf = ({ observation: { id, grade } }: Contribution): string =>
  `Entry ${id}, with the evidence it was derived from.\nGrade ${grade}. Made by gpudiag matrix contribute.\n`;

/**
 * The pull request. The entry stands in a fenced block, where nothing in it is markup, mention or link.
 * @param remarks what a reviewer should know, in our words
 */
export function bodyOf({ observation, files }: Contribution, remarks: readonly string[]): string {
  const { id, outcome, grade } = observation;
  const entry = files.find(({ path }) => path.includes('/observations/'))!;
  const evidence = files.filter((file) => file !== entry);
  return [
    `Adds the entry \`${id}\`: ${OUTCOME_WORDS[outcome]}, grade ${grade}.`,
    '',
    grade === 'evidenced'
      ? `\`gpudiag analyze ${observation.source.title ?? ''}\` comes to the same result.`
      : 'The evidence is too large to be added whole; what is here does not show the whole result.',
    '',
    `\`${entry.path}\`:`,
    '',
    ...fenced(entry.text.trimEnd().split('\n'), 'json'),
    '',
    `Evidence, redacted (${plural(evidence.length, 'file')}):`,
    '',
    ...evidence.map(({ path, text }) => `- \`${path}\` (${plural(text.split('\n').length - 1, 'line')})`),
    ...(remarks.length === 0 ? [] : ['', 'For the reviewer:', '', ...remarks.map((remark) => `- ${plain(remark)}`)]),
    '',
    'The data is dedicated to the public domain (CC0), as everything in `matrix-data`.',
    '',
  ].join('\n');
}
