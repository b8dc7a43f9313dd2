import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { lintEntries } from '../../src/matrix/lint.ts';
import { observationPath } from '../../src/matrix/path.ts';
import { GRADES, ObservationSchema } from '../../src/model/observation.ts';
import { OUTCOMES } from '../../src/model/stage.ts';
import { globSync, ROOT } from '../support/files.ts';
import { MATRIX } from './support.ts';

const { observations, tables } = MATRIX;
const count = (fits: (entry: (typeof observations)[number]) => boolean): number => observations.filter(fits).length;

describe('observations of the repository', () => {
  it('are all read, each from the file its content asks for', () => {
    const files = globSync('matrix-data/observations', '.json');
    expect(observations.map((entry) => `matrix-data/${observationPath(entry)}`).sort()).toEqual(files);
    expect(files.length).toBeGreaterThanOrEqual(185);
  });

  it('hold every row of the two fact lists once', () => {
    const facts = observations.flatMap(({ source }) => (source.fact === undefined ? [] : [source.fact]));
    expect(new Set(facts).size).toBe(facts.length);
    expect(facts.length).toBe(103);
    for (const { id, source } of observations)
      if (source.fact !== undefined) expect(id).toBe(source.fact.toLowerCase());
  });

  it.each([
    ['works', 58],
    ['works-with-faults', 28],
    ['driver-init-fails', 15],
    ['vm-wont-start', 30],
    ['guest-wont-boot', 12],
    ['host-not-ready', 11],
    ['device-missing', 2],
    ['driver-wont-load', 2],
    ['untested', 4],
    ['unknown', 20],
  ] as const)('%s: at least %i', (outcome, least) => {
    expect(OUTCOMES).toContain(outcome);
    expect(count((entry) => entry.outcome === outcome)).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ['evidenced', 40],
    ['reported', 130],
    ['second-hand', 14],
  ] as const)('%s: at least %i', (grade, least) => {
    expect(GRADES).toContain(grade);
    expect(count((entry) => entry.grade === grade)).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ['10de', 39],
    ['1002', 34],
    ['8086', 26],
  ])('vendor %s: at least %i cards', (vendorId, least) => {
    expect(count((entry) => entry.subject === 'gpu' && entry.gpu.vendorId === vendorId)).toBeGreaterThanOrEqual(least);
  });

  it('keep reports from other systems than FreeBSD apart', () => {
    const others = observations.filter(({ host }) => host.os !== 'FreeBSD');
    expect(others.map(({ id }) => id).sort()).toEqual([
      'omni-1572-01',
      'omni-331-01',
      'omni-331-02',
      'omni-729-01',
      'plat-illumos-amd',
      'rfd-72-01',
      'sos-2080ti-01',
      'sos-2080ti-02',
      'sos-2080ti-04',
      'sos-ai-01',
      'sos-busy-01',
      'sos-x722-01',
    ]);
  });

  it('call the failures of 15.0-ALPHA2 possibly those of EN-25:20', () => {
    const alpha = observations.filter(({ host }) => host.release === '15.0-ALPHA2');
    expect(alpha.length).toBe(4);
    for (const { notes } of alpha) expect(notes).toContain('EN-25:20');
  });

  it('have an address each, or a title that says why not', () => {
    const without = observations.filter(({ source }) => source.url === null);
    expect(without.map(({ id }) => id).sort()).toEqual(['mm-2080ti-09', 'opt-1050tim-01', 'opt-bridge-01']);
    for (const { source } of without) expect(source.title).toBeTruthy();
  });

  it('name a person, or nobody, and never an address of one', () => {
    for (const { reporter } of observations) expect(reporter ?? '').not.toMatch(/@|\bat\b|_at_/);
  });

  it('name as many guest slots as host functions where both are told', () => {
    for (const { id, config } of observations)
      if (config?.hostSlots && config.guestSlots) expect(config.guestSlots.length, id).toBe(config.hostSlots.length);
  });

  it('confirm and contradict what exists, and not the same report in both ways', () => {
    const byId = new Map(observations.map((entry) => [entry.id, entry]));
    for (const { id, confirms = [], contradicts = [], supersedes = [] } of observations) {
      for (const other of [...confirms, ...contradicts, ...supersedes])
        expect(byId.has(other), `${id}: ${other}`).toBe(true);
      expect(
        confirms.filter((other) => contradicts.includes(other)),
        id,
      ).toEqual([]);
    }
  });

  it('claim no first-hand success of an NVIDIA card with a Linux guest under bhyve', () => {
    const claims = observations.filter(
      (entry) =>
        entry.subject === 'gpu' &&
        entry.gpu.vendorId === '10de' &&
        entry.outcome === 'works' &&
        entry.grade !== 'second-hand' &&
        entry.bhyve.userland !== 'qemu' &&
        entry.guest.os !== 'Windows',
    );
    expect(claims).toEqual([]);
  });
});

it('the entry of CONTRIBUTING.md is valid', () => {
  const text = readFileSync(join(ROOT, 'matrix-data/CONTRIBUTING.md'), 'utf8');
  const example = /```jsonc\n(.*?)```/s.exec(text)![1]!.replace(/ \/\/ .*$/gm, '');
  const entry = v.parse(ObservationSchema, JSON.parse(example));
  expect(lintEntries([{ file: observationPath(entry), observation: entry }], tables)).toEqual([]);
});

it('CONTRIBUTING.md names every outcome and grade', () => {
  const text = readFileSync(join(ROOT, 'matrix-data/CONTRIBUTING.md'), 'utf8');
  for (const word of [...OUTCOMES, ...GRADES]) expect(text).toContain(`\`${word}\``);
});

it('the licence names the collection that the bar counts come from', () => {
  for (const file of ['LICENSE', 'tables/README.md']) {
    const text = readFileSync(join(ROOT, 'matrix-data', file), 'utf8');
    expect(text).toContain('bsdhw/PCIconf');
    expect(text).toContain('CC BY 4.0');
  }
});
