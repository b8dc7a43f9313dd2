import { STAGES } from '../model/stage.ts';
import type { Topic } from '../model/topic.ts';
import type { Knowledge } from './knowledge.ts';
import { rmInitTriple } from './topics/rm-init.ts';

/** A way to write what is meant; named groups say which ids it stands for, the most usual first. */
interface Form {
  regex: RegExp;
  ids: (match: RegExpExecArray) => string[];
}

const numbered = (prefixes: readonly string[]) => (match: RegExpExecArray) =>
  prefixes.map((prefix) => `${prefix}:${Number(match[1])}`);

const FORMS: readonly Form[] = [
  { regex: /^xid[\s:#=]*(\d{1,4})$/, ids: numbered(['xid']) },
  {
    regex: /^(?:nvidia[- ]?smi|smi)[\s:]*(?:exit(?:s|ed)?(?: (?:code|status|with))?[\s:]*)?(\d{1,3})$/,
    ids: numbered(['nvidia-smi']),
  },
  { regex: /^exit(?:s|ed)?(?: (?:code|status|with))?[\s:]*(\d{1,3})$/, ids: numbered(['nvidia-smi']) },
  { regex: /^(?:windows[\s:]*)?(?:code|problem|error)?[\s:]*(\d{1,2})$/, ids: numbered(['windows']) },
  { regex: /^(?:nvidia[\s:-]*)?(?:driver|branch)[\s:]*(?:branch[\s:]*)?(\d{3})$/, ids: numbered(['driver']) },
  { regex: /^stage[\s:]*([a-z]+)$/, ids: ([, stage]) => (STAGES as readonly string[]).filter((id) => id === stage) },
  { regex: /^(?:finding|patch|gpu|card|outcome|freebsd)[\s:]+(\S.*)$/, ids: ([, id]) => [id!, `${id}-release`] },
  { regex: /^(\d{1,2}\.\d)$/, ids: ([, release]) => [`${release}-release`] },
  {
    regex: /^(?:rm[- ]?(?:init|status)(?:adapter)?[\s:]*)?(0x[\da-f]{1,8})$/,
    ids: ([, code]) => [`rm-init:${code}`, `rm-status:${code}`],
  },
];

/** `79` alone can be several things; an Xid is what people mean most often. */
const BARE_NUMBER = /^\d{1,4}$/;
const BARE_NUMBERS = ['xid', 'nvidia-smi', 'windows', 'driver'];

const TRIPLE =
  /^(?:rm[- ]?init(?:[- ]?adapter)?(?: failed!?)?)?[\s:]*\(?(0x[\da-f]{1,8})[:\s,]+(0x[\da-f]{1,8})(?:[:\s,]+(\d{1,6}))?\)?$/;

/**
 * What is called exactly so: ids, and other ways to write them (`79`, `Xid 79`, `exit 9`, `code 43`, `0x31:0xffff:2767`).
 * The first is what is most likely meant; empty when nothing is called so.
 */
export function lookUp(typed: string, { byId, topics, matrix }: Knowledge): Topic[] {
  const name = typed.trim().toLowerCase().replace(/\s+/g, ' ');
  const exact = byId.get(name);
  if (exact !== undefined) return [exact];
  const triple = TRIPLE.exec(name);
  if (triple !== null) {
    const topic = rmInitTriple({ stage: triple[1]!, status: triple[2]!, line: triple[3] }, matrix.tables);
    return topic === undefined ? [] : [topic];
  }
  const ids = BARE_NUMBER.test(name)
    ? BARE_NUMBERS.map((prefix) => `${prefix}:${Number(name)}`)
    : FORMS.flatMap(({ regex, ids: idsOf }) => {
        const match = regex.exec(name);
        return match === null ? [] : idsOf(match);
      });
  const found = ids.flatMap((id) => byId.get(id) ?? []);
  return found.length > 0 ? found : byName(name, topics);
}

/** Names of cards and of problem codes: `Tesla P4`, `P4`, `CM_PROB_FAILED_POST_START`. */
function byName(name: string, topics: readonly Topic[]): Topic[] {
  const cards = topics.filter(({ type, title }) => {
    const card = title.toLowerCase();
    return type === 'gpu' && (card === name || card.endsWith(` ${name}`));
  });
  if (cards.length > 0) return cards;
  return topics.filter(({ data }) => [data['symbol'], data['patch']].some((word) => isCalled(word, name)));
}

const isCalled = (word: unknown, name: string): boolean => typeof word === 'string' && word.toLowerCase() === name;
