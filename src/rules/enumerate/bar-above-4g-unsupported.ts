import { defineRule } from '../../model/rule.ts';
import { claimsOfHits, gpuAt, guestSubject } from '../lib/guests.ts';

export default defineRule({
  code: 'bar-above-4g-unsupported',
  stage: 'enumerate',
  kind: 'cause',
  severity: 'error',
  title: 'This old driver refuses a BAR that lies above 4 GiB',
  why: 'Drivers of that time could not use a 64-bit BAR above 4 GiB. The BAR has an address; the driver does not accept it, and prints it cut to 32 bits.',
  fix: [
    {
      text: 'Use a newer driver, or make the firmware place the BAR below 4 GiB (memory remapping off, "Above 4G decoding" off).',
      on: 'firmware',
      reboot: 'guest',
      verify: 'the message is gone',
    },
  ],
  references: ['NVIDIA driver README of the 17x branches'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    above: {
      regex: /64-bit BAR mapped above 4GB by the system BIOS/,
      literals: ['BAR mapped above 4GB', '64-bit BAR mapped'],
    },
  },
  explains: ['bar1-unassigned', 'driver-probe-failed', 'nvidia-smi-no-driver', 'gpu-not-present'],
  check(input) {
    // The address in this message is cut to 32 bits and its PCI address is garbage: the card is told elsewhere.
    return claimsOfHits(input, input.hits('above'), 'confirmed', (guest) => ({
      subject: guestSubject(guest, gpuAt(guest, undefined)?.bdf),
    }));
  },
  examples: {
    fires: [
      {
        name: 'the driver explains itself',
        files: {
          'guest/box/dmesg.txt':
            '[   11.900867] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '[   11.900868] NVRM: BAR1 is 256M @ 0x00000000 (PCI:20000000:02.0)\n' +
            '[   11.900873] NVRM: This is a 64-bit BAR mapped above 4GB by the system BIOS or\n' +
            '[   11.900874] NVRM: Linux kernel. The NVIDIA Linux graphics driver and other\n' +
            '[   11.900875] NVRM: system software do not currently support this configuration\n' +
            '[   11.900877] NVRM: reliably.\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a BAR that really has no address',
        files: {
          'guest/box/dmesg.txt':
            '[   11.900867] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:\n' +
            '[   11.900868] NVRM: BAR1 is 0M @ 0x0 (PCI:0000:02:00.0)\n',
        },
      },
    ],
  },
});
