import type { Matrix } from '../model/matrix.ts';
import type { Rule } from '../model/rule.ts';
import type { Topic } from '../model/topic.ts';
import { findingTopics } from './topics/findings.ts';
import { nvidiaSmiTopics } from './topics/nvidia-smi.ts';
import { observationTopics } from './topics/observations.ts';
import { rmInitTopics } from './topics/rm-init.ts';
import { stageTopics } from './topics/stages.ts';
import { tableTopics } from './topics/tables.ts';
import { windowsTopics } from './topics/windows.ts';
import { xidTopics } from './topics/xids.ts';

/** All that can be looked up, and what it was made from. */
export interface Knowledge {
  rules: readonly Rule[];
  matrix: Matrix;
  topics: readonly Topic[];
  /** by id in lower case */
  byId: ReadonlyMap<string, Topic>;
}

export function createKnowledge(rules: readonly Rule[], matrix: Matrix): Knowledge {
  const topics = [
    ...findingTopics(rules),
    ...xidTopics(matrix.tables),
    ...rmInitTopics(matrix.tables),
    ...nvidiaSmiTopics(),
    ...windowsTopics(),
    ...stageTopics(rules),
    ...tableTopics(matrix.tables),
    ...observationTopics(matrix.observations),
  ];
  return { rules, matrix, topics, byId: new Map(topics.map((topic) => [topic.id.toLowerCase(), topic])) };
}
