import { type Claim, defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';

const FIRST_ALLOWING_BRANCH = 465;
const FIRST_ALLOWING_ON_WINDOWS = 465.89;

export default defineRule({
  code: 'hypervisor-detected',
  stage: 'init',
  kind: 'cause',
  severity: 'error',
  title: 'This old GeForce driver refuses to run in a virtual machine',
  why:
    'Drivers before branch 465 refuse GeForce cards as soon as they recognise a hypervisor: Code 43 on Windows, a failed ' +
    'adapter with status 0x56 on Linux. Tesla and Quadro cards were never blocked.',
  fix: [
    {
      text: 'Install a driver of branch 465 or newer that still serves the card.',
      on: 'guest',
      reboot: 'guest',
      verify: '`nvidia-smi` lists the card',
    },
  ],
  references: ['NVIDIA support article 5173', 'release notes of driver branch 465'],
  knowledge: 'inferred',
  needs: [],
  explains: [
    'windows-device-failed',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'nvidia-smi-no-devices',
    'gpu-init-failed',
    'gpu-needs-cold-power-cycle',
  ],
  check({ guests, tables }) {
    const geforceIn = (pciId: string | undefined, name: string | undefined): boolean =>
      /GeForce/i.test(tables.gpus.get(pciId ?? '')?.name ?? name ?? '');
    return guests.flatMap((guest): Claim[] => {
      const stopped = guest.windows.find(
        ({ problem, driverVersion, pciId, name }) =>
          problem?.code === 43 &&
          Number.parseFloat(driverVersion ?? 'NaN') < FIRST_ALLOWING_ON_WINDOWS &&
          geforceIn(pciId, name),
      );
      if (stopped?.problem !== undefined) {
        const { pciId, problem } = stopped;
        return [
          {
            confidence: 'likely',
            subject: { guest: guest.name, ...(pciId !== undefined && { pciId }) },
            evidence: [problem, stopped],
          },
        ];
      }
      const failure = guest.rmInit.find(({ stage, status }) => /^0x2[2-6]$/.test(stage) && status === '0x56');
      const { version } = guest.driver;
      const geforce = guest.gpus.find((gpu) => geforceIn(gpu.pciId, gpu.name));
      const recognised = guest.hypervisorDetected;
      if (failure === undefined || version === undefined || geforce === undefined || recognised === undefined)
        return [];
      if (Number.parseInt(version.value, 10) >= FIRST_ALLOWING_BRANCH) return [];
      return [
        { confidence: 'likely', subject: guestSubject(guest, geforce.bdf), evidence: [failure, version, recognised] },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'Code 43 of a GeForce with a driver of 2019',
        files: {
          'guest/win/pnp.txt':
            'FriendlyName : NVIDIA GeForce GTX 1080\nStatus       : Error\nProblem      : CM_PROB_FAILED_POST_START\n' +
            'InstanceId   : PCI\\VEN_10DE&DEV_1B80&SUBSYS_119E10DE&REV_A1\\3&11583659&0&28\nDriverVersion : 26.21.14.3170\n',
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'a GeForce with an old driver under KVM',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Hypervisor detected: KVM\n' +
            '[    0.400001] pci 0000:00:05.0: [10de:1b80] type 00 class 0x030000\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  440.100  Fri May 29 08:45:51 UTC 2020\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x23:0x56:515)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a Tesla was never blocked',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Hypervisor detected: KVM\n' +
            '[    0.400001] pci 0000:00:05.0: [10de:1bb3] type 00 class 0x030200\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  440.100  Fri May 29 08:45:51 UTC 2020\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x23:0x56:515)\n',
        },
      },
    ],
  },
});
