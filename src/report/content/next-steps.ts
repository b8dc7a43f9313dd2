import type { NextStep } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, bullets, code, labelled, numbered, paragraph, type Section } from '../document.ts';
import { COST_WORDS, PLACE_WORDS, sentence } from '../words.ts';
import { failuresOf } from './causes.ts';

/** Findings named that a step decides. */
const DECIDES = 5;

/** What would decide between what is still open, cheapest first. */
export function nextSteps(report: Report, verbose: boolean): Section[] {
  const { nextSteps: steps, causes } = report.verdict;
  if (steps.length > 0)
    return [
      { title: 'Next steps, cheapest first', blocks: [numbered(steps.map((step) => stepBlocks(step, verbose)))] },
    ];
  const open = causes.length > 0 ? causes[0]!.confidence !== 'confirmed' : failuresOf(report).length > 0;
  return open
    ? [{ title: 'Next steps', blocks: [paragraph('No command or experiment is known that would decide it.')] }]
    : [];
}

/** Words that stand in an instruction to people and hardly ever bare in a command. */
const PROSE = /(?:^| )(?:the|an?|and|of|that|then|instead)(?: |$)/;

function stepBlocks({ command, on, why, cost, risk, decides, outcomes }: NextStep, verbose: boolean): Block[] {
  const where = on === undefined ? COST_WORDS[cost] : `${PLACE_WORDS[on]}, ${COST_WORDS[cost]}`;
  const blocks: Block[] = PROSE.test(command)
    ? [labelled(`${where}:`, sentence(command))]
    : [labelled(`${where}:`), code(command)];
  if (why !== undefined) blocks.push(labelled('Why:', sentence(why)));
  if (outcomes !== undefined) {
    blocks.push(bullets(outcomes.map((outcome) => [labelled(`${outcome.if}:`, sentence(outcome.then))])));
  }
  const shown = verbose || decides.length <= DECIDES ? decides : decides.slice(0, DECIDES);
  const others = decides.length > shown.length ? [`${decides.length - shown.length} more`] : [];
  if (decides.length > 0) blocks.push(labelled('Decides:', [...shown, ...others].join(', ')));
  if (risk !== undefined) blocks.push(labelled('Risk:', sentence(risk)));
  return blocks;
}
