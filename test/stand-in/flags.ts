import type { CollectFlags } from '../../src/cli/collect.ts';

/** Flags of `gpudiag collect` as they are without a word, without the wait after --around. */
export const flags = (own: Partial<CollectFlags> = {}): CollectFlags => ({
  vm: [],
  profile: 'quick',
  'around-limit': 20,
  'around-wait': 0,
  force: false,
  redact: true,
  'include-risky': false,
  json: false,
  'no-color': true,
  ...own,
});
