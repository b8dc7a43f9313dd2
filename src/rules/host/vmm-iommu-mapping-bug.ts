import type { FreeBsdRelease } from '../../model/release.ts';
import { defineRule } from '../../model/rule.ts';
import { onHost, PANIC, RESERVED } from '../lib/bhyve-lines.ts';
import { passthroughMeant } from '../lib/hosts.ts';

export default defineRule({
  code: 'vmm-iommu-mapping-bug',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'vmm of FreeBSD 15.0 before p1 breaks the IOMMU mapping of guest memory',
  why:
    '15.0-RELEASE shipped with a fault in the code that maps guest memory for passed devices; errata notice EN-25:20.vmm repairs it ' +
    'in 15.0-RELEASE-p1. A device that reads and writes through a wrong mapping can fail in any way, so nothing seen on ' +
    'such a host proves anything about the card or the guest.',
  fix: [
    {
      text: 'Update the host before looking for any other cause, and repeat the test.',
      command: 'freebsd-update fetch install',
      on: 'host',
      reboot: 'host',
      verify: '`uname -r` prints 15.0-RELEASE-p1 or later, or a later release',
    },
    {
      text: 'Hosts built from source: stable/15 from 4f7436bf297b (15 December 2025) and releng/15.0 from 04e9f1aab83a have it.',
      on: 'host',
    },
  ],
  references: [
    'https://www.freebsd.org/security/advisories/FreeBSD-EN-25:20.vmm.asc',
    'https://bugs.freebsd.org/bugzilla/show_bug.cgi?id=290920',
  ],
  knowledge: 'source',
  needs: ['host-release'],
  patterns: {
    ...onHost({
      panic: PANIC,
      reserved: RESERVED,
      dmaFault: {
        regex: /(?:\[IO_PAGE_FAULT EVT: devId:0x|DMAR\d+: .{0,80}\bfault acc )/,
        literals: ['[IO_PAGE_FAULT EVT', 'fault acc '],
      },
    }),
    guestDma: {
      regex:
        /(?:RmInitAdapter failed|Cannot attach gpu|fallen off the bus|atombios stuck in loop|Fatal error during GPU init)/,
      literals: [
        'RmInitAdapter failed',
        'Cannot attach gpu',
        'fallen off the bus',
        'atombios stuck in loop',
        'error during GPU init',
      ],
    },
  },
  explains: [
    'host-panic-on-start',
    'host-freeze-on-start',
    'guest-no-output',
    'iommu-dma-fault',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gpu-init-failed',
    'nvidia-smi-no-devices',
  ],
  experiments: [
    {
      command: 'freebsd-update fetch install, reboot, start the VM again',
      on: 'host',
      cost: 'host-reboot',
      why: 'takes a known fault of this release out of the question before anything else is changed',
      decides: ['vmm-iommu-mapping-bug'],
      outcomes: [
        { if: 'the failure is gone', then: 'it was this fault' },
        { if: 'the failure stays', then: 'the card and its driver can now be judged' },
      ],
    },
  ],
  check({ host, guests, hits, hitsOfAllBoots }) {
    const { release } = host;
    if (release === undefined) return [];
    const suspect = suspicion(release.value);
    if (suspect === undefined) return release.value.major === 15 ? [{ state: 'absent', against: [release] }] : [];
    const bhyveGuests = new Set(guests.filter(({ isBhyve }) => isBhyve !== false).map(({ name }) => name));
    const meant = [...passthroughMeant(host), ...hits('reserved')];
    const failed = [
      ...(meant.length > 0 ? hitsOfAllBoots('panic') : []),
      ...hits('dmaFault'),
      ...hits('guestDma').filter(({ guest }) => guest === undefined || bhyveGuests.has(guest)),
    ];
    if (failed.length > 0) return [{ confidence: suspect, evidence: [release, ...failed], count: failed.length }];
    if (meant.length === 0 || suspect === 'possible') return [];
    return [
      {
        kind: 'notice',
        severity: 'warning',
        confidence: 'confirmed',
        title: 'Passthrough is broken in this release before 15.0-RELEASE-p1 (EN-25:20)',
        evidence: [release, ...meant],
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'adapter initialisation fails in a guest of 15.0-RELEASE',
        files: {
          'host/uname.txt':
            'FreeBSD lab1 15.0-RELEASE FreeBSD 15.0-RELEASE releng/15.0-n280995-7aedc8de6446 GENERIC amd64\n',
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
      {
        name: 'a pre-release that may have the fault',
        files: {
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 15.0-BETA3 releng/15.0-n280824-10ed0f5f3a4b GENERIC amd64\n' +
            'ppt0 mem 0xde000000-0xdeffffff,0xc0000000-0xcfffffff at device 0.0 on pci1\n' +
            'panic: page fault\n' +
            'cpuid = 3\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the same failure with the fix installed',
        files: {
          'host/uname.txt':
            'FreeBSD lab1 15.0-RELEASE-p2 FreeBSD 15.0-RELEASE-p2 releng/15.0-n281005-5fb0f8e9e61d GENERIC amd64\n',
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
      },
      {
        name: '15.0-RELEASE on a host that passes nothing',
        files: {
          'host/uname.txt':
            'FreeBSD lab1 15.0-RELEASE FreeBSD 15.0-RELEASE releng/15.0-n280995-7aedc8de6446 GENERIC amd64\n',
        },
      },
    ],
  },
});

/** How sure it is that a release has the fault; undefined when it has not. Whether the pre-releases had it is not established. */
function suspicion({ major, minor, branch, patch }: FreeBsdRelease): 'likely' | 'possible' | undefined {
  if (major !== 15 || minor !== 0) return undefined;
  if (branch === 'RELEASE') return patch === 0 ? 'likely' : undefined;
  return 'possible';
}
