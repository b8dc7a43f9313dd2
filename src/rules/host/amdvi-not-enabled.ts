import { defineRule } from '../../model/rule.ts';
import { NO_PASSTHROUGH_SUPPORT, NOT_ASSIGNED, onHost, RESERVED } from '../lib/bhyve-lines.ts';
import { isAmd, passthroughMeant, standing } from '../lib/hosts.ts';
import { refusedOnPpt } from '../lib/meant.ts';

export default defineRule({
  code: 'amdvi-not-enabled',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'AMD host without hw.vmm.amdvi.enable=1',
  why:
    'vmm leaves the AMD IOMMU alone unless the loader tunable hw.vmm.amdvi.enable is 1; its default is 0. VMs run, but ' +
    'no device can be passed.',
  fix: [
    {
      text: 'Set the tunable and reboot. sysctl cannot change it on the running system.',
      file: { path: '/boot/loader.conf', lines: ['hw.vmm.amdvi.enable="1"'] },
      on: 'host',
      reboot: 'host',
      verify: '`sysctl hw.vmm.amdvi.enable` prints 1 and dmesg shows lines that begin with ivhd',
    },
  ],
  references: ['sys/amd64/vmm/amd/amdvi_hw.c, amdvi_init', 'vmm(4)', 'vm-bhyve, lib/vm-run (host check)'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-iommu', 'host-log', 'bhyve-log'],
  patterns: onHost({
    found: {
      regex: /Found \d+ AMD-Vi\/IOMMU device\(s\), use hw\.vmm\.amdvi\.enable=1/,
      literals: ['use hw.vmm.amdvi.enable=1'],
    },
    unsupported: NO_PASSTHROUGH_SUPPORT,
    notAssigned: NOT_ASSIGNED,
    reserved: RESERVED,
  }),
  explains: ['device-assign-failed', 'vm-start-failed', 'iommu-init-failed'],
  experiments: [
    {
      command: 'sysctl hw.vmm.amdvi.enable',
      on: 'host',
      cost: 'look',
      decides: ['amdvi-not-enabled', 'iommu-disabled'],
      outcomes: [
        { if: '0', then: 'the tunable is missing' },
        { if: '1', then: 'the kernel may use the IOMMU; look whether the firmware offers it (IVRS table)' },
      ],
    },
  ],
  check({ host, hits }) {
    const { amdviEnable, amdFunction } = host.iommu;
    if (amdviEnable?.value === 1) return isAmd(host) ? [{ state: 'absent', against: [amdviEnable] }] : [];
    const found = hits('found');
    const unsupported = standing(host, hits('unsupported'));
    if (!isAmd(host) && found.length === 0) return [];
    const off = [...found, ...(amdviEnable ? [amdviEnable] : [])];
    const failed = [...unsupported, ...refusedOnPpt(host, hits('notAssigned'))];
    if (off.length > 0) {
      if (failed.length > 0) return [{ confidence: 'confirmed', evidence: [...off, ...failed] }];
      const meant = [...passthroughMeant(host), ...hits('reserved')];
      // The kernel prints this on every AMD host that runs VMs; it is a fault only where a device is to be passed.
      if (meant.length === 0) return [{ kind: 'notice', severity: 'info', confidence: 'confirmed', evidence: off }];
      return [{ confidence: 'likely', evidence: [...off, ...meant] }];
    }
    // What firmware has switched off cannot be enabled here.
    if (failed.length === 0 || amdFunction?.value === 'disabled') return [];
    return [
      {
        confidence: unsupported.length > 0 ? 'likely' : 'possible',
        evidence: failed,
        decideWith: 'sysctl hw.vmm.amdvi.enable',
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'the kernel says it, a device is reserved',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'CPU: AMD Ryzen 7 5700G with Radeon Graphics          (3792.97-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0xa50f00  Family=0x19  Model=0x50  Stepping=0\n' +
            '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768\n' +
            'bhyve: Found 1 AMD-Vi/IOMMU device(s), use hw.vmm.amdvi.enable=1 to enable pass-through.\n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="16/0/0 16/0/1"\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
      {
        name: 'vm-bhyve refuses, the tunable reads 0',
        files: {
          'host/dmesg.txt':
            'CPU: AMD Ryzen 9 3900X 12-Core Processor             (3793.04-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0x870f10  Family=0x17  Model=0x71  Stepping=0\n' +
            '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768\n',
          'host/sysctl.txt': 'hw.vmm.amdvi.enable: 0\nhw.vmm.iommu.enable: 1\n',
          'host/vm-bhyve.log':
            'Jan 18 20:01:02: initialising\n' +
            'Jan 18 20:01:02: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the tunable is set and the IOMMU attached',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'CPU: AMD Ryzen 7 5700G with Radeon Graphics          (3792.97-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0xa50f00  Family=0x19  Model=0x50  Stepping=0\n' +
            'ivhd0: <AMD-Vi/IOMMU ivhd with EFR> on acpi0\n',
          'host/loader.conf': 'vmm_load="YES"\nhw.vmm.amdvi.enable="1"\npptdevs="16/0/0"\n',
        },
      },
      {
        name: 'an Intel host needs no such tunable',
        files: {
          'host/dmesg.txt':
            'CPU: Intel(R) Core(TM) i7-8700 CPU @ 3.20GHz (3192.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x906ea  Family=0x6  Model=0x9e  Stepping=10\n' +
            '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n',
          'host/sysctl.txt': 'hw.vmm.amdvi.enable: 0\nhw.vmm.iommu.enable: 1\n',
          'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\n',
        },
      },
    ],
  },
});
