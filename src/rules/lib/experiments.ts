import type { NextStep } from '../../model/finding.ts';

/** Experiments that decide for several causes; the same step of two findings is shown once. */

/** Separates a missing or badly cut VBIOS from everything else behind a failure of the VBIOS stage. */
export const SUPPLY_ROM: NextStep = {
  command: 'Start the VM with rom=FILE: the VBIOS of exactly this card, trimmed so that it begins with 55 AA',
  on: 'host',
  cost: 'vm-restart',
  why: 'initialisation stops where the driver runs the VBIOS, and bhyve passes none unless a file is given',
  risk: 'use the VBIOS of exactly this card; nothing is written to it',
  decides: ['rom-not-supplied', 'vbios-unreadable', 'hypervisor-signature-native', 'config-mirror-untrapped'],
  outcomes: [
    { if: 'the adapter initialises', then: 'the missing VBIOS was the cause' },
    { if: 'it fails with another triple', then: 'the VBIOS stage is passed: decode the new one' },
    { if: 'the same triple again', then: 'the VBIOS is not what the driver lacks, or the file is not the right one' },
  ],
};

/** Separates a fault of one driver branch from everything below the guest. */
export const TRY_ANOTHER_BRANCH: NextStep = {
  command: 'install another driver branch that serves the card (Maxwell to Volta: 535 or 570 instead of 580)',
  on: 'guest',
  cost: 'guest-change',
  why: 'separates a fault of one driver branch from everything below the guest',
  decides: ['rm-init-adapter-failed', 'hardware-unproven'],
  outcomes: [
    { if: 'the adapter initialises', then: 'the driver branch was the cause' },
    { if: 'it fails at the same stage', then: 'the driver branch is not the cause' },
  ],
};
