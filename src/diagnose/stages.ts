import { SEVERITIES, type Finding, type StageStatus } from '../model/finding.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import type { Ref } from '../model/source.ts';
import type { Rule } from '../model/rule.ts';
import { OUTCOME_OF_FAILED_STAGE, type Outcome, type Stage, STAGES, stageIndex } from '../model/stage.ts';
import type { Quoter } from './quote.ts';

/** A line that shows that a stage was passed. */
interface Proof {
  stage: Stage;
  because: string;
  ref: Ref;
}

export interface StageResult {
  stages: StageStatus[];
  outcome: Outcome;
  /** the stage at which it stops, when it does */
  failedAt?: Stage;
  /** the last stage that was passed */
  reached?: Stage;
}

/** Works out how far the card got and where it stopped. Passing a later stage proves the earlier ones. */
export function judgeStages(
  host: Host,
  guests: readonly Guest[],
  findings: readonly Finding[],
  rules: readonly Rule[],
  quoter: Quoter,
): StageResult {
  const failing = findings.filter(
    ({ state, severity, kind, confidence }) =>
      state === 'present' &&
      kind !== 'notice' &&
      SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf('error') &&
      confidence !== 'possible',
  );
  // vm-bhyve logs a start before bhyve runs, and a log may be cut: what bhyve itself says weighs more.
  const refused = failing.some(
    ({ stage, confidence }) => (stage === 'config' || stage === 'start') && confidence === 'confirmed',
  );
  const proofs = [...hostProofs(host), ...guests.flatMap(guestProofs)].filter(
    ({ stage }) => !(refused && stage === 'start'),
  );
  const passed = Math.max(-1, ...proofs.map(({ stage }) => stageIndex(stage)));
  const failedAt = failedStage(passed, failing);
  const stopped = failedAt === undefined ? STAGES.length : stageIndex(failedAt);
  // Host stages of a machine that is no bhyve guest are nobody's business.
  const first = host.present || guests.some(({ isBhyve }) => isBhyve === true) ? 0 : stageIndex('boot');
  const stages = STAGES.map((id, i): StageStatus => {
    if (failedAt === id) {
      const finding = tellingFailure(failing, id, rules);
      return {
        id,
        status: 'failed',
        because: finding.title,
        evidence: finding.evidence.filter(({ role }) => role === 'for'),
      };
    }
    const proof = proofs.find(({ stage }) => stage === id);
    if (proof !== undefined && i < stopped) {
      return { id, status: 'passed', because: proof.because, evidence: quoter.evidence([proof.ref], 'for') };
    }
    if (i < passed && i < stopped && i >= first) {
      return { id, status: 'passed', because: 'a later stage was reached', evidence: [] };
    }
    return { id, status: 'unknown', evidence: [] };
  });
  const reachedIndex = Math.min(passed, stopped - 1);
  return {
    stages,
    outcome: outcomeOf(failedAt, passed, findings, guests),
    ...(failedAt === undefined ? {} : { failedAt }),
    ...(reachedIndex < 0 ? {} : { reached: STAGES[reachedIndex]! }),
  };
}

/**
 * The first stage after the last one passed at which something failed. A fault of an earlier stage that did not stop
 * the card there (a BAR without an address, say) stops it at the next stage not passed.
 */
function failedStage(passed: number, failing: readonly Finding[]): Stage | undefined {
  if (failing.length === 0) return undefined;
  const beyond = failing.map(({ stage }) => stageIndex(stage)).filter((i) => i > passed);
  if (beyond.length > 0) return STAGES[Math.min(...beyond)];
  return STAGES[Math.min(passed >= stageIndex('init') ? stageIndex('run') : passed + 1, STAGES.length - 1)];
}

/** The finding that says best why a stage failed: a cause of that stage, then what no other finding there explains. */
function tellingFailure(failing: readonly Finding[], id: Stage, rules: readonly Rule[]): Finding {
  const here = failing.filter(({ stage }) => stage === id);
  const explained = new Set(here.flatMap(({ code }) => rules.find((rule) => rule.code === code)?.explains ?? []));
  return (
    here.find(({ kind }) => kind === 'cause') ?? here.find(({ code }) => !explained.has(code)) ?? here[0] ?? failing[0]!
  );
}

function outcomeOf(
  failedAt: Stage | undefined,
  passed: number,
  findings: readonly Finding[],
  guests: readonly Guest[],
): Outcome {
  if (failedAt !== undefined) return OUTCOME_OF_FAILED_STAGE[failedAt];
  const faulty = findings.some(
    ({ state, kind, confidence }) => state === 'present' && kind === 'cause' && confidence !== 'possible',
  );
  if (passed >= stageIndex('init')) return faulty ? 'works-with-faults' : 'works';
  const tried = guests.some(
    ({ driver }) => driver.loaded !== undefined || driver.version !== undefined || driver.nouveau !== undefined,
  );
  if (passed === stageIndex('enumerate') && !tried) return 'untested';
  return 'unknown';
}

function hostProofs(host: Host): Proof[] {
  const proofs: Proof[] = [];
  for (const gpu of host.gpus) {
    if (gpu.display.driver === 'ppt' && gpu.siblings.every(({ driver }) => driver === 'ppt' || driver === null)) {
      proofs.push({ stage: 'ppt', because: 'all functions of the card are reserved', ref: gpu.display });
    }
  }
  for (const vm of host.vms) {
    const run = vm.runs?.at(-1);
    // bhyve leaves at once when it cannot start; a run without an exit in the log is one that goes on.
    if (run !== undefined && run.exitStatus === undefined) {
      proofs.push({ stage: 'start', because: 'bhyve was started and the log shows no exit', ref: run });
    }
  }
  const initialized = host.iommu.initialized;
  if (initialized?.value === 1) proofs.push({ stage: 'host', because: 'the IOMMU is initialised', ref: initialized });
  return proofs;
}

function guestProofs(guest: Guest): Proof[] {
  const proofs: Proof[] = [];
  const add = (stage: Stage, because: string, ref: Ref | undefined): void => {
    if (ref !== undefined) proofs.push({ stage, because, ref });
  };
  add('boot', 'the guest kernel runs', guest.booted);
  const nvidia = guest.gpus.find(({ pciId }) => pciId?.startsWith('10de:') === true) ?? guest.gpus[0];
  add('enumerate', 'the guest lists the card', nvidia);
  add('load', 'the driver module started', guest.driver.loaded);
  add('probe', 'the driver accepted a card and printed its banner', guest.driver.banner);
  for (const gpu of guest.gpus) {
    if (gpu.videoBios === undefined) continue;
    add('probe', 'the driver created /proc/driver/nvidia/gpus', gpu.videoBios);
    if (gpu.videoBios.value !== null) add('init', 'the driver read the Video BIOS', gpu.videoBios);
  }
  const listed = guest.smi.gpus.find(({ failing }) => failing === undefined);
  add('init', 'nvidia-smi lists the card', listed);
  if (listed !== undefined && guest.smi.gpus.every(({ failing }) => failing === undefined) && guest.xids.length === 0) {
    add('run', 'nvidia-smi reads the card without errors', listed);
  }
  return proofs;
}
