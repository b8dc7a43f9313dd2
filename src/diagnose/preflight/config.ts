import { nameOf } from '../../rules/lib/hosts.ts';
import { check, type Context, type Inspect, isPresent, ofFinding } from './context.ts';
import { entriesOf } from './plan.ts';

/** The configuration of the VM, where the evidence has one. */
export const CONFIG: readonly Inspect[] = [known, passed, wired, faults];

function known(context: Context): ReturnType<Inspect> {
  const { plan, proposal } = context;
  if (plan.vm !== undefined) return [];
  const which = plan.name === undefined ? 'the VM' : plan.name;
  return [
    check(context, 'not-known', `The configuration of ${which} gives it the card`, {
      detail: `No configuration of ${which} was read${proposal === undefined ? '' : '; the lines below are what it needs'}.`,
      decideWith: plan.name === undefined ? 'cat the configuration file of the VM' : `cat ${plan.name}.conf`,
      decideOn: 'host',
    }),
  ];
}

function passed(context: Context): ReturnType<Inspect> {
  const { plan, card, host } = context;
  if (plan.vm === undefined || card === undefined) return [];
  const entries = entriesOf(plan.vm, card);
  const missing = card.functions.filter(
    ({ bdf, unit }) => !entries.some(({ hostBdf, pptName }) => hostBdf === bdf || pptName === unit),
  );
  const vm = plan.vm.name ?? 'The VM';
  const { display } = card.gpu;
  if (missing.includes(display)) {
    return [
      check(context, 'will-fail', `${vm} is not given ${nameOf(host, display.bdf)}`, {
        code: 'passthru-not-configured',
        shownBy: [plan.vm, ...entries],
        solvedBy: 'vm-config',
      }),
    ];
  }
  if (missing.length > 0) {
    return [
      check(context, 'at-risk', `${vm} is given the card without ${missing.map(({ bdf }) => bdf).join(', ')}`, {
        detail: 'The functions of a card share power and reset; pass them all.',
        code: 'gpu-function-not-passed',
        inferred: true,
        shownBy: entries,
        solvedBy: 'vm-config',
      }),
    ];
  }
  const broken = entries.some(({ problem }) => problem !== undefined);
  return broken
    ? []
    : [
        check(
          context,
          'ready',
          `${vm} is given ${card.functions.length > 1 ? 'all functions of the card' : 'the card'}`,
          { shownBy: entries },
        ),
      ];
}

function wired(context: Context): ReturnType<Inspect> {
  const { vm } = context.plan;
  if (vm === undefined || vm.wired === undefined || vm.via === 'vm-bhyve-conf') return [];
  const shownBy = [vm.wiredAt ?? vm];
  return vm.wired
    ? [check(context, 'ready', 'Guest memory is wired', { shownBy })]
    : [
        check(context, 'will-fail', 'Guest memory is not wired (-S)', {
          code: 'memory-not-wired',
          shownBy,
          solvedBy: 'vm-config',
        }),
      ];
}

/** What the rules of this stage find, except what is computed from the plan or looked at above. */
const ELSEWHERE = new Set([
  'bar-window-overflow',
  'guest-mmio64-too-small',
  'passthru-not-configured',
  'memory-not-wired',
  'rom-not-supplied',
]);

function faults(context: Context): ReturnType<Inspect> {
  const { name } = context.plan;
  return context.now
    .filter(({ stage, code }) => stage === 'config' && !ELSEWHERE.has(code))
    .filter((finding) => isPresent(finding) && (finding.subject?.vm === undefined || finding.subject.vm === name))
    .map((finding) => ofFinding(finding, context, 'vm-config'));
}
