import { describe, expect, it } from 'vitest';
import container from '../../../parsers/container/nvidia-debug-sections.ts';

describe('framed headings', () => {
  it.each(['###', '===', '---', '*****'])('cuts at headings framed by %s', (mark) => {
    const text = `collected for a friend\n\n${mark} uname -a ${mark}\nLinux x\n${mark} PCIe errors ${mark}\n0\n\n${mark} dmesg ${mark}\n`;
    expect(container.recognise(text)).toBe(true);
    expect(container.split(text).sections).toEqual([
      { firstLine: 1, text: 'collected for a friend\n\n' },
      { heading: 'uname -a', firstLine: 4, text: 'Linux x\n' },
      { heading: 'PCIe errors', firstLine: 6, text: '0\n\n' },
    ]);
  });

  it('accepts one heading when the text opens with it', () => {
    expect(container.recognise('\n### nvidia-smi -q ###\nNo devices were found\n')).toBe(true);
    expect(container.recognise('hello\n### nvidia-smi -q ###\nNo devices were found\n')).toBe(false);
  });

  it('cuts only at the mark that frames commands', () => {
    const text = '### lsmod ###\n--- not mine ---\nx\n### /proc/cmdline ###\nro quiet\n';
    expect(container.split(text).sections.map(({ heading }) => heading)).toEqual(['lsmod', '/proc/cmdline']);
  });

  it.each([
    [
      'a log of nvidia-smi',
      '\n==============NVSMI LOG==============\n\nTimestamp : x\n==============NVSMI LOG==============\n',
    ],
    ['boot marks', '---<<BOOT>>---\nCopyright\n---<<BOOT>>---\n'],
    ['rules', '--------------------\nx\n--------------------\n'],
    ['a report with titles in prose', '=== My setup ===\nfoo\n=== What I tried ===\nbar\n'],
    [
      'the dump of PCI directories',
      '=== /sys/bus/pci/devices/0000:00:06.0/ ===\nirq: 0\n=== /sys/bus/pci/devices/0000:00:07.0/ ===\nirq: 0\n',
    ],
    ['uneven frames', '### lsmod\nx\n### dmesg\ny\n'],
  ])('leaves alone: %s', (_, text) => {
    expect(container.recognise(text)).toBe(false);
  });
});
