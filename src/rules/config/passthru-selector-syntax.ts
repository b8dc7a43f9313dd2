import { defineRule, type Claim } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'passthru-selector-syntax',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  title: 'The host device in the VM configuration is written in a form that bhyve does not take',
  why:
    'bhyve takes the device as bus/slot/function in decimal digits; newer releases also as pci0:bus:slot:function or pptN. Other ' +
    'spellings stop it, or name another device than was meant. Only PCI domain 0 can be passed.',
  fix: [
    {
      text: 'Write the address with slashes: pci0:10:0:0 of pciconf is 10/0/0. In vm-bhyve:',
      file: { path: 'NAME.conf', lines: ['passthru0="10/0/0"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
    { text: 'On the command line of bhyve:', command: '-s 6:0,passthru,10/0/0', on: 'host', reboot: 'vm-restart' },
  ],
  references: ['usr.sbin/bhyve/pci_passthru.c, passthru_legacy_config', 'bhyve(8), passthru', 'vm(8), passthru'],
  knowledge: 'source',
  needs: [],
  needsAny: ['vm-config', 'bhyve-log'],
  patterns: onHost({
    options: {
      regex: /(?:passthru: invalid options "(?<selector>[^"]{0,80})"|invalid passthru options)/,
      literals: ['passthru: invalid options', 'invalid passthru options'],
    },
    setting: { regex: /passthru: missing required (?:bus|slot|func)/, literals: ['passthru: missing required'] },
    name: {
      regex:
        /(?:Passthru device (?<device>\S{1,60}) (?:not found|on unsupported domain)|(?:Invalid passthru|Passthru) device name \S{1,80})/,
      literals: ['Passthru device', 'Invalid passthru device name'],
    },
  }),
  explains: ['vm-start-failed', 'device-assign-failed'],
  check({ host, hits }) {
    const lines = [...hits('options'), ...hits('setting'), ...hits('name')];
    const wrong = host.vms.flatMap((vm) =>
      vm.passthru.filter(({ problem }) => problem !== undefined).map((entry) => ({ vm, entry })),
    );
    if (lines.length > 0)
      return [{ confidence: 'confirmed', evidence: [...lines, ...wrong.map(({ entry }) => entry)] }];
    return wrong.map(({ vm, entry }): Claim => ({
      confidence: 'likely',
      ...(vm.name !== undefined && { subject: { vm: vm.name } }),
      detail: `"${entry.raw.slice(0, 60)}": ${entry.problem!}.`,
      evidence: [entry],
      // With an address that bhyve can read the VM starts; it may get another device than meant.
      ...(entry.hostBdf === undefined ? {} : { severity: 'warning' }),
    }));
  },
  examples: {
    fires: [
      {
        name: 'bhyve refuses the spelling of Linux',
        files: {
          'host/bhyve.log':
            'bhyve: passthru: invalid options "0a:00.0"\nDevice emulation initialization error: Invalid argument\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'colons in the configuration of vm-bhyve',
        files: { 'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="10:0:0"\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the forms that are taken',
        files: { 'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="10/0/0"\npassthru1="10/0/1=6:1"\n' },
      },
    ],
  },
});
