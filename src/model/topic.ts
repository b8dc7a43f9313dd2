import type { FixStep } from './finding.ts';

/** What `gpudiag explain` knows things about. */
export type TopicType =
  | 'finding'
  | 'xid'
  | 'rm-init'
  | 'nvidia-smi'
  | 'windows'
  | 'stage'
  | 'outcome'
  | 'patch'
  | 'gpu'
  | 'release'
  | 'driver'
  | 'observation';

/** One thing that can be looked up. Texts are plain; a command inside a sentence stands between backticks. */
export interface Topic {
  /** what `gpudiag explain` takes: `nvidia-intpin-missing`, `xid:79`, `windows:43`; unique */
  id: string;
  type: TopicType;
  title: string;
  /** one line under the title: `cause at stage probe, severity fatal` */
  lead?: string;
  parts: readonly TopicPart[];
  fix: readonly FixStep[];
  references: readonly string[];
  /** ids of other topics */
  related: readonly string[];
  /** what search looks at besides title and parts, and nobody is shown: pieces of log lines, other names */
  words: readonly string[];
  /** the facts as `--json` prints them, beside type, id and title */
  data: Readonly<Record<string, unknown>>;
}

export interface TopicPart {
  /** `What to do:`; left out for the main text */
  label?: string;
  text: string;
}

/** A topic as another one names it. */
export type TopicName = Pick<Topic, 'id' | 'title'>;

/** What a line of a log says, and which findings know it. */
export interface LineMeaning {
  line: string;
  /** what stands in the line by number: Xids, RmInitAdapter triples, problem codes of Windows, exit codes */
  topics: readonly Topic[];
  /** findings that the line alone gives (`alone`), and those that ask for more than the line (`more`) */
  findings: readonly LineFinding[];
}

export interface LineFinding extends TopicName {
  gives: 'alone' | 'more';
  kind: string;
  severity: string;
}

/** One place where a search found something. */
export interface SearchHit extends TopicName {
  type: TopicType;
  /** the text around the first word found, at most 160 characters */
  snippet: string;
  score: number;
}
