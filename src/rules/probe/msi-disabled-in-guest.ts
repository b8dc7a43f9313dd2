import { type Claim, defineRule } from '../../model/rule.ts';
import { guestSubject, hitsOf } from '../lib/guests.ts';
import { BROKEN_BY_INIT } from '../lib/init.ts';

const BOOT =
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n';

export default defineRule({
  code: 'msi-disabled-in-guest',
  stage: 'probe',
  kind: 'notice',
  severity: 'warning',
  title: 'Message-signalled interrupts are switched off in the guest; in bhyve the card needs them',
  why:
    'Vendor advice for interrupt trouble is to switch MSI off. bhyve routes no legacy interrupt for a card that has MSI, so that advice leaves the ' +
    'card without any: opening it fails, or its interrupt test does.',
  fix: [
    {
      text: 'Take pci=nomsi out of the kernel command line, and NVreg_EnableMSI=0 out of the options of the driver.',
      command: 'grep -rs "nomsi\\|EnableMSI" /etc/default/grub /etc/modprobe.d /proc/cmdline',
      on: 'guest',
      reboot: 'guest',
      verify: '`lspci -vv` shows MSI: Enable+ while the card is open',
    },
  ],
  references: [
    'usr.sbin/bhyve/pci_passthru.c',
    'open-gpu-kernel-modules, kernel-open/nvidia/nv-msi.c',
    'NVIDIA driver README, "Common Problems"',
  ],
  knowledge: 'source',
  needs: [],
  patterns: {
    refused: { regex: /NVRM: .{0,60}request_irq\(\) failed \((?<error>-\d+)\)/, literals: ['request_irq() failed'] },
  },
  explains: [
    ...BROKEN_BY_INIT,
    'irq-not-firing',
    'guest-interrupt-setup-failed',
    'nvidia-irq-missing',
    'driver-probe-failed',
  ],
  check({ guests, hits }) {
    return guests.flatMap((guest): Claim[] => {
      const off = guest.msiOff;
      if (off === undefined) return [];
      const refused = hitsOf(guest, hits('refused'));
      const silent = guest.rmInit.find(({ stage, status }) => stage === '0x11' && status === '0x45');
      const subject = guestSubject(guest, silent?.guestBdf);
      if (refused.length > 0 || silent !== undefined) {
        return [
          {
            kind: 'cause',
            severity: 'error',
            confidence: 'confirmed',
            subject,
            title: 'The card gets no interrupt because MSI is switched off in the guest',
            evidence: [off, ...refused, ...(silent ? [silent] : [])],
          },
        ];
      }
      // On a physical machine the card falls back to its wired interrupt.
      return guest.isBhyve === true ? [{ confidence: 'confirmed', subject, evidence: [off] }] : [];
    });
  },
  examples: {
    fires: [
      {
        name: 'the wired interrupt is not connected',
        files: {
          'guest/vm/dmesg.txt':
            BOOT +
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/vda2 ro pci=nomsi\n' +
            '[    9.100001] NVRM: GPU 0000:00:05.0: request_irq() failed (-107)\n',
        },
        expect: { kind: 'cause', confidence: 'confirmed' },
      },
      {
        name: 'harmful advice taken in time',
        files: {
          'guest/vm/dmesg.txt':
            BOOT +
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/vda2 ro nvidia.NVreg_EnableMSI=0\n',
        },
        expect: { kind: 'notice' },
      },
    ],
    silent: [
      {
        name: 'no such option',
        files: {
          'guest/vm/dmesg.txt':
            BOOT +
            '[    0.000000] Command line: BOOT_IMAGE=/vmlinuz-6.8.0-41-generic root=/dev/vda2 ro pci=nocrs\n' +
            '[    9.100001] NVRM: GPU 0000:00:05.0: request_irq() failed (-28)\n',
        },
      },
    ],
  },
});
