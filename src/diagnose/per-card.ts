import { slotOf } from '../model/bdf.ts';
import type { Finding, Subject, Verdict } from '../model/finding.ts';
import type { Guest, GuestGpu } from '../model/guest.ts';
import type { Host, HostFunction, Vm } from '../model/host.ts';
import type { CardVerdict } from '../model/report.ts';
import type { Rule } from '../model/rule.ts';
import { guestBdfOf } from './guest-address.ts';
import type { Quoter } from './quote.ts';
import { judge } from './verdict.ts';

/** One card as both sides see it. */
interface Card {
  subject: Subject;
  name?: string;
  host?: HostFunction;
  guest?: Guest;
  gpu?: GuestGpu;
}

/**
 * A verdict for each card, when the evidence shows more than one that a guest has or a VM is given. Each is judged by
 * what is said of it and of its machine, not by what is said of the others.
 */
export function judgeCards(
  host: Host,
  guests: readonly Guest[],
  findings: readonly Finding[],
  rules: readonly Rule[],
  quoter: Quoter,
  supplied: ReadonlySet<string>,
): CardVerdict[] {
  const cards = cardsOf(host, guests);
  if (cards.length < 2) return [];
  return cards.map((card) => {
    // The chain of causes marks findings, so each card gets its own copies.
    const own = findings.filter(({ subject }) => concerns(subject, card)).map((finding) => ({ ...finding }));
    const verdict = judge(
      host,
      card.guest === undefined ? [] : [onlyWith(card.guest, card.gpu)],
      own,
      rules,
      quoter,
      supplied,
    );
    return summaryOf(card, verdict);
  });
}

function summaryOf({ subject, name }: Card, { outcome, summary, stages, causes }: Verdict): CardVerdict {
  const failed = stages.find(({ status }) => status === 'failed');
  const reached = stages.findLast(({ status }) => status === 'passed');
  return {
    ...subject,
    ...(name !== undefined && { name }),
    outcome,
    summary,
    ...(failed !== undefined && { failedAt: failed.id }),
    ...(reached !== undefined && { reached: reached.id }),
    causes: causes.map(({ code, confidence }) => ({ code, confidence })),
  };
}

/** Cards that a VM is given, with their side in the guest; then the cards of guests that no VM configuration explains. */
function cardsOf(host: Host, guests: readonly Guest[]): Card[] {
  const cards: Card[] = [];
  const taken = new Set<GuestGpu>();
  for (const { display } of host.gpus) {
    const vm = host.vms.find(({ passthru }) => passthru.some(({ hostBdf }) => hostBdf === display.bdf));
    if (vm === undefined) continue;
    const entry = vm.passthru.find(({ hostBdf }) => hostBdf === display.bdf)!;
    const guest = guests.find(({ name }) => name === vm.name) ?? unnamedGuest(host, guests);
    const bdf = guestBdfOf(entry);
    const sameModel = ({ pciId }: GuestGpu): boolean => pciId !== undefined && pciId === display.pciId;
    const gpu =
      bdf === undefined
        ? (guest?.gpus.find((candidate) => sameModel(candidate) && !taken.has(candidate)) ?? onlyCard(host, vm, guest))
        : guest?.gpus.find((candidate) => candidate.bdf === bdf);
    if (gpu !== undefined) taken.add(gpu);
    cards.push({
      subject: {
        hostBdf: display.bdf,
        ...(gpu !== undefined && { guestBdf: gpu.bdf }),
        ...(display.pciId !== undefined && { pciId: display.pciId }),
        ...(vm.name !== undefined && { vm: vm.name }),
        ...(guest !== undefined && { guest: guest.name }),
      },
      ...(display.name !== undefined && { name: display.name }),
      host: display,
      ...(guest !== undefined && { guest }),
      ...(gpu !== undefined && { gpu }),
    });
  }
  for (const guest of guests) {
    for (const gpu of guest.gpus) {
      if (taken.has(gpu)) continue;
      cards.push({
        subject: { guest: guest.name, guestBdf: gpu.bdf, ...(gpu.pciId !== undefined && { pciId: gpu.pciId }) },
        ...(gpu.name !== undefined && { name: gpu.name }),
        guest,
        gpu,
      });
    }
  }
  return cards;
}

/** The one card of a guest whose model its log does not tell, when its VM is given one card: they are the same. */
function onlyCard({ gpus }: Host, { passthru }: Vm, guest: Guest | undefined): GuestGpu | undefined {
  const given = gpus.filter(({ display }) => passthru.some(({ hostBdf }) => hostBdf === display.bdf));
  const [gpu, ...more] = guest?.gpus ?? [];
  return given.length === 1 && more.length === 0 && gpu?.pciId === undefined ? gpu : undefined;
}

/** The only guest there is, when no VM bears its name: its files were collected without saying whose they are. */
const unnamedGuest = ({ vms }: Host, guests: readonly Guest[]): Guest | undefined =>
  guests.length === 1 && !vms.some(({ name }) => name === guests[0]!.name) ? guests[0] : undefined;

/** Whether a finding says something about a card: it names it, or names no card at all. */
function concerns(subject: Subject | undefined, { subject: card }: Card): boolean {
  if (subject === undefined) return true;
  if (subject.guest !== undefined && subject.guest !== card.guest) return false;
  if (subject.vm !== undefined && card.vm !== undefined && subject.vm !== card.vm) return false;
  if (subject.guestBdf !== undefined && card.guestBdf !== undefined) return subject.guestBdf === card.guestBdf;
  if (subject.hostBdf !== undefined && card.hostBdf !== undefined)
    return slotOf(subject.hostBdf) === slotOf(card.hostBdf);
  return subject.hostBdf === undefined || card.hostBdf !== undefined;
}

/** The guest as if it had only this card. */
function onlyWith(guest: Guest, gpu: GuestGpu | undefined): Guest {
  const own = ({ guestBdf }: { guestBdf?: string }): boolean => guestBdf === undefined || guestBdf === gpu?.bdf;
  return {
    ...guest,
    gpus: gpu === undefined ? [] : [gpu],
    rmInit: guest.rmInit.filter(own),
    xids: guest.xids.filter(own),
    smi: { ...guest.smi, gpus: guest.smi.gpus.filter(own) },
  };
}
