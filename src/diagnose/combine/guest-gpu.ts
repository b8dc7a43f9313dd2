import type { Guest, GuestBar, GuestGpu } from '../../model/guest.ts';
import { at, type Ref } from '../../model/source.ts';

/** The guest's GPU at an address; made when it is not known yet. */
export function gpuAt(guest: Guest, bdf: string, ref: Ref): GuestGpu {
  const known = guest.gpus.find((gpu) => gpu.bdf === bdf);
  if (known !== undefined) return known;
  const gpu: GuestGpu = { ...at(ref), bdf, bars: [], capabilitiesShown: false };
  guest.gpus.push(gpu);
  return gpu;
}

/** A later source replaces what an earlier one said of a BAR, but keeps a size that only the earlier one knew. */
export function putBar(gpu: GuestGpu, bar: GuestBar): void {
  const known = gpu.bars.findIndex(({ index }) => index === bar.index);
  if (known === -1) gpu.bars.push(bar);
  else
    gpu.bars[known] = {
      ...(bar.sizeBytes === undefined && gpu.bars[known]!.sizeBytes !== undefined
        ? { sizeBytes: gpu.bars[known]!.sizeBytes }
        : {}),
      ...bar,
    };
  gpu.bars.sort((a, b) => a.index - b.index);
}

/** NVIDIA's vendor id, or a display class: what counts as a GPU among PCI devices. */
export const isGpu = (pciId: string | undefined, classCode: string | undefined): boolean => {
  const cls = classCode?.replace(/^0x/, '');
  if (cls !== undefined) return cls.startsWith('03');
  return pciId?.startsWith('10de:') === true;
};
