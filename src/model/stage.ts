/** The way of a GPU into a guest, in order. Passing a later stage proves the earlier ones. */
export const STAGES = [
  'firmware',
  'host',
  'ppt',
  'config',
  'start',
  'boot',
  'enumerate',
  'load',
  'probe',
  'init',
  'run',
] as const;
export type Stage = (typeof STAGES)[number];

/** What each stage means, for people. */
export const STAGE_TITLES: Record<Stage, string> = {
  firmware: 'host firmware: IOMMU on, BARs placed',
  host: 'host kernel: vmm and IOMMU usable',
  ppt: 'all functions of the card reserved (ppt)',
  config: 'VM configuration',
  start: 'bhyve starts',
  boot: 'guest kernel boots',
  enumerate: 'guest sees the card and its BARs',
  load: 'driver module loads',
  probe: 'driver accepts the card',
  init: 'adapter initialises',
  run: 'runs without faults',
};

export const OUTCOMES = [
  'host-not-ready',
  'vm-wont-start',
  'guest-wont-boot',
  'device-missing',
  'driver-wont-load',
  'driver-init-fails',
  'works-with-faults',
  'works',
  'untested',
  'unknown',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** The outcome of a first failure at each stage. */
export const OUTCOME_OF_FAILED_STAGE: Record<Stage, Outcome> = {
  firmware: 'host-not-ready',
  host: 'host-not-ready',
  ppt: 'host-not-ready',
  config: 'vm-wont-start',
  start: 'vm-wont-start',
  boot: 'guest-wont-boot',
  enumerate: 'device-missing',
  load: 'driver-wont-load',
  probe: 'driver-init-fails',
  init: 'driver-init-fails',
  run: 'works-with-faults',
};

export const stageIndex = (stage: Stage): number => STAGES.indexOf(stage);
