import type { MatrixProblem } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { standing } from './compare.ts';
import type { Entry } from './lint.ts';

/** Entries with another outcome that are named. */
const NAMED = 5;

/** What a reviewer would ask of a new entry. */
export interface Review {
  /** must be mended */
  problems: MatrixProblem[];
  /** worth knowing, and no fault of the entry */
  notes: MatrixProblem[];
}

type Remark = Omit<MatrixProblem, 'file'>;

/** A guest with more memory than this is a slip of units. */
const MAX_MEMORY = 2 ** 44;
const MIN_MEMORY = 16 * 2 ** 20;
/** A PCI device has no more functions. */
const MAX_FUNCTIONS = 8;
/** bhyve's passthrough is younger. */
const FIRST_YEAR = 2013;

/**
 * What the schema and the tables cannot see and what does not keep a matrix from being used: values out of range, the
 * same thing reported twice, reports that disagree. Only entries that `wanted` takes are spoken of; all are compared.
 * @param today `2026-11-22`
 */
export function reviewEntries(
  entries: readonly Entry[],
  today: string,
  wanted: (file: string) => boolean = () => true,
): Review {
  const review: Review = { problems: [], notes: [] };
  for (const { file, observation } of entries) {
    if (!wanted(file)) continue;
    for (const remark of rangeRemarks(observation, today)) review.problems.push({ file, ...remark });
  }
  for (const group of grouped(entries, ({ observation }) => reportKey(observation))) {
    // Of a new entry and one that was there, the new one is spoken of.
    const [first, ...others] = [
      ...group.filter(({ file }) => !wanted(file)),
      ...group.filter(({ file }) => wanted(file)),
    ] as [Entry, ...Entry[]];
    for (const { file } of others) {
      if (!wanted(file)) continue;
      review.problems.push({
        file,
        field: '',
        message: `says the same as ${first.file}: same configuration, source, outcome and symptoms`,
        fix: 'remove one, or write down what is different',
      });
    }
  }
  for (const { file, message } of conflicts(entries)) {
    if (wanted(file)) review.notes.push({ file, field: 'outcome', message });
  }
  return review;
}

function* rangeRemarks(observation: Observation, today: string): Iterable<Remark> {
  const { config, source, grade, outcome, symptoms } = observation;
  const { memoryBytes, functions } = config ?? {};
  if (memoryBytes !== undefined && !inRange(memoryBytes, MIN_MEMORY, MAX_MEMORY)) {
    const fix = 'write the memory of the guest in bytes: 8 GiB are 8589934592';
    yield { field: 'config.memoryBytes', message: `${memoryBytes} is no size of a guest's memory`, fix };
  }
  if (functions !== undefined && !inRange(functions, 1, MAX_FUNCTIONS)) {
    const message = `${functions} is not between 1 and ${MAX_FUNCTIONS}`;
    yield { field: 'config.functions', message, fix: 'count the functions of the card that were passed' };
  }
  if (source.date !== null) {
    const problem = dateProblem(source.date, today);
    if (problem !== undefined) {
      yield { field: 'source.date', message: `${source.date} ${problem}`, fix: 'write 2026, 2026-11 or 2026-11-22' };
    }
  }
  if (source.url !== null && !isWebAddress(source.url)) {
    yield {
      field: 'source.url',
      message: 'is not the address of a page (https://...)',
      fix: 'write the address, or null and say in source.title how to find it',
    };
  }
  if (grade === 'evidenced' && source.kind === 'second-hand') {
    const message = 'evidenced does not go with a source of kind second-hand';
    yield { field: 'grade', message, fix: 'write "second-hand"' };
  }
  if (outcome === 'works' && symptoms.length > 0) {
    const message = 'works, and yet symptoms are listed';
    yield { field: 'symptoms', message, fix: 'write the outcome "works-with-faults", or [] for the symptoms' };
  }
}

const inRange = (value: number, least: number, most: number): boolean =>
  Number.isInteger(value) && value >= least && value <= most;

/** @param date `2025`, `2025-09` or `2025-09-22`, as the schema sees to */
function dateProblem(date: string, today: string): string | undefined {
  const [year, month = 1, day = 1] = date.split('-').map(Number) as [number, number?, number?];
  const real = new Date(Date.UTC(year, month - 1, day));
  if (real.getUTCMonth() !== month - 1 || real.getUTCDate() !== day) return 'is no date';
  if (year < FIRST_YEAR) return `is before bhyve could pass a graphics card`;
  return date > today.slice(0, date.length) ? 'lies in the future' : undefined;
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hostname } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '' && hostname !== '';
}

/** Everything that makes a configuration, as text: equal texts, equal configurations. */
function configurationKey(observation: Observation): string {
  const { subject, host, bhyve, guest, config } = observation;
  const card = observation.subject === 'gpu' ? observation.gpu : observation.device;
  return JSON.stringify([
    subject,
    card && [card.pciId ?? card.name, card.subsystemId ?? null],
    [host.os, host.release, host.cpuVendor, host.hardware],
    [bhyve.patch, bhyve.detail, bhyve.signature, bhyve.userland ?? 'bhyve'],
    [guest.os, guest.driver, guest.branch ?? null, guest.flavour ?? null],
    config === undefined ? {} : Object.fromEntries(Object.entries(config).sort(([a], [b]) => (a < b ? -1 : 1))),
  ]);
}

const reportKey = (observation: Observation): string => {
  const { source, outcome, failedStage, symptoms, summary } = observation;
  // Without an address or a title nothing says that two reports are of one source, unless their words are the same.
  const where = source.url ?? source.title ?? summary;
  return JSON.stringify([configurationKey(observation), where, outcome, failedStage, [...symptoms].sort()]);
};

/** Reports that still stand, of one configuration as far as it is written down, that ended differently. */
function* conflicts(entries: readonly Entry[]): Iterable<{ file: string; message: string }> {
  const current = new Set(standing(entries.map(({ observation }) => observation)).map(({ id }) => id));
  const told = entries.filter(
    ({ observation: { id, subject, outcome } }) =>
      subject === 'gpu' && current.has(id) && outcome !== 'unknown' && outcome !== 'untested',
  );
  for (const group of grouped(told, ({ observation }) => shortKey(observation))) {
    const outcomes = new Map<string, string[]>();
    for (const { observation } of group) {
      const ids = outcomes.get(observation.outcome) ?? [];
      if (ids.length < NAMED) ids.push(observation.id);
      outcomes.set(observation.outcome, ids);
    }
    if (outcomes.size === 1) continue;
    for (const { file, observation } of group) {
      const others = [...outcomes].filter(([outcome]) => outcome !== observation.outcome);
      const named = others.map(([outcome, ids]) => `${outcome} (${ids.join(', ')})`);
      yield { file, message: `${observation.outcome}; others report of the same configuration: ${named.join('; ')}` };
    }
  }
}

/** What is compared between reports of different people: card, release, patch, signature, guest, branch and rom. */
function shortKey(observation: Observation): string {
  const { host, bhyve, guest, config } = observation;
  const card = observation.subject === 'gpu' ? (observation.gpu.pciId ?? observation.gpu.name) : null;
  return JSON.stringify([
    card,
    host.os,
    host.release,
    bhyve.patch,
    bhyve.signature,
    bhyve.userland ?? 'bhyve',
    guest.os,
    guest.branch ?? null,
    config?.rom ?? null,
  ]);
}

/** Groups of two and more, in the order of their first members. */
function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const id = key(item);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [item]);
    else group.push(item);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
