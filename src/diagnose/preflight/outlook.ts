import type { Guest } from '../../model/guest.ts';
import type { InterruptOutlook, PreflightCheck, PreflightStage, StageExperience } from '../../model/preflight.ts';
import { isMobile } from './card.ts';
import { branchRange } from './driver.ts';
import { check, type Context, isPresent, ofFinding } from './context.ts';
import { SIZES, windowCheck } from './window-check.ts';

/** What can be said of the stages that only a start shows: from the address windows, the tables and other people's reports. */
export function outlookChecks(
  stage: PreflightStage,
  context: Context,
  interrupts: InterruptOutlook | undefined,
): PreflightCheck[] {
  switch (stage) {
    case 'start':
      return [
        ...windowCheck(context, 'start'),
        ...mobile(context),
        ...earlierStarts(context),
        ...reports(stage, context),
      ];
    case 'boot':
      return [...windowCheck(context, 'boot'), ...reports(stage, context)];
    case 'enumerate':
      return [...windowCheck(context, 'enumerate'), ...reports(stage, context)];
    case 'probe':
      return [...interruptPin(context, interrupts), ...driverFits(context), ...reports(stage, context)];
    default:
      return reports(stage, context);
  }
}

const mobile = (context: Context): PreflightCheck[] =>
  context.card !== undefined && isMobile(context.card)
    ? [
        check(context, 'at-risk', 'The graphics of a laptop are wired to its firmware and its other graphics chip', {
          detail: 'No report of one that works in bhyve is known.',
          inferred: true,
          shownBy: [context.card.gpu.display],
        }),
      ]
    : [];

/** Starts that the evidence already shows to have failed. */
const earlierStarts = (context: Context): PreflightCheck[] =>
  context.now
    .filter((finding) => finding.stage === 'start' && finding.kind === 'cause' && isPresent(finding))
    .map((finding) => ({
      ...ofFinding(finding, context),
      verdict: 'at-risk',
      title: `An earlier start failed: ${finding.title}`,
    }));

const BHYVE_HAS_PIN = 'ls /usr/src/usr.sbin/bhyve/pci_passthru_quirks.c';

function interruptPin(context: Context, interrupts: InterruptOutlook | undefined): PreflightCheck[] {
  const seen = context.now.find(({ code, state }) => code === 'nvidia-intpin-missing' && state !== 'not-evaluated');
  if (seen?.state === 'present') return [ofFinding(seen, context, 'patch')];
  const title = 'The driver finds an interrupt';
  if (seen?.state === 'absent') return [{ ...check(context, 'ready', title), evidence: seen.evidence }];
  if (interrupts === undefined) return [];
  const { offers, from, text } = interrupts;
  const display = context.card!.gpu.display;
  const capability = display.msix ?? display.msi;
  const parts = { detail: text, inferred: from === 'family', shownBy: from === 'host' ? [capability ?? display] : [] };
  switch (offers) {
    case 'msi-x':
      return [
        check(context, from === 'host' ? 'ready' : 'not-known', title, {
          ...parts,
          ...(from !== 'host' && { decideWith: SIZES, decideOn: 'host' as const }),
        }),
      ];
    case 'msi':
      return [
        check(context, 'at-risk', 'The driver finds no interrupt, unless bhyve has patch D51892', {
          ...parts,
          code: 'nvidia-intpin-missing',
          solvedBy: 'patch',
          fix: [
            {
              text: 'Look whether the source of this bhyve has the patch; if not, apply review D51892 and rebuild bhyve from the tree of the running system.',
              command: BHYVE_HAS_PIN,
              on: 'host',
              risk: 'bhyve, libvmmapi and vmm.ko must come from one source tree; keep the old /usr/sbin/bhyve',
            },
          ],
          decideWith: BHYVE_HAS_PIN,
          decideOn: 'host',
        }),
      ];
    case 'not-known':
      return [check(context, 'not-known', title, { ...parts, decideWith: SIZES, decideOn: 'host' })];
  }
}

/** The driver of a guest that the evidence shows, against what the card needs. */
function driverFits(context: Context): PreflightCheck[] {
  const { card, tables, guests } = context;
  const row = card?.gpu.display.pciId === undefined ? undefined : tables.gpus.get(card.gpu.display.pciId);
  const guest = guests.find(({ driver, isBhyve }) => driver.version !== undefined && isBhyve !== false);
  if (row === undefined || guest === undefined) return [];
  const { first, last } = branchRange(row);
  const { version, flavour } = guest.driver as Guest['driver'] & { version: NonNullable<Guest['driver']['version']> };
  const branch = Number(/^\d+/.exec(version.value)?.[0]);
  const shownBy = [version, ...(flavour ? [flavour] : [])];
  const wrong = (code: string, title: string): PreflightCheck[] => [
    check(context, 'will-fail', title, { code, shownBy, solvedBy: 'update' }),
  ];
  if (last !== undefined && branch > last)
    return wrong(
      'legacy-branch-required',
      `Driver ${version.value} no longer serves the card; ${last} is the last branch`,
    );
  if (first !== undefined && !row.firstBranch.startsWith('<=') && branch < first)
    return wrong('driver-too-old', `Driver ${version.value} is older than the card; ${first} is the first branch`);
  if (flavour?.value === 'open' && row.openModule === 'unsupported')
    return wrong('open-module-unsupported-gpu', 'The open kernel module does not serve the card');
  if (flavour?.value === 'proprietary' && row.openModule === 'required')
    return wrong('open-module-required', 'The card needs the open kernel module');
  return [check(context, 'ready', `Driver ${version.value} serves the card`, { shownBy })];
}

/** How far other people came with the same card. */
function reports(stage: PreflightStage, context: Context): PreflightCheck[] {
  const known: StageExperience | undefined = context.experience.find((one) => one.stage === stage);
  if (known === undefined) return [];
  const { stopped, passed } = known;
  const of = stopped.length + passed.length;
  if (stopped.length === 0)
    return of === 0 ? [] : [check(context, 'ready', `Reports of this card got past here (${passed.join(', ')})`)];
  const share =
    passed.length === 0 ? (of === 1 ? 'The only report' : `All ${of} reports`) : `${stopped.length} of ${of} reports`;
  return [
    check(
      context,
      'at-risk',
      `${share} of this card ${stopped.length === 1 ? 'stops' : 'stop'} here (${stopped.join(', ')})`,
    ),
  ];
}
