import type { Finding } from '../../model/finding.ts';
import type { Guest } from '../../model/guest.ts';
import type { Host } from '../../model/host.ts';
import {
  gravest,
  type PreflightCheck,
  type PreflightProposal,
  type Remedy,
  type StageExperience,
} from '../../model/preflight.ts';
import type { WindowMap } from '../../model/report.ts';
import type { Ref } from '../../model/source.ts';
import type { Tables } from '../../model/tables.ts';
import type { Quoter } from '../quote.ts';
import type { Card } from './card.ts';
import { type Plan, PLANNED } from './plan.ts';
import type { Reservation } from './reservation.ts';

/** All that the checks look at. */
export interface Context {
  host: Host;
  guests: readonly Guest[];
  tables: Tables;
  card?: Card;
  plan: Plan;
  reservation?: Reservation;
  proposal?: Omit<PreflightProposal, 'leftOut'>;
  windows?: WindowMap;
  /** findings about the machine as it is */
  now: readonly Finding[];
  /** findings about the same machine once the card is reserved and passed as planned */
  meant: readonly Finding[];
  /** codes of rules whose knowledge is inferred */
  inferredCodes: ReadonlySet<string>;
  experience: readonly StageExperience[];
  quoter: Quoter;
}

/** Looks at one thing; none, one or several checks come of it. */
export type Inspect = (context: Context) => PreflightCheck[];

type Parts = Partial<Omit<PreflightCheck, 'verdict' | 'title' | 'evidence'>> & { shownBy?: readonly Ref[] };

export function check(
  { quoter }: Context,
  verdict: PreflightCheck['verdict'],
  title: string,
  { shownBy = [], ...parts }: Parts = {},
): PreflightCheck {
  return { verdict, title, inferred: false, fix: [], ...parts, evidence: quoter.evidence(shownBy, 'for') };
}

/** How the proposed lines of loader.conf take effect: a reboot is enough when all of them stand there already. */
export const byLoaderLines = ({ proposal }: Context): Remedy =>
  proposal?.loaderConf.lines.every(({ change }) => change === 'keep') === true ? 'reboot' : 'lines';

/** A present finding as a check. What was inferred, or is only possible, never fails for certain. */
export function ofFinding(finding: Finding, { inferredCodes }: Context, solvedBy?: Remedy): PreflightCheck {
  const inferred = inferredCodes.has(finding.code);
  const grave = finding.kind !== 'notice' && (finding.severity === 'error' || finding.severity === 'fatal');
  return {
    verdict: grave && !inferred && finding.confidence !== 'possible' ? 'will-fail' : 'at-risk',
    title: finding.title,
    ...(finding.detail !== undefined && { detail: finding.detail }),
    code: finding.code,
    inferred,
    // Lines that are only planned prove nothing.
    evidence: finding.evidence.filter(({ artifact, role }) => artifact !== PLANNED.artifact && role === 'for'),
    ...(solvedBy !== undefined && { solvedBy }),
    fix: finding.fix,
    ...(finding.decideWith !== undefined && { decideWith: finding.decideWith }),
    ...(finding.decideOn !== undefined && { decideOn: finding.decideOn }),
  };
}

/** The same, but never a failure: what it is about does not keep a card from a guest. */
export const asRisk = (check: PreflightCheck): PreflightCheck => ({
  ...check,
  verdict: check.verdict === 'will-fail' ? 'at-risk' : check.verdict,
});

/** Present findings that are worth a word. */
export const isPresent = ({ state, severity }: Finding): boolean => state === 'present' && severity !== 'info';

/** Whether a finding is about the card, or about no device in particular. */
export function concerns({ subject }: Finding, card: Card | undefined): boolean {
  return subject?.hostBdf === undefined || card?.functions.some(({ bdf }) => bdf === subject.hostBdf) === true;
}

interface Requirement {
  /** what must hold, as a statement */
  title: string;
  /** rules that say when it does not, and by what lines it does */
  codes: readonly string[];
  /** further lines that show that it holds */
  proof?: (context: Context) => readonly Ref[];
  /** the command on the host that tells */
  decideWith: string;
  solvedBy?: Remedy | ((context: Context) => Remedy);
}

/** A requirement that rules watch over: what they found, else the lines that show it holds, else that it is not known. */
export const requirement =
  ({ title, codes, proof, decideWith, solvedBy }: Requirement): Inspect =>
  (context) => {
    const own = context.meant.filter((finding) => codes.includes(finding.code) && concerns(finding, context.card));
    const remedy = typeof solvedBy === 'function' ? solvedBy(context) : solvedBy;
    const found = own.filter(isPresent).map((finding) => ofFinding(finding, context, remedy));
    if (found.length > 0) return gravestFirst(found);
    const excluded = own.filter(({ state }) => state === 'absent').flatMap(({ evidence }) => evidence);
    const shown = [...excluded.filter(({ artifact }) => artifact !== PLANNED.artifact), ...(proof?.(context) ?? [])];
    if (shown.length > 0) return [check(context, 'ready', title, { shownBy: shown })];
    return [check(context, 'not-known', title, { decideWith, decideOn: 'host' })];
  };

const gravestFirst = (checks: readonly PreflightCheck[]): PreflightCheck[] => {
  const worst = gravest(checks.map(({ verdict }) => verdict));
  return [...checks.filter(({ verdict }) => verdict === worst), ...checks.filter(({ verdict }) => verdict !== worst)];
};
