import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { BROKEN_WITHOUT_VMM, refusals, usable, VMM_REFUSED, weigh } from '../lib/cpu.ts';

const FIRMWARE_FIX = {
  text: 'Switch on "SVM Mode" (AMD-V) in the firmware set-up, and "IOMMU" while there.',
  on: 'firmware' as const,
  reboot: 'host' as const,
  verify: 'dmesg shows a line `SVM: NP,NRIP,...` without "(disabled in BIOS)"',
};

export default defineRule({
  code: 'cpu-no-svm',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The AMD CPU offers no SVM to vmm',
  why:
    'vmm needs SVM (AMD-V). The CPU lacks it, the firmware has locked it off, or another hypervisor under which this ' +
    'host runs hides it. Without it vmm.ko does not initialise and no VM starts.',
  fix: [
    FIRMWARE_FIX,
    {
      text: 'If the CPU has no SVM at all, only another CPU helps. If the host is itself a VM, switch on nested virtualization in its hypervisor.',
      on: 'hardware',
    },
  ],
  references: ['sys/amd64/vmm/amd/svm.c, svm_available', 'sys/x86/x86/identcpu.c, print_svm_info'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-cpu', 'host-log', 'bhyve-log'],
  patterns: onHost({
    none: { regex: /SVM: not available\./, literals: ['SVM: not available'] },
    locked: { regex: /SVM: disabled by BIOS/, literals: ['SVM: disabled by BIOS'] },
    ...VMM_REFUSED,
  }),
  explains: BROKEN_WITHOUT_VMM,
  check({ host, hits }) {
    const { cpu } = host;
    const refused = refusals(host, hits);
    if (hits('none').length > 0) return [{ confidence: 'confirmed', evidence: hits('none') }];
    const off = { title: 'SVM is switched off in the firmware', fix: [FIRMWARE_FIX] };
    if (hits('locked').length > 0) return [{ ...off, confidence: 'confirmed', evidence: hits('locked') }];
    if (cpu?.vendor === 'amd' && cpu.disabledInBios)
      return [{ ...off, ...weigh(host), confidence: 'confirmed', evidence: [cpu] }];
    if (usable(cpu, 'amd')) return [{ state: 'absent', against: [cpu] }];
    if (refused.length > 0 && cpu?.vendor === 'amd') {
      return [{ confidence: 'likely', evidence: refused, decideWith: 'dmesg' }];
    }
    return [];
  },
  examples: {
    fires: [
      {
        name: 'vmm finds SVM switched off',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.1-RELEASE releng/14.1-n267679-10e31f0946d8 GENERIC amd64\n' +
            'CPU: AMD Ryzen 5 3600 6-Core Processor               (3600.12-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0x870f10  Family=0x17  Model=0x71  Stepping=0\n' +
            'SVM: disabled by BIOS.\n' +
            'module_register_init: MOD_LOAD (vmm, 0xffffffff8261f2c0, 0) error 6\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'SVM in force',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.1-RELEASE releng/14.1-n267679-10e31f0946d8 GENERIC amd64\n' +
            'CPU: AMD Ryzen 5 3600 6-Core Processor               (3600.12-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0x870f10  Family=0x17  Model=0x71  Stepping=0\n' +
            '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768\n',
        },
      },
    ],
  },
});
