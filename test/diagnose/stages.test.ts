import { describe, expect, it } from 'vitest';
import { createQuoter } from '../../src/diagnose/quote.ts';
import { judgeStages } from '../../src/diagnose/stages.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Guest } from '../../src/model/guest.ts';
import type { Host } from '../../src/model/host.ts';
import { type Stage, STAGES } from '../../src/model/stage.ts';
import { diagnoseFull } from '../support/diagnose.ts';
import { evidence, finding } from '../support/report.ts';
import { buildRule } from '../support/rules.ts';

const NOTHING = diagnoseFull({ 'a.txt': 'prose' }).host;
const at = (line: number) => ({ artifact: 'guest.txt', line });
const quoter = createQuoter(() => ({ firstLine: 1, text: 'one\ntwo\nthree\nfour' }));

/** A guest whose kernel runs, with what else the evidence shows of it. */
const guest = (parts: Partial<Guest> = {}): Guest => ({
  name: 'guest',
  gpus: [],
  driver: {},
  rmInit: [],
  xids: [],
  sxids: [],
  smi: { gpus: [] },
  windows: [],
  contradictions: [],
  booted: at(1),
  isBhyve: true,
  ...parts,
});
const gpu = (parts: object = {}) =>
  ({ ...at(2), bdf: '0000:00:06.0', pciId: '10de:1bb3', bars: [], ...parts }) as unknown as Guest['gpus'][number];
const smi = (parts: object = {}) => ({ gpus: [{ ...at(4), ...parts }] }) as unknown as Guest['smi'];
const driver = (parts: object) => parts as unknown as Guest['driver'];

const failure = (stage: Stage, parts: Partial<Finding> = {}): Finding =>
  finding(`fails-${stage}`, {
    stage,
    confidence: 'confirmed',
    evidence: [evidence('guest.txt', 3, 'three')],
    ...parts,
  });

function judge(guests: Guest[], findings: Finding[] = [], host: Host = NOTHING) {
  const rules = findings.map(({ code, stage }) => buildRule(code, { stage }));
  const { stages, ...result } = judgeStages(host, guests, findings, rules, quoter);
  const of = (status: string): Stage[] => stages.filter((stage) => stage.status === status).map(({ id }) => id);
  return { ...result, stages, passed: of('passed'), failed: of('failed'), unknown: of('unknown') };
}
const upTo = (last: Stage): Stage[] => STAGES.slice(0, STAGES.indexOf(last) + 1);

describe('a stage that was passed', () => {
  it('proves the earlier ones', () => {
    const { passed, stages, reached } = judge([guest({ gpus: [gpu()], driver: driver({ loaded: at(3) }) })]);
    expect(passed).toEqual(upTo('load'));
    expect(reached).toBe('load');
    expect(stages.find(({ id }) => id === 'load')).toMatchObject({
      because: 'the driver module started',
      evidence: [{ line: 3, quote: 'three' }],
    });
    expect(stages.find(({ id }) => id === 'ppt')).toMatchObject({ because: 'a later stage was reached', evidence: [] });
  });

  it('of a machine that is no bhyve guest proves nothing of a host', () => {
    expect(judge([guest({ isBhyve: false, gpus: [gpu()] })]).passed).toEqual(['boot', 'enumerate']);
  });

  it.each<[string, Guest, Stage]>([
    ['a kernel', guest(), 'boot'],
    ['a card', guest({ gpus: [gpu()] }), 'enumerate'],
    ['a banner', guest({ gpus: [gpu()], driver: driver({ banner: at(3) }) }), 'probe'],
    ['a card in /proc', guest({ gpus: [gpu({ videoBios: { ...at(3), value: null } })] }), 'probe'],
    ['a VBIOS that was read', guest({ gpus: [gpu({ videoBios: { ...at(3), value: '86.04' } })] }), 'init'],
    ['nvidia-smi', guest({ gpus: [gpu()], smi: smi() }), 'run'],
    [
      'nvidia-smi with an Xid before',
      guest({ gpus: [gpu()], smi: smi(), xids: [{} as Guest['xids'][number]] }),
      'init',
    ],
    ['nvidia-smi that fails to read it', guest({ gpus: [gpu()], smi: smi({ failing: 'ERR!' }) }), 'enumerate'],
  ])('%s', (_name, shown, last) => {
    expect(judge([shown]).reached).toBe(last);
  });

  it('may be one of another guest', () => {
    expect(judge([guest(), guest({ name: 'b', gpus: [gpu()] })]).reached).toBe('enumerate');
  });

  it('is not known when nothing shows it', () => {
    const { passed, unknown, outcome, reached } = judge([]);
    expect([passed, unknown, outcome, reached]).toEqual([[], [...STAGES], 'unknown', undefined]);
  });
});

describe('the stage that failed', () => {
  it('is the first after the last one passed', () => {
    const { failed, failedAt, passed, stages } = judge([guest({ gpus: [gpu()] })], [failure('init'), failure('probe')]);
    expect(failed).toEqual(['probe']);
    expect(failedAt).toBe('probe');
    expect(passed).toEqual(upTo('enumerate'));
    expect(stages.find(({ id }) => id === 'probe')).toMatchObject({
      because: 'Title of fails-probe',
      evidence: [{ line: 3 }],
    });
  });

  it('is the next one when what failed did not stop the card where it lies', () => {
    const { failedAt } = judge([guest({ gpus: [gpu()], driver: driver({ loaded: at(3) }) })], [failure('enumerate')]);
    expect(failedAt).toBe('probe');
  });

  it('is the last one when the card came up all the same', () => {
    const { failedAt, outcome } = judge([guest({ gpus: [gpu()], smi: smi() })], [failure('enumerate')]);
    expect([failedAt, outcome]).toEqual(['run', 'works-with-faults']);
  });

  it('is told by a cause rather than by a symptom', () => {
    const symptom = failure('probe', { kind: 'symptom', title: 'Symptom' });
    const cause = failure('probe', { title: 'Cause' });
    expect(judge([guest()], [symptom, cause]).stages.find(({ id }) => id === 'probe')!.because).toBe('Cause');
  });

  it.each<[string, Partial<Finding>]>([
    ['a warning', { severity: 'warning' }],
    ['a notice', { kind: 'notice' }],
    ['only possible', { confidence: 'possible' }],
    ['absent', { state: 'absent' }],
    ['not evaluated', { state: 'not-evaluated' }],
  ])('is not where something is %s', (_name, parts) => {
    expect(judge([guest({ gpus: [gpu()] })], [failure('probe', parts)]).failedAt).toBeUndefined();
  });
});

describe('the outcome', () => {
  it.each<[Stage, string]>([
    ['firmware', 'host-not-ready'],
    ['host', 'host-not-ready'],
    ['ppt', 'host-not-ready'],
    ['config', 'vm-wont-start'],
    ['start', 'vm-wont-start'],
    ['boot', 'guest-wont-boot'],
    ['enumerate', 'device-missing'],
    ['load', 'driver-wont-load'],
    ['probe', 'driver-init-fails'],
    ['init', 'driver-init-fails'],
    ['run', 'works-with-faults'],
  ])('of a first failure at %s is %s', (stage, outcome) => {
    expect(judge([], [failure(stage)]).outcome).toBe(outcome);
  });

  it.each<[string, Guest, Finding[], string]>([
    ['nvidia-smi and no fault', guest({ gpus: [gpu()], smi: smi() }), [], 'works'],
    [
      'a likely fault of low severity',
      guest({ gpus: [gpu()], smi: smi() }),
      [failure('run', { severity: 'warning', confidence: 'likely' })],
      'works-with-faults',
    ],
    [
      'a possible one',
      guest({ gpus: [gpu()], smi: smi() }),
      [failure('run', { severity: 'warning', confidence: 'possible' })],
      'works',
    ],
    ['a card that no driver was tried on', guest({ gpus: [gpu()] }), [], 'untested'],
    ['a card that nouveau has', guest({ gpus: [gpu()], driver: driver({ nouveau: at(3) }) }), [], 'unknown'],
    ['a driver that came no further', guest({ gpus: [gpu()], driver: driver({ loaded: at(3) }) }), [], 'unknown'],
    ['a guest without a card', guest(), [], 'unknown'],
  ])('of %s', (_name, shown, findings, outcome) => {
    expect(judge([shown], findings).outcome).toBe(outcome);
  });
});
