import { defineRule } from '../../model/rule.ts';
import { onHost, PANIC, RESERVED } from '../lib/bhyve-lines.ts';
import { passthroughMeant } from '../lib/hosts.ts';

/** Functions and files of the host that only passthrough runs. */
const OWN_CODE =
  /\b(?:vtd_|amdvi_|ppt_|iommu_|vm_assign_pptdev|vm_unassign_pptdev|domain ids exhausted)|\/vmm\/(?:intel\/vtd|amd\/(?:amdvi|ivrs)|io\/(?:ppt|iommu))/;
/** What every VM runs: a panic there is one of passthrough only on a host that passes something. */
const VMM_CODE = /\bvmm_|\/amd64\/vmm\//;

export default defineRule({
  code: 'host-panic-on-start',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'Starting a VM with a passed device panics the host',
  why:
    'The panic comes from the IOMMU or passthrough code of the host, or while bhyve was running. Known reasons are a device that no ' +
    'remapping unit covers, a DMAR table with errors, more guest memory than VT-d can address, and faults of old releases.',
  fix: [
    {
      text: 'Do not start the VM automatically until this is solved: take it out of vm_list, so that the host comes up.',
      command: 'sysrc vm_list=""',
      on: 'host',
    },
    {
      text: 'Update host and firmware; releases after 14.0 return an error in cases in which older ones panic.',
      command: 'freebsd-update fetch install',
      on: 'host',
      reboot: 'host',
    },
    {
      text: 'In the firmware set-up see that VT-d or the IOMMU is on, and Above 4G Decoding with it.',
      on: 'firmware',
      reboot: 'host',
    },
    {
      text: 'Keep the crash dump: the backtrace decides.',
      file: { path: '/etc/rc.conf', lines: ['dumpdev="AUTO"'] },
      on: 'host',
      verify: '/var/crash holds a core.txt after the next panic',
    },
  ],
  references: ['sys/amd64/vmm/intel/vtd.c', 'sys/amd64/vmm/io/ppt.c', 'crash(8)'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    panic: PANIC,
    reserved: RESERVED,
    process: {
      regex: /current process\s*=\s*\d+ \((?<name>bhyve|vcpu \d+|vm-[^)]{1,40})\)/,
      literals: ['current process'],
      kinds: ['freebsd-dmesg'],
    },
    frame: {
      // `#8 0xffffffff82e4a3c5 at NAME+0x85` and `#8 0x… in NAME (` of kgdb, `NAME() at NAME+0x85/frame 0x…` of ddb
      regex:
        /(?:#\d+ +(?:0x[0-9a-f]+ (?:at|in) )?|^\s*(?=\w+\(\) at ))(?<frame>(?:vtd|amdvi|ppt|iommu|vmm|vmmdev)_\w+)/,
      literals: ['vtd_', 'amdvi_', 'ppt_', 'iommu_', 'vmm_', 'vmmdev_'],
      kinds: ['freebsd-dmesg'],
    },
  }),
  explains: ['vm-start-failed', 'host-freeze-on-start'],
  check({ host, hitsOfAllBoots }) {
    // A panic ends its boot, so it mostly stands in the one before the last.
    const panics = hitsOfAllBoots('panic');
    if (panics.length === 0) return [];
    const frames = hitsOfAllBoots('frame');
    const around = [...hitsOfAllBoots('process'), ...frames];
    const own = panics.filter(({ groups }) => OWN_CODE.test(groups.what ?? ''));
    if (own.length > 0) return [{ confidence: 'confirmed', evidence: [...own, ...around] }];
    const passes = passthroughMeant(host).length + hitsOfAllBoots('reserved').length > 0;
    const inVmm = panics.some(({ groups }) => VMM_CODE.test(groups.what ?? ''));
    if (inVmm || around.length > 0) {
      const involved = passes || frames.some(({ groups }) => OWN_CODE.test(groups.frame ?? ''));
      const elsewhere = !involved && !inVmm && frames.length === 0;
      return [
        {
          ...(involved
            ? {}
            : {
                title: 'The host panicked while a VM ran; nothing shows that a device was passed to it',
                decideWith: 'pciconf -lv; cat /boot/loader.conf',
              }),
          ...(elsewhere ? { kind: 'notice' as const, severity: 'warning' as const } : {}),
          confidence: involved ? 'likely' : 'possible',
          evidence: [...panics, ...around],
        },
      ];
    }
    // Any panic of a host that passes devices may be this, and may be anything else.
    if (!passes) return [];
    return [
      {
        kind: 'notice',
        severity: 'warning',
        confidence: 'possible',
        title: 'The host panicked; nothing shows whether passthrough was involved',
        evidence: panics,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a device that no remapping unit covers',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 13.1-RELEASE releng/13.1-n250148-fc952ac2212 GENERIC amd64\n' +
            'ppt0 mem 0xde000000-0xdeffffff,0xc0000000-0xcfffffff at device 0.0 on pci1\n' +
            'panic: vtd_add_device: device 100 is not in scope for any DMA remapping unit\n' +
            'cpuid = 6\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'bhyve was the current process',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'ppt0 mem 0xf6000000-0xf6ffffff,0xe0000000-0xefffffff irq 32 at device 0.0 on pci3\n' +
            'Fatal trap 12: page fault while in kernel mode\n' +
            'current process\t\t= 2314 (bhyve)\n' +
            'panic: page fault\n' +
            '---<<BOOT>>---\n' +
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n',
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'a backtrace of ddb leads through the IOMMU',
        files: {
          'host/console.txt':
            'Fatal trap 9: general protection fault while in kernel mode\n' +
            'panic: general protection fault\n' +
            'KDB: stack backtrace:\n' +
            'vpanic() at vpanic+0x131/frame 0xfffffe00c41f7660\n' +
            'amdvi_add_device() at amdvi_add_device+0x9b/frame 0xfffffe00c41f7a10\n',
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'an assertion in vmm; no device is known to be passed',
        files: {
          'host/mail.txt':
            'The machine went down when the VM came up:\n' +
            '> panic: mutex vcpu lock not owned at /usr/src/sys/amd64/vmm/vmm.c:902\n',
        },
        expect: { confidence: 'possible', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'a crash dump of a graphics driver',
        files: {
          'host/core.txt.2':
            'Unread portion of the kernel message buffer:\n' +
            'Fatal trap 12: page fault while in kernel mode\n' +
            'current process\t\t= 1408 (kldload)\n' +
            'panic: page fault\n' +
            'KDB: stack backtrace:\n' +
            '#0 0xffffffff80b9002d at kdb_backtrace+0x5d\n' +
            '#1 0xffffffff83212a40 at drm_dev_register+0x30\n',
        },
      },
      {
        name: 'a panic of a host that passes nothing',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'panic: VERIFY(zil_replaying(zilog, tx)) failed\n' +
            'cpuid = 1\n',
        },
      },
    ],
  },
});
