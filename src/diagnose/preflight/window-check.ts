import type { PreflightCheck } from '../../model/preflight.ts';
import type { WindowMap } from '../../model/report.ts';
import { formatSize } from '../../model/size.ts';
import { check, type Context } from './context.ts';

type Bar = WindowMap['bars'][number];
type WindowStage = 'start' | 'boot' | 'enumerate';

/** The command that shows the sizes of BARs. */
export const SIZES = 'pciconf -lvbBceV';

/** What becomes of a BAR at each stage, in order: where one fails, the later stages have nothing to look at. */
const QUESTIONS: Record<
  WindowStage,
  { failing: readonly Bar['fits'][]; holds: string; fails: (bar: string) => string }
> = {
  start: {
    failing: ['refused'],
    holds: 'bhyve refuses no BAR of the VM',
    fails: (bar) => `bhyve refuses ${bar} and exits`,
  },
  boot: {
    failing: ['rejected'],
    holds: 'The firmware of the guest can hold the BARs',
    fails: (bar) => `The UEFI firmware of the guest has no room for ${bar}`,
  },
  enumerate: {
    failing: ['dropped', 'unreachable'],
    holds: 'Every BAR finds an address in the guest',
    fails: (bar) => `The guest will lack ${bar}`,
  },
};
const IN_ORDER = Object.keys(QUESTIONS) as WindowStage[];

/** What the address windows of the planned VM mean for one stage. What is not known is said once, for the last of them. */
export function windowCheck(context: Context, stage: WindowStage): PreflightCheck[] {
  const { windows, card } = context;
  const { failing, holds } = QUESTIONS[stage];
  const bars = [...(windows?.bars ?? [])].sort((a, b) => b.sizeBytes - a.sizeBytes);
  const own = bars.filter(({ hostBdf }) => card?.functions.some(({ bdf }) => bdf === hostBdf));
  const unknown = (parts: Parameters<typeof check>[3]): PreflightCheck[] =>
    stage === 'enumerate' ? [check(context, 'not-known', holds, parts)] : [];
  if (own.length === 0) return unknown({ decideWith: SIZES, decideOn: 'host' });
  const bad = bars.find(({ fits }) => failing.includes(fits));
  if (bad !== undefined) return [overflow(context, stage, bad)];
  const before = IN_ORDER.slice(0, IN_ORDER.indexOf(stage)).flatMap((earlier) => QUESTIONS[earlier].failing);
  if (bars.some(({ fits }) => before.includes(fits))) return [];
  const open = bars.find(({ fits }) => fits === 'unknown');
  if (open !== undefined) return unknown({ detail: open.reason, inferred: open.inferred });
  const borrowed = own.find(({ sizeFrom }) => sizeFrom !== 'host');
  if (borrowed !== undefined) {
    const detail = `With sizes that are not of this machine they do. ${SIZE_SOURCES[borrowed.sizeFrom]}`;
    return unknown({ detail, inferred: true, decideWith: SIZES, decideOn: 'host' });
  }
  const large = own.filter(({ kind }) => kind === 'mem64');
  return [
    check(context, 'ready', holds, {
      inferred: own.some(({ inferred }) => inferred),
      shownBy: large.length > 0 ? large : own,
    }),
  ];
}

function overflow(context: Context, stage: WindowStage, bar: Bar): PreflightCheck {
  const measured = bar.sizeFrom === 'host';
  const name = `BAR${bar.index} of ${bar.hostBdf} (${formatSize(bar.sizeBytes)})`;
  return check(context, bar.inferred ? 'at-risk' : 'will-fail', QUESTIONS[stage].fails(name), {
    detail: `${measured ? '' : `${SIZE_SOURCES[bar.sizeFrom]} `}${bar.reason}`,
    code: 'bar-window-overflow',
    inferred: bar.inferred,
    shownBy: measured ? [bar] : [],
    solvedBy: 'patch',
    fix: OVERFLOW_FIXES,
    ...(!measured && { decideWith: SIZES, decideOn: 'host' as const }),
  });
}

const SIZE_SOURCES: Record<Bar['sizeFrom'], string> = {
  host: '',
  observed: 'The sizes are those in other reports of this card.',
  family: 'The sizes are those of its family; this card has not shown its own.',
};

const OVERFLOW_FIXES: PreflightCheck['fix'] = [
  {
    text: "Make BAR1 smaller where the card allows it: NVIDIA's mode selection tool for Tesla boards, or Resizable BAR off in the firmware set-up for GeForce.",
    on: 'firmware',
    reboot: 'host',
    risk: 'a wrong mode can make a board unusable until it is set back',
  },
  {
    text: 'Or build edk2 with a larger PcdPciMmio64Size and bhyve with the same larger PCI_EMUL_MEMSIZE64.',
    on: 'host',
    risk: 'bhyve, libvmmapi and vmm.ko must come from one tree',
  },
  {
    text: 'Or start a Linux guest without UEFI firmware (grub-bhyve), which leaves the addresses of bhyve in place; look whether they fit with --loader grub.',
    on: 'host',
  },
];
