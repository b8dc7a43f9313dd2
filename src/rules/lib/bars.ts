import type { Guest, GuestBar, GuestGpu } from '../../model/guest.ts';

/** What a BAR without an address breaks further on. */
export const BROKEN_BY_A_BAR = [
  'gpu-fell-off-bus',
  'driver-probe-failed',
  'rm-init-adapter-failed',
  'drm-device-alloc-failed',
  'gpu-init-failed',
  'gpu-needs-cold-power-cycle',
  'gpu-not-responding',
  'pci-enable-failed',
  'register-access-failed',
  'bar-mapping-garbage',
  'nvidia-smi-no-devices',
  'nvidia-smi-no-driver',
  'gpu-not-present',
] as const;

/** Memory BARs of NVIDIA cards for which the guest has no address. */
export function unassigned(guest: Guest): { gpu: GuestGpu; bar: GuestBar }[] {
  return guest.gpus
    .filter(({ pciId }) => pciId === undefined || pciId.startsWith('10de:'))
    .flatMap((gpu) => gpu.bars.filter((bar) => bar.kind === 'mem' && !bar.assigned).map((bar) => ({ gpu, bar })));
}
