import { describe, expect, it } from 'vitest';
import { consultMatrix } from '../../src/matrix/consult.ts';
import type { Configuration } from '../../src/model/matrix.ts';
import { MATRIX, matrixOf, observation, platformObservation } from './support.ts';

const P4: Configuration = {
  pciId: '10de:1bb3',
  release: '14.4-RELEASE',
  patch: 'stock',
  signature: 'native',
  guestOs: 'Ubuntu 24.04',
  branch: '580',
  flavour: 'proprietary',
  rom: false,
};
const fails = { outcome: 'driver-init-fails', failedStage: 'init' } as const;

describe('matches', () => {
  it('are 0 away when nothing known differs, another Linux included', () => {
    const [match] = consultMatrix(matrixOf(observation('x-1')), P4).matches;
    expect(match).toEqual({
      id: 'x-1',
      outcome: 'works',
      grade: 'evidenced',
      distance: 0,
      card: 'same-card',
      differsIn: [],
      notRecorded: [],
      why: expect.stringMatching(/^same card, same guest system, .*same FreeBSD release/) as string,
    });
  });

  it('say what differs, in the words of both', () => {
    const theirs = observation('x-1', {
      host: { release: '14.3-RELEASE' },
      bhyve: { patch: 'D51892' },
      config: { rom: true },
    });
    const [match] = consultMatrix(matrixOf(theirs), P4).matches;
    expect(match!.differsIn).toEqual([
      { field: 'patch', yours: 'stock', theirs: 'D51892' },
      { field: 'release', yours: '14.4-RELEASE', theirs: '14.3-RELEASE' },
      { field: 'rom', yours: 'no rom=', theirs: 'with rom=' },
    ]);
    expect(match!.why).toMatch(/differs in patch state, FreeBSD release, use of rom=$/);
  });

  it('count a value the report does not tell a little, and one you do not know not at all', () => {
    const silent = observation('silent', { bhyve: { patch: 'unknown' } });
    const different = observation('different', { bhyve: { patch: 'D51892' } });
    const { matches } = consultMatrix(matrixOf(silent, different, observation('same')), P4);
    expect(matches.map(({ id }) => id)).toEqual(['same', 'silent', 'different']);
    expect(matches[1]!.notRecorded).toEqual(['patch']);
    expect(matches[1]!.distance).toBeGreaterThan(0);
    const unasked = consultMatrix(matrixOf(silent, different), { ...P4, patch: undefined }).matches;
    expect(unasked.map(({ distance }) => distance)).toEqual([0, 0]);
  });

  it('prefer the same card with another guest to another card of the vendor', () => {
    const guest = observation('guest', { guest: { os: 'Windows 11' } });
    const card = observation('card', {
      gpu: { pciId: '10de:1eb8', name: 'Tesla T4', chip: 'TU104', architecture: 'Turing' },
    });
    expect(consultMatrix(matrixOf(card, guest), P4).matches.map(({ id }) => id)).toEqual(['guest', 'card']);
  });

  it('among equals name the better proven first', () => {
    const matrix = matrixOf(
      observation('a', { grade: 'second-hand' }),
      observation('b', { grade: 'reported' }),
      observation('c'),
    );
    expect(consultMatrix(matrix, P4).matches.map(({ id }) => id)).toEqual(['c', 'b', 'a']);
  });

  it('treat a stock build of a release that has the patch in base like the patch', () => {
    const theirs = observation('x-1', { host: { release: '15.0-RELEASE' }, bhyve: { patch: 'EN-25:20' } });
    const of = (release: string) =>
      consultMatrix(matrixOf(theirs), { ...P4, release }).matches[0]!.differsIn.map(({ field }) => field);
    expect(of('15.0-RELEASE-p1')).not.toContain('patch');
    expect(of('15.0-RELEASE')).toContain('patch');
  });

  it('leave out what was replaced or withdrawn', () => {
    const matrix = matrixOf(
      observation('old'),
      observation('new', { supersedes: ['old'] }),
      observation('wrong', { withdrawn: 'It was another card.' }),
      observation('hidden', { supersedes: ['new'], withdrawn: 'Never mind.' }),
    );
    expect(consultMatrix(matrix, P4).matches.map(({ id }) => id)).toEqual(['new']);
  });

  it('are never reports from other systems; those are listed apart, marked', () => {
    const elsewhere = observation('x-1', { host: { os: 'SmartOS (illumos)', release: '14.4-RELEASE' } });
    const far = observation('x-2', {
      host: { os: 'SmartOS (illumos)' },
      gpu: { pciId: '1002:7590', vendorId: '1002', architecture: 'RDNA 4', chip: 'Navi 44' },
    });
    const answer = consultMatrix(matrixOf(elsewhere, far), P4);
    expect(answer).toMatchObject({ verdict: 'unknown', matches: [], nearestWorking: null });
    expect(answer.elsewhere.map(({ id, os }) => [id, os])).toEqual([['x-1', 'SmartOS (illumos)']]);
  });

  it('are as many as asked for', () => {
    expect(consultMatrix(MATRIX, P4, 3).matches.length).toBe(3);
    expect(consultMatrix(MATRIX, P4).matches.length).toBe(10);
  });
});

describe('verdict', () => {
  const verdict = (...entries: ReturnType<typeof observation>[]) => {
    const { verdict: word, confidence, because } = consultMatrix(matrixOf(...entries), P4);
    return { word, confidence, because };
  };

  it('is known-good when reports of this combination work', () => {
    expect(verdict(observation('x-1'))).toMatchObject({ word: 'known-good', confidence: 'likely' });
    expect(verdict(observation('x-1')).because).toContain('1 working (x-1)');
  });

  it('is known-bad when they fail', () => {
    expect(verdict(observation('x-1', fails))).toMatchObject({ word: 'known-bad', confidence: 'likely' });
  });

  it('is conflict when they disagree, or work only with faults', () => {
    expect(verdict(observation('x-1'), observation('x-2', fails)).word).toBe('conflict');
    const faulty = observation('x-2', { outcome: 'works-with-faults', failedStage: 'run' });
    expect(verdict(faulty).word).toBe('conflict');
    expect(verdict(faulty, observation('x-1')).word).toBe('known-good');
  });

  it('grows surer with independent reports and with output to show', () => {
    const by = (id: string, reporter: string, grade: 'reported' | 'evidenced') => observation(id, { reporter, grade });
    expect(verdict(by('x-1', 'ann', 'reported')).confidence).toBe('possible');
    expect(verdict(by('x-1', 'ann', 'reported'), by('x-2', 'ann', 'reported')).confidence).toBe('possible');
    expect(verdict(by('x-1', 'ann', 'reported'), by('x-2', 'bob', 'reported')).confidence).toBe('likely');
    expect(verdict(by('x-1', 'ann', 'evidenced'), by('x-2', 'ann', 'evidenced')).confidence).toBe('likely');
    expect(verdict(by('x-1', 'ann', 'evidenced'), by('x-2', 'bob', 'reported')).confidence).toBe('confirmed');
  });

  it.each([
    ['hearsay', observation('x-1', { grade: 'second-hand' })],
    ['a report without a clear outcome', observation('x-1', { outcome: 'untested' })],
    ['a mistake in the set-up', observation('x-1', { outcome: 'vm-wont-start', failedStage: 'config' })],
    ['another guest system', observation('x-1', { guest: { os: 'Windows 11' } })],
    ['another patch state', observation('x-1', { bhyve: { patch: 'D51892' } })],
    ['another major release', observation('x-1', { host: { release: '15.1-RELEASE' } })],
    ['QEMU', observation('x-1', { bhyve: { userland: 'qemu' } })],
    ['another card of the chip', observation('x-1', { gpu: { pciId: '10de:1bb1', name: 'Quadro P4000' } })],
  ])('does not follow from %s', (_, entry) => {
    expect(verdict(entry)).toMatchObject({ word: 'unknown', confidence: undefined });
  });

  it('follows from a neighbouring release and branch', () => {
    expect(verdict(observation('x-1', { host: { release: '14.3-RELEASE-p2' }, guest: { branch: '575' } })).word).toBe(
      'known-good',
    );
  });

  it('without a card is unknown and names no match', () => {
    expect(consultMatrix(MATRIX, { release: '14.4-RELEASE', guestOs: 'Linux' })).toMatchObject({
      verdict: 'unknown',
      because: 'the card is not known',
      matches: [],
      nearestWorking: null,
    });
  });
});

describe('nearest working', () => {
  it('lists the changes, cheapest first, and what they take', () => {
    const theirs = observation('x-1', {
      gpu: { pciId: '10de:1eb8', name: 'Tesla T4', chip: 'TU104', architecture: 'Turing' },
      host: { release: '15.1-RELEASE' },
      bhyve: { patch: 'D51892', signature: 'kvm' },
      guest: { os: 'Windows 11', branch: '610', flavour: 'open' },
      config: { rom: true },
    });
    const { nearestWorking } = consultMatrix(matrixOf(theirs), P4);
    expect(nearestWorking!.change.map(({ field, from, to, cost }) => [field, from, to, cost])).toEqual([
      ['guest', 'Ubuntu 24.04', 'Windows 11', 'guest-change'],
      ['rom', 'no rom=', 'with rom=', 'vm-restart'],
      ['release', '14.4-RELEASE', '15.1-RELEASE', 'host-reboot'],
      ['patch', 'stock', 'D51892', 'rebuild'],
      ['signature', 'native', 'kvm', 'rebuild'],
      ['gpu', 'Tesla P4 (10de:1bb3)', 'Tesla T4 (10de:1eb8)', 'hardware'],
    ]);
  });

  it('asks for no change when yours is the one that works', () => {
    const answer = consultMatrix(matrixOf(observation('x-1', { host: { release: '14.4-RELEASE-p2' } })), P4);
    expect(answer.nearestWorking).toMatchObject({ id: 'x-1', change: [] });
    expect(answer.caveats).toEqual([]);
  });

  it('does not take faults, failures or untried cards for working', () => {
    const matrix = matrixOf(
      observation('faults', { outcome: 'works-with-faults', failedStage: 'run' }),
      observation('fails', fails),
      observation('untested', { outcome: 'untested' }),
    );
    expect(consultMatrix(matrix, P4)).toMatchObject({
      nearestWorking: null,
      caveats: ['no report of a working card is known'],
    });
  });

  it('prefers a proven success to nearer hearsay', () => {
    const hearsay = observation('hearsay', { grade: 'second-hand', bhyve: { patch: 'D51892' } });
    const proven = observation('proven', { guest: { os: 'Windows 11' } });
    expect(consultMatrix(matrixOf(hearsay, proven), P4).nearestWorking!.id).toBe('proven');
    expect(consultMatrix(matrixOf(hearsay), P4).caveats).toContain('the nearest success is hearsay');
  });
});

describe('reports about the host', () => {
  const broken = platformObservation('x-1', { host: { release: '15.0-RELEASE', cpuVendor: null }, outcome: 'unknown' });
  const ids = (configuration: Configuration): string[] =>
    consultMatrix(matrixOf(broken), configuration).platform.map(({ id }) => id);

  it('go with the same release, not with a repaired build of it', () => {
    expect(ids({ release: '15.0-RELEASE' })).toEqual(['x-1']);
    expect(ids({ release: '15.0-ALPHA2' })).toEqual(['x-1']);
    expect(ids({ release: '15.0-RELEASE-p1' })).toEqual([]);
    expect(ids({ release: '14.4-RELEASE' })).toEqual([]);
    expect(ids({})).toEqual([]);
  });

  it('go with the same make of CPU', () => {
    const amd = matrixOf(platformObservation('x-1', { host: { cpuVendor: 'amd' }, outcome: 'unknown' }));
    const has = (cpuVendor?: 'intel' | 'amd') => consultMatrix(amd, { ...P4, cpuVendor }).platform.length;
    expect([has('intel'), has('amd'), has()]).toEqual([0, 1, 1]);
  });
});

describe('the founding cases', () => {
  const onAlpha = { ...P4, release: '15.0-ALPHA2' };

  it('Tesla P4, stock bhyve: known bad, the very report, the patched one next', () => {
    const answer = consultMatrix(MATRIX, onAlpha);
    expect(answer).toMatchObject({ verdict: 'known-bad', confidence: 'likely' });
    expect(answer.matches.slice(0, 2).map(({ id, distance }) => [id, distance])).toEqual([
      ['ca-p4-05', 0],
      ['ca-p4-06', 3],
    ]);
    expect(answer.platform.map(({ id }) => id)).toContain('plat-en2520');
  });

  it('Tesla P4 with the pin patch: known bad on both releases', () => {
    for (const [release, id] of [
      ['15.0-ALPHA2', 'ca-p4-06'],
      ['14.3-RELEASE-p2', 'ca-p4-04'],
    ]) {
      const answer = consultMatrix(MATRIX, { ...P4, release: release!, patch: 'D51892' });
      expect(answer.verdict).toBe('known-bad');
      expect(answer.matches[0]!.id).toBe(id);
    }
  });

  it.each([
    ['Tesla P4', '10de:1bb3', 'GP104'],
    ['Tesla P10', '10de:1b39', 'GP102'],
  ])('%s: nearest is NVIDIA with Windows and rom=, and nothing is pretended', (name, pciId, chip) => {
    const { nearestWorking, alternatives, caveats } = consultMatrix(MATRIX, { ...onAlpha, pciId });
    expect(nearestWorking).toMatchObject({ id: 'ptn-t400-01', card: 'same-vendor', grade: 'reported' });
    expect(nearestWorking!.change.map(({ field, to }) => [field, to])).toEqual([
      ['guest', 'Windows'],
      ['rom', 'with rom='],
      ['gpu', 'T400'],
    ]);
    expect(nearestWorking!.notRecorded).toEqual(['patch', 'release', 'signature']);
    expect(caveats).toEqual([
      `nobody reports a working ${name}, nor any card with the chip ${chip}, nor any Pascal card`,
      'no NVIDIA card is known to work with a Linux guest under bhyve',
      'that the other steps would help with your own card is not shown',
      'the nearest success does not tell: patch state, FreeBSD release, hypervisor signature',
      ...(pciId === '10de:1b39'
        ? [expect.stringMatching(/^BAR1 of your card has 32 GiB .* is not told: /) as string]
        : []),
    ]);
    const [qemu, amd] = alternatives;
    expect(qemu).toMatchObject({ id: 'mm-2080ti-05' });
    expect(qemu!.change).toContainEqual(
      expect.objectContaining({ field: 'userland', to: 'qemu', note: expect.stringContaining('QEMU') as string }),
    );
    expect(amd).toMatchObject({ id: 'sig-9060xt-01', card: 'other-vendor' });
  });

  it('Tesla P10: known bad, and a mistake with -S is not what counts', () => {
    const answer = consultMatrix(MATRIX, { ...P4, pciId: '10de:1b39', release: '14.3-RELEASE' });
    expect(answer.verdict).toBe('known-bad');
    expect(answer.because).toContain('2 failing (ca-p10-01, ca-p10-08)');
  });

  it('Radeon RX 6900 XT with Windows: known good, by its own report', () => {
    const answer = consultMatrix(MATRIX, {
      pciId: '1002:73af',
      release: '14.3-RELEASE-p2',
      patch: 'stock',
      guestOs: 'Windows 10',
    });
    expect(answer).toMatchObject({ verdict: 'known-good', nearestWorking: { id: 'xy-6900-02', change: [] } });
    expect(answer.matches.map(({ id }) => id)).not.toContain('xy-6900-01');
  });

  it('a card the report knows by name only is found by its id', () => {
    expect(consultMatrix(MATRIX, { pciId: '10de:2684', guestOs: 'Windows 11', rom: true })).toMatchObject({
      verdict: 'known-good',
      nearestWorking: { id: 'ptn-4090-01', card: 'same-model', change: [] },
    });
  });
});
