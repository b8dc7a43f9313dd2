import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { BROKEN_WITHOUT_VMM, usable, weigh } from '../lib/cpu.ts';
import { standing } from '../lib/hosts.ts';

export default defineRule({
  code: 'cpu-no-ept',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The Intel CPU lacks a VT-x control that vmm needs',
  why:
    'vmm needs extended page tables (EPT) and some further controls of VT-x, and UEFI guests need "unrestricted guest" ' +
    '(UG). CPUs before Nehalem have no EPT, those before Westmere no UG, and nested virtualization may hide both.',
  fix: [
    {
      text: 'Use another CPU: Westmere (2010) or later has both. No setting brings a control back that the CPU lacks.',
      on: 'hardware',
    },
    { text: 'If the host is itself a VM, let its hypervisor expose EPT and unrestricted guest.', on: 'hardware' },
  ],
  references: ['sys/amd64/vmm/intel/vmx.c, vmx_modinit', 'usr.sbin/bhyve/bhyverun.c', 'vm-bhyve, lib/vm-run'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-cpu', 'host-log', 'bhyve-log'],
  patterns: onHost({
    control: {
      regex: /vmx_(?:mod)?init: processor does not support desired (?<what>[\w /-]+)/,
      literals: ['processor does not support desired'],
    },
    ept: { regex: /vmx_(?:mod)?init: ept initialization failed/, literals: ['ept initialization failed'] },
    unrestricted: {
      regex:
        /(?:ROM boot failed: unrestricted guest capability not available|fatal; unable to start - no unrestricted guest support)/,
      literals: ['unrestricted guest capability not available', 'unable to start - no unrestricted guest'],
    },
  }),
  explains: BROKEN_WITHOUT_VMM,
  check({ host, hits }) {
    const lines = [...hits('control'), ...hits('ept'), ...standing(host, hits('unrestricted'))];
    if (lines.length > 0) return [{ confidence: 'confirmed', evidence: lines }];
    const { cpu } = host;
    if (!usable(cpu, 'intel')) return [];
    const missing = ['EPT', 'UG'].filter((token) => !cpu.features.includes(token));
    if (missing.length === 0) return [{ state: 'absent', against: [cpu] }];
    return [
      {
        ...weigh(host),
        confidence: 'likely',
        evidence: [cpu],
        detail: `The VT-x line of the CPU does not list ${missing.join(' and ')}.`,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a CPU without EPT',
        files: {
          'host/dmesg.txt':
            'FreeBSD 12.2-RELEASE r366954 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM)2 Quad CPU    Q9550  @ 2.83GHz (2833.08-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x1067a  Family=0x6  Model=0x17  Stepping=10\n' +
            'vmx_init: processor does not support desired secondary processor-based controls\n' +
            'module_register_init: MOD_LOAD (vmm, 0xffffffff82b1a460, 0) error 22\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'EPT and unrestricted guest are there; posted interrupts are not, which is only slower',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.0-RELEASE #0 releng/14.0-n265380-f9716eee8ab4 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i7-4770 CPU @ 3.40GHz (3392.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x306c3  Family=0x6  Model=0x3c  Stepping=3\n' +
            '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n',
        },
      },
    ],
  },
});
