import { canonical, type SecretClass } from './classes.ts';
import { type Boundary, formsOf } from './forms.ts';
import { createMatcher, type Matcher } from './matcher.ts';
import { isTechnical } from './technical.ts';
import { parseToken } from './tokens.ts';
import { isCommonSuffix, isNobody, isPublicDomain, isVocabulary } from './vocabulary.ts';

/** One value that must not be shown, whichever way it is written. */
export interface Secret {
  class: SecretClass;
  /** as first seen; kept in memory only */
  value: string;
  /** number of its token; given when it is first replaced */
  number?: number;
}

/** A piece of what a rule found that is to be replaced. Offsets into the value. */
export interface Piece {
  start: number;
  end: number;
  secret: Secret;
}

/** All secrets found so far. The same value is the same secret, whatever class it was found in first. */
export interface SecretStore {
  /** Takes what a rule found; the pieces to replace, [] when it is no secret. */
  learn: (secret: SecretClass, value: string) => readonly Piece[];
  /** The secret of a value that is known, without learning anything. */
  known: (secret: SecretClass, value: string) => Secret | undefined;
  numberOf: (secret: Secret) => number;
  all: () => Iterable<Secret>;
  /** finds the values that are distinctive enough to be replaced wherever they stand */
  matcher: Matcher<Secret>;
  /** true when one of them has a blank in it */
  hasBlanks: () => boolean;
  /** true when there are values that the matcher does not look for */
  hasOthers: () => boolean;
}

/**
 * Bounds for logs with more addresses than anyone has: of so many secrets encoded forms are looked for, of so many plain
 * ones, and so many are told apart. Beyond that, values of one class share a token and are replaced where rules find them.
 */
const MAX_ENCODED = 20_000;
const MAX_EVERYWHERE = 100_000;
const MAX_SECRETS = 500_000;
/** Values whose pieces are kept at hand. */
const MAX_PIECES = 10_000;

export function createSecretStore(): SecretStore {
  const secrets = new Map<string, Secret>();
  const matcher = createMatcher<Secret>();
  /** numbers of tokens that are already in the texts, by class */
  const taken = new Map<SecretClass, Set<number>>();
  const last = new Map<SecretClass, number>();
  let blanks = false;
  let others = false;

  const learnOne = (secretClass: SecretClass, value: string): Secret | undefined => {
    if (isTechnical(secretClass, value)) {
      const token = parseToken(value);
      if (token !== undefined) taken.set(token.secret, (taken.get(token.secret) ?? new Set()).add(token.number));
      return undefined;
    }
    const key = canonical(secretClass, value);
    const known = secrets.get(key);
    if (known !== undefined) return known;
    if (secrets.size >= MAX_SECRETS) return countless(secretClass);
    const secret: Secret = { class: secretClass, value };
    secrets.set(key, secret);
    // `corp.example.net` gives `example.net` away.
    const parent = secretClass === 'domain' ? registered(value) : value;
    if (parent !== value) learn('domain', parent);
    const boundary = secrets.size <= MAX_EVERYWHERE ? reachOf(secretClass, value) : undefined;
    if (boundary === undefined) others = true;
    else {
      blanks ||= /\s/.test(value);
      const encoded = secrets.size <= MAX_ENCODED;
      for (const form of formsOf(secretClass, value, boundary, encoded)) matcher.add(form, secret);
    }
    return secret;
  };

  /** stands for all values of a class that came after the last that is told apart */
  const rest = new Map<SecretClass, Secret>();
  const countless = (secretClass: SecretClass): Secret => {
    const secret = rest.get(secretClass) ?? { class: secretClass, value: '' };
    rest.set(secretClass, secret);
    return secret;
  };

  /** pieces by class and value: logs name their host on every line */
  const pieces = new Map<string, Piece[]>();
  const learn = (secretClass: SecretClass, value: string): Piece[] => {
    const id = `${secretClass} ${value}`;
    let found = pieces.get(id);
    if (found === undefined) {
      found = partsOf(secretClass, value).flatMap(({ start, end, class: part }) => {
        const secret = learnOne(part, value.slice(start, end));
        return secret === undefined ? [] : [{ start, end, secret }];
      });
      if (pieces.size >= MAX_PIECES) pieces.clear();
      pieces.set(id, found);
    }
    return found;
  };

  return {
    learn,
    matcher,
    hasBlanks: () => blanks,
    hasOthers: () => others,
    all: () => secrets.values(),
    known(secretClass, value) {
      for (const { start, end, class: part } of partsOf(secretClass, value)) {
        const written = value.slice(start, end);
        if (isTechnical(part, written)) continue;
        const secret = secrets.get(canonical(part, written)) ?? rest.get(part);
        if (secret !== undefined) return secret;
      }
      return undefined;
    },
    numberOf: (secret) => {
      if (secret.number === undefined) {
        let number = (last.get(secret.class) ?? 0) + 1;
        while (taken.get(secret.class)?.has(number)) number += 1;
        last.set(secret.class, number);
        secret.number = number;
      }
      return secret.number;
    },
  };
}

/** The parts of a value that are secrets: names that identify nobody are dropped. */
function partsOf(secret: SecretClass, value: string): { start: number; end: number; class: SecretClass }[] {
  const whole = { start: 0, end: value.length };
  if (secret === 'user') {
    const end = value.replace(/[.-]+$/, '').length;
    return isNobody(value.slice(0, end).toLowerCase()) ? [] : [{ start: 0, end, class: secret }];
  }
  if (secret === 'domain') {
    const folded = value.toLowerCase();
    return isPublicDomain(folded) || isCommonSuffix(folded) ? [] : [{ ...whole, class: secret }];
  }
  if (secret === 'serial' && !isTechnical(secret, value)) {
    return [{ start: 0, end: value.replace(/[.\s]+$/, '').length, class: secret }];
  }
  if (secret === 'password' || secret === 'token') {
    // Brackets behind a bare value are those of the list or object that it stands in.
    return [{ start: 0, end: value.replace(/[\])}]+$/, '').length, class: secret }];
  }
  return secret === 'host' ? partsOfHost(value) : [{ ...whole, class: secret }];
}

/** A host name and its domain are two secrets, because either may stand alone elsewhere. */
function partsOfHost(value: string): { start: number; end: number; class: SecretClass }[] {
  const folded = value.toLowerCase();
  const whole = { start: 0, end: value.length };
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)) return [{ ...whole, class: 'ipv4' }];
  if (parseToken(value) !== undefined) return [{ ...whole, class: 'host' }];
  if (isPublicDomain(folded)) return [];
  const dot = value.indexOf('.');
  const end = dot === -1 ? value.length : dot;
  const name = isNobody(folded.slice(0, end)) ? [] : [{ start: 0, end, class: 'host' as const }];
  const domain = folded.slice(end + 1);
  if (!domain.includes('.') || isCommonSuffix(domain)) return name;
  return [...name, { start: end + 1, end: value.length, class: 'domain' }];
}

/** The part of a domain that somebody registered: its last two names, or three below `co.uk` and its like. */
function registered(domain: string): string {
  const names = domain.split('.');
  const kept = /\.(?:ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$/i.test(domain) ? 3 : 2;
  return names.slice(-kept).join('.');
}

/**
 * Where else than in the places that rules know a value is to be replaced, and what must stand next to it; undefined when
 * it is too short or too common a word for that.
 */
function reachOf(secret: SecretClass, value: string): Boundary | undefined {
  const folded = value.toLowerCase();
  switch (secret) {
    case 'ipv4':
      return 'number';
    case 'ipv6':
    case 'domain':
      return 'word';
    case 'mac':
    case 'email':
    case 'key':
      return 'none';
    case 'uuid': {
      const size = canonical(secret, value).length;
      return size >= 12 ? 'none' : size >= 8 ? 'word' : undefined;
    }
    case 'name':
      return folded.length >= 6 ? 'none' : 'word';
    default: {
      // Words, short values and numbers that may as well be an address or a count of something.
      if (isVocabulary(folded) || isNobody(folded) || folded.length < 4) return undefined;
      if (/^(?:0x)?[0-9a-f]{1,6}$|^0x[0-9a-f]+$|^\d{1,7}$/.test(folded)) return undefined;
      const isName = secret === 'host' || secret === 'user' || secret === 'ssid';
      if (isName) return folded.length >= 6 ? 'none' : 'word';
      if (folded.length < 6) return undefined;
      return folded.length >= 8 && /\d/.test(folded) && /\D/.test(folded) ? 'none' : 'word';
    }
  }
}
