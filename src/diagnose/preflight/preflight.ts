import type { Finding } from '../../model/finding.ts';
import type { Host, HostFunction, PptEntry } from '../../model/host.ts';
import type { MatrixAnswer } from '../../model/matrix.ts';
import {
  gravest,
  type Preflight,
  PREFLIGHT_SCHEMA_VERSION,
  PREFLIGHT_STAGES,
  type PreflightCheck,
  type PreflightStage,
  type StageExperience,
} from '../../model/preflight.ts';
import { at } from '../../model/source.ts';
import type { Rule } from '../../model/rule.ts';
import type { Tables } from '../../model/tables.ts';
import { hostGpus } from '../combine/host-pci.ts';
import type { Diagnosis } from '../diagnose.ts';
import { evaluate } from '../evaluate.ts';
import { windowMapOf } from '../windows.ts';
import { type Card, chooseCard } from './card.ts';
import { CONFIG } from './config.ts';
import type { Context, Inspect } from './context.ts';
import { driverOutlook } from './driver.ts';
import { FIRMWARE, HOST } from './firmware-host.ts';
import { interruptOutlook } from './interrupts.ts';
import { outlookChecks } from './outlook.ts';
import { chooseVm, makePlan, type Plan, PLANNED, type Wishes } from './plan.ts';
import { PPT } from './ppt.ts';
import { loaderSettings, propose } from './proposal.ts';
import { reservationOf } from './reservation.ts';
import { summarise } from './summary.ts';
import { warningsOf } from './warnings.ts';

/** What the matrix says about the card on this host. */
export interface Consultation {
  answer: MatrixAnswer;
  experience: readonly StageExperience[];
}

export interface PreflightQuestion extends Wishes {
  /** `1/0/0`, `pci0:1:0:0`, `ppt0` or a PCI id; left out: the one that stands out */
  gpu?: string;
}

export interface PreflightOptions {
  rules: readonly Rule[];
  tables: Tables;
  /** asked once the card is known */
  consult: (card: Preflight['card']) => Consultation;
}

export type PreflightAnswer =
  | { kind: 'answered'; preflight: Preflight }
  /** the card was not named and several are as likely, or the one named is not there */
  | { kind: 'which-card'; reason: 'several' | 'not-found'; cards: { hostBdf: string; name?: string }[] };

/** Will it work? From a diagnosis of the host: verdicts by stage, the lines that are needed and what to beware of. Pure. */
export function preflight(
  diagnosis: Diagnosis,
  question: PreflightQuestion,
  options: PreflightOptions,
): PreflightAnswer {
  const { host } = diagnosis;
  const named = question.vm === undefined ? undefined : chooseVm(host, question.vm, undefined);
  const choice = chooseCard(host, question.gpu, named);
  if (choice.kind === 'several' || choice.kind === 'not-found') {
    const cards = choice.cards.map(({ display }) => ({
      hostBdf: display.bdf,
      ...(display.name !== undefined && { name: display.name }),
    }));
    return { kind: 'which-card', reason: choice.kind, cards };
  }
  const card = choice.kind === 'chosen' ? choice.card : undefined;
  const plan = makePlan(
    card,
    named ?? (question.vm === undefined ? chooseVm(host, undefined, card) : undefined),
    question,
  );
  return { kind: 'answered', preflight: answer(diagnosis, card, plan, options) };
}

function answer(
  diagnosis: Diagnosis,
  card: Card | undefined,
  plan: Plan,
  { rules, tables, consult }: PreflightOptions,
): Preflight {
  const { report, host, guests, reading, quoter } = diagnosis;
  const shown = card && cardOf(card, plan, tables);
  const { answer: matrix, experience } = consult(shown);
  const fileRead = loaderSettings(reading) !== undefined;
  const reservation = card && reservationOf(host, card, fileRead);
  const proposal = card && reservation && propose(host, card, plan, reservation, reading);
  const windows = windowMapOf(host, plan.planned, tables);
  const context: Context = {
    host,
    guests,
    tables,
    ...(card && { card }),
    plan,
    ...(reservation && { reservation }),
    ...(proposal && { proposal }),
    ...(windows && { windows }),
    now: report.findings,
    meant: findingsWhenMeant(diagnosis, card, plan, rules, tables),
    inferredCodes: new Set(rules.filter(({ knowledge }) => knowledge === 'inferred').map(({ code }) => code)),
    experience,
    quoter,
  };
  const interrupts = card && interruptOutlook(host, card, tables);
  const driver = card && driverOutlook(card, tables);
  const stages = PREFLIGHT_STAGES.map((id) => stageOf(id, checksOf(id, context, interrupts)));
  const verdict = gravest(stages.filter(({ checks }) => checks.length > 0).map((stage) => stage.verdict));
  return {
    schemaVersion: PREFLIGHT_SCHEMA_VERSION,
    tool: report.tool,
    inputs: report.inputs,
    verdict,
    summary: summarise(stages, shown, host.present),
    ...(shown && { card: shown }),
    ...(report.overview.host && { host: { ...report.overview.host } }),
    vm: {
      ...(plan.name !== undefined && { name: plan.name }),
      known: plan.vm !== undefined,
      memoryBytes: plan.memoryBytes,
      memoryFrom: plan.memoryFrom,
      loader: plan.loader,
      loaderFrom: plan.loaderFrom,
    },
    stages,
    warnings: warningsOf(context),
    ...(proposal && {
      proposal: {
        ...proposal,
        leftOut: reservation.leftOut.map(({ device, because, shownBy }) => ({
          device,
          because,
          evidence: quoter.evidence(shownBy, 'for'),
        })),
      },
    }),
    ...(interrupts && { interrupts }),
    ...(driver && { driver }),
    ...(windows && { windows }),
    matrix,
  };
}

const INSPECTIONS: Partial<Record<PreflightStage, readonly Inspect[]>> = {
  firmware: FIRMWARE,
  host: HOST,
  ppt: PPT,
  config: CONFIG,
};

function checksOf(id: PreflightStage, context: Context, interrupts: Preflight['interrupts']): PreflightCheck[] {
  const inspections = INSPECTIONS[id];
  const checks =
    inspections === undefined
      ? outlookChecks(id, context, interrupts)
      : inspections.flatMap((inspect) => inspect(context));
  // A rule that finds a thing twice (two BARs, say) is one matter for each title.
  return checks.filter(
    (one, i) => checks.findIndex((other) => other.title === one.title && other.detail === one.detail) === i,
  );
}

const stageOf = (id: PreflightStage, checks: PreflightCheck[]): Preflight['stages'][number] => ({
  id,
  verdict: gravest(checks.map((one) => one.verdict)),
  checks,
});

/**
 * What the rules of the host find once the card is reserved and passed as planned. Many of them are silent about a card
 * that nothing says is meant for a guest; here somebody says so.
 */
function findingsWhenMeant(
  { host, guests, reading, quoter }: Diagnosis,
  card: Card | undefined,
  plan: Plan,
  rules: readonly Rule[],
  tables: Tables,
): Finding[] {
  const ahead = rules.filter(({ stage }) => stage === 'firmware' || stage === 'host');
  const meant = card === undefined ? host : withCardMeant(host, card, plan, tables);
  return evaluate(ahead, { host: meant, guests, tables, reading, quoter });
}

function withCardMeant(host: Host, card: Card, plan: Plan, tables: Tables): Host {
  const own = new Set(card.functions.map(({ domain, bdf }) => `${domain} ${bdf}`));
  const functions = host.functions.map((fn): HostFunction =>
    own.has(`${fn.domain} ${fn.bdf}`) ? { ...fn, driver: 'ppt' } : fn,
  );
  const entries = card.functions.map(({ bdf }): PptEntry => ({ ...PLANNED, raw: bdf, variable: 'pptdevs', bdf }));
  return {
    ...host,
    functions,
    gpus: hostGpus(functions, tables),
    pptdevs: [...host.pptdevs, ...entries],
    vms: [...host.vms.filter((vm) => vm !== plan.vm), plan.planned],
  };
}

function cardOf(
  { gpu: { display }, functions, because }: Card,
  plan: Plan,
  tables: Tables,
): NonNullable<Preflight['card']> {
  const row = display.pciId === undefined ? undefined : tables.gpus.get(display.pciId);
  const name = row?.name ?? display.name;
  return {
    ...(name !== undefined && { name }),
    ...(display.pciId !== undefined && { pciId: display.pciId }),
    ...(row?.architecture && { architecture: row.architecture }),
    hostBdf: display.bdf,
    ...(because !== undefined && { because }),
    functions: functions.map((fn) => {
      const place = plan.layout.find((planned) => planned.fn === fn);
      return {
        ...at(fn),
        hostBdf: fn.bdf,
        ...(fn.pciId !== undefined && { pciId: fn.pciId }),
        ...(fn.name !== undefined && { name: fn.name }),
        role: fn === display ? ('display' as const) : ('sibling' as const),
        driver: fn.driver,
        ...(place?.slot !== undefined && { guestSlot: `${place.slot}:${place.function}` }),
      };
    }),
  };
}
