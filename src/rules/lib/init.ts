import type { Guest, RmInitFailure } from '../../model/guest.ts';
import type { Tables } from '../../model/tables.ts';

/** What fails when the adapter does not initialise. */
export const BROKEN_BY_INIT = [
  'rm-init-adapter-failed',
  'drm-device-alloc-failed',
  'gpu-init-failed',
  'nvidia-smi-no-devices',
] as const;

const OLDER_THAN_GSP = new Set(['Kepler', 'Maxwell', 'Pascal', 'Volta', 'Fermi', 'Tesla']);

/** The card has no GPU System Processor, so no GSP finding can be about it; undefined when the chip is not known. */
export function lacksGsp(guest: Guest, tables: Pick<Tables, 'gpus'>): boolean | undefined {
  const architecture = guest.gpus
    .map(({ pciId }) => tables.gpus.get(pciId ?? '')?.architecture)
    .find((name) => name !== undefined && name !== '');
  return architecture === undefined ? undefined : OLDER_THAN_GSP.has(architecture);
}

/**
 * An adapter failure that no line of the driver explains: the stages and statuses that a confused driver gives, in a
 * bhyve guest, after the card was accepted. The field of candidates is wide there.
 */
export function unexplainedInit(guest: Guest): RmInitFailure | undefined {
  if (guest.isBhyve !== true) return undefined;
  return guest.rmInit.find(
    ({ stage, status }) => /^0x(?:22|23|24|25|26|30|31)$/.test(stage) && /^0x(?:ffff|56|40|65)$/.test(status),
  );
}
