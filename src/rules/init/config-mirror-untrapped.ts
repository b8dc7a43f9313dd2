import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { guestSubject } from '../lib/guests.ts';
import { BROKEN_BY_INIT, unexplainedInit } from '../lib/init.ts';
import { saidOnHost } from '../lib/said.ts';

const FAILS_IN_BHYVE =
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
  '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x24:0x65:1460)\n';

export default defineRule({
  code: 'config-mirror-untrapped',
  stage: 'init',
  kind: 'cause',
  severity: 'warning',
  title: 'The driver may read host values through the copy of config space in BAR0',
  why:
    'NVIDIA cards repeat their configuration space inside BAR0 at offset 0x88000. bhyve maps BAR0 straight to the card, ' +
    "so a driver that reads the copy sees the host's BAR addresses instead of the guest's. Some out-of-tree bhyve branches " +
    'trap that page; nobody has shown that it alone makes a card work.',
  fix: [
    {
      text: 'As an experiment, build bhyve from a branch that traps the config space mirror, all of it from one source tree.',
      on: 'host',
      reboot: 'host',
      risk: 'a mixed build does not start VMs',
      verify: "`strings /usr/sbin/bhyve | grep 'config space mirror'` finds the trap",
    },
  ],
  references: ['QEMU, hw/vfio/pci-quirks.c', 'review D51892 and the branches around it'],
  knowledge: 'inferred',
  needs: [],
  needsAny: ['guest-log', 'bhyve-log'],
  patterns: onHost({
    trapFailed: {
      regex: /failed to setup handler for PCI config space mirror!/,
      literals: ['handler for PCI config space mirror'],
    },
  }),
  explains: [...BROKEN_BY_INIT],
  experiments: [
    {
      command: 'rebuild bhyve with a trap for the config space mirror (BAR0 + 0x88000)',
      on: 'host',
      cost: 'rebuild',
      why: 'answers reads of the mirror from the virtual config space',
      risk: 'a mixed build does not start VMs; keep the old bhyve',
      decides: ['config-mirror-untrapped'],
      outcomes: [
        { if: 'the adapter initialises', then: 'the untrapped mirror was the cause' },
        { if: 'the same triple again', then: 'it is not the cause' },
      ],
    },
  ],
  check({ guests, hits }): Claim[] {
    const trapFailed = hits('trapFailed');
    if (trapFailed.length > 0) {
      return saidOnHost(trapFailed, {
        confidence: 'likely',
        title: 'This bhyve was to trap the copy of config space in BAR0 and could not',
      });
    }
    return guests.flatMap((guest) => {
      const failure = unexplainedInit(guest);
      if (failure === undefined || guest.hypervisorDetected?.value.startsWith('KVM') === true) return [];
      return [{ confidence: 'possible', subject: guestSubject(guest, failure.guestBdf), evidence: [failure] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'a patched bhyve says so',
        files: { 'host/bhyve.log': 'bhyve: nvidia_gpu_init: failed to setup handler for PCI config space mirror!\n' },
        expect: { confidence: 'likely' },
      },
      {
        name: 'unexplained failure under stock bhyve',
        files: { 'guest/vm/dmesg.txt': FAILS_IN_BHYVE },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'a recognised signature makes the driver use real config cycles',
        files: {
          'guest/vm/dmesg.txt': FAILS_IN_BHYVE.replace('[    3.4', '[    0.000001] Hypervisor detected: KVM\n[    3.4'),
        },
      },
    ],
  },
});
