import type { Claim } from '../matrix/observation-from-diagnosis.ts';
import type { Tables } from '../model/tables.ts';
import { clean } from '../model/text.ts';
import type { Answers } from './entry.ts';

/** Something a contributor said that cannot be taken. One line, for people. */
export class AnswerProblem extends Error {
  override name = 'AnswerProblem';
}

/** What the schema of an entry takes in one field is more; longer texts belong into a thread. */
const MAX_ANSWER = 1000;

/** A free text in one line; undefined when nothing is left. */
export function freeText(said: string): string | undefined {
  const text = clean(said).replace(/\s+/g, ' ').trim();
  if (text.length > MAX_ANSWER) throw new AnswerProblem(`has ${text.length} characters, at most ${MAX_ANSWER} fit`);
  return text === '' ? undefined : text;
}

const REVIEW = /^D\d{3,6}$/;
const COMMIT = /^[0-9a-f]{7,40}$/;
const WORDS = ['stock', 'other', 'unknown'];

/** A patch as people name it: a word or an id of the matrix, a review, a commit, or their own words. */
export function patchOf(said: string, tables: Tables): Pick<Answers, 'patch' | 'patchDetail' | 'review' | 'commit'> {
  const text = freeText(said);
  if (text === undefined) return {};
  const same = (id: string): boolean => id.toLowerCase() === text.toLowerCase();
  const known = WORDS.find(same) ?? tables.patches.map(({ id }) => id).find(same);
  const review = REVIEW.test(text.toUpperCase()) ? { review: text.toUpperCase() } : {};
  if (known !== undefined) return { patch: known, ...review };
  if (COMMIT.test(text)) return { patch: 'other', commit: text };
  return { patch: 'other', patchDetail: text, ...review };
}

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} .,'’_-]{0,58}$/u;
const MAIL = /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+$/;

/** `Jane Doe` or `Jane Doe <jane@example.org>`; the address goes only into the patch, never into the entry. */
export function reporterOf(said: string): { name: string; email?: string } {
  const [, name = '', email] = /^([^<>]*?)\s*(?:<([^<>]*)>)?$/.exec(said) ?? [];
  if (!NAME.test(name)) {
    throw new AnswerProblem(
      'a name is one line of letters, digits, blanks, dots and dashes, at most 59, that begins with a letter or digit',
    );
  }
  if (email !== undefined && !MAIL.test(email)) throw new AnswerProblem(`${clean(email)} is no address`);
  return { name: name.trim(), ...(email !== undefined && { email }) };
}

/** A question for a person; `read` turns what was typed into what it answers. */
export interface Question {
  text: string;
  /** what an empty answer means */
  empty: string;
  read: (said: string, tables: Tables) => Partial<Answers> & { email?: string };
}

const NO = /^(?:no|n|none|nothing)\.?$/i;
const unlessNo = (said: string): string | undefined => (NO.test(said.trim()) ? undefined : freeText(said));
const optional = <K extends keyof Answers>(key: K, value: Answers[K]): Partial<Answers> =>
  value === undefined ? {} : { [key]: value };

const PATCH: Question = {
  text: 'Which patch is in the bhyve or vmm that ran? stock, D51892, another review, a commit, or your words',
  empty: 'not sure',
  read: patchOf,
};
const WORKAROUND: Question = {
  text: 'Did you get it to work in the end, and what made the difference?',
  empty: 'no',
  read: (said) => optional('workaround', unlessNo(said)),
};
const FIRMWARE: Question = {
  text: 'What is set in the firmware of the host (Above 4G, Resizable BAR, CSM, slot), and is the VBIOS a changed one?',
  empty: 'do not know',
  read: (said) => optional('firmware', unlessNo(said)),
};
const REPORTER: Question = {
  text: 'Your name or nickname for the entry',
  empty: 'anonymous',
  read: (said) => {
    if (said.trim() === '') return {};
    const { name, email } = reporterOf(said.trim());
    return { reporter: name, ...(email !== undefined && { email }) };
  },
};
const NOTE: Question = {
  text: 'Anything else that others should know?',
  empty: 'no',
  read: (said) => optional('notes', unlessNo(said)),
};

/** Questions, including the one whether to publish, that are asked at most. */
const MAX_QUESTIONS = 5;

/**
 * What remains to be asked: nothing that facts or flags have told, the most telling first.
 * @param confirms whether the person will also be asked to agree
 */
export function questionsFor(claim: Claim, given: ReadonlySet<keyof Answers>, confirms: boolean): Question[] {
  const open: [keyof Answers, Question, boolean][] = [
    ['patch', PATCH, claim.bhyve.patch === 'unknown'],
    ['workaround', WORKAROUND, claim.outcome !== 'works'],
    ['reporter', REPORTER, true],
    ['firmware', FIRMWARE, true],
    ['notes', NOTE, true],
  ];
  return open
    .filter(([key, , asked]) => asked && !given.has(key))
    .map(([, question]) => question)
    .slice(0, MAX_QUESTIONS - (confirms ? 1 : 0));
}
