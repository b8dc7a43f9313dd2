import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { BROKEN_WITHOUT_VMM, usable, weigh } from '../lib/cpu.ts';

export default defineRule({
  code: 'cpu-no-npt',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The AMD CPU lacks nested paging or NRIP save',
  why:
    'vmm needs nested page tables (NP) and the saved address of the next instruction (NRIP). AMD CPUs before about 2009 lack ' +
    'them, and nested virtualization may hide them.',
  fix: [
    { text: 'Use another CPU. No setting brings a feature back that the CPU lacks.', on: 'hardware' },
    { text: 'If the host is itself a VM, let its hypervisor expose nested paging.', on: 'hardware' },
  ],
  references: ['sys/amd64/vmm/amd/svm.c, check_svm_features', 'sys/x86/x86/identcpu.c, print_svm_info'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-cpu', 'host-log'],
  patterns: onHost({
    feature: {
      regex: /SVM: (?:Nested Paging|NRIP Save) feature not available/,
      literals: ['SVM: Nested Paging feature not', 'SVM: NRIP Save feature not'],
    },
  }),
  explains: BROKEN_WITHOUT_VMM,
  check({ host, hits }) {
    const lines = hits('feature');
    if (lines.length > 0) return [{ confidence: 'confirmed', evidence: lines }];
    const { cpu } = host;
    if (!usable(cpu, 'amd')) return [];
    const missing = ['NP', 'NRIP'].filter((token) => !cpu.features.includes(token));
    if (missing.length === 0) return [{ state: 'absent', against: [cpu] }];
    return [
      {
        ...weigh(host),
        confidence: 'likely',
        evidence: [cpu],
        detail: `The SVM line of the CPU does not list ${missing.join(' and ')}.`,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'vmm names the missing feature',
        files: {
          'host/dmesg.txt':
            'FreeBSD 11.2-RELEASE-p4 #0: Thu Sep 27 08:16:24 UTC 2018\n' +
            'CPU: AMD Athlon(tm) 64 X2 Dual Core Processor 5200+ (2612.08-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0x60fb2  Family=0xf  Model=0x6b  Stepping=2\n' +
            'SVM: Nested Paging feature not available.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'both are listed',
        files: {
          'host/dmesg.txt':
            'FreeBSD 13.1-RELEASE releng/13.1-n250148-fc952ac2212 GENERIC amd64\n' +
            'CPU: AMD EPYC 7302P 16-Core Processor                (2994.44-MHz K8-class CPU)\n' +
            '  Origin="AuthenticAMD"  Id=0x830f10  Family=0x17  Model=0x31  Stepping=0\n' +
            '  SVM: NP,NRIP,VClean,AFlush,DAssist,NAsids=32768\n',
        },
      },
    ],
  },
});
