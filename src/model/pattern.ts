import type { Ref } from './source.ts';

/**
 * A log line a rule wants to see. The scanner finds the lines that hold one of the literals, joins a message that the
 * kernel or a viewer wrapped over several lines into one record, and tests the expression against the record.
 */
export interface LogPattern {
  /** tested against a joined record; no `g` or `y` flag */
  regex: RegExp;
  /**
   * Strings of at least 4 characters of which every line that can start a match holds one, written exactly as in the
   * log. They make the one-pass scan possible; a contract test proves them on the rule's examples.
   */
  literals: readonly string[];
  /** artifact kinds to look in; when left out, all logs */
  kinds?: readonly string[];
  /** the machine whose logs to look in; a FreeBSD guest prints what a FreeBSD host prints */
  side?: 'host' | 'guest';
}

/** A line that a rule's pattern matched. */
export interface LogHit extends Ref {
  /** name of the pattern inside its rule */
  pattern: string;
  kind: string;
  side: 'host' | 'guest' | 'unknown';
  guest?: string;
  /** the joined record, at most 8 KiB */
  text: string;
  /** named groups of the expression that took part */
  groups: Record<string, string>;
  /** number of the boot in its log, 0 for the first; hits of older boots are not shown to rules unless asked for */
  boot: number;
}
