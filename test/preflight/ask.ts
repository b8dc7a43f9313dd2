import type { Diagnosis } from '../../src/diagnose/diagnose.ts';
import { preflight, type PreflightAnswer, type PreflightQuestion } from '../../src/diagnose/preflight/preflight.ts';
import { consultForPreflight } from '../../src/matrix/preflight-part.ts';
import type { Preflight, PreflightCheck, PreflightStage } from '../../src/model/preflight.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseFull, MATRIX } from '../support/diagnose.ts';
import type { Files } from './hosts.ts';

export function answerFor(files: Files, question: PreflightQuestion = {}): PreflightAnswer {
  const diagnosis: Diagnosis = diagnoseFull(files);
  return preflight(diagnosis, question, {
    rules: RULES,
    tables: MATRIX.tables,
    consult: (card) => consultForPreflight(diagnosis, MATRIX, card),
  });
}

/** The preflight of a host whose card is clear. */
export function ask(files: Files, question: PreflightQuestion = {}): Preflight {
  const answer = answerFor(files, question);
  if (answer.kind !== 'answered') throw new Error(`asks which card: ${answer.reason}`);
  return answer.preflight;
}

export const stageOf = (preflight: Preflight, id: PreflightStage): Preflight['stages'][number] =>
  preflight.stages.find((stage) => stage.id === id)!;

export const verdictsOf = (preflight: Preflight): Record<string, string> =>
  Object.fromEntries(preflight.stages.map(({ id, verdict }) => [id, verdict]));

/** The checks of a stage that are not in order. */
export const troubles = (preflight: Preflight, id: PreflightStage): PreflightCheck[] =>
  stageOf(preflight, id).checks.filter(({ verdict }) => verdict !== 'ready');

export const loaderLines = ({ proposal }: Preflight): string[] => proposal!.loaderConf.lines.map(({ text }) => text);

export const vmLines = ({ proposal }: Preflight): string[] => proposal!.vmBhyve.lines.map(({ text }) => text);
