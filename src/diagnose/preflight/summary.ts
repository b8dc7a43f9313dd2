import type { Preflight, PreflightCheck, Remedy } from '../../model/preflight.ts';

/** What the proposed lines settle by themselves. */
const BY_LINES: readonly (Remedy | undefined)[] = ['lines', 'reboot', 'vm-config'];

const BEFORE_THE_START = new Set(['firmware', 'host', 'ppt', 'config']);

/** One or two sentences: what stands in the way, and whether the lines below take it away. */
export function summarise(stages: Preflight['stages'], card: Preflight['card'], hostShown: boolean): string {
  const all = stages.flatMap(({ checks }) => checks);
  const of = (verdict: PreflightCheck['verdict']): PreflightCheck[] => all.filter((check) => check.verdict === verdict);
  const [failing, risks] = [of('will-fail'), of('at-risk')];
  const open = stages
    .filter(({ id }) => BEFORE_THE_START.has(id))
    .flatMap(({ checks }) => checks.filter(({ verdict }) => verdict === 'not-known'));
  if (card === undefined) {
    return hostShown
      ? 'The evidence shows no graphics card that could be passed, so only the host was looked at.'
      : 'The evidence tells nothing of a host or a card.';
  }
  const hard = failing.filter(({ solvedBy }) => !BY_LINES.includes(solvedBy));
  const unknown = open.length > 0 ? [`${count(open.length, 'thing')} about the host or the VM not known`] : [];
  const rest = [...(risks.length > 0 ? [`${count(risks.length, 'risk')} named below`] : []), ...unknown];
  if (hard.length > 0) {
    const more = hard.length > 1 ? ` (and ${hard.length - 1} more)` : '';
    return `Will fail: ${hard[0]!.title}${more}. The lines below do not change that.${also(rest)}`;
  }
  if (failing.length > 0) {
    const how = [...new Set(failing.map(({ solvedBy }) => solvedBy!))]
      .map((remedy) => STEPS[remedy])
      .filter((step) => step !== undefined);
    return `Not ready yet: ${[...new Set(how)].join(', and ')}.${also(rest)}`;
  }
  if (risks.length > 0) {
    // What a rule stands for says more than what happened to others.
    const first = risks.find(({ code }) => code !== undefined) ?? risks[0]!;
    const others = [...(risks.length > 1 ? [count(risks.length - 1, 'more risk')] : []), ...unknown];
    return `Nothing is sure to fail. At risk: ${first.title}${first.inferred ? ' (inferred)' : ''}.${also(others)}`;
  }
  return open.length > 0
    ? `Nothing speaks against it so far.${also(unknown)}`
    : 'Ready: everything that can be looked at before the first start is in order.';
}

const STEPS: Partial<Record<Remedy, string>> = {
  lines: 'put the lines below into loader.conf and reboot the host',
  reboot: 'loader.conf has the lines already, reboot the host',
  'vm-config': 'put the lines below into the configuration of the VM',
};

const also = (rest: readonly string[]): string => (rest.length === 0 ? '' : ` ${upper(rest.join(', '))}.`);

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const upper = (text: string): string => text[0]!.toUpperCase() + text.slice(1);
