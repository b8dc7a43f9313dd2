import { defineRule } from '../../model/rule.ts';
import { INIT_ERROR, NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'jail-privilege',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve lacks the rights that passthrough needs (jail or securelevel)',
  why:
    'Passthrough opens /dev/pci for writing and needs driver privileges. A jail has neither by default, and a securelevel above 0 ' +
    'forbids it to everybody. Other VMs run in such a jail, so the jail itself looks fine.',
  fix: [
    { text: 'Run the VM on the host, outside the jail: this needs no change of rights.', on: 'host' },
    {
      text: 'To keep it in a jail: FreeBSD 15.1 and later have the parameter allow.vmm_ppt; the jail also needs securelevel -1 and a devfs ruleset that shows /dev/pci, /dev/vmm* and /dev/vmmctl.',
      file: { path: '/etc/jail.conf', lines: ['allow.vmm;', 'allow.vmm_ppt;', 'securelevel = -1;'] },
      on: 'host',
      risk: 'a jail that may pass devices can reach host hardware; it no longer contains its root user',
    },
    {
      text: 'If no jail is involved, lower the securelevel of the host: take kern_securelevel_enable out of rc.conf and reboot. It cannot be lowered on the running system.',
      command: 'sysctl kern.securelevel security.jail.jailed',
      on: 'host',
      reboot: 'host',
    },
  ],
  references: [
    'security(7), securelevel',
    'https://bugs.freebsd.org/bugzilla/show_bug.cgi?id=251046',
    'FreeBSD 15.1 release notes (allow.vmm_ppt)',
  ],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    device: {
      regex: /failed to open \/dev\/(?<device>pci|io|mem): (?:Operation not permitted|Permission denied)/,
      literals: ['failed to open /dev/'],
    },
    create: {
      regex: /(?:vm_create|vm_open|vm_reinit|\/dev\/vmmctl)[^\n]{0,40}: Operation not permitted/,
      literals: ['vm_create', 'vm_open', 'vm_reinit', '/dev/vmmctl'],
    },
    notAssigned: NOT_ASSIGNED,
    initError: INIT_ERROR,
  }),
  explains: ['device-assign-failed', 'vm-start-failed'],
  experiments: [
    {
      command: 'sysctl security.jail.jailed kern.securelevel; id -u',
      on: 'host',
      cost: 'look',
      why: 'run it where bhyve runs',
      decides: ['jail-privilege'],
      outcomes: [
        { if: 'jailed is 1, or securelevel is above 0', then: 'the right is missing for that reason' },
        { if: 'jailed 0, securelevel -1, and id is not 0', then: 'bhyve was not started as root' },
      ],
    },
  ],
  check({ host, hits }) {
    const refused =
      hits('notAssigned').length > 0
        ? hits('initError').filter(({ groups }) => /^operation not permitted/i.test(groups.errno ?? ''))
        : [];
    const lines = [...hits('device'), ...hits('create'), ...refused];
    if (lines.length === 0) return [];
    const limits = [host.jailed, host.jailSecurelevel, host.securelevel].filter((limit) => limit !== undefined);
    const limiting = [
      ...(host.jailed?.value === true ? [host.jailed] : []),
      ...(host.jailSecurelevel !== undefined && host.jailSecurelevel.value > 0 ? [host.jailSecurelevel] : []),
      ...(host.securelevel !== undefined && host.securelevel.value > 0 ? [host.securelevel] : []),
    ];
    if (limiting.length > 0) return [{ confidence: 'confirmed', evidence: [...lines, ...limiting] }];
    return [
      {
        confidence: limits.length > 0 || hits('device').length === 0 ? 'possible' : 'likely',
        evidence: lines,
        detail:
          'The right is missing; whether because of a jail, a securelevel or an ordinary user the evidence does not show.',
        decideWith: 'sysctl security.jail.jailed kern.securelevel; id -u',
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a jail with securelevel 1',
        files: {
          'host/bhyve.log':
            'bhyve: failed to open /dev/pci: Operation not permitted\nDevice emulation initialization error: Operation not permitted\n',
          'host/jail.conf':
            'guests {\n  host.hostname = guests.lan;\n  path = "/jails/guests";\n  mount.devfs;\n  devfs_ruleset = 30;\n  securelevel = 1;\n  allow.vmm;\n}\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'nothing tells of a jail',
        files: { 'host/bhyve.log': 'bhyve: failed to open /dev/pci: Operation not permitted\n' },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a jail.conf beside a VM that fails for want of wired memory',
        files: {
          'host/bhyve.log': 'bhyve: passthru requires guest memory to be wired\n',
          'host/jail.conf':
            'web {\n  path = "/jails/web";\n  mount.devfs;\n  exec.start = "/bin/sh /etc/rc";\n  securelevel = 2;\n}\n',
        },
      },
    ],
  },
});
