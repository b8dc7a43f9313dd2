import type { Rule } from '../../model/rule.ts';
import { OUTCOME_OF_FAILED_STAGE, OUTCOMES, type Outcome, STAGES, STAGE_TITLES } from '../../model/stage.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

/** What each outcome says of a card. */
const OUTCOME_TITLES: Record<Outcome, string> = {
  'host-not-ready': 'the host cannot pass the card on yet',
  'vm-wont-start': 'bhyve does not start the VM',
  'guest-wont-boot': 'the guest does not boot',
  'device-missing': 'the guest does not see the card, or not all of it',
  'driver-wont-load': 'the driver module is not loaded',
  'driver-init-fails': 'the driver is loaded and does not bring the card up',
  'works-with-faults': 'the card works and shows faults',
  works: 'the card works',
  untested: 'the guest sees the card; no driver was tried',
  unknown: 'the evidence does not show how far the card gets',
};

const REFERENCES = ['docs/reading-a-verdict.md'];

export function stageTopics(rules: readonly Rule[]): Topic[] {
  const stages = STAGES.map((stage, i) => {
    const causes = rules.filter((rule) => rule.stage === stage && rule.kind === 'cause').map(({ code }) => code);
    const outcome = OUTCOME_OF_FAILED_STAGE[stage];
    return topicOf({
      id: stage,
      type: 'stage',
      title: STAGE_TITLES[stage],
      lead: `stage ${i + 1} of ${STAGES.length} on the way of a card into a guest`,
      parts: partsOf({
        '': `When this is the first stage that fails, the outcome is ${outcome}. Passing a later stage proves this one.`,
        'Before it:': STAGES[i - 1],
        'After it:': STAGES[i + 1],
        'Causes:': causes.join(', '),
      }),
      references: REFERENCES,
      related: [outcome, ...causes],
      data: { stage, number: i + 1, outcome, causes },
    });
  });
  const outcomes = OUTCOMES.map((outcome) => {
    const failed = STAGES.filter((stage) => OUTCOME_OF_FAILED_STAGE[stage] === outcome);
    return topicOf({
      id: outcome,
      type: 'outcome',
      title: OUTCOME_TITLES[outcome],
      lead: 'an outcome, of verdicts and of reports in the matrix',
      parts: partsOf({
        'First failure at stage:': failed.join(', '),
        'Reports:': `\`gpudiag matrix list --outcome ${outcome}\``,
      }),
      references: REFERENCES,
      related: failed,
      data: { outcome, stages: failed },
    });
  });
  return [...stages, ...outcomes];
}
