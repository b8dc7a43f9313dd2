import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from '../support/diagnose.ts';

const card = (bus: number, id: string, name: string): string =>
  `ppt${bus}@pci0:${bus}:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x${id} subvendor=0x10de subdevice=0x11d8\n` +
  `    vendor     = 'NVIDIA Corporation'\n    device     = '${name}'\n    class      = display\n    subclass   = 3D\n`;
const HOST = {
  'host/pciconf.txt': card(2, '1bb3', 'GP104GL [Tesla P4]') + card(3, '1eb8', 'TU104GL [Tesla T4]'),
  'host/vm.log':
    'Jul 25 00:15:05:  [bhyve options: -c 4 -m 16G -AHPw -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd -S -u]\n' +
    'Jul 25 00:15:05:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,2/0/0 -s 7:0,passthru,3/0/0]\n' +
    'Jul 25 00:15:05: starting bhyve (run 1)\n',
};
const BOOT =
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@host) (gcc) #41 SMP\n' +
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021\n' +
  '[    0.400001] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200\n' +
  '[    0.400101] pci 0000:00:07.0: [10de:1eb8] type 00 class 0x030200\n' +
  '[    3.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 02:18:28 UTC 2025\n';

describe('a verdict for each card', () => {
  it('keeps the failure of one card away from the other', () => {
    const { cards } = diagnoseTexts({
      ...HOST,
      'guest/vm/dmesg.txt': `${BOOT}[   55.100001] NVRM: Xid (PCI:0000:00:07): 79, pid=77, name=train, GPU has fallen off the bus.\n`,
    });
    expect(cards.map(({ hostBdf, guestBdf, causes }) => [hostBdf, guestBdf, causes.map(({ code }) => code)])).toEqual([
      ['2/0/0', '0000:00:06.0', []],
      ['3/0/0', '0000:00:07.0', ['gpu-fell-off-bus']],
    ]);
    expect(cards[1]!.failedAt).toBe('run');
    expect(cards[0]!.failedAt).toBeUndefined();
  });

  it('counts what stops the whole VM against both', () => {
    const { cards } = diagnoseTexts({
      ...HOST,
      'host/bhyve.log': 'bhyve: passthru requires guest memory to be wired\n',
    });
    expect(cards.map(({ outcome }) => outcome)).toEqual(['vm-wont-start', 'vm-wont-start']);
  });

  it('does not change the findings of the report', () => {
    const report = diagnoseTexts({
      ...HOST,
      'guest/vm/dmesg.txt': `${BOOT}[   55.100001] NVRM: Xid (PCI:0000:00:07): 79, pid=77, name=train, GPU has fallen off the bus.\n`,
    });
    expect(report.findings.find(({ code, state }) => code === 'gpu-fell-off-bus' && state === 'present')?.role).toBe(
      'root',
    );
  });

  it('does not lay the log of one VM to the card of another', () => {
    const conf = (passthru: string): string =>
      `loader="uefi"\ncpu=2\nmemory=8G\nbhyve_options="-S"\npassthru0="${passthru}"\n`;
    const { cards } = diagnoseTexts({
      'host/pciconf.txt': HOST['host/pciconf.txt'],
      'host/vm/first/first.conf': conf('2/0/0=6:0'),
      'host/vm/second/second.conf': conf('3/0/0=7:0'),
      'guest/second/dmesg.txt': `${BOOT}[   55.100001] NVRM: Xid (PCI:0000:00:07): 79, pid=77, name=train, GPU has fallen off the bus.\n`,
    });
    const shown = cards.map(({ hostBdf, vm, guest, failedAt }) => [hostBdf, vm, guest, failedAt]);
    expect(shown.slice(0, 2)).toEqual([
      ['2/0/0', 'first', undefined, undefined],
      ['3/0/0', 'second', 'second', 'run'],
    ]);
  });

  it('is silent about a single card', () => {
    expect(diagnoseTexts({ 'host/pciconf.txt': card(2, '1bb3', 'GP104GL [Tesla P4]') }).cards).toEqual([]);
  });

  describe('whose guest shows no more than what the driver says', () => {
    const irq = (slot: number): string =>
      `[    2.683654] NVRM: Can't find an IRQ for your NVIDIA card!\n[    2.690646] nvidia: probe of 0000:00:0${slot}.0 failed with error -1\n`;
    const files = (passed: readonly string[], log: string) => ({
      'host/pciconf.txt': HOST['host/pciconf.txt'],
      'host/vm/first/first.conf': `loader="uefi"\ncpu=2\nmemory=8G\n${passed.map((entry, i) => `passthru${i}="${entry}"\n`).join('')}`,
      'guest/first/dmesg.txt': log,
    });

    it('is one card when one is given and one is seen', () => {
      expect(diagnoseTexts(files(['2/0/0'], irq(6))).cards).toEqual([]);
    });

    it('is not taken for one of two, nor for one that has another place', () => {
      const addresses = (report: ReturnType<typeof diagnoseTexts>) =>
        report.cards.map(({ hostBdf, guestBdf }) => [hostBdf, guestBdf]);
      const two = [
        ['2/0/0', undefined],
        ['3/0/0', undefined],
        [undefined, '0000:00:06.0'],
      ];
      expect(addresses(diagnoseTexts(files(['2/0/0', '3/0/0'], irq(6))))).toEqual(two);
      expect(addresses(diagnoseTexts(files(['2/0/0=7:0'], irq(6))))).toEqual([two[0], two[2]]);
    });
  });
});
