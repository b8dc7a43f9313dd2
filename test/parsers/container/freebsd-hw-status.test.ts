import { describe, expect, it } from 'vitest';
import container from '../../../parsers/container/freebsd-hw-status.ts';
import kldstat from '../../../parsers/host/kldstat.ts';
import pciconf from '../../../parsers/host/pciconf.ts';

const REPORT = [
  '=== FreeBSD Hardware Status Info ===',
  '',
  'Running: FreeBSD 15.0-RELEASE-p4 GENERIC',
  'Hardware: Example Workstation 17',
  '------------------------------------',
  '',
  '- Graphics',
  '  Device 1 Status: WORKS',
  '    ppt0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x2484 subvendor=0x1462 subdevice=0x3903',
  "        vendor     = 'NVIDIA Corporation'",
  "        device     = 'GA104 [GeForce RTX 3070]'",
  '        class      = display',
  '        subclass   = VGA',
  '',
  '  Category Total Score: 2/2',
  '',
  '--------------------',
  '',
  '- Networking',
  '  Device 1 Status: DETECTED',
  '    igb0@pci0:5:0:0:\tclass=0x020000 rev=0x03 hdr=0x00 vendor=0x8086 device=0x1533 subvendor=0x1462 subdevice=0x7c35',
  "        device     = 'I210 Gigabit Network Connection'",
  '',
  '- Bluetooth',
  '  Status: NOT DETECTED',
  '',
  '=== FreeBSD Detailed Status Info ==',
  '',
  'Currently loaded kernel modules:',
  'vmm.ko',
  'zfs.ko',
  '====================================',
  '',
  '- CPU Info',
  'Model name:              AMD Ryzen 7 5800X 8-Core Processor',
  '',
];
const { sections } = container.split(REPORT.join('\n'));

describe('recognise', () => {
  it('knows the title, indented or not', () => {
    expect(container.recognise(REPORT.join('\n'))).toBe(true);
    expect(container.recognise(REPORT.map((line) => `    ${line}`).join('\n'))).toBe(true);
    expect(container.recognise(REPORT.slice(26).join('\n'))).toBe(true);
  });
  it('leaves other files alone', () => {
    expect(container.recognise(REPORT.slice(6, 20).join('\n'))).toBe(false);
    expect(container.recognise('my FreeBSD Hardware Status Info is below\n')).toBe(false);
  });
});

describe('split', () => {
  it('gives one section a kind, with true line numbers', () => {
    expect(sections.map(({ kind, firstLine, heading }) => [kind, firstLine, heading])).toEqual([
      ['hw-status-summary', 1, '=== FreeBSD Hardware Status Info ==='],
      ['pciconf', 7, '- Graphics'],
      ['kldstat', 29, 'Currently loaded kernel modules:'],
      ['hw-status-summary', 34, '- CPU Info'],
    ]);
    for (const { firstLine, text } of sections) {
      expect(text.split('\n')[0]).toBe(REPORT[firstLine - 1]);
    }
  });

  it('gives sections that their parsers read', () => {
    const devices = pciconf.parse(sections[1]!.text).facts!.devices;
    expect(devices.map(({ unitName, deviceName, line }) => [unitName, deviceName, line])).toEqual([
      ['ppt0', 'GA104 [GeForce RTX 3070]', 3],
      ['igb0', 'I210 Gigabit Network Connection', 15],
    ]);
    expect(kldstat.parse(sections[2]!.text).facts!.names).toEqual(['vmm.ko', 'zfs.ko']);
  });

  it('keeps parts it does not know as sections without kind', () => {
    const { sections: parts } = container.split(
      ['=== FreeBSD Hardware Status Info ===', 'Running: x', '=== FreeBSD Wi-Fi connection info ===', 'ssid "x"'].join(
        '\n',
      ),
    );
    expect(parts.map(({ kind, firstLine }) => [kind, firstLine])).toEqual([
      ['hw-status-summary', 1],
      [undefined, 3],
    ]);
  });

  it('gives nothing for text without a part', () => {
    expect(container.split('').sections).toEqual([]);
    expect(container.split('hello\nworld\n').sections).toEqual([]);
  });
});
