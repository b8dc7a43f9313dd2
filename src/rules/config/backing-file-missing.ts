import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';

export default defineRule({
  code: 'backing-file-missing',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'A disk or firmware file of the VM cannot be opened',
  why:
    'bhyve opens every disk, firmware and ROM file that the configuration names and exits when one is missing. The "initialization ' +
    'error" line that follows is the same as after a failure of passthrough, which this is not.',
  fix: [
    {
      text: 'Correct the path that the message names. In vm-bhyve a disk outside the folder of the VM needs the type custom and a whole path.',
      file: { path: 'NAME.conf', lines: ['disk0_dev="custom"', 'disk0_name="/dev/zvol/POOL/NAME"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: 'Firmware files come with the package edk2-bhyve; the variables file is a writable copy of the one it installs.',
      command: 'pkg install edk2-bhyve; ls /usr/local/share/uefi-firmware',
      on: 'host',
    },
  ],
  references: [
    'usr.sbin/bhyve/block_if.c',
    'usr.sbin/bhyve/bootrom.c',
    'usr.sbin/bhyve/pci_passthru.c, passthru_init_rom',
    'vm(8)',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    disk: {
      regex: /Could not open backing file: (?<file>\/?[^:\n]{1,200}): (?<why>[A-Z][\w ]+)/,
      literals: ['Could not open backing file'],
    },
    // Some emulations repeat it without the name of the file.
    echo: { regex: /Could not open backing file: (?<why>[A-Z][\w ]+)$/, literals: ['Could not open backing file'] },
    bootrom: {
      regex: /Error opening bootrom (?:variable file )?"?(?<file>[^":\n]{1,200})"?: (?<why>[A-Z][\w ]+)/,
      literals: ['Error opening bootrom'],
    },
    rom: { regex: /passthru_init_rom: can't open romfile "(?<file>[^"\n]{1,200})"/, literals: ["can't open romfile"] },
    manager: {
      regex: /fatal; unable to locate (?:firmware|UEFI vars)[^\n]{0,120}/,
      literals: ['unable to locate firmware', 'unable to locate UEFI vars'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ host, hits }) {
    const named = [...hits('disk'), ...hits('bootrom'), ...hits('rom'), ...standing(host, hits('manager'))];
    const lines = [...named, ...hits('echo')];
    if (lines.length === 0) return [];
    const files = [...new Set(named.flatMap(({ groups }) => groups.file ?? []))];
    return [
      {
        confidence: 'confirmed',
        ...(files.length > 0 && {
          detail: `${files.slice(0, 3).join(', ')}${named[0]!.groups.why === undefined ? '' : `: ${named[0]!.groups.why}`}`,
        }),
        evidence: lines,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a disk image that is not there',
        files: {
          'host/bhyve.log':
            'bhyve: Could not open backing file: /vm/render/disk2.img: No such file or directory\n' +
            'ahci-hd: Could not open backing file: No such file or directory\n' +
            'Device emulation initialization error: No such file or directory\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'no firmware',
        files: {
          'host/bhyve.log':
            'Error opening bootrom "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd": No such file or directory\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the same last line after a device that is not reserved',
        files: {
          'host/bhyve.log':
            'bhyve: PCI device at 6/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: No such file or directory\n',
        },
      },
    ],
  },
});
