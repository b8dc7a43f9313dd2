import { type Claim, defineRule } from '../../model/rule.ts';

const GUEST_LOG =
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
  '[    2.901122] nvidia-nvlink: Nvlink Core is being initialized, major device number 236\n' +
  "[    2.901130] NVRM: Can't find an IRQ for your NVIDIA card!\n" +
  '[    2.901131] NVRM: Please check your BIOS settings.\n' +
  '[    2.904000] nvidia: probe of 0000:00:05.0 failed with error -1\n' +
  '[    2.904101] NVRM: None of the NVIDIA devices were initialized.\n';

export default defineRule({
  code: 'nvidia-intpin-missing',
  stage: 'probe',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve presents the GPU without an interrupt pin',
  why:
    'bhyve emulates the header of a passed-through device and leaves its Interrupt Pin register at 0. Linux then gives ' +
    'the card interrupt number 0, and the NVIDIA driver refuses a card that has neither an interrupt number nor MSI-X. ' +
    'Cards with MSI only (Maxwell, Pascal, consumer Turing to Ada) meet it; whether MSI works is never tried.',
  fix: [
    {
      text: 'Apply review D51892 ("assign a valid INTPIN to NVIDIA GPUs") to the bhyve source of your release and rebuild bhyve. Look first whether your source has it already.',
      command: 'ls /usr/src/usr.sbin/bhyve/pci_passthru_quirks.c && make -C /usr/src/usr.sbin/bhyve all install',
      on: 'host',
      reboot: 'vm-restart',
      risk: 'bhyve, libvmmapi and vmm.ko must come from one source tree; keep the old /usr/sbin/bhyve',
      verify: 'in the guest, `setpci -s SLOT 3d.b` prints 01 and the driver no longer says "Can\'t find an IRQ"',
    },
    {
      text: 'Expect the next stage after it: the driver then goes on to initialise the adapter. The "can\'t derive routing for PCI INT A" warning that appears is harmless.',
      on: 'guest',
    },
  ],
  references: [
    'https://reviews.freebsd.org/D51892',
    'open-gpu-kernel-modules, kernel-open/nvidia/nv-pci.c',
    'usr.sbin/bhyve/pci_passthru.c, cfginit',
  ],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    noIrq: {
      regex: /Can't find an IRQ for your NVIDIA card/,
      literals: ["Can't find an IRQ for your NVIDIA card"],
    },
  },
  explains: ['nvidia-irq-missing', 'driver-probe-failed', 'nvidia-smi-no-driver', 'gpu-not-present', 'gpu-init-failed'],
  experiments: [
    {
      command: 'setpci -s SLOT 3d.b',
      on: 'guest',
      cost: 'look',
      why: 'reads the Interrupt Pin register that bhyve presents',
      decides: ['nvidia-intpin-missing', 'msi-irq-missing'],
      outcomes: [
        { if: '00', then: 'bhyve presents no pin: D51892 is missing' },
        { if: '01', then: 'the pin is there: the guest kernel gave it no interrupt' },
      ],
    },
  ],
  check({ hits, guests }) {
    return guests.flatMap((guest): Claim[] => {
      const lines = hits('noIrq').filter((hit) => (hit.guest ?? guest.name) === guest.name);
      const gpu =
        guest.gpus.find(({ pciId, driver }) => pciId?.startsWith('10de:') ?? driver?.value === 'nvidia') ??
        guest.gpus[0];
      const subject = { guest: guest.name, ...(gpu && { guestBdf: gpu.bdf, ...(gpu.pciId && { pciId: gpu.pciId }) }) };
      if (lines.length > 0) {
        // Another machine or hypervisor prints the same text for other reasons; a pin in lspci contradicts.
        if (guest.isBhyve !== true || typeof gpu?.interruptPin?.value === 'string') return [];
        const noPin = gpu?.interruptPin;
        const detail = 'The guest runs under bhyve and the driver got no interrupt number for a card without MSI-X.';
        return [
          noPin === undefined
            ? { confidence: 'confirmed', subject, detail, evidence: lines }
            : {
                confidence: 'confirmed',
                subject,
                detail: `${detail} lspci prints no Interrupt line for the card: its pin register reads 0.`,
                evidence: [...lines, noPin],
              },
        ];
      }
      const past = guest.rmInit[0] ?? guest.driver.banner;
      return past && guest.isBhyve ? [{ state: 'absent', subject, against: [past] }] : [];
    });
  },
  examples: {
    fires: [
      {
        name: 'stock bhyve, MSI-only card, guest firmware tables name bhyve',
        files: { 'guest/vm/dmesg.txt': GUEST_LOG },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a physical machine whose BIOS gives the slot no interrupt',
        files: {
          'guest/box/dmesg.txt': GUEST_LOG.replace(
            'FreeBSD BHYVE/BHYVE, BIOS 14.0',
            'ASUSTeK COMPUTER INC. P5B, BIOS 1803',
          ),
        },
      },
      {
        name: 'past the interrupt check, fails at adapter initialisation',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
            '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
            '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n' +
            '[    3.441376] NVRM: GPU 0000:00:05.0: RmInitAdapter failed! (0x31:0xffff:2650)\n',
        },
      },
    ],
  },
});
