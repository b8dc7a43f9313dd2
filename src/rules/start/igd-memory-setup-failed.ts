import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'igd-memory-setup-failed',
  stage: 'start',
  kind: 'notice',
  severity: 'warning',
  title: 'bhyve could not set up the memory that Intel integrated graphics share with their driver',
  why:
    'For Intel integrated graphics bhyve copies the OpRegion and reserves stolen memory at the addresses of the host. Where that fails, the guest may start, but ' +
    'its Intel driver does not find what it expects. Cards of other vendors are not concerned.',
  fix: [
    {
      text: 'Switch the internal graphics on as primary display in the firmware, without CSM, so that it publishes the OpRegion.',
      on: 'firmware',
      reboot: 'host',
    },
    {
      text: 'When no room is found in the guest memory map, change the memory size of the VM.',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['usr.sbin/bhyve/amd64/pci_gvt-d.c'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    noRoom: { regex: /gvt_d_\w+: Unable to add .{1,60} to E820 table/, literals: [' to E820 table'] },
    stolen: {
      regex:
        /gvt_d_\w+: (?:Unable to get graphics stolen memory|Invalid OpRegion signature)|Warning: Unable to reuse host address of .{1,80}GPU passthrough might not work/,
      literals: [
        'Unable to get graphics stolen memory',
        'Invalid OpRegion signature',
        'Unable to reuse host address of',
      ],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }): Claim[] {
    const noRoom = hits('noRoom');
    if (noRoom.length > 0) {
      return [{ kind: 'cause', severity: 'error', confidence: 'likely', evidence: [...noRoom, ...hits('stolen')] }];
    }
    const stolen = hits('stolen');
    return stolen.length > 0 ? [{ confidence: 'confirmed', evidence: stolen }] : [];
  },
  examples: {
    fires: [
      {
        name: 'another address than on the host',
        files: {
          'host/bhyve.log':
            'Warning: Unable to reuse host address of Graphics Stolen Memory. GPU passthrough might not work properly.\n',
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'an NVIDIA card that cannot be mapped',
        files: { 'host/bhyve.log': 'bhyve: pci_passthru: map_pptdev_mmio failed: Invalid argument\n' },
      },
    ],
  },
});
