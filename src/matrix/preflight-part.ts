import type { Diagnosis } from '../diagnose/diagnose.ts';
import type { Consultation } from '../diagnose/preflight/preflight.ts';
import type { Configuration, Matrix } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import type { Preflight, StageExperience } from '../model/preflight.ts';
import { type Stage, stageIndex, STAGES } from '../model/stage.ts';
import { completeConfiguration } from './card.ts';
import { compare, isFreeBsd, isGpu, standing } from './compare.ts';
import { consultMatrix } from './consult.ts';
import { configurationOf } from './report-part.ts';

/** Reports shown in a preflight. */
const MATCHES = 5;

/** What the matrix knows about the card on this host, and how far others came with the same card. */
export function consultForPreflight(diagnosis: Diagnosis, matrix: Matrix, card: Preflight['card']): Consultation {
  const configuration = configurationOf(diagnosis, card);
  return {
    answer: consultMatrix(matrix, configuration, MATCHES),
    experience: card === undefined ? [] : experienceOf(configuration, matrix),
  };
}

/** By stage, from reports of the same card under bhyve on FreeBSD. A report without an outcome tells nothing. */
function experienceOf(configuration: Configuration, { observations, tables }: Matrix): StageExperience[] {
  const yours = completeConfiguration(configuration, tables);
  const same = standing(observations)
    .filter(isFreeBsd)
    .filter(isGpu)
    .filter((observation) => observation.bhyve.userland !== 'qemu')
    .filter((observation) => ['same-card', 'same-model'].includes(compare(yours, observation, tables).card));
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
