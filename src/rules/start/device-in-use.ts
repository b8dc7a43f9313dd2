import { type Claim, defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { hostSubject } from '../lib/hosts.ts';
import { meantDevices } from '../lib/meant.ts';

export default defineRule({
  code: 'device-in-use',
  stage: 'start',
  kind: 'cause',
  severity: 'error',
  title: 'Another VM has the device',
  why:
    'A device belongs to one VM at a time, and stays with it until that VM is destroyed, not only until its guest is shut down. ' +
    'bhyve refuses the second VM with the same words as a device that is not reserved.',
  fix: [
    {
      text: 'See which VMs exist and what they were given.',
      command: 'ls /dev/vmm; ps axww -o pid,command | grep bhyve',
      on: 'host',
    },
    {
      text: 'Shut the other guest down, and destroy its VM if it stays.',
      command: 'bhyvectl --destroy --vm=OTHER',
      on: 'host',
      risk: 'this ends the VM of that name if it runs',
    },
  ],
  references: ['sys/amd64/vmm/io/ppt.c, ppt_assign_device'],
  knowledge: 'source',
  needs: ['bhyve-log', 'vm-config'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED }),
  explains: ['device-assign-failed', 'vm-start-failed'],
  check({ host, hits }) {
    return meantDevices(host, hits('notAssigned')).flatMap(({ bdf, passed, refused, fn }): Claim[] => {
      const names = new Set(passed.flatMap(({ vm }) => vm.name ?? []));
      // A device that is not on ppt is refused for that reason.
      if (refused.length === 0 || names.size < 2 || (fn !== undefined && fn.driver !== 'ppt')) return [];
      return [
        {
          confidence: 'possible',
          subject: hostSubject(host, bdf),
          title: `${bdf} is given to several VMs (${[...names].slice(0, 4).join(', ')}), and one of them may have it`,
          evidence: [...refused, ...passed.map(({ entry }) => entry)],
          decideWith: 'ls /dev/vmm; ps axww -o pid,command | grep bhyve',
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'two VMs with one card',
        files: {
          'host/bhyve.log':
            'bhyve: PCI device at 9/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: Device busy\n',
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="9/0/0"\n',
          'host/games.conf': 'loader="uefi"\ncpu=8\nmemory=16G\npassthru0="9/0/0"\n',
        },
        expect: { confidence: 'possible' },
      },
    ],
    silent: [
      {
        name: 'two VMs with one card of which one runs: nothing was refused',
        files: {
          'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="9/0/0"\n',
          'host/games.conf': 'loader="uefi"\ncpu=8\nmemory=16G\npassthru0="9/0/0"\n',
        },
      },
    ],
  },
});
