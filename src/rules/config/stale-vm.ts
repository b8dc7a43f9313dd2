import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'stale-vm',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'A VM of this name was left over, with memory of another shape',
  why: 'bhyve reuses a VM of the same name that is still in the kernel. Its memory segments were made for another size or other devices, so new ones cannot be put beside them.',
  fix: [
    {
      text: 'Remove what is left of the VM, then start it.',
      command: 'bhyvectl --vm=NAME --destroy',
      on: 'host',
      reboot: 'vm-restart',
      risk: 'make sure that no bhyve process of that VM runs: destroying it is like pulling its plug',
      verify: '`ls /dev/vmm` does not show NAME',
    },
  ],
  references: [
    'usr.sbin/bhyve/pci_fbuf.c',
    'usr.sbin/bhyve/bootrom.c, init_bootrom',
    'sys/amd64/vmm/vmm.c',
    'bhyvectl(8)',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    framebuffer: {
      regex: /pci_fbuf: mapseg failed - try deleting VM and restarting/,
      literals: ['pci_fbuf: mapseg failed'],
    },
    memory: {
      regex: /[Uu]nable to setup memory \(14\)|vm_setup_memory: Bad address/,
      literals: ['nable to setup memory (14)', 'vm_setup_memory: Bad address'],
    },
    segment: { regex: /init_bootrom: vm_create_devmem/, literals: ['init_bootrom: vm_create_devmem'] },
  }),
  explains: ['vm-start-failed', 'bootrom-alloc-failed'],
  experiments: [
    {
      command: 'bhyvectl --vm=NAME --destroy, then start the VM',
      on: 'host',
      cost: 'vm-restart',
      why: 'a left-over VM is the commonest reason',
      risk: 'only when no bhyve process of that VM runs',
      decides: ['stale-vm'],
      outcomes: [
        { if: 'it starts', then: 'the left-over VM was the cause' },
        {
          if: 'the same line',
          then: 'memory of the host is too fragmented, or in a jail the device node cannot be made',
        },
      ],
    },
  ],
  check({ hits }): Claim[] {
    const framebuffer = hits('framebuffer');
    const others = [...hits('memory'), ...hits('segment')];
    if (framebuffer.length > 0) return [{ confidence: 'likely', evidence: [...framebuffer, ...others] }];
    return others.length > 0 ? [{ confidence: 'possible', evidence: others }] : [];
  },
  examples: {
    fires: [
      {
        name: 'the frame buffer finds a segment of another size',
        files: { 'host/bhyve.log': 'pci_fbuf: mapseg failed - try deleting VM and restarting\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [{ name: 'too little memory', files: { 'host/bhyve.log': 'Unable to setup memory (12)\n' } }],
  },
});
