import { type Draft, LISTING } from './define.ts';

/** What nvidia-smi says is the same under every guest OS. Each call wakes the driver, so they come last. */
export const NVIDIA_SMI_PROBES = [
  {
    id: 'guest-nvidia-smi-list',
    artifact: 'nvidia-smi-L.txt',
    kind: 'nvidia-smi-list',
    source: { run: ['nvidia-smi', '-L'] },
    why: 'Cards the driver initialised.',
    privacy: 'identifying',
    timeLimitMs: 20_000,
    sizeEstimate: 100,
  },
  {
    id: 'guest-nvidia-smi',
    artifact: 'nvidia-smi.txt',
    kind: 'nvidia-smi-table',
    source: { run: ['nvidia-smi'] },
    why: 'State of the cards, or the reason why there is none.',
    privacy: 'identifying',
    timeLimitMs: 20_000,
    sizeEstimate: 2500,
  },
  {
    id: 'guest-nvidia-smi-query',
    artifact: 'nvidia-smi-q.txt',
    kind: 'nvidia-smi-query',
    source: { run: ['nvidia-smi', '-q'] },
    why: 'BAR1 size, virtualisation mode, ECC and retired pages.',
    privacy: 'identifying',
    keep: LISTING,
    timeLimitMs: 20_000,
    sizeEstimate: 12_000,
  },
] as const satisfies readonly Draft[];
