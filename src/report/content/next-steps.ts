import type { NextStep } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, bullets, code, labelled, numbered, paragraph, type Section } from '../document.ts';
import { COST_WORDS, PLACE_WORDS, sentence } from '../words.ts';
import { failuresOf } from './causes.ts';

/** What would decide between what is still open, cheapest first. */
export function nextSteps(report: Report): Section[] {
  const { nextSteps: steps, causes } = report.verdict;
  if (steps.length > 0) return [{ title: 'Next steps, cheapest first', blocks: [numbered(steps.map(stepBlocks))] }];
  const open = causes.length > 0 ? causes[0]!.confidence !== 'confirmed' : failuresOf(report).length > 0;
  return open
    ? [{ title: 'Next steps', blocks: [paragraph('No command or experiment is known that would decide it.')] }]
    : [];
}

function stepBlocks({ command, on, why, cost, risk, decides, outcomes }: NextStep): Block[] {
  const where = on === undefined ? COST_WORDS[cost] : `${PLACE_WORDS[on]}, ${COST_WORDS[cost]}`;
  const blocks: Block[] = [labelled(`${where}:`, why === undefined ? '' : sentence(why)), code(command)];
  if (outcomes !== undefined)
    blocks.push(bullets(outcomes.map((outcome) => [labelled(`${outcome.if}:`, sentence(outcome.then))])));
  if (decides.length > 0) blocks.push(labelled('Decides:', decides.join(', ')));
  if (risk !== undefined) blocks.push(labelled('Risk:', sentence(risk)));
  return blocks;
}
