import { expect, it } from 'vitest';
import parser from '../../../parsers/host/vm-bhyve-log.ts';

const read = (text: string) => parser.parse(text).facts!;

it('keeps restarts of one guest apart, the configuration carried over', () => {
  const text = `May 04 08:00:00: initialising
May 04 08:00:00:  [loader: uefi]
May 04 08:00:00:  [debug mode: yes]
May 04 08:00:00:  [bhyve options: -c 2 -m 4G -AHPw -S]
May 04 08:00:00:  [bhyve devices: -s 0,hostbridge -s 6:0,passthru,9/0/0]
May 04 08:00:00:  [bhyve console: -l com1,/dev/nmdm-my-vm.1A]
May 04 08:00:00: starting bhyve (run 1)
May 04 08:30:00: bhyve exited with status 0
May 04 08:30:00: restarting
May 04 08:30:00:  [bhyve options: -c 2 -m 4G -AHPw -S]
May 04 08:30:00:  [bhyve devices: -s 0,hostbridge -s 6:0,passthru,9/0/0]
May 04 08:30:00: starting bhyve (run 2)
May 04 08:30:01: bhyve exited with status 134
May 04 08:30:01: stopped
`;
  expect(read(text).runs).toMatchObject([
    {
      line: 1,
      number: 1,
      exitStatus: 0,
      exit: { line: 8 },
      name: 'my-vm',
      loader: 'uefi',
      debug: true,
      stopped: false,
    },
    {
      line: 10,
      lastLine: 14,
      number: 2,
      exitStatus: 134,
      loader: 'uefi',
      debug: true,
      stopped: true,
      command: { passthru: [{ line: 11 }] },
    },
  ]);
});

it('keeps a start that fails before bhyve', () => {
  const facts = read(
    '2026-01-02T03:04:05Z: initialising\n2026-01-02T03:04:05Z: warning; no unrestricted guest support. reducing vcpu count to 1\n2026-01-02T03:04:05Z: fatal; pci passthrough not supported on this system (no VT-d or amdvi)\n',
  );
  expect(facts.runs).toMatchObject([{ started: false, stopped: false }]);
  expect(facts.runs[0]!.exitStatus).toBeUndefined();
  expect(facts.fatal).toEqual([{ line: 3, text: 'pci passthrough not supported on this system (no VT-d or amdvi)' }]);
  expect(facts.warnings).toMatchObject([{ line: 2 }]);
});

it('joins an option list that the page wrapped', () => {
  const facts = read(
    'May  4 08:00:00:  [bhyve devices: -s 0,hostbridge -s 4:0,virtio-blk,/dev/zvol/ta\nnk/disk0 -s 6:0,passthru,9/0/0]\nMay  4 08:00:00: starting bhyve (run 1)\n',
  );
  expect(facts.runs[0]!.command!.slots.map(({ config }) => config)).toEqual([
    undefined,
    '/dev/zvol/tank/disk0',
    '9/0/0',
  ]);
  expect(facts.runs[0]).toMatchObject({ started: true, command: { wired: false } });
});

it('reads an excerpt without times', () => {
  expect(read('[bhyve options: -c 1 -m 2G -AHP -S]\n[bhyve devices: -s 5:0,passthru,9:0:0]\n').runs).toMatchObject([
    { started: false, command: { wired: true, passthru: [{ selector: '9:0:0' }] } },
  ]);
});

it('makes no runs of lines about networks', () => {
  expect(read('May 04 08:00:00: generated static mac 58:9c:fc:00:00:01\n').runs).toEqual([]);
});
