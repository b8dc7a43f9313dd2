import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'drm-device-alloc-failed',
  stage: 'init',
  kind: 'symptom',
  severity: 'error',
  title: 'nvidia-drm could not open its device',
  why: 'nvidia-drm asks the driver core for the card and gets nothing, because the adapter did not initialise. It only repeats that failure.',
  fix: [],
  references: ['open-gpu-kernel-modules, kernel-open/nvidia-drm/nvidia-drm-drv.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    failed: {
      regex: /\[nvidia-drm\].{0,60}Failed to (?:allocate NvKmsKapiDevice|register device|load device)/,
      literals: ['NvKmsKapiDevice', 'Failed to register device', 'Failed to load device'],
    },
  },
  check(input) {
    return claimsOfHits(input, input.hits('failed'), 'confirmed');
  },
  examples: {
    fires: [
      {
        name: 'after an adapter failure',
        files: {
          'guest/vm/dmesg.txt':
            '[    3.460136] [drm:nv_drm_dev_load [nvidia_drm]] *ERROR* [nvidia-drm] [GPU ID 0x00000005] Failed to allocate NvKmsKapiDevice\n' +
            '[    3.460369] [drm:nv_drm_register_drm_device [nvidia_drm]] *ERROR* [nvidia-drm] [GPU ID 0x00000005] Failed to load device\n',
        },
      },
    ],
    silent: [
      {
        name: 'the device loads',
        files: { 'guest/vm/dmesg.txt': '[    3.453861] [drm] [nvidia-drm] [GPU ID 0x00000005] Loading driver\n' },
      },
    ],
  },
});
