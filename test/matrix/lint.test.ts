import { describe, expect, it } from 'vitest';
import { lintEntries } from '../../src/matrix/lint.ts';
import { observationPath } from '../../src/matrix/path.ts';
import type { Observation } from '../../src/model/observation.ts';
import { MATRIX, observation, platformObservation } from './support.ts';

const lint = (...entries: Observation[]): string[] =>
  lintEntries(
    entries.map((entry) => ({ file: observationPath(entry), observation: entry })),
    MATRIX.tables,
  ).map(({ field, message }) => `${field}: ${message}`);

it('has nothing to say about a good entry', () => {
  expect(lint(observation('good-1'), platformObservation('good-2'))).toEqual([]);
});

describe('what it finds', () => {
  it.each<[string, Observation, RegExp]>([
    ['a vendor that does not go with the id', observation('x-1', { gpu: { vendorId: '1002' } }), /^gpu\.vendorId/],
    ['a card the table does not know', observation('x-1', { gpu: { pciId: '10de:ffff' } }), /^gpu\.pciId: .*gpus\.csv/],
    ['another architecture than the table', observation('x-1', { gpu: { architecture: 'Turing' } }), /Pascal/],
    ['another chip than the table', observation('x-1', { gpu: { chip: 'GP102' } }), /^gpu\.chip: .*GP104GL/],
    ['a release that is none', observation('x-1', { host: { release: 'the newest' } }), /^host\.release/],
    ['an unknown patch', observation('x-1', { bhyve: { patch: 'my-patch' } }), /^bhyve\.patch: my-patch/],
    ['a driver version for a branch', observation('x-1', { guest: { branch: '580.65' } }), /^guest\.branch/],
    ['an unknown branch', observation('x-1', { guest: { branch: '999' } }), /^guest\.branch: 999/],
    [
      'a stage that does not fit the outcome',
      observation('x-1', { outcome: 'driver-init-fails', failedStage: 'boot' }),
      /^failedStage: boot goes with guest-wont-boot/,
    ],
    ['a failed stage of a success', observation('x-1', { failedStage: 'init' }), /^failedStage: nothing failed/],
    ['an unknown symptom', observation('x-1', { symptoms: ['gpu-sad'] }), /^symptoms\.0: gpu-sad/],
    ['a symptom said twice', observation('x-1', { symptoms: ['xid', 'xid'] }), /^symptoms\.1: xid stands there twice/],
    ['a relation to itself', observation('x-1', { supersedes: ['x-1'] }), /^supersedes\.0: names the entry itself/],
    ['a relation to nothing', observation('x-1', { confirms: ['x-9'] }), /^confirms\.0: no entry has the id x-9/],
    ['an escape sequence', observation('x-1', { summary: 'red \u001b[31malert' }), /^summary: has control characters/],
    [
      'a text that runs backwards',
      observation('x-1', { host: { hardware: 'a\u202eb' } }),
      /^host\.hardware: has control/,
    ],
  ])('%s', (_, entry, expected) => {
    expect(lint(entry)).toEqual([expect.stringMatching(expected)]);
  });

  it('an id used twice, in the second file', () => {
    const [first, second] = [observation('x-1'), observation('x-1', { gpu: { pciId: null } })];
    expect(lint(first, second)).toEqual(['id: x-1 is already used by observations/10de-1bb3/x-1.json']);
  });
});

describe('what it leaves alone', () => {
  it.each<[string, Observation]>([
    ['a board name of the same chip', observation('x-1', { gpu: { chip: 'GP104GL' } })],
    ['a release without its minor version', observation('x-1', { host: { release: '14.x' } })],
    ['any release of another system', observation('x-1', { host: { os: 'illumos', release: 'joyent_2026' } })],
    ['a failure of unknown stage', observation('x-1', { outcome: 'driver-init-fails' })],
    ['a card without an id', observation('x-1', { gpu: { pciId: null, name: 'Some card' } })],
  ])('%s', (_, entry) => {
    expect(lint(entry)).toEqual([]);
  });
});

it.each([
  [observation('x-1'), 'observations/10de-1bb3/x-1.json'],
  [observation('x-1', { gpu: { pciId: null } }), 'observations/10de-unknown/x-1.json'],
  [observation('x-1', { gpu: { pciId: null, vendorId: null } }), 'observations/unknown/x-1.json'],
  [platformObservation('x-1'), 'observations/platform/x-1.json'],
])('an entry belongs to %#', (entry, path) => {
  expect(observationPath(entry)).toBe(path);
});
