import { describe, expect, it } from 'vitest';
import { consultMatrix } from '../../src/matrix/consult.ts';
import { findCards } from '../../src/matrix/find-card.ts';
import { renderMatch } from '../../src/report/matrix-verdicts.ts';
import type { Configuration } from '../../src/model/matrix.ts';
import { MATRIX, matrixOf, observation, platformObservation } from './support.ts';

const P4: Configuration = {
  pciId: '10de:1bb3',
  release: '14.4-RELEASE',
  patch: 'stock',
  signature: 'native',
  guestOs: 'Debian 13',
  branch: '580',
  flavour: 'proprietary',
  rom: false,
};
type Changes = Parameters<typeof observation>[1];
const advice = (changes: Changes, yours: Configuration = P4) => {
  const { nearestWorking, caveats } = consultMatrix(matrixOf(observation('x-1', changes)), yours);
  return { steps: nearestWorking!.change.map(({ field, cost, note }) => ({ field, cost, note })), caveats };
};

describe('advice', () => {
  it.each([
    ['D51892', 'rebuild', 'apply D51892 to bhyve: rebuild of one program, no reboot of the host'],
    ['forum-nvidia-patch', 'rebuild', 'vmm.ko, libvmmapi and bhyve from one source'],
    ['vm-bhyve-574', 'vm-restart', 'a vm-bhyve that has vm-bhyve-574'],
  ])('to apply %s says what is rebuilt', (patch, cost, note) => {
    expect(advice({ bhyve: { patch } }).steps).toEqual([
      { field: 'patch', cost, note: expect.stringContaining(note) as string },
    ]);
  });

  it('is to update where a release has the patch in base, not to rebuild', () => {
    const { steps } = advice(
      { bhyve: { patch: 'EN-25:20' }, host: { release: '15.0-RELEASE' } },
      { ...P4, release: '15.0-RELEASE' },
    );
    expect(steps).toEqual([
      { field: 'patch', cost: 'host-reboot', note: '15.0-RELEASE-p1 and later have EN-25:20: update the host' },
    ]);
  });

  it('is never to go back to an older release; that it was older is said', () => {
    const { steps, caveats } = advice({ host: { release: '13.2-RELEASE' } });
    expect(steps).toEqual([]);
    expect(caveats).toContain('it was seen on the older 13.2-RELEASE; whether 14.4-RELEASE does the same is not known');
    expect(advice({ host: { release: '15.0-RELEASE-p1' } }).steps).toEqual([
      { field: 'release', cost: 'host-reboot', note: 'update the host, best to 15.1-RELEASE, the newest of that line' },
    ]);
  });

  it('is never a driver that does not serve the card', () => {
    const { steps, caveats } = advice({ guest: { branch: '595', flavour: 'open' } });
    expect(steps).toEqual([]);
    expect(caveats).toEqual([
      'its driver branch 595 does not serve your card',
      "its driver, NVIDIA's open module, does not drive your card",
    ]);
    expect(advice({ guest: { branch: '535' } }).steps).toEqual([
      { field: 'branch', cost: 'guest-change', note: 'driver branch 535: guest only' },
    ]);
  });

  it('is never a patch that nobody can name', () => {
    const { steps, caveats } = advice({ bhyve: { patch: 'other' } });
    expect(steps).toEqual([]);
    expect(caveats).toContain('it was patched in a way that cannot be repeated from what it tells');
  });

  it('to give a VBIOS warns of that of another card', () => {
    expect(advice({ config: { rom: true } }).steps[0]!.note).toContain('never that of another');
  });

  it('from a card with a small BAR1 does not show that a large one fits', () => {
    const p10 = { ...P4, pciId: '10de:1b39' };
    expect(advice({}, p10).caveats.join()).toMatch(/BAR1 of your card has 32 GiB .* nearest success has 256 MiB/);
    expect(advice({}).caveats).toEqual([]);
    expect(advice({ gpu: { pciId: '10de:1b39', name: 'Tesla P10', chip: 'GP102' } }, p10).caveats).toEqual([]);
  });
});

describe('what was tried with the card', () => {
  const fails = { outcome: 'driver-init-fails', failedStage: 'init' } as const;

  it('is named together where it differs together, the furthest first', () => {
    const { tried } = consultMatrix(
      matrixOf(
        observation('rom', { ...fails, failedStage: 'probe', config: { rom: true } }),
        observation('both', { ...fails, bhyve: { patch: 'D51892' }, guest: { branch: '570' } }),
        observation('patch', { ...fails, bhyve: { patch: 'D51892' } }),
        observation('patch-2', { ...fails, failedStage: 'probe', bhyve: { patch: 'D51892' } }),
      ),
      P4,
    );
    expect(tried.map(({ steps, failedStage, ids }) => [steps.map(({ value }) => value), failedStage, ids])).toEqual([
      [['D51892'], 'init', ['patch', 'patch-2']],
      [['D51892', '570'], 'init', ['both']],
      [['with rom='], 'probe', ['rom']],
    ]);
  });

  it.each<[string, Changes]>([
    ['a success', { bhyve: { patch: 'D51892' } }],
    ['the same configuration', fails],
    ['a neighbouring patch level', { ...fails, host: { release: '14.4-RELEASE-p2' } }],
    ['hearsay', { ...fails, grade: 'second-hand', config: { rom: true } }],
    ['a mistake in the set-up', { outcome: 'vm-wont-start', failedStage: 'config', config: { rom: true } }],
    ['another card', { ...fails, gpu: { pciId: '10de:1b39', name: 'Tesla P10' }, config: { rom: true } }],
  ])('is not %s', (_, changes) => {
    expect(consultMatrix(matrixOf(observation('x-1', changes)), P4).tried).toEqual([]);
  });

  it('of the founding cards is what their owner tried', () => {
    const of = (pciId: string) =>
      consultMatrix(MATRIX, { ...P4, pciId, release: '14.3-RELEASE' }).tried.map(
        ({ steps, failedStage }) => `${steps.map(({ value }) => value).join('+')} ${failedStage}`,
      );
    expect(of('10de:1bb3')[0]).toBe('D51892 init');
    expect(of('10de:1b39')).toEqual(
      expect.arrayContaining(['beckhoff-nvidia-wip boot', 'forum-nvidia-patch+kvm boot']),
    );
  });
});

describe('reports about the host', () => {
  const ids = (...entries: ReturnType<typeof platformObservation>[]) =>
    consultMatrix(matrixOf(...entries), P4).platform.map(({ id }) => id);
  const broken = { outcome: 'vm-wont-start', failedStage: 'start' } as const;

  it('leave out mistakes of one machine and other guest systems', () => {
    expect(
      ids(
        platformObservation('start', broken),
        platformObservation('config', { outcome: 'vm-wont-start', failedStage: 'config' }),
        platformObservation('windows', { ...broken, guest: { os: 'Windows 11', driver: null } }),
      ),
    ).toEqual(['start']);
  });

  it('name those about another device last', () => {
    const device = { pciId: null, vendorId: null, name: 'Wi-Fi' };
    expect(ids(platformObservation('a-wifi', { ...broken, device }), platformObservation('b-host', broken))).toEqual([
      'b-host',
      'a-wifi',
    ]);
  });
});

describe('a card that is asked for', () => {
  const names = (text: string) => findCards(MATRIX, text).map(({ pciId }) => pciId);

  it.each(['10de:1bb3', '10DE:1BB3', '0x1bb310de', 'Tesla P4', 'tesla p4', 'P4', 'NVIDIA Tesla P4'])('%s', (text) => {
    expect(names(text)).toEqual(['10de:1bb3']);
  });

  it.each(['', 'P', 'no such card', '10de:zzzz'])('%j is none', (text) => {
    expect(names(text)).toEqual([]);
  });

  it('may be one of several', () => {
    expect(names('2080').length).toBeGreaterThan(1);
  });
});

it('the text of a match is whole, for a card that nobody reported too', () => {
  const yours: Configuration = { pciId: '10de:2684', name: 'GeForce RTX 4090', vendorId: '10de' };
  const text = renderMatch(yours, consultMatrix(MATRIX, yours), {
    width: 80,
    color: false,
    unicode: true,
    verbose: true,
  });
  expect(text).toMatch(/^ASKED ABOUT\n {2}Card {2}GeForce RTX 4090, 10de:2684\n/);
  expect(text).toContain('NEAREST COMBINATION THAT WORKS');
  expect(text).not.toMatch(/undefined|\[object/);
});
