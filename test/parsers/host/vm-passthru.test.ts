import { expect, it } from 'vitest';
import parser from '../../../parsers/host/vm-passthru.ts';

it('puts wrapped rows together as the terminal broke them', () => {
  const { devices } = parser.parse(
    'DEVICE     BHYVE ID     READY        DESCRIPTION\nhostb0     0/0/0        No           Some Very Long Name of a Host Bridge, DRAM Registers [Mod\nel X]\nem0        0/31/6       No           Ethernet\n',
  ).facts!;
  expect(devices).toMatchObject([
    { description: 'Some Very Long Name of a Host Bridge, DRAM Registers [Model X]', line: 2 },
    { unitName: 'em0', description: 'Ethernet', line: 4 },
  ]);
});

it('does not take a remark after a short row for a continuation', () => {
  const { devices } = parser.parse('ppt0       5/0/0        Yes          Card\nthat is the one\n').facts!;
  expect(devices).toMatchObject([{ description: 'Card' }]);
});

it('reads misaligned rows and rows without a description', () => {
  const facts = parser.parse(
    'none0       3/0/0        No           Killer\nxhci1  4/0/0  No\nvgapci1    10/0/0       No           -\n',
  ).facts!;
  expect(facts.rowCount).toBe(3);
  expect(facts.devices).toMatchObject([
    { driver: null, unit: 0, bdf: '3/0/0', binding: 'none0 No' },
    { driver: 'xhci', description: null, row: 'xhci1 4/0/0 No' },
    { driver: 'vgapci', description: null, label: 'vgapci1 10/0/0' },
  ]);
});

it('tells an empty table from no table', () => {
  expect(parser.parse('DEVICE     BHYVE ID     READY        DESCRIPTION\n').facts).toMatchObject({
    devices: [],
    rowCount: 0,
  });
  expect(parser.parse('DEVICE list\n').facts).toBeUndefined();
});
