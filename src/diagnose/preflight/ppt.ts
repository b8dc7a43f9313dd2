import type { HostFunction } from '../../model/host.ts';
import { holderOf, nameOf } from '../../rules/lib/hosts.ts';
import { bootDisplayOf } from './card.ts';
import { byLoaderLines, check, concerns, type Context, type Inspect, isPresent, ofFinding } from './context.ts';

const LISTING = 'pciconf -lv';

/** Whether the card is reserved, and what the reservation takes with it. */
export const PPT: readonly Inspect[] = [reserved, addressable, losses, bootDisplay, obstacles];

function reserved(context: Context): ReturnType<Inspect> {
  const { card, host } = context;
  if (card === undefined) {
    return [
      check(context, 'not-known', 'The card is reserved (on the driver ppt)', {
        decideWith: LISTING,
        decideOn: 'host',
      }),
    ];
  }
  const { display } = card.gpu;
  const free = card.functions.filter(({ driver }) => driver !== 'ppt');
  if (free.length === 0) {
    const title =
      card.functions.length > 1
        ? `All ${card.functions.length} functions of the card are reserved (ppt)`
        : 'The card is reserved (ppt)';
    return [check(context, 'ready', title, { shownBy: card.functions })];
  }
  const pending = host.pptdevsConfigured.filter(({ bdf }) => free.some((fn) => fn.bdf === bdf));
  const parts = { shownBy: [...free, ...pending], solvedBy: byLoaderLines(context) };
  if (display.driver !== 'ppt') {
    return [
      check(context, 'will-fail', `${nameOf(host, display.bdf)} is not reserved: ${holderOf(display)} has it`, {
        ...parts,
        code: 'device-not-ppt',
        ...(pending.length > 0 && { detail: 'loader.conf names it; what it says counts from the next boot on.' }),
      }),
    ];
  }
  const kept = free.filter(({ driver }) => driver !== null);
  const title = (functions: readonly HostFunction[], how: string): string =>
    `${functions.map(({ bdf }) => bdf).join(' and ')} of the same card ${functions.length > 1 ? 'are' : 'is'} ${how}`;
  return kept.length > 0
    ? [
        check(context, 'at-risk', title(kept, `still on a driver of the host`), {
          ...parts,
          code: 'gpu-function-not-passed',
        }),
      ]
    : [
        check(context, 'at-risk', title(free, 'not reserved, although no driver has it'), {
          ...parts,
          code: 'gpu-function-not-passed',
          inferred: true,
        }),
      ];
}

/** pptdevs and bhyve know PCI domain 0 only. */
function addressable(context: Context): ReturnType<Inspect> {
  const foreign = context.card?.functions.filter(({ domain }) => domain !== 0) ?? [];
  return foreign.length === 0
    ? []
    : [
        check(
          context,
          'will-fail',
          `The card is in PCI domain ${foreign[0]!.domain}, and pptdevs can name domain 0 only`,
          {
            shownBy: foreign,
            solvedBy: 'hardware',
          },
        ),
      ];
}

/** Devices that pptdevs names and the host uses: addresses move when cards or firmware settings change. */
function losses(context: Context): ReturnType<Inspect> {
  const { reservation, host, card } = context;
  const stolen = (reservation?.leftOut ?? []).filter(({ steals }) => steals !== undefined);
  const checks = stolen.map(({ device, shownBy }) =>
    check(context, 'at-risk', `pptdevs names a device that the host uses: ${device}`, {
      detail: 'The entry may be left over from a card that has moved. At the next boot the host would lose the device.',
      code: 'pptdevs-stale',
      shownBy,
      solvedBy: 'lines',
    }),
  );
  const told = new Set(stolen.map(({ steals }) => steals!.bdf));
  const gone = context.now.filter(
    (finding) =>
      finding.code === 'pptdevs-stale' &&
      isPresent(finding) &&
      !told.has(finding.subject?.hostBdf ?? '') &&
      !concerns(finding, card),
  );
  for (const finding of gone) checks.push(ofFinding(finding, context));
  if (reservation !== undefined && reservation.overflow.length > 0) {
    checks.push(
      check(
        context,
        'at-risk',
        `pptdevs, pptdevs2 and pptdevs3 together have no room for ${reservation.overflow.join(' ')}`,
        {
          detail: 'The kernel reads no further variable; a value ends at 128 characters.',
          code: 'pptdevs-syntax',
          shownBy: host.pptdevsConfigured.slice(0, 1),
        },
      ),
    );
  }
  return checks;
}

function bootDisplay(context: Context): ReturnType<Inspect> {
  const { host, card } = context;
  if (card === undefined || card.gpu.display.driver === 'ppt') return [];
  const { is, shownBy } = bootDisplayOf(host, card.gpu);
  const detail = 'Once it is reserved, the screen stays dark after the loader: have SSH or a serial console ready.';
  switch (is) {
    case 'yes':
      return [check(context, 'at-risk', 'The card is the boot display of the host', { detail, shownBy })];
    case 'only':
      return [
        check(context, 'at-risk', 'The host shows no other graphics card, so this one has its console', {
          detail,
          shownBy,
          inferred: true,
        }),
      ];
    case 'no':
      return [check(context, 'ready', 'The card is not the boot display of the host', { shownBy })];
    case 'unknown':
      return [
        check(context, 'not-known', 'The card is not the boot display of the host', {
          decideWith: "grep 'Boot video device' /var/run/dmesg.boot",
          decideOn: 'host',
        }),
      ];
  }
}

/** Rules of this stage that look at something the checks above do not. */
const OBSTACLES = new Set(['pptdevs-syntax', 'host-driver-holds-device', 'device-lost-after-detach']);

function obstacles(context: Context): ReturnType<Inspect> {
  const solvedBy = new Map([
    ['pptdevs-syntax', byLoaderLines(context)],
    ['host-driver-holds-device', byLoaderLines(context)],
    ['device-lost-after-detach', 'hardware' as const],
  ]);
  return context.now
    .filter((finding) => OBSTACLES.has(finding.code) && isPresent(finding) && concerns(finding, context.card))
    .map((finding) => ofFinding(finding, context, solvedBy.get(finding.code)));
}
