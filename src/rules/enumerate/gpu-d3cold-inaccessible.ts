import { slotOf } from '../../model/bdf.ts';
import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'gpu-d3cold-inaccessible',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'The card does not wake from D3cold: it is powered off or unreachable',
  why: 'The kernel tried to wake the card and it did not answer. Everything the driver reports after that ("fallen off the bus", init failure) follows from it.',
  fix: [
    {
      text: 'Power the machine that holds the card off completely and on again; a reboot may not remove the power of the slot.',
      on: 'hardware',
      reboot: 'host',
      verify: '`lspci` no longer shows rev ff for the card',
    },
    {
      text: 'Keep the card out of deep power saving: d3cold_allowed 0 for the card, and no runtime power management of its port.',
      command: 'echo 0 > /sys/bus/pci/devices/BDF/d3cold_allowed',
      on: 'guest',
    },
  ],
  references: ['Linux drivers/pci/pci.c'],
  knowledge: 'source',
  needs: ['guest-log'],
  patterns: {
    asleep: {
      regex:
        /(?<by>nvidia|nouveau|pci|vfio-pci) (?<bdf>[0-9a-f:.]+): (?:Unable to change power state from (?:D3cold|D3hot|unknown) to D0, device inaccessible|not ready \d+ms after resume; giving up|can't change power state from D3cold to D0 \(config space inaccessible\))/,
      literals: ['hange power state from', 'after resume; giving up'],
    },
  },
  explains: [
    'gpu-fell-off-bus',
    'driver-probe-failed',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gpu-config-space-unreadable',
    'gpu-init-failed',
    'gsp-boot-failure',
    'nvidia-smi-no-devices',
    'nvidia-smi-no-driver',
    'gpu-not-responding',
  ],
  check(input) {
    return claimsOfHits(input, input.hits('asleep'), 'confirmed', (guest, own, bdf) => {
      // Laptops print it for a moment and go on; a card that nvidia-smi lists is awake.
      const awake = guest.smi.gpus.some(
        (gpu) => gpu.failing === undefined && (bdf === undefined || gpu.guestBdf === bdf),
      );
      if (awake) return undefined;
      // The drivers of the card speak of it; the kernel's own lines and those of vfio are the same for any device.
      const isCard =
        own.some(({ groups }) => groups.by === 'nvidia' || groups.by === 'nouveau') ||
        (bdf !== undefined && guest.gpus.some((gpu) => slotOf(gpu.bdf) === slotOf(bdf)));
      if (isCard) return { evidence: own };
      return guest.gpus.length > 0 ? undefined : { evidence: own, confidence: 'possible', decideWith: 'lspci -nnk' };
    });
  },
  examples: {
    fires: [
      {
        name: 'after the guest was stopped and started',
        files: {
          'guest/vm/dmesg.txt':
            '[   20.100001] nvidia 0000:00:05.0: Unable to change power state from D3cold to D0, device inaccessible\n' +
            '[   20.200001] NVRM: The NVIDIA GPU 0000:00:05.0\n' +
            '               NVRM: (PCI ID: 10de:1bb3) installed in this system has\n' +
            '               NVRM: fallen off the bus and is not responding to commands.\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the kernel waits for it in vain',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.640001] pci 0000:0b:00.0: [10de:1eb8] type 00 class 0x030200\n' +
            '[  140.100001] vfio-pci 0000:0b:00.0: not ready 32767ms after resume; waiting\n' +
            '[  172.100001] vfio-pci 0000:0b:00.0: not ready 65535ms after resume; giving up\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a device of which nothing else is known',
        files: {
          'guest/vm/dmesg.txt':
            '[   88.300001] vfio-pci 0000:41:00.0: Unable to change power state from D3cold to D0, device inaccessible\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'it was slow, and came',
        files: {
          'guest/vm/dmesg.txt': '[  140.100001] vfio-pci 0000:0b:00.0: not ready 1023ms after resume; waiting\n',
        },
      },
      {
        name: 'a network card for a VM stays asleep, the GPU does not',
        files: {
          'guest/vm/dmesg.txt':
            '[    0.640001] pci 0000:0b:00.0: [10de:1eb8] type 00 class 0x030200\n' +
            '[    0.650001] pci 0000:41:00.0: [8086:10fb] type 00 class 0x020000\n' +
            '[   88.300001] vfio-pci 0000:41:00.0: Unable to change power state from D3cold to D0, device inaccessible\n',
        },
      },
      {
        name: 'another device stays asleep',
        files: {
          'guest/vm/dmesg.txt':
            '[   20.100001] xhci_hcd 0000:00:06.0: Unable to change power state from D3cold to D0, device inaccessible\n' +
            '[   21.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
