import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Consultation } from '../diagnose/preflight/preflight.ts';
import type { CardLevel, Configuration, Matrix } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import type { Preflight, StageExperience } from '../model/preflight.ts';
import { type Stage, stageIndex, STAGES } from '../model/stage.ts';
import { cardDistance, completeConfiguration } from './card.ts';
import { columnsOf, where } from './columns.ts';
import { consultMatrix } from './consult.ts';
import { configurationOf } from './report-part.ts';

/** Reports shown in a preflight. */
const MATCHES = 5;
const SAME_CARDS: readonly CardLevel[] = ['same-card', 'same-model'];

/** What the matrix knows about the card on this host, and how far others came with the same card. */
export function consultForPreflight(diagnosis: Diagnosis, matrix: Matrix, card: Preflight['card']): Consultation {
  const configuration = configurationOf(diagnosis, card);
  return {
    answer: consultMatrix(matrix, configuration, MATCHES),
    experience: card === undefined ? [] : experienceOf(configuration, matrix),
  };
}

/** By stage, from reports of the same card under bhyve on FreeBSD. A report without an outcome tells nothing. */
function experienceOf(configuration: Configuration, matrix: Matrix): StageExperience[] {
  const yours = completeConfiguration(configuration, matrix.tables);
  const columns = columnsOf(matrix);
  const isGpu = where(columns.role, (role) => role === 'gpu');
  const isYours = where(columns.traits.gpu, (card) => SAME_CARDS.includes(cardDistance(yours, card).level));
  const onBhyve = where(columns.traits.userland, (userland) => userland === 'bhyve');
  const same: GpuObservation[] = [];
  for (let row = 0; row < columns.length; row++) {
    if (isYours(row) && isGpu(row) && onBhyve(row)) same.push(columns.observation(row) as GpuObservation);
  }
  return STAGES.map((stage) => ({
    stage,
    stopped: same.filter(({ failedStage }) => failedStage === stage).map(({ id }) => id),
    passed: same.filter((observation) => reachedBeyond(observation, stage)).map(({ id }) => id),
  })).filter(({ stopped, passed }) => stopped.length + passed.length > 0);
}

function reachedBeyond({ failedStage, outcome }: GpuObservation, stage: Stage): boolean {
  if (failedStage !== null) return stageIndex(stage) < stageIndex(failedStage);
  if (outcome === 'works' || outcome === 'works-with-faults') return true;
  return outcome === 'untested' && stageIndex(stage) <= stageIndex('enumerate');
}
