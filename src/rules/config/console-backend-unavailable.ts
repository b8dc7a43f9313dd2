import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { saidOnHost } from '../lib/said.ts';

export default defineRule({
  code: 'console-backend-unavailable',
  stage: 'config',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve cannot open the console of the VM',
  why: 'The serial port of the VM is tied to a device of the host (nmdm, a terminal or a socket) that is not there or is in use. bhyve leaves before the guest runs.',
  fix: [
    {
      text: 'Load nmdm(4), and end the program that still holds the other side.',
      command: 'kldload nmdm; fuser /dev/nmdm*',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['usr.sbin/bhyve/pci_lpc.c, lpc_init', 'nmdm(4)'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    backend: {
      regex: /Unable to initialize backend '(?<file>[^'\n]{0,120})' for LPC device (?<device>\S{1,40})/,
      literals: ['Unable to initialize backend'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const lines = hits('backend');
    const { file, device } = lines[0]?.groups ?? {};
    return saidOnHost(lines, file === undefined ? {} : { detail: `${device} is tied to ${file}.` });
  },
  examples: {
    fires: [
      {
        name: 'the null modem device is busy',
        files: { 'host/bhyve.log': "Unable to initialize backend '/dev/nmdm-render.1A' for LPC device com1\n" },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a disk that cannot be opened',
        files: {
          'host/bhyve.log': 'bhyve: Could not open backing file: /vm/render/disk0.img: No such file or directory\n',
        },
      },
    ],
  },
});
