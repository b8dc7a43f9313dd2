import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'vm-memory-already-set',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'The VM already has memory in the kernel, set up in another way',
  why:
    'Error 17 (EEXIST) at memory set-up means that a VM of this name exists and its memory has other flags. Either the loader ' +
    '(bhyveload, grub-bhyve) ran without -S and bhyve with it, or a VM of an earlier run is left over.',
  fix: [
    {
      text: 'Remove the VM that is left over.',
      command: 'bhyvectl --destroy --vm=NAME',
      on: 'host',
      risk: 'this ends the VM of that name if it runs',
    },
    {
      text: 'Give the loader -S too, wherever bhyve has it. UEFI guests need no loader: -l bootrom is enough.',
      command: 'bhyveload -S -m MEMORY -d DISK NAME',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: [
    'lib/libvmmapi/vmmapi.c, vm_mmap_memseg',
    'https://github.com/churchers/iohyve/issues/166',
    'https://github.com/cbsd/cbsd/issues/442',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    exists: {
      regex: /(?:[Uu]nable to setup memory \(17\)|vm_setup_memory: File exists)/,
      literals: ['nable to setup memory (17)', 'vm_setup_memory: File exists'],
    },
    size: {
      regex: /(?:[Uu]nable to setup memory \(22\)|vm_setup_memory: Invalid argument)/,
      literals: ['nable to setup memory (22)', 'vm_setup_memory: Invalid'],
    },
  }),
  explains: ['vm-start-failed'],
  experiments: [
    {
      command: 'ls /dev/vmm; bhyvectl --destroy --vm=NAME; then start the VM again',
      on: 'host',
      cost: 'vm-restart',
      risk: 'this ends the VM of that name if it runs',
      decides: ['vm-memory-already-set'],
      outcomes: [
        { if: 'it starts', then: 'a VM was left over' },
        {
          if: 'the same error',
          then: 'the loader and bhyve disagree about -S or -m, or bhyve and vmm.ko come from different builds',
        },
      ],
    },
  ],
  check({ hits }) {
    const exists = hits('exists');
    if (exists.length > 0) return [{ confidence: 'confirmed', evidence: exists }];
    const size = hits('size');
    if (size.length === 0) return [];
    return [
      {
        confidence: 'possible',
        evidence: size,
        title: 'The VM may have memory of another size in the kernel',
        detail:
          'Error 22 (EINVAL) fits a VM that is left over with another memory size, but also parts of different builds.',
        decideWith: 'ls /dev/vmm',
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'EEXIST by number',
        files: { 'host/bhyve.log': 'Unable to setup memory (17)\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'EINVAL stays open',
        files: { 'host/bhyve.log': 'bhyve: Unable to setup memory (22)\n' },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      { name: 'too little memory is something else', files: { 'host/bhyve.log': 'Unable to setup memory (12)\n' } },
    ],
  },
});
