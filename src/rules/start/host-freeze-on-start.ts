import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'host-freeze-on-start',
  stage: 'start',
  kind: 'cause',
  severity: 'error',
  title: 'The host may have frozen when the VM was started',
  why:
    'The log of the VM ends at the start, and the host came up next with a file system that was not dismounted. Hosts were seen to freeze when ' +
    'a VM with a passed device started: with hw.dmar.enable=1, after vmm was reloaded, or when the device shares a bus with a disk.',
  fix: [
    {
      text: 'Take hw.dmar.enable out of loader.conf, if it is there: vmm brings its own IOMMU code.',
      file: { path: '/boot/loader.conf', lines: ['hw.dmar.enable="0"'] },
      on: 'host',
      reboot: 'host',
    },
    {
      text: 'See that the device shares no PCI bridge or slot with disks and network, and use another slot otherwise.',
      command: 'pciconf -lvbBceV',
      on: 'host',
    },
    { text: 'Keep the VM from starting with the host until this is solved.', command: 'sysrc vm_list=""', on: 'host' },
  ],
  references: ['https://github.com/freebsd/vm-bhyve/issues/135', 'https://github.com/pgj/freebsd-wifibox/issues/38'],
  knowledge: 'inferred',
  needs: ['host-log', 'vm-config'],
  patterns: onHost({
    unclean: {
      regex: /WARNING: \S{1,80} was not properly dismounted/,
      literals: ['was not properly dismounted'],
      kinds: ['freebsd-dmesg'],
    },
    dropped: {
      regex:
        /\b(?:nvme|nda|ada|ahcich)\d+: (?:resetting controller|Device disappeared|detached|failing outstanding i\/o|Timeout)/i,
      literals: ['resetting controller', 'isappeared', 'failing outstanding', 'imeout'],
      kinds: ['freebsd-dmesg'],
    },
  }),
  explains: ['vm-start-failed', 'guest-no-output'],
  experiments: [
    {
      command:
        'start the VM once while a serial or IPMI console of the host is watched, with dumpdev="AUTO" in rc.conf',
      on: 'host',
      cost: 'vm-restart',
      why: 'tells a panic from a freeze and from a machine that only lost its network',
      risk: 'the host may go down again: stop what must not be cut off',
      decides: ['host-freeze-on-start', 'host-panic-on-start'],
      outcomes: [
        { if: 'the console shows a panic', then: 'its first line names the reason' },
        {
          if: 'the console stops without a word',
          then: 'the machine froze: suspect the slot, the IOMMU or the reset of the card',
        },
        { if: 'the console answers', then: 'only the network or storage behind the same IOMMU group or slot was lost' },
      ],
    },
  ],
  check({ host, guests, hits }) {
    const open = host.vms.filter(
      ({ passthru, runs }) =>
        passthru.length > 0 && runs !== undefined && runs.length > 0 && runs.at(-1)!.exitStatus === undefined,
    );
    const unclean = [...hits('unclean'), ...hits('dropped')];
    // A guest that printed anything has come further.
    if (open.length === 0 || unclean.length === 0 || guests.some(({ booted }) => booted !== undefined)) return [];
    return [{ confidence: 'possible', evidence: [...open.map(({ runs }) => runs!.at(-1)!), ...unclean] }];
  },
  examples: {
    fires: [
      {
        name: 'the start is the last line, then an unclean boot',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve options: -c 2 -m 4G -AHPw -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd -S -u]\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 4:0,virtio-blk,/dev/zvol/tank/render/disk0 -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n',
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'Trying to mount root from ufs:/dev/nda0p2 [rw]...\n' +
            'WARNING: / was not properly dismounted\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'the VM ran and was stopped',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 19:44:40: bhyve exited with status 1\n',
          'host/dmesg.txt':
            '---<<BOOT>>---\n' +
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'WARNING: / was not properly dismounted\n',
        },
      },
    ],
  },
});
