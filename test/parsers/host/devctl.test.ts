import { describe, expect, it } from 'vitest';
import devctl from '../../../parsers/host/devctl.ts';

const errors = (...lines: string[]) => devctl.parse(lines.join('\n')).facts?.errors;

describe('errors', () => {
  it.each([
    [
      'devctl: Failed to detach vgapci0: Device busy',
      { action: 'detach', target: 'vgapci0', reason: 'Device busy', errno: 'EBUSY' },
    ],
    [
      'devctl: Failed to set pci0:3:0:0 driver to ppt: No such file or directory',
      { action: 'set driver', target: 'pci0:3:0:0', driver: 'ppt', errno: 'ENOENT' },
    ],
    [
      'devctl: Failed to clear ppt1 driver: Device not configured',
      { action: 'clear driver', target: 'ppt1', errno: 'ENXIO' },
    ],
    ["kldload: can't load vmm: Device not configured", { action: 'load', target: 'vmm', errno: 'ENXIO' }],
    [
      "kldload: can't load nvidia-modeset: module already loaded or in kernel",
      { target: 'nvidia-modeset', errno: 'EEXIST' },
    ],
    [
      'kldload: an error occurred while loading module nvidia. Please check dmesg(8) for more details.',
      { action: 'load', target: 'nvidia', errno: 'ENOEXEC' },
    ],
    ["kldunload: can't unload file: Device busy", { action: 'unload', reason: 'Device busy', errno: 'EBUSY' }],
    ["kldunload: can't find file vmm: No such file or directory", { action: 'unload', target: 'vmm', errno: 'ENOENT' }],
  ])('reads %s', (text, expected) => {
    expect(errors(text)).toMatchObject([{ line: 1, text: text.replace(/^\w+: /, ''), ...expected }]);
  });

  it('keeps an unknown complaint as text', () => {
    expect(errors('', 'devctl: Unknown command frob.')).toEqual([
      { line: 2, tool: 'devctl', text: 'Unknown command frob.' },
    ]);
  });
});

describe('commands', () => {
  it('reads them behind prompts', () => {
    const { commands } = devctl.parse(
      [
        '$ sudo devctl detach -f pci0:1:0:1',
        'root@vmhost:/boot # kldunload vmm if_bridge',
        'echo devctl is a tool',
      ].join('\n'),
    ).facts!;
    expect(commands).toEqual([
      { line: 1, tool: 'devctl', arguments: ['detach', '-f', 'pci0:1:0:1'] },
      { line: 2, tool: 'kldunload', arguments: ['vmm', 'if_bridge'] },
    ]);
  });

  it('does not claim comments of configuration files', () => {
    for (const line of ['# kldload vmm by hand', 'kld_list="vmm"', 'the devctl: tool failed'])
      expect(
        devctl.markers.some((marker) => marker.test(line)),
        line,
      ).toBe(false);
  });
});
