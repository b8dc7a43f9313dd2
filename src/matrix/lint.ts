import type { MatrixProblem } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { OUTCOME_OF_FAILED_STAGE } from '../model/stage.ts';
import type { Tables } from '../model/tables.ts';
import { clean } from '../model/text.ts';
import { sameChip } from './card.ts';
import { observationPath } from './path.ts';
import { parseLooseRelease } from './release-distance.ts';

/** An observation and the file it came from, below matrix-data. */
export interface Entry {
  file: string;
  observation: Observation;
}

interface Context {
  tables: Tables;
  /** file that holds each id first */
  fileOf: ReadonlyMap<string, string>;
}

/** What is wrong with one entry: field, message and what to do about it. */
type Check = (entry: Entry, context: Context) => Iterable<[field: string, message: string, fix?: string]>;

/** Words of `bhyve.patch` that name no row of tables/patches.csv. */
const PATCH_WORDS = new Set(['stock', 'other', 'unknown']);
const WITHOUT_FAILURE = new Set(['works', 'untested', 'unknown']);

const CHECKS: Check[] = [
  function* path({ file, observation }) {
    const expected = observationPath(observation);
    if (file !== expected) yield ['', `id and card say that it belongs to ${expected}`, `move it to ${expected}`];
  },
  function* uniqueId({ file, observation: { id } }, { fileOf }) {
    const first = fileOf.get(id)!;
    if (first !== file)
      yield ['id', `${id} is already used by ${first}`, 'choose another id and name the file after it'];
  },
  function* card({ observation }, { tables }) {
    if (observation.subject === 'platform') return;
    const { pciId, vendorId, architecture, chip } = observation.gpu;
    if (pciId === null) return;
    if (vendorId !== pciId.slice(0, 4))
      yield ['gpu.vendorId', `does not go with ${pciId}`, `write "${pciId.slice(0, 4)}"`];
    const row = tables.gpus.get(pciId);
    if (row === undefined) {
      yield [
        'gpu.pciId',
        `${pciId} is not in tables/gpus.csv; add a row for it`,
        'check the id against pciconf -lv; tables/README.md says what the columns mean',
      ];
      return;
    }
    if (architecture !== null && architecture !== row.architecture) {
      yield ['gpu.architecture', `tables/gpus.csv says ${row.architecture}`, `write "${row.architecture}"`];
    }
    if (chip && !sameChip(chip, row.chip)) {
      yield ['gpu.chip', `tables/gpus.csv says ${row.chip}`, `write "${row.chip}", or leave it out`];
    }
  },
  function* release({ observation: { host } }) {
    if (host.os === 'FreeBSD' && host.release !== null && parseLooseRelease(host.release) === undefined) {
      yield [
        'host.release',
        `${host.release} is not a FreeBSD release, such as 14.3-RELEASE-p2, 14.3 or 14.x`,
        'write what freebsd-version -r prints, or null',
      ];
    }
  },
  function* patch({ observation: { bhyve } }, { tables }) {
    if (PATCH_WORDS.has(bhyve.patch) || tables.patches.some(({ id }) => id === bhyve.patch)) return;
    yield [
      'bhyve.patch',
      `${bhyve.patch} is not in tables/patches.csv, nor one of ${[...PATCH_WORDS].join(', ')}`,
      'write "other" and say in bhyve.detail what was applied, or add a row for the patch',
    ];
  },
  function* branch({ observation: { guest } }, { tables }) {
    if (!guest.branch) return;
    if (!/^\d{3}$/.test(guest.branch)) {
      const major = /^\d{3}(?=\.)/.exec(guest.branch)?.[0];
      yield [
        'guest.branch',
        'is not a major driver branch, such as 580',
        major === undefined ? 'leave it out' : `write "${major}"; the whole version belongs into guest.driver`,
      ];
    } else if (!tables.branches.some((row) => row.branch === guest.branch)) {
      yield ['guest.branch', `${guest.branch} is not in tables/driver-branches.csv`, 'add a row for it'];
    }
  },
  function* outcome({ observation: { outcome, failedStage } }) {
    if (failedStage === null) return;
    if (WITHOUT_FAILURE.has(outcome)) {
      yield ['failedStage', `nothing failed, says the outcome ${outcome}`, 'write null, or another outcome'];
    } else if (OUTCOME_OF_FAILED_STAGE[failedStage] !== outcome) {
      yield [
        'failedStage',
        `${failedStage} goes with ${OUTCOME_OF_FAILED_STAGE[failedStage]}, not with ${outcome}`,
        'CONTRIBUTING.md has a table of outcomes and stages',
      ];
    }
  },
  function* symptoms({ observation }, { tables }) {
    for (const [i, code] of observation.symptoms.entries()) {
      if (!tables.findingCodes.has(code)) {
        yield [
          `symptoms.${i}`,
          `${code} is not in tables/finding-codes.csv`,
          'leave it out and put it into words in the summary',
        ];
      }
      if (observation.symptoms.indexOf(code) !== i) yield [`symptoms.${i}`, `${code} stands there twice`, 'remove one'];
    }
  },
  function* relations({ observation }, { fileOf }) {
    for (const field of ['confirms', 'contradicts', 'supersedes'] as const) {
      for (const [i, id] of (observation[field] ?? []).entries()) {
        if (id === observation.id) yield [`${field}.${i}`, 'names the entry itself', 'remove it'];
        else if (!fileOf.has(id)) {
          yield [`${field}.${i}`, `no entry has the id ${id}`, 'gpudiag matrix list shows the ids'];
        }
      }
    }
  },
  function* plainText({ observation }) {
    for (const [field, text] of texts(observation, '')) {
      if (clean(text) !== text) {
        yield [
          field,
          'has control characters, line breaks or blanks at its end',
          'write it on one line, as plain text',
        ];
      }
    }
  },
];

/** What the schema cannot see: whether entries agree with their paths, with each other and with the tables. */
export function lintEntries(entries: readonly Entry[], tables: Tables): MatrixProblem[] {
  const fileOf = new Map<string, string>();
  for (const { file, observation } of entries) if (!fileOf.has(observation.id)) fileOf.set(observation.id, file);
  return entries.flatMap((entry) =>
    CHECKS.flatMap((check) =>
      [...check(entry, { tables, fileOf })].map(([field, message, fix]) => ({
        file: entry.file,
        field,
        message,
        ...(fix !== undefined && { fix }),
      })),
    ),
  );
}

/** Every text of a value with its dotted path. */
export function* texts(value: unknown, path: string): Iterable<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* texts(part, path === '' ? key : `${path}.${key}`);
  }
}
