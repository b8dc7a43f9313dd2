import type { Host } from '../../model/host.ts';
import type { LogHit } from '../../model/pattern.ts';
import type { FreeBsdRelease } from '../../model/release.ts';
import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import type { Sourced } from '../../model/source.ts';
import { BROKEN_WITHOUT_VMM } from '../lib/cpu.ts';
import { MODULE_PATTERNS, refusedModules } from '../lib/modules.ts';

export default defineRule({
  code: 'vmm-kernel-mismatch',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'Kernel, vmm.ko, libvmmapi and bhyve do not come from one build',
  why:
    'The numbers of memory segments, exit codes and requests are private between vmm.ko, libvmmapi and bhyve and change without ' +
    'notice. A half-finished upgrade, or a patched bhyve without its library and module, gives EINVAL at mapping memory or ' +
    'a module that does not load.',
  fix: [
    {
      text: 'Find out what is installed: installed kernel, running kernel and userland should be of one release.',
      command: 'freebsd-version -kru',
      on: 'host',
    },
    {
      text: 'Finish the upgrade (`freebsd-update install` again after the reboot), or, with a source tree of your own, build and install kernel and world from it, not bhyve alone.',
      command: 'make -C /usr/src buildworld buildkernel && make -C /usr/src installkernel',
      on: 'host',
      reboot: 'host',
      risk: 'make a boot environment first (`bectl create before`), so that the old system can be booted again; installworld follows after the reboot',
      verify: '`freebsd-version -kru` prints one release three times, and the VM starts',
    },
    {
      text: 'If only a VM of an earlier run is in the way, remove it and try again.',
      command: 'bhyvectl --destroy --vm=NAME',
      on: 'host',
      risk: 'this ends the VM of that name if it runs',
    },
  ],
  references: [
    'sys/amd64/vmm/vmm.c, vm_mmap_memseg',
    'sys/kern/kern_linker.c',
    'https://lists.freebsd.org/archives/freebsd-virtualization/2026-June/003737.html',
  ],
  knowledge: 'source',
  needs: [],
  needsAny: ['bhyve-log', 'host-log'],
  patterns: onHost({
    ...MODULE_PATTERNS,
    segment: { regex: /bootrom_alloc: vm_mmap_mapseg: Invalid argument/, literals: ['bootrom_alloc: vm_mmap_mapseg'] },
    exit: {
      regex: /(?:vm_loop: unexpected exitcode 0x|vm_run error -?\d+, errno \d+|vmexit_suspend: invalid reason)/,
      literals: ['vm_loop: unexpected', 'vm_run error', 'vmexit_suspend: invalid'],
    },
  }),
  explains: [...BROKEN_WITHOUT_VMM, 'bootrom-alloc-failed'],
  experiments: [
    {
      command: 'freebsd-version -kru; uname -v; ls -l /boot/kernel/vmm.ko /usr/sbin/bhyve /lib/libvmmapi.so.*',
      on: 'host',
      cost: 'look',
      why: 'parts of one build have one release and nearly one date',
      decides: ['vmm-kernel-mismatch'],
      outcomes: [
        { if: 'releases or dates differ', then: 'the parts are mixed' },
        {
          if: 'all alike',
          then: 'a VM left over from an earlier run is the other reason for EINVAL: destroy it and try again',
        },
      ],
    },
  ],
  check({ host, hits }) {
    const mixed = mixedReleases(host);
    const refused = refusedModules(hits).filter(({ module }) => module === 'vmm');
    if (refused.length > 0) {
      const said = refused.some(({ proven }) => proven);
      return [
        { confidence: said ? 'confirmed' : 'likely', evidence: [...refused.flatMap(({ lines }) => lines), ...mixed] },
      ];
    }
    const lines: LogHit[] = [...hits('segment'), ...hits('exit')];
    if (lines.length > 0) {
      // EINVAL has a rival: a VM left over from another run.
      return [{ confidence: mixed.length > 0 ? 'confirmed' : 'likely', evidence: [...lines, ...mixed] }];
    }
    if (mixed.length === 0) return [];
    return [
      {
        kind: 'notice',
        severity: 'warning',
        confidence: 'confirmed',
        title: 'Kernel and userland are of different releases',
        evidence: mixed,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'the kernel refuses vmm.ko of another build',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.1-RELEASE releng/14.1-n267679-10e31f0946d8 GENERIC amd64\n' +
            'KLD vmm.ko: depends on kernel - not available or version mismatch\n' +
            'linker_load_file: /boot/kernel/vmm.ko - unsupported file type\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'only bhyve was rebuilt from a patched tree',
        files: {
          'host/bhyve.log': 'bhyve: bootrom_alloc: vm_mmap_mapseg: Invalid argument\n',
          'host/freebsd-version.txt': '15.0-RELEASE-p4\n15.0-RELEASE-p4\n15.0-RELEASE-p4\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a userland with a later patch level than the kernel is normal',
        files: { 'host/freebsd-version.txt': '14.3-RELEASE-p2\n14.3-RELEASE-p2\n14.3-RELEASE-p6\n' },
      },
      {
        name: 'another module is refused',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.1-RELEASE releng/14.1-n267679-10e31f0946d8 GENERIC amd64\n' +
            'KLD drm.ko: depends on kernel - not available or version mismatch\n' +
            'linker_load_file: /boot/modules/drm.ko - unsupported file type\n',
        },
      },
    ],
  },
});

/** Releases of the host's parts when they are not one; patch levels may differ, because not every patch touches all. */
function mixedReleases({ release, installedKernel, userland }: Host): Sourced<FreeBsdRelease>[] {
  const parts = [installedKernel, release, userland].filter((part) => part !== undefined);
  return new Set(parts.map(({ value }) => `${value.major}.${value.minor}-${value.branch}`)).size > 1 ? parts : [];
}
