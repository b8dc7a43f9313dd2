import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { BROKEN_WITHOUT_VMM, refusals, usable, VMM_REFUSED, weigh } from '../lib/cpu.ts';

const FIRMWARE_FIX = {
  text: 'Switch on "Intel Virtualization Technology" (VT-x) in the firmware set-up, and VT-d while there; then switch the machine off and on again, because the lock is only released by a cold start.',
  on: 'firmware' as const,
  reboot: 'host' as const,
  verify: 'dmesg shows a line `VT-x: PAT,HLT,...` without "(disabled in BIOS)"',
};

export default defineRule({
  code: 'cpu-no-vmx',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'The Intel CPU offers no VT-x to vmm',
  why:
    'vmm needs the VMX instructions. The CPU lacks them, the firmware has locked them off, or another hypervisor under ' +
    'which this host runs hides them. Without them vmm.ko does not initialise and no VM starts.',
  fix: [
    FIRMWARE_FIX,
    {
      text: 'If the CPU has no VT-x at all, only another CPU helps. If the host is itself a VM, switch on nested virtualization in its hypervisor.',
      on: 'hardware',
    },
  ],
  references: ['sys/amd64/vmm/intel/vmx.c, vmx_modinit', 'sys/x86/x86/identcpu.c, print_vmx_info'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-cpu', 'host-log', 'bhyve-log'],
  patterns: onHost({
    none: {
      regex: /vmx_(?:mod)?init: processor does not support VMX operation/,
      literals: ['processor does not support VMX operation'],
    },
    locked: {
      regex: /vmx_(?:mod)?init: VMX operation disabled by BIOS/,
      literals: ['VMX operation disabled by BIOS'],
    },
    ...VMM_REFUSED,
  }),
  explains: BROKEN_WITHOUT_VMM,
  check({ host, hits }) {
    const { cpu } = host;
    const refused = refusals(host, hits);
    if (hits('none').length > 0) return [{ confidence: 'confirmed', evidence: hits('none') }];
    const off = { title: 'VT-x is switched off in the firmware', fix: [FIRMWARE_FIX] };
    if (hits('locked').length > 0) return [{ ...off, confidence: 'confirmed', evidence: hits('locked') }];
    if (cpu?.vendor === 'intel' && cpu.disabledInBios)
      return [{ ...off, ...weigh(host), confidence: 'confirmed', evidence: [cpu] }];
    if (usable(cpu, 'intel')) return [{ state: 'absent', against: [cpu] }];
    if (refused.length > 0 && cpu?.vendor !== 'amd') {
      return [
        {
          // Nothing shows whose processor it is.
          ...(cpu === undefined
            ? { title: 'vmm.ko finds no usable virtualization in the CPU (VT-x with EPT, SVM)' }
            : {}),
          confidence: cpu === undefined ? 'possible' : 'likely',
          evidence: refused,
          decideWith: 'dmesg',
        },
      ];
    }
    return [];
  },
  examples: {
    fires: [
      {
        name: 'vmm finds VMX locked',
        files: {
          'host/dmesg.txt':
            'FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz (3192.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x506e3  Family=0x6  Model=0x5e  Stepping=3\n' +
            '  VT-x: (disabled in BIOS) PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n' +
            'vmx_init: VMX operation disabled by BIOS\n' +
            'module_register_init: MOD_LOAD (vmm, 0xffffffff8281ea10, 0) error 6\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'vm-bhyve cannot load a module that is there',
        files: {
          'host/terminal.txt':
            'root@attic:~ # vm init\n' +
            '/usr/local/sbin/vm: ERROR: unable to load vmm.ko!\n' +
            'root@attic:~ # kldload vmm\n' +
            "kldload: can't load vmm: module already loaded or in kernel\n",
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'vm-bhyve cannot load vmm.ko, and nothing says that it is there',
        files: { 'host/terminal.txt': 'root@attic:~ # vm list\n/usr/local/sbin/vm: ERROR: unable to load vmm.ko!\n' },
      },
      {
        name: 'VT-x in force',
        files: {
          'host/dmesg.txt':
            'FreeBSD 13.2-RELEASE releng/13.2-n254617-525ecfdad597 GENERIC amd64\n' +
            'CPU: Intel(R) Core(TM) i5-6500 CPU @ 3.20GHz (3192.00-MHz K8-class CPU)\n' +
            '  Origin="GenuineIntel"  Id=0x506e3  Family=0x6  Model=0x5e  Stepping=3\n' +
            '  VT-x: PAT,HLT,MTF,PAUSE,EPT,UG,VPID\n',
        },
      },
    ],
  },
});
