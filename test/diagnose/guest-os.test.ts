import { describe, expect, it } from 'vitest';
import { diagnoseTexts } from '../support/diagnose.ts';

const FREEBSD =
  'FreeBSD 14.1-RELEASE-p5 releng/14.1-n267679 GENERIC amd64\n' +
  'vgapci0: <VGA-compatible display> mem 0xf6000000-0xf6ffffff irq 16 at device 0.0 on pci1\n' +
  'nvidia0: <NVIDIA GeForce GTX 1060 6GB> on vgapci0\n';
const failure = 'NVRM: GPU 0000:01:00.0: RmInitAdapter failed! (0x26:0xffff:1477)\n';

describe('the system of a guest', () => {
  const systemOf = (files: Record<string, string>) => diagnoseTexts(files).overview.guest?.os;

  it.each([
    ['what only the driver said', failure],
    ['the driver in syslog', `Sep 10 07:04:49 desk kernel: ${failure}`],
  ])('is Linux for want of anything else, but not below the log of a FreeBSD machine: %s', (_, lines) => {
    expect(systemOf({ 'paste.txt': lines })).toBe('linux');
    expect(systemOf({ 'paste.txt': FREEBSD + lines })).toBeUndefined();
  });

  it.each([
    ['seconds since boot', `[    4.871120] ${failure}`],
    ['the same behind the prefix of syslog', `Sep 10 07:04:49 desk kernel: [    4.871120] ${failure}`],
    ['another message of Linux', `pci 0000:01:00.0: [10de:1c03] type 00 class 0x030000\n${failure}`],
  ])('is Linux beside a FreeBSD host where the log shows it: %s', (_, lines) => {
    expect(systemOf({ 'host.txt': FREEBSD, 'guest.txt': lines })).toBe('linux');
  });

  it('is FreeBSD where the input says that the log is of a guest', () => {
    expect(systemOf({ 'guest/vm/dmesg.txt': FREEBSD + failure })).toBe('freebsd');
  });

  it('decides whose package manager a fix names, and none where it is not shown', () => {
    const legacy =
      'NVRM: The NVIDIA Tesla P40 GPU installed in this system is\nNVRM:  supported through the NVIDIA 580.xx Legacy drivers. Please\n';
    const commandOf = (files: Record<string, string>) =>
      diagnoseTexts(files).findings.find(({ code }) => code === 'legacy-branch-required')?.fix?.[0]?.command;
    expect(commandOf({ 'paste.txt': legacy })).toMatch(/^apt-get install nvidia-driver-580 /);
    expect(commandOf({ 'guest/vm/dmesg.txt': FREEBSD + legacy })).toMatch(/^pkg install nvidia-driver-580 /);
    expect(commandOf({ 'paste.txt': FREEBSD + legacy })).toBeUndefined();
  });
});
