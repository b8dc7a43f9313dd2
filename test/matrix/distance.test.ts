import { describe, expect, it } from 'vitest';
import { cardDistance, completeConfiguration } from '../../src/matrix/card.ts';
import { guestFamilies } from '../../src/matrix/guest-os.ts';
import { hasInBase, parseLooseRelease, releaseDistance } from '../../src/matrix/release-distance.ts';
import type { Configuration } from '../../src/model/matrix.ts';
import { MATRIX, observation } from './support.ts';

const { tables } = MATRIX;

describe('releases', () => {
  const distance = (a: string, b: string): number =>
    releaseDistance(parseLooseRelease(a)!, parseLooseRelease(b)!, tables.patches);

  it('are ordered, not compared as text', () => {
    const from = '14.3-RELEASE';
    const further = [
      '14.3-RELEASE',
      '14.3-RELEASE-p2',
      '14.4-RELEASE',
      '14.5-RELEASE',
      '15.0-RELEASE-p1',
      '16.0-CURRENT',
    ];
    const distances = further.map((to) => distance(from, to));
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(new Set(distances).size).toBe(distances.length);
  });

  it('are as far one way as the other', () => {
    for (const [a, b] of [
      ['14.3-RELEASE', '15.0-RELEASE'],
      ['14.x', '14.3-RELEASE'],
      ['15.0-ALPHA2', '15.0-RELEASE-p5'],
    ]) {
      expect(distance(a!, b!)).toBe(distance(b!, a!));
    }
  });

  it('are further apart when a repair lies between them', () => {
    expect(distance('15.0-RELEASE', '15.0-RELEASE-p1')).toBeGreaterThan(distance('15.0-RELEASE-p1', '15.0-RELEASE-p5'));
    expect(distance('15.0-ALPHA2', '15.0-RELEASE-p1')).toBeGreaterThan(distance('15.0-ALPHA2', '15.0-RELEASE'));
  });

  it('of other major versions are at least half a scale away', () => {
    expect(distance('14.5-RELEASE', '15.0-RELEASE')).toBeGreaterThanOrEqual(0.5);
    expect(distance('14.0-RELEASE', '14.5-RELEASE')).toBeLessThan(0.5);
  });

  it.each([
    ['15.0-RELEASE-p5', { major: 15, minor: 0 }],
    ['14.3', { major: 14, minor: 3 }],
    ['14.x', { major: 14 }],
    ['FreeBSD 13', { major: 13 }],
  ])('%s can be read', (text, expected) => {
    expect(parseLooseRelease(text)).toMatchObject(expected);
  });

  it.each(['', 'joyent_20260501', '2026-05', '14.3.1.2', 'fourteen'])('%s is no release', (text) => {
    expect(parseLooseRelease(text)).toBeUndefined();
  });

  it('hold a patch from its release on, within the same major version', () => {
    const patch = tables.patches.find(({ id }) => id === 'EN-25:20')!;
    const holds = (release: string): boolean => hasInBase(parseLooseRelease(release), patch);
    expect(['15.0-RELEASE', '15.0-ALPHA2', '14.5-RELEASE', '16.0-CURRENT', '15.0'].map(holds)).not.toContain(true);
    expect(['15.0-RELEASE-p1', '15.0-RELEASE-p5', '15.1-RELEASE'].map(holds)).not.toContain(false);
  });
});

describe('cards', () => {
  const P4 = completeConfiguration({ pciId: '10de:1bb3' }, tables);
  const theirs = (gpu: Partial<ReturnType<typeof observation>['gpu']>) => observation('x-1', { gpu }).gpu;
  const other = { pciId: '10de:0001', name: 'Other' };

  it.each([
    ['same-card', {}],
    ['same-model', { pciId: null, name: 'NVIDIA Tesla P4 (8 GB)' }],
    ['same-chip', { ...other, chip: 'GP104M' }],
    ['same-architecture', { ...other, chip: 'GP102' }],
    ['same-vendor', { ...other, chip: 'TU102', architecture: 'Turing' }],
    ['other-vendor', { pciId: '1002:7590', vendorId: '1002', chip: 'Navi 44', architecture: 'RDNA 4' }],
    ['unknown', { pciId: null, vendorId: null, name: 'Some card', chip: null, architecture: null }],
  ])('%s', (level, gpu) => {
    expect(cardDistance(P4, theirs(gpu)).level).toBe(level);
  });

  it('get further in that order, and an unnamed card lies between those of the same and another vendor', () => {
    const distances = [
      theirs({}),
      theirs({ ...other, chip: 'GP104M' }),
      theirs({ ...other, chip: 'GP102' }),
      theirs({ ...other, chip: 'GV100', architecture: 'Volta' }),
      theirs({ ...other, chip: 'AD102', architecture: 'Ada' }),
      theirs({ pciId: null, name: 'NVIDIA card', chip: null, architecture: null }),
      theirs({ pciId: null, vendorId: null, name: 'Some card', chip: null, architecture: null }),
      theirs({ pciId: '1002:7590', vendorId: '1002', chip: null, architecture: 'RDNA 4' }),
    ].map((gpu) => cardDistance(P4, gpu).distance);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
    expect(new Set(distances).size).toBe(distances.length);
  });

  it('are recognised by the product between brackets, as pciconf names it', () => {
    const byName: Configuration = { vendorId: '10de', name: 'GP104GL [Tesla P4]' };
    expect(cardDistance(byName, theirs({ pciId: null, name: 'Tesla P4' })).level).toBe('same-model');
    expect(cardDistance(byName, theirs({ pciId: null, name: 'Tesla P40', chip: null, architecture: null })).level).toBe(
      'same-vendor',
    );
  });

  it('of different generations with one name are different cards', () => {
    const laptop = completeConfiguration({ pciId: '10de:2717' }, tables);
    const desktop = theirs({ pciId: null, name: 'GeForce RTX 4090', chip: 'AD102', architecture: 'Ada' });
    expect(cardDistance(laptop, desktop).level).toBe('same-architecture');
  });

  it('take from the table what was not given, and keep what was', () => {
    expect(P4).toMatchObject({ vendorId: '10de', name: 'Tesla P4', architecture: 'Pascal', chip: 'GP104GL' });
    expect(completeConfiguration({ pciId: '10de:1bb3', name: 'My P4' }, tables).name).toBe('My P4');
    expect(completeConfiguration({ pciId: '10de:fffe' }, tables)).toEqual({ pciId: '10de:fffe', vendorId: '10de' });
    const nothing: Configuration = {};
    expect(completeConfiguration(nothing, tables)).toEqual({});
  });
});

it.each([
  ['Ubuntu 24.04.3', ['linux']],
  ['Debian GNU/Linux 13', ['linux']],
  ['Windows Server 2022', ['windows']],
  ['pfSense (FreeBSD)', ['freebsd']],
  ['Windows, Linux, FreeBSD', ['windows', 'linux', 'freebsd']],
  ['Unix with Xorg', []],
  ['search appliance', []],
])('%s is of the families %j', (text, families) => {
  expect(guestFamilies(text)).toEqual(families);
});
