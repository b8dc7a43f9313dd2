import type { CardResult, InputResult } from './read.ts';
import type { Configuration } from './configuration.ts';
import { machineOf } from './machine.ts';

/** A card's result, with whose it is and how that machine was set up. Parts that many cases share are shared. */
export interface Case {
  input: string;
  machine: string;
  /** ISO 8601; undefined: nothing tells when */
  date: string | undefined;
  card: CardResult;
  configuration: Configuration;
}

export interface StoredError {
  message: string;
  exit: number;
}

export interface Store {
  add(result: InputResult): void;
  readonly cases: Iterable<Case>;
  readonly errors: Iterable<[string, StoredError]>;
  readonly inputs: number;
  /** results that another one of the same input took the place of */
  readonly replaced: number;
  /** code of a cause to its title */
  readonly titles: ReadonlyMap<string, string>;
}

/**
 * Keeps of every input what the later one of its results says; a report is not replaced by an error. Equal values are kept
 * once, so that a million results of a fleet, which has few kinds of machines, fit into memory.
 * @param machine name of the machine that an input is from
 */
export function createStore(machine: (input: string) => string = machineOf): Store {
  const results = new Map<string, Case[] | StoredError>();
  const titles = new Map<string, string>();
  const machines = interner<string>();
  const dates = interner<string>();
  const cards = interner<CardResult>();
  const configurations = interner<Configuration>();
  let replaced = 0;
  return {
    add(result) {
      const { input } = result;
      const known = results.get(input);
      if (known !== undefined) replaced += 1;
      if ('error' in result) {
        if (!Array.isArray(known)) results.set(input, result.error);
        return;
      }
      for (const [code, title] of Object.entries(result.titles)) titles.set(code, title);
      const shared = {
        input,
        machine: machines(machine(input)),
        date: result.date === undefined ? undefined : dates(result.date),
        configuration: configurations(result.configuration),
      };
      results.set(
        input,
        result.cards.map((card) => ({ ...shared, card: cards(card) })),
      );
    },
    get cases() {
      return only(results, (_input, result) => (Array.isArray(result) ? result : []));
    },
    get errors() {
      return only(results, (input, result): [string, StoredError][] =>
        Array.isArray(result) ? [] : [[input, result]],
      );
    },
    get inputs() {
      return results.size;
    },
    get replaced() {
      return replaced;
    },
    titles,
  };
}

function* only<Value, Part>(
  results: ReadonlyMap<string, Value>,
  parts: (input: string, result: Value) => readonly Part[],
): Generator<Part, void, undefined> {
  for (const [input, result] of results) yield* parts(input, result);
}

/** The one that is kept of all equal values. */
function interner<Value>(): (value: Value) => Value {
  const kept = new Map<string, Value>();
  return (value) => {
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const first = kept.get(key);
    if (first !== undefined) return first;
    kept.set(key, value);
    return value;
  };
}
