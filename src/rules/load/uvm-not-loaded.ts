import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'uvm-not-loaded',
  stage: 'load',
  kind: 'notice',
  severity: 'info',
  title: 'nvidia-uvm is not loaded: nvidia-smi works, CUDA programs do not',
  why: 'CUDA needs a second module. It is loaded on demand by a setuid helper; in minimal systems and containers the helper or the device node is missing.',
  fix: [
    {
      text: 'Load it and make its device node.',
      command: 'modprobe nvidia-uvm && nvidia-modprobe -u -c=0',
      on: 'guest',
      verify: '`ls /dev/nvidia-uvm` shows the node',
    },
  ],
  references: ['NVIDIA driver README, "CUDA" and nvidia-modprobe(1)'],
  knowledge: 'source',
  needs: ['guest-driver'],
  check({ guests }) {
    return guests.flatMap((guest) => {
      const { modules } = guest.driver;
      if (modules === undefined || !modules.value.includes('nvidia') || modules.value.includes('nvidia_uvm')) return [];
      return [{ confidence: 'confirmed' as const, subject: { guest: guest.name }, evidence: [modules] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'a whole list without it',
        files: {
          'guest/vm/lsmod.txt':
            'Module                  Size  Used by\nnvidia_drm             90112  0\nnvidia_modeset       1310720  1 nvidia_drm\nnvidia              56713216  1 nvidia_modeset\n',
        },
        expect: { severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'it is there',
        files: {
          'guest/vm/lsmod.txt':
            'Module                  Size  Used by\nnvidia_uvm           1540096  0\nnvidia              56713216  1 nvidia_uvm\n',
        },
      },
      {
        name: 'an excerpt shows nothing by what it lacks',
        files: {
          'guest/vm/lsmod.txt':
            'nvidia_modeset       1310720  1 nvidia_drm\nnvidia              56713216  1 nvidia_modeset\n',
        },
      },
    ],
  },
});
