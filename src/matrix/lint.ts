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

/** What is wrong with one entry: pairs of field and message. */
type Check = (entry: Entry, context: Context) => Iterable<[field: string, message: string]>;

/** Words of `bhyve.patch` that name no row of tables/patches.csv. */
const PATCH_WORDS = new Set(['stock', 'other', 'unknown']);
const WITHOUT_FAILURE = new Set(['works', 'untested', 'unknown']);

const CHECKS: Check[] = [
  function* path({ file, observation }) {
    const expected = observationPath(observation);
    if (file !== expected) yield ['', `id and card say that it belongs to ${expected}`];
  },
  function* uniqueId({ file, observation: { id } }, { fileOf }) {
    const first = fileOf.get(id)!;
    if (first !== file) yield ['id', `${id} is already used by ${first}`];
  },
  function* card({ observation }, { tables }) {
    if (observation.subject === 'platform') return;
    const { pciId, vendorId, architecture, chip } = observation.gpu;
    if (pciId === null) return;
    if (vendorId !== pciId.slice(0, 4)) yield ['gpu.vendorId', `does not go with ${pciId}`];
    const row = tables.gpus.get(pciId);
    if (row === undefined) {
      yield ['gpu.pciId', `${pciId} is not in tables/gpus.csv; add a row for it`];
      return;
    }
    if (architecture !== null && architecture !== row.architecture) {
      yield ['gpu.architecture', `tables/gpus.csv says ${row.architecture}`];
    }
    if (chip && !sameChip(chip, row.chip)) yield ['gpu.chip', `tables/gpus.csv says ${row.chip}`];
  },
  function* release({ observation: { host } }) {
    if (host.os === 'FreeBSD' && host.release !== null && parseLooseRelease(host.release) === undefined) {
      yield ['host.release', `${host.release} is not a FreeBSD release, such as 14.3-RELEASE-p2, 14.3 or 14.x`];
    }
  },
  function* patch({ observation: { bhyve } }, { tables }) {
    if (PATCH_WORDS.has(bhyve.patch) || tables.patches.some(({ id }) => id === bhyve.patch)) return;
    yield ['bhyve.patch', `${bhyve.patch} is not in tables/patches.csv, nor one of ${[...PATCH_WORDS].join(', ')}`];
  },
  function* branch({ observation: { guest } }, { tables }) {
    if (!guest.branch) return;
    if (!/^\d{3}$/.test(guest.branch)) yield ['guest.branch', 'is not a major driver branch, such as 580'];
    else if (!tables.branches.some((row) => row.branch === guest.branch)) {
      yield ['guest.branch', `${guest.branch} is not in tables/driver-branches.csv`];
    }
  },
  function* outcome({ observation: { outcome, failedStage } }) {
    if (failedStage === null) return;
    if (WITHOUT_FAILURE.has(outcome)) yield ['failedStage', `nothing failed, says the outcome ${outcome}`];
    else if (OUTCOME_OF_FAILED_STAGE[failedStage] !== outcome) {
      yield ['failedStage', `${failedStage} goes with ${OUTCOME_OF_FAILED_STAGE[failedStage]}, not with ${outcome}`];
    }
  },
  function* symptoms({ observation }, { tables }) {
    for (const [i, code] of observation.symptoms.entries()) {
      if (!tables.findingCodes.has(code)) yield [`symptoms.${i}`, `${code} is not in tables/finding-codes.csv`];
      if (observation.symptoms.indexOf(code) !== i) yield [`symptoms.${i}`, `${code} stands there twice`];
    }
  },
  function* relations({ observation }, { fileOf }) {
    for (const field of ['confirms', 'contradicts', 'supersedes'] as const) {
      for (const [i, id] of (observation[field] ?? []).entries()) {
        if (id === observation.id) yield [`${field}.${i}`, 'names the entry itself'];
        else if (!fileOf.has(id)) yield [`${field}.${i}`, `no entry has the id ${id}`];
      }
    }
  },
  function* plainText({ observation }) {
    for (const [field, text] of texts(observation, '')) {
      if (clean(text) !== text) yield [field, 'has control characters, line breaks or blanks at its end'];
    }
  },
];

/** What the schema cannot see: whether entries agree with their paths, with each other and with the tables. */
export function lintEntries(entries: readonly Entry[], tables: Tables): MatrixProblem[] {
  const fileOf = new Map<string, string>();
  for (const { file, observation } of entries) if (!fileOf.has(observation.id)) fileOf.set(observation.id, file);
  return entries.flatMap((entry) =>
    CHECKS.flatMap((check) =>
      [...check(entry, { tables, fileOf })].map(([field, message]) => ({ file: entry.file, field, message })),
    ),
  );
}

/** Every text of an entry with its dotted path. */
function* texts(value: unknown, path: string): Iterable<[string, string]> {
  if (typeof value === 'string') yield [path, value];
  else if (typeof value === 'object' && value !== null) {
    for (const [key, part] of Object.entries(value)) yield* texts(part, path === '' ? key : `${path}.${key}`);
  }
}
