import { DOCUMENTED_VALUE_BYTES, PPTDEVS_NAMES } from '../../../parsers/lib/pptdevs.ts';
import type { Host, HostFunction, PptEntry } from '../../model/host.ts';
import { at, type Ref } from '../../model/source.ts';
import { functionAt, gpuAt, nameOf } from '../../rules/lib/hosts.ts';
import type { Card } from './card.ts';

/** An entry of pptdevs that should not stay. */
export interface LeftOut {
  /** `igb1: I210 Gigabit Network Connection (3/0/0)`, or what the entry says */
  device: string;
  because: string;
  /** set when the host would lose a device that it uses */
  steals?: HostFunction;
  shownBy: Ref[];
}

export interface Reservation {
  /** values by variable, in order: pptdevs, pptdevs2, pptdevs3 */
  variables: { name: string; value: string }[];
  leftOut: LeftOut[];
  /** devices for which the three variables have no room */
  overflow: string[];
}

/**
 * What pptdevs has to say: all functions of the card, and what is reserved already and still makes sense.
 * @param fileRead loader.conf was read; otherwise what is on ppt now counts as reserved
 */
export function reservationOf(host: Host, card: Card, fileRead: boolean): Reservation {
  const leftOut: LeftOut[] = [];
  const kept: string[] = [];
  for (const entry of fileRead ? host.pptdevsConfigured : host.pptdevs) {
    const objection = entry.bdf === undefined ? unreadable(entry) : objectionTo(host, card, entry.bdf, entry);
    if (objection === undefined) kept.push(entry.bdf!);
    else if (!isOwn(card, entry)) leftOut.push(objection);
  }
  if (!fileRead)
    kept.push(...host.functions.filter(({ domain, driver }) => domain === 0 && driver === 'ppt').map(({ bdf }) => bdf));
  const devices = [...new Set([...kept, ...card.functions.map(({ bdf }) => bdf)])];
  return { ...share(devices, card), leftOut };
}

/** An entry that was to name the card: the proposed lines name it rightly, so nothing is lost. */
const isOwn = ({ functions }: Card, { intended = [] }: PptEntry): boolean =>
  intended.length > 0 && intended.every((bdf) => functions.some((fn) => fn.bdf === bdf));

const unreadable = (entry: PptEntry): LeftOut => ({
  device: `"${entry.raw.slice(0, 40)}"`,
  because: `the kernel reads no device from it${entry.intended === undefined ? '' : `; if it is meant, write ${entry.intended.join(' ')}`}`,
  shownBy: [at(entry)],
});

function objectionTo(host: Host, card: Card, bdf: string, entry: Ref): LeftOut | undefined {
  if (card.functions.some((fn) => fn.bdf === bdf)) return undefined;
  const fn = functionAt(host, bdf);
  if (fn === undefined) {
    // Only a listing of the whole machine shows that nothing is there.
    return host.functionsComplete
      ? { device: bdf, because: 'no device is at this address', shownBy: [at(entry)] }
      : undefined;
  }
  const device = `${fn.unit}: ${nameOf(host, bdf)}`;
  const shownBy = [at(entry), at(fn)];
  if (fn.isBridge) return { device, because: 'a bridge: ppt takes endpoints only', shownBy };
  const wanted = host.vms.some(({ passthru }) => passthru.some(({ hostBdf }) => hostBdf === bdf));
  if (fn.driver === null || fn.driver === 'ppt' || wanted || gpuAt(host, bdf) !== undefined) return undefined;
  return { device, because: 'the host uses it now and would lose it at the next boot', steals: fn, shownBy };
}

/** Fills the variables one after the other. The card comes first when not everything has room. */
function share(devices: readonly string[], card: Card): Pick<Reservation, 'variables' | 'overflow'> {
  const own = card.functions.map(({ bdf }) => bdf);
  const inOrder = fits(devices) ? devices : [...own, ...devices.filter((bdf) => !own.includes(bdf))];
  const values: string[] = [];
  const overflow: string[] = [];
  for (const bdf of inOrder) {
    const last = values.at(-1);
    if (last !== undefined && last.length + 1 + bdf.length <= DOCUMENTED_VALUE_BYTES)
      values[values.length - 1] = `${last} ${bdf}`;
    else if (values.length < PPTDEVS_NAMES.length) values.push(bdf);
    else overflow.push(bdf);
  }
  return { variables: values.map((value, i) => ({ name: PPTDEVS_NAMES[i]!, value })), overflow };
}

/** However entries are cut, each variable wastes less than one entry. */
const fits = (devices: readonly string[]): boolean =>
  devices.join(' ').length <= PPTDEVS_NAMES.length * (DOCUMENTED_VALUE_BYTES - '255/31/7'.length);
