import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: 'evidence-contradiction',
  stage: 'host',
  kind: 'notice',
  severity: 'warning',
  title: 'Two parts of the evidence contradict each other',
  why:
    'Logs and listings that were taken at different times, on different machines, or edited before they were posted, do not describe ' +
    'one state. What follows from one of them need not hold for the other.',
  fix: [
    {
      text: 'Take all of it again in one go, after the failed attempt and before any change.',
      command: 'gpudiag collect',
      on: 'host',
    },
  ],
  references: ['dmesg(8)', 'pciconf(8)'],
  knowledge: 'source',
  needs: [],
  check({ host, guests }) {
    return [
      ...host.contradictions.map((contradiction) => ({ contradiction, subject: undefined })),
      ...guests.flatMap(({ name, contradictions }) =>
        contradictions.map((contradiction) => ({ contradiction, subject: { guest: name } })),
      ),
    ].map(({ contradiction: { title, consequence, first, second }, subject }) => ({
      confidence: 'confirmed' as const,
      title: title.length <= 90 ? title : 'Two lines contradict each other',
      detail: title.length <= 90 ? consequence : `${title}. ${consequence}`,
      evidence: [first, second],
      ...(subject && { subject }),
    }));
  },
  examples: {
    fires: [
      {
        name: 'a listing from before and one from after',
        files: {
          'host/pciconf-before.txt':
            'vgapci0@pci0:4:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
          'host/pciconf-after.txt':
            'ppt0@pci0:4:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
        },
        expect: { kind: 'notice' },
      },
      {
        name: 'log and module of two kernels',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-51-generic (buildd@host) (gcc) #52 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n',
          'guest/vm/modinfo.txt':
            'filename:       /lib/modules/6.8.0-45-generic/updates/dkms/nvidia.ko\nversion:        570.124.06\nlicense:        NVIDIA\nname:           nvidia\nvermagic:       6.8.0-45-generic SMP preempt mod_unload modversions \n',
        },
      },
    ],
    silent: [
      {
        name: 'the same card twice in the same state',
        files: {
          'host/pciconf.txt':
            'ppt0@pci0:4:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
          'host/pciconf-again.txt':
            'ppt0@pci0:4:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n',
        },
      },
    ],
  },
});
