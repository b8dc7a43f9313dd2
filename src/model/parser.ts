import type { Problem, Side } from './artifact.ts';

/**
 * How much of the text a parser could use. `nothing`: the text holds nothing of this kind;
 * `partly`: some records were unreadable and are named in problems.
 */
export interface ParseResult<Facts> {
  facts: Facts | undefined;
  problems: Problem[];
}

/**
 * One tool's output or file format. Pure: text in, facts and problems out; never throws, whatever the text.
 * The file that exports it opens with a comment that shows a short example (```text) and the facts it must give
 * (```json, a subset); a test executes that example.
 */
export interface Parser<Facts = unknown> {
  /** lower-case kebab-case; the file is named after it; the word used in reports, bundles and `gpudiag parse KIND` */
  kind: string;
  /** the machine this kind of text comes from; a function when only the content tells */
  side: Side | ((text: string) => Side);
  /** one line for `gpudiag parse --list` */
  title: string;
  /** the command that prints it or the file it is, for `gpudiag parse --list` and "how to supply this" */
  source: string;
  /**
   * Patterns of single lines that belong to this kind and to no other. They tell the kind of a text and where one kind
   * ends and another begins inside a paste. Each is tested against one line without its newline, with syslog and
   * kernel-log prefixes still on. Anchored where possible. They must not match ordinary prose.
   */
  markers: readonly RegExp[];
  /**
   * Patterns of single lines that this kind has in common with others: frames, comments, the first line of a file. They
   * tell nothing by themselves; directly under a marked line or directly above the first one they belong to it.
   */
  shared?: readonly RegExp[];
  /**
   * Shell commands whose output this is, tested against the command typed at a prompt or against a section heading
   * (`pciconf -lvb`, `/proc/cmdline`). A hint that helps where the text alone is ambiguous.
   */
  commands?: readonly RegExp[];
  /** file names that suggest this kind; a hint that content may overrule */
  fileNames?: readonly RegExp[];
  /**
   * For kinds that single lines cannot tell (JSON-like, XML, CSV, one-word files): looks at a whole text, at most
   * its first 64 KiB. Only asked when no markers decided.
   */
  recognise?: (text: string) => boolean;
  /** true when the text is a log: the scanner reads it with the patterns of the rules */
  log?: boolean;
  parse(text: string): ParseResult<Facts>;
}

export const defineParser = <Facts>(parser: Parser<Facts>): Parser<Facts> => parser;

/** A section of a file that holds many artifacts. `firstLine` counts from 1 in the container's text. */
export interface Section {
  /** command or path the section is headed with, if any */
  heading?: string;
  /** the kind, when the container knows it; otherwise it is told from heading and content */
  kind?: string;
  side?: Side;
  /** boots before the newest one, when the container tells (`journalctl -b -1` is 1); missing for the newest */
  earlierBoot?: number;
  firstLine: number;
  text: string;
}

/** One file format that holds many artifacts. Never throws. */
export interface Container {
  kind: string;
  title: string;
  source: string;
  /** looks at the first 64 KiB of a text */
  recognise: (text: string) => boolean;
  split(text: string): { sections: Section[]; problems: Problem[] };
}

export const defineContainer = (container: Container): Container => container;
