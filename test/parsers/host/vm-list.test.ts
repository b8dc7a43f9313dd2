import { expect, it } from 'vitest';
import parser from '../../../parsers/host/vm-list.ts';

it('reads the verbose table', () => {
  const { guests } = parser.parse(
    'NAME  DATASTORE  LOADER  CPU  MEMORY  VNC           AUTO     %CPU  RSZ    UPTIME    STATE\nweb   fast       uefi    4    8G      0.0.0.0:5900  Yes [2]  12.0  8.1G   1d 02:03  Running (815)\n',
  ).facts!;
  expect(guests).toMatchObject([
    { name: 'web', datastore: 'fast', autoOrder: 2, state: 'running', pid: 815, memory: 8 * 2 ** 30 },
  ]);
});

it('reads rows without a header, all states and tags behind the state', () => {
  const { guests } = parser.parse(
    'a default none 1 256M - No Stopped\nb default grub 2,sockets=1 1G - No Bootloader (77)\nc default uefi-csm 2 1G - No Locked (otherhost)\nd default uefi 2 1G - No Suspended  lab\n',
  ).facts!;
  expect(guests.map(({ state, pid }) => [state, pid])).toEqual([
    ['stopped', undefined],
    ['bootloader', 77],
    ['locked', undefined],
    ['suspended', undefined],
  ]);
});
