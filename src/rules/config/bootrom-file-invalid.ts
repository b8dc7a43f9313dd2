import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'bootrom-file-invalid',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'The firmware file of the VM is not one that bhyve can use',
  why: 'The file can be opened, but its size is none that a boot ROM or its variables can have: it is cut off, another kind of file, or both together are larger than the 16 MiB there are.',
  fix: [
    {
      text: 'Take the files of the package, and a fresh copy of its variables file.',
      command: 'pkg install -f edk2-bhyve; cp /usr/local/share/uefi-firmware/BHYVE_UEFI_VARS.fd NAME_VARS.fd',
      on: 'host',
      reboot: 'vm-restart',
      risk: 'a fresh variables file forgets the boot entries of the guest',
    },
  ],
  references: ['usr.sbin/bhyve/bootrom.c'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    size: {
      regex:
        /Invalid bootrom (?:variable|and variable aggregate) size \d+|ROM size \S{1,24} is (?:invalid|not a multiple)|No room for \S{1,24} ROM in bootrom region/,
      literals: ['Invalid bootrom', 'ROM size ', ' ROM in bootrom region'],
    },
    read: {
      regex: /Could not fstat bootrom file|Incomplete read of page \d+ of bootrom file/,
      literals: ['Could not fstat bootrom file', 'of bootrom file'],
    },
  }),
  explains: ['bootrom-alloc-failed', 'vm-start-failed'],
  check({ hits }) {
    return saidOnHost([...hits('size'), ...hits('read')]);
  },
  examples: {
    fires: [
      {
        name: 'a file that ends early',
        files: { 'host/bhyve.log': 'Incomplete read of page 511 of bootrom file /vm/render/BHYVE_UEFI.fd\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a good file that cannot be mapped',
        files: { 'host/bhyve.log': 'bhyve: bootrom_alloc: vm_mmap_mapseg: Invalid argument\n' },
      },
    ],
  },
});
