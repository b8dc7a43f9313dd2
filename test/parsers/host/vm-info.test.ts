import { expect, it } from 'vitest';
import parser from '../../../parsers/host/vm-info.ts';

it('reads several guests and keeps the sections in order', () => {
  const text = `------------------------
Virtual Machine: one
------------------------
  state: stopped
  loader: grub
  memory: 512M

  network-interface
    number: 0
    emulation: virtio-net

  virtual-disk
    number: 0
    system-path: -

------------------------
Virtual Machine: two
------------------------
  state: bootloader (99)
  cpu-topology: sockets=1, cores=4
`;
  expect(parser.parse(text).facts).toMatchObject({
    guests: [
      {
        name: 'one',
        state: 'stopped',
        memory: 512 * 2 ** 20,
        sections: [
          { kind: 'network-interface', line: 8, values: { emulation: 'virtio-net' } },
          { kind: 'virtual-disk', line: 12, values: { 'system-path': '-' } },
        ],
      },
      { name: 'two', state: 'bootloader', pid: 99, cpuTopology: 'sockets=1, cores=4', sections: [] },
    ],
  });
});
