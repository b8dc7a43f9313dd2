import { defineRule } from '../../model/rule.ts';
import { formatSize } from '../../model/size.ts';
import { BROKEN_BY_A_BAR, unassigned } from '../lib/bars.ts';
import { guestSubject } from '../lib/guests.ts';

const LARGE = 4 * 2 ** 30;

export default defineRule({
  code: 'guest-mmio64-too-small',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  title: "The VM's firmware or machine type leaves no room for a large 64-bit BAR",
  why:
    'Data-centre cards map all their video memory through one 64-bit BAR of 16 GiB and more. A VM whose firmware or ' +
    'machine type has no 64-bit window of that size leaves the BAR without an address.',
  fix: [
    {
      text: 'Boot the VM with UEFI firmware and enlarge its 64-bit window (VMware: pciPassthru.use64bitMMIO and pciPassthru.64bitMMIOSizeGB; QEMU: a larger pci hole; bhyve: see bar-window-overflow).',
      on: 'host',
      reboot: 'vm-restart',
      verify: '`lspci -vv` in the guest shows an address for Region 1',
    },
  ],
  references: ['VMware: enabling large-BAR GPUs for DirectPath I/O', 'Linux drivers/pci/setup-res.c'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    noSpace: {
      regex:
        /(?:pci|nvidia) (?<bdf>[0-9a-f:.]+): BAR [1-5]:? (?:\[mem size 0x(?<size>[0-9a-f]+) 64bit pref\]: can't assign; no space|no space for \[mem size 0x(?<old>[0-9a-f]+) 64bit pref\])/,
      literals: ["can't assign; no space", 'no space for [mem size'],
    },
    zero: { regex: /BAR[1-5] is 0M @ 0x0+ \((?:PCI:)?(?<bdf>[0-9a-f:.]+)\)/, literals: ['is 0M @ 0x'] },
  },
  explains: [...BROKEN_BY_A_BAR, 'bar1-unassigned'],
  check({ guests, hits, tables }) {
    return guests.flatMap((guest) => {
      // A VM: firmware tables or CPUID say so. Nothing is claimed of physical machines.
      const isVm =
        guest.hypervisorDetected !== undefined ||
        guest.isBhyve === true ||
        /vmware|qemu|kvm|virtual|bhyve/i.test(guest.dmi?.value ?? '');
      const own = hits('noSpace').filter((hit) => (hit.guest ?? guest.name) === guest.name);
      const zero = hits('zero').filter((hit) => (hit.guest ?? guest.name) === guest.name);
      const size = own
        .map(({ groups }) => Number.parseInt(groups.size ?? groups.old ?? '0', 16))
        .find((bytes) => bytes >= LARGE);
      const bars = unassigned(guest).filter(
        ({ gpu, bar }) =>
          (bar.sizeBytes ?? tables.gpus.get(gpu.pciId ?? '')?.bar1Bytes ?? 0) >= LARGE && bar.index === 1,
      );
      if (!isVm || zero.length + own.length === 0 || (size === undefined && bars.length === 0)) return [];
      return [
        {
          confidence: 'likely' as const,
          subject: guestSubject(guest, bars[0]?.gpu.bdf),
          evidence: [...own, ...zero, ...bars.map(({ bar }) => bar)],
          ...(size !== undefined && { detail: `The BAR asks for ${formatSize(size)}.` }),
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'a 32 GiB BAR in a VM with BIOS firmware',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] DMI: VMware, Inc. VMware Virtual Platform/440BX Desktop Reference Platform, BIOS 6.00 11/12/2020\n' +
            "[    0.501001] pci 0000:0b:00.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space\n" +
            '[    5.010001] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:0b:00.0)\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the same on a physical machine',
        files: {
          'guest/box/dmesg.txt':
            '[    0.000000] DMI: Supermicro SYS-4028GR-TR/X10DRG-O+-CPU, BIOS 3.2 12/17/2019\n' +
            "[    0.501001] pci 0000:0b:00.0: BAR 1 [mem size 0x800000000 64bit pref]: can't assign; no space\n",
        },
      },
    ],
  },
});
