import type { Rule } from '../../model/rule.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

const KNOWLEDGE: Record<Rule['knowledge'], string> = {
  source: 'read in source code',
  seen: 'reported by people',
  inferred: 'inferred, so never more than likely',
};

/** Everything a rule says of itself, with the codes it explains and is explained by. */
export function findingTopics(rules: readonly Rule[]): Topic[] {
  const codes = new Set(rules.map(({ code }) => code));
  return rules.map((rule): Topic => {
    const { code, title, stage, kind, severity, why, fix, references, knowledge, needs } = rule;
    const explains = (rule.explains ?? []).filter((other) => codes.has(other));
    const explainedBy = rules.filter((other) => other.explains?.includes(code)).map((other) => other.code);
    const experiments = (rule.experiments ?? []).map(({ command, why: reason }) =>
      reason === undefined ? `\`${command}\`` : `\`${command}\` (${reason})`,
    );
    return topicOf({
      id: code,
      type: 'finding',
      title,
      lead: `${kind} at stage ${stage}, severity ${severity}; ${KNOWLEDGE[knowledge]}`,
      parts: partsOf({
        '': why,
        'Decided by:': experiments.join('; '),
        'Needs:': needs.join(', '),
        'Explains:': explains.join(', '),
        'Follows from:': explainedBy.join(', '),
      }),
      fix,
      references,
      related: [...new Set([...explains, ...explainedBy])],
      words: Object.values(rule.patterns ?? {}).flatMap(({ literals }) => literals),
      data: { code, stage, kind, severity, why, fix, references, knowledge, needs, explains, explainedBy },
    });
  });
}
