import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'vgpu-guest-host-mismatch',
  stage: 'probe',
  kind: 'cause',
  severity: 'error',
  title: 'vGPU guest driver and host manager do not fit each other',
  why: 'A virtual GPU needs a guest driver of a release that the manager on the host knows. When they do not match, the host switches the vGPU off.',
  fix: [
    {
      text: 'Install the guest driver of the same vGPU release as the host manager (NVIDIA lists which pairs work).',
      on: 'guest',
      reboot: 'guest',
      verify: 'the message is gone from the host manager log',
    },
  ],
  references: ['NVIDIA vGPU software documentation, release compatibility'],
  knowledge: 'seen',
  needs: [],
  patterns: {
    mismatch: {
      regex: /Incompatible Guest\/Host drivers|Guest VGX version is (?:newer|older) than/,
      literals: ['Incompatible Guest/Host drivers', 'Guest VGX version is'],
    },
  },
  check({ hits }) {
    const lines = hits('mismatch');
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'the host manager switches the vGPU off',
        files: {
          'host/vgpu-mgr.txt':
            'Mar 03 10:11:12 node nvidia-vgpu-mgr[2210]: error: vmiop_log: (0x0): Incompatible Guest/Host drivers: Guest VGX version is older than the minimum version supported by the Host. Disabling vGPU.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the host manager reports versions that fit',
        files: {
          'host/vgpu-mgr.txt':
            'Mar 03 10:11:12 node nvidia-vgpu-mgr[2210]: notice: vmiop_log: Guest driver loaded, guest VGX version 17.3\n' +
            'Mar 03 10:11:12 node nvidia-vgpu-mgr[2210]: notice: vmiop_log: ######## Guest NVIDIA Driver Information: ########\n',
        },
      },
    ],
  },
});
