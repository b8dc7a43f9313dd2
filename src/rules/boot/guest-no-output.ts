import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';

export default defineRule({
  code: 'guest-no-output',
  stage: 'boot',
  kind: 'symptom',
  severity: 'error',
  title: 'The VM starts, but the guest does not boot',
  why:
    'bhyve runs, and the guest ends in its firmware or first steps: a triple fault, a start that repeats itself, or firmware that found no room ' +
    'for the BARs of the card. On the screen this is a black picture or the logo of the firmware.',
  fix: [],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_suspend', 'edk2, MdeModulePkg/Bus/Pci/PciBusDxe'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    tripleFault: { regex: /bhyve exited with status 3\b/, literals: ['bhyve exited with status 3'] },
    rejected: {
      regex: /PciBus: \[[0-9A-F]{2}\|[0-9A-F]{2}\|[0-9A-F]{2}\] was rejected/,
      literals: ['] was rejected'],
    },
    emulation: {
      regex: /(?:Failed to emulate instruction|vm exit\[\d+\])/,
      literals: ['Failed to emulate instruction', 'vm exit['],
    },
  }),
  check({ host, guests, hits }) {
    const lines = [...standing(host, hits('tripleFault')), ...hits('rejected'), ...hits('emulation')];
    if (lines.length > 0) return [{ confidence: 'confirmed', evidence: lines }];
    if (guests.some(({ booted }) => booted !== undefined)) return [];
    return host.vms.flatMap((vm): Claim[] => {
      const runs = vm.runs ?? [];
      const last = runs.at(-1);
      if (vm.passthru.length === 0 || last === undefined || last.exitStatus !== undefined) return [];
      return [
        {
          kind: 'notice',
          severity: 'info',
          confidence: 'possible',
          ...(vm.name !== undefined && { subject: { vm: vm.name } }),
          title: 'The VM was started; nothing in the evidence shows whether the guest boots',
          evidence: [last],
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'triple fault',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 18:20:09: bhyve exited with status 3\n',
        },
        expect: { confidence: 'confirmed', kind: 'symptom' },
      },
    ],
    silent: [
      {
        name: 'a VM without a passed device that still runs',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 4:0,virtio-blk,/dev/zvol/tank/web/disk0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n',
        },
      },
    ],
  },
});
