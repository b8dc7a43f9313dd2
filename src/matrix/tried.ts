import type { MatrixField, TriedSteps } from '../model/matrix.ts';
import { stageIndex } from '../model/stage.ts';
import { kindOf } from './judge.ts';
import type { Compared } from './match.ts';

/** What can be tried with a card that one has. */
const STEPS: readonly MatrixField[] = ['patch', 'rom', 'signature', 'branch', 'flavour', 'release', 'guest'];
/** Releases nearer than this are no experiment of their own. */
const OTHER_RELEASE = 0.25;

/**
 * What others had where you have something else, with the same card, and that did not make it work: so that nobody
 * repeats in vain what was tried, and sees what got further. What differs together is named together, because nobody
 * knows which part of it did what. The furthest first, then the fewest steps.
 */
export function triedWith(sameCard: readonly Compared[]): TriedSteps[] {
  const tried = new Map<string, TriedSteps>();
  for (const { observation, differences } of sameCard) {
    const { id, outcome, failedStage, grade } = observation;
    if (grade === 'second-hand' || kindOf(observation) !== 'bad') continue;
    const steps = differences
      .filter(({ field, by }) => STEPS.includes(field) && (field !== 'release' || by >= OTHER_RELEASE))
      .map(({ field, theirs }) => ({ field, value: theirs }));
    if (steps.length === 0) continue;
    const key = JSON.stringify(steps);
    const known = tried.get(key);
    if (known === undefined) tried.set(key, { steps, outcome, failedStage, ids: [id] });
    else {
      known.ids.push(id);
      if (reached(failedStage) > reached(known.failedStage)) Object.assign(known, { outcome, failedStage });
    }
  }
  return [...tried.values()].sort(
    (a, b) => reached(b.failedStage) - reached(a.failedStage) || a.steps.length - b.steps.length,
  );
}

const reached = (stage: TriedSteps['failedStage']): number => (stage === null ? -1 : stageIndex(stage));
