import { linuxBdf } from '../model/bdf.ts';
import type { PassthruEntry } from '../model/host.ts';

/** Guest address of a passthrough entry: bhyve's bus:slot:function is the address that a guest without bridges sees. */
export function guestBdfOf({ guestBus, guestSlot, guestFunction }: PassthruEntry): string | undefined {
  return guestSlot === undefined ? undefined : linuxBdf(0, guestBus ?? 0, guestSlot, guestFunction ?? 0);
}
