import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'bootrom-alloc-failed',
  stage: 'start',
  kind: 'symptom',
  severity: 'error',
  title: 'bhyve could not map the boot ROM (UEFI firmware) into the VM',
  why:
    'The firmware file is loaded into a memory segment of its own. EINVAL at mapping it means that kernel and libvmmapi disagree, or ' +
    'that a VM of that name is left over; other texts speak of the file itself. It has nothing to do with the card.',
  fix: [],
  references: ['usr.sbin/bhyve/bootrom.c, bootrom_alloc', 'sys/amd64/vmm/vmm.c, vm_mmap_memseg'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    failed: {
      regex:
        /(?:bootrom_alloc: vm_mmap_mapseg: \w+|init_bootrom: vm_create_devmem|No room for \S+ ROM in bootrom region|ROM size \S+ is (?:invalid|not a multiple))/,
      literals: ['bootrom_alloc: ', 'init_bootrom: ', ' ROM in bootrom region', 'ROM size '],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const failed = hits('failed');
    return failed.length > 0 ? [{ confidence: 'confirmed', evidence: failed }] : [];
  },
  examples: {
    fires: [
      {
        name: 'EINVAL',
        files: { 'host/bhyve.log': 'bhyve: bootrom_alloc: vm_mmap_mapseg: Invalid argument\n' },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the file is missing, which is something else',
        files: {
          'host/bhyve.log':
            'Error opening bootrom "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd": No such file or directory\n',
        },
      },
    ],
  },
});
