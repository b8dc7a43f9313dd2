import type { Profile } from '../model/profile.ts';
import type { Probe } from './probe.ts';
import { FREEBSD_GUEST_PROBES } from './probes/freebsd-guest.ts';
import { HOST_PROBES } from './probes/host.ts';
import { LINUX_GUEST_PROBES } from './probes/linux-guest.ts';

/** The three lists: the bhyve host and the guests it may run. */
const PROBES: readonly Probe[] = [...HOST_PROBES, ...LINUX_GUEST_PROBES, ...FREEBSD_GUEST_PROBES];

export interface Selection {
  side: Probe['side'];
  os: Probe['os'];
  profile: Profile;
  /** with those that can disturb a wedged card */
  includeRisky: boolean;
}

/** The probes of one machine in the order in which they run: those that can disturb the card last. */
export function selectProbes({ side, os, profile, includeRisky }: Selection): readonly Probe[] {
  const own = PROBES.filter((probe) => probe.side === side && probe.os === os && probe.profiles.includes(profile));
  const risky = includeRisky ? own.filter(({ disturbs }) => disturbs) : [];
  return [...own.filter(({ disturbs }) => !disturbs), ...risky];
}

/** Ids of the probes whose answers people read and no parser does. */
export const FOR_PEOPLE: ReadonlySet<string> = new Set(
  PROBES.filter(({ kind }) => kind === undefined).map(({ id }) => id),
);
