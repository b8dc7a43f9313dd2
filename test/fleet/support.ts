import type { Confidence } from '../../src/model/finding.ts';
import type { Outcome, Stage } from '../../src/model/stage.ts';
import { errorLine, reportLine } from '../../src/report/ndjson.ts';
import { buildReport, stages } from '../support/report.ts';

export interface Made {
  machine: string;
  /** day */
  date: string;
  gpu?: keyof typeof GPUS;
  outcome?: Outcome;
  failed?: Stage;
  causes?: [string, Confidence][];
  release?: string;
  driver?: string;
  bios?: string;
  /** outcomes of several cards of one machine */
  cards?: Outcome[];
  next?: string;
}

const GPUS = {
  'Tesla P4': '10de:1bb3',
  'Tesla T4': '10de:1eb8',
  'RTX A4000': '10de:24b0',
} as const;

export const pathOf = ({ machine, date }: Pick<Made, 'machine' | 'date'>): string =>
  `fleet/${machine}/gpudiag-${date.replaceAll('-', '')}T120000Z.tar.gz`;

/** A line of results as the program writes it, of a machine that is set up as told. */
export function lineOf({ gpu = 'Tesla P4', outcome = 'works', causes = [], cards = [], ...made }: Made): string {
  const { release = '15.0-RELEASE-p1', driver = '535.183.01', bios = '2.4', failed, next } = made;
  const pciId = GPUS[gpu];
  const report = buildReport({
    facts: {
      host: {
        kenv: [{ artifact: 'host/kenv.txt', variables: [{ line: 1, name: 'smbios.bios.version', value: bios }] }],
      },
      guests: [],
    },
    overview: {
      card: { name: gpu, pciId, hostBdf: '1/0/0' },
      host: { release, board: 'X11SSH-F' },
      guest: { os: 'Ubuntu 24.04', driver },
    },
    verdict: {
      outcome,
      stages: stages(failed === undefined ? { passed: 'run' } : { passed: 'boot', failed }),
      causes: causes.map(([code, confidence]) => ({ code, confidence, title: `Title of ${code}`, explains: [] })),
      nextSteps: next === undefined ? [] : [{ command: next, cost: 'look', decides: [] }],
    },
    cards: cards.map((each, i) => ({
      hostBdf: `${i + 1}/0/0`,
      name: gpu,
      pciId,
      outcome: each,
      summary: 'Summary.',
      causes: [],
    })),
  });
  const source = { bytes: 20_000, modified: `${made.date}T13:00:00.000Z`, sha256: 'ab'.repeat(32) };
  return reportLine(pathOf(made), report, { source, collectedAt: `${made.date}T12:00:00.000Z` });
}

/** `host03` */
const numbered = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `host${String(from + i).padStart(2, '0')}`);

/**
 * A fleet with known answers. Tesla P4: 6 work with driver 535, 3 fail with 580, of which host07 worked in August. Tesla
 * T4: 11 work, host31 has an older BIOS and does not see its card. One machine with two A4000, one of which fails. Two
 * inputs without a report, and an error that a later report replaces.
 */
export function fleetLines(): string[] {
  const init: Partial<Made> = {
    outcome: 'driver-init-fails',
    failed: 'init',
    driver: '580.65.06',
    causes: [['rom-not-supplied', 'possible']],
    next: 'nvidia-smi -q',
  };
  return [
    ...numbered(1, 6).map((machine) => lineOf({ machine, date: '2026-09-10' })),
    lineOf({ machine: 'host07', date: '2026-08-01' }),
    lineOf({ ...init, machine: 'host07', date: '2026-09-10', causes: [['nvidia-intpin-missing', 'confirmed']] }),
    ...numbered(8, 2).map((machine) => lineOf({ ...init, machine, date: '2026-09-10' })),
    ...numbered(20, 11).map((machine) =>
      lineOf({ machine, date: '2026-09-11', gpu: 'Tesla T4', driver: '570.86.15', release: '14.3-RELEASE' }),
    ),
    lineOf({
      machine: 'host31',
      date: '2026-09-11',
      gpu: 'Tesla T4',
      driver: '570.86.15',
      release: '14.3-RELEASE',
      bios: '1.0',
      outcome: 'device-missing',
      failed: 'enumerate',
      causes: [
        ['bar-window-too-small', 'likely'],
        ['rom-not-supplied', 'possible'],
      ],
    }),
    lineOf({ machine: 'host40', date: '2026-07-01', gpu: 'RTX A4000', cards: ['works', 'driver-wont-load'] }),
    errorLine('fleet/host01/gpudiag-20260910T120000Z.tar.gz', { message: 'too late to count', exit: 65 }),
    errorLine('fleet/host50/gpudiag-20260910T120000Z.tar.gz', {
      message: 'nothing in the input was recognised; x',
      exit: 65,
    }),
    errorLine('fleet/host51/gpudiag-20260910T120000Z.tar.gz', {
      message: 'nothing in the input was recognised; y',
      exit: 65,
    }),
  ];
}
