import { slotOf } from '../../model/bdf.ts';
import type { PassthruEntry, Vm } from '../../model/host.ts';
import { type Claim, defineRule } from '../../model/rule.ts';
import { gpuAt } from '../lib/hosts.ts';

export default defineRule({
  code: 'guest-function-mismatch',
  stage: 'config',
  kind: 'cause',
  severity: 'error',
  title: 'The functions of the card are laid out in the guest so that it cannot find them',
  why:
    'A system looks for functions 1 to 7 of a slot only when function 0 is there. A function passed to a slot without function ' +
    '0 stays unseen, and drivers of cards with several functions expect them in one slot under their own numbers.',
  fix: [
    {
      text: 'Put all functions of the card into one slot, each under the number it has on the host.',
      file: { path: 'NAME.conf', lines: ['passthru0="BUS/SLOT/0=6:0"', 'passthru1="BUS/SLOT/1=6:1"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
    {
      text: 'On the command line of bhyve:',
      command: '-s 6:0,passthru,BUS/SLOT/0 -s 6:1,passthru,BUS/SLOT/1',
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['PCI Local Bus Specification 3.0, 3.2.2.3.4 (multi-function devices)', 'vm(8), passthru'],
  knowledge: 'source',
  needs: ['vm-config'],
  explains: ['gpu-not-enumerated', 'gpu-not-present'],
  check({ host }) {
    return host.vms.flatMap((vm): Claim[] => {
      const subject = vm.name === undefined ? {} : { subject: { vm: vm.name } };
      const unseen = vm.passthru.filter((entry) => isUnseen(vm, entry));
      if (unseen.length > 0) return [{ ...subject, confidence: 'likely', evidence: unseen }];
      const apart = vm.passthru.filter((entry) => isApart(vm, entry));
      if (
        apart.length === 0 ||
        !apart.some(({ hostBdf }) => hostBdf !== undefined && gpuAt(host, hostBdf) !== undefined)
      )
        return [];
      // Graphics and audio of a card mostly work apart; drivers that look for their sibling do not.
      return [
        {
          ...subject,
          kind: 'notice',
          severity: 'info',
          confidence: 'possible',
          title: 'The functions of one card are in different slots of the VM, or under other numbers',
          evidence: apart,
        },
      ];
    });
  },
  examples: {
    fires: [
      {
        name: 'function 1 of a slot that has no function 0',
        files: {
          'host/start.sh':
            'bhyve -c 4 -m 8G -AHP -S -s 0,hostbridge -s 31,lpc -s 4,virtio-blk,/dev/zvol/tank/render \\\n' +
            '  -s 6:1,passthru,9/0/0 -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd render\n',
        },
        expect: { confidence: 'likely', kind: 'cause' },
      },
    ],
    silent: [
      {
        name: 'one slot, own numbers',
        files: {
          'host/start.sh':
            'bhyve -c 4 -m 8G -AHP -S -s 0,hostbridge -s 31,lpc -s 4,virtio-blk,/dev/zvol/tank/render \\\n' +
            '  -s 6:0,passthru,9/0/0 -s 6:1,passthru,9/0/1 -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd render\n',
        },
      },
      {
        name: 'vm-bhyve chooses the slots by itself',
        files: { 'host/render.conf': 'loader="uefi"\ncpu=4\nmemory=16G\npassthru0="9/0/0"\npassthru1="9/0/1"\n' },
      },
    ],
  },
});

/** A function other than 0 in a slot where the VM has no function 0 at all. */
function isUnseen({ guestSlots }: Vm, { guestBus, guestSlot, guestFunction }: PassthruEntry): boolean {
  if (guestSlots === undefined || guestSlot === undefined || guestFunction === undefined || guestFunction === 0)
    return false;
  return !guestSlots.includes(`${guestBus ?? 0}:${guestSlot}:0`);
}

/** A function of a multi-function device that has another slot or number in the guest than its siblings. */
function isApart(vm: Vm, entry: PassthruEntry): boolean {
  const { hostBdf, guestSlot, guestFunction } = entry;
  if (hostBdf === undefined || guestSlot === undefined) return false;
  const siblings = vm.passthru.filter(
    (other) => other.hostBdf !== undefined && slotOf(other.hostBdf) === slotOf(hostBdf),
  );
  if (siblings.length < 2) return false;
  const own = Number(hostBdf.slice(hostBdf.lastIndexOf('/') + 1));
  return (
    (guestFunction ?? 0) !== own ||
    siblings.some((other) => other.guestSlot !== guestSlot || (other.guestBus ?? 0) !== (entry.guestBus ?? 0))
  );
}
