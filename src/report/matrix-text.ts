import type { MatrixList, MatrixListRow, ObservationDetail } from '../model/matrix.ts';
import type { Observation } from '../model/observation.ts';
import { STAGE_TITLES } from '../model/stage.ts';
import { type Block, bullets, code, type Column, labelled, paragraph } from './document.ts';
import { createDrawing, type TextOptions } from './text.ts';
import { OUTCOME_WORDS, plural } from './words.ts';

type Options = Omit<TextOptions, 'verbose'>;

const COLUMNS: Column[] = [
  { head: 'Id' },
  { head: 'Card', flexible: true },
  { head: 'Host', flexible: true },
  { head: 'Guest' },
  { head: 'Outcome' },
];

/** `matrix list` as a table, in the order of the rows. */
export function renderMatrixList(list: MatrixList, options: Options): string {
  const draw = createDrawing({ ...options, verbose: false });
  return `${draw.blocks(listBlocks(list), options.width).join('\n')}\n`;
}

/** The table, and how many of how many. */
export function listBlocks({ total, rows }: MatrixList): Block[] {
  if (rows.length === 0) return [paragraph(`No entry of ${total} fits.`)];
  return [
    { type: 'table', columns: COLUMNS, rows: rows.map(cellsOf) },
    paragraph(`${plural(rows.length, 'entry', 'entries')} of ${total}`, 'faint'),
  ];
}

function cellsOf({ id, gpu, os, release, patch, guest, guestSystems, outcome, retired }: MatrixListRow): string[] {
  const host = os === 'FreeBSD' ? shortRelease(release) : os;
  return [
    id,
    gpu,
    patch === 'stock' || patch === 'unknown' ? host : `${host} + ${patch === 'other' ? 'other patch' : patch}`,
    guestSystems.length === 1 ? guestSystems[0]! : guestSystems.length > 1 ? 'several' : guest === null ? '?' : 'other',
    `${outcome}${retired ? ' (replaced)' : ''}`,
  ];
}

const shortRelease = (release: string | null): string => release?.replace('-RELEASE', '') ?? '?';

/** `matrix show ID` for people: everything the entry tells, nothing that it does not. */
export function renderObservation(detail: ObservationDetail, options: Options): string {
  const draw = createDrawing({ ...options, verbose: false });
  const { observation, symptoms } = detail;
  const blocks: Block[] = [
    paragraph(observation.id, 'strong'),
    { type: 'fields', fields: fieldsOf(detail) },
    ...(symptoms.length === 0
      ? []
      : [
          labelled('Findings it shows:'),
          bullets(symptoms.map((symptom) => [labelled(`${symptom.code}:`, symptom.meaning)])),
        ]),
    // on a line of its own, so that it can be copied
    ...(observation.source.url === null
      ? []
      : [labelled('Address of the source:'), code(observation.source.url, 'text')]),
  ];
  return `${draw.blocks(blocks, options.width).join('\n')}\n`;
}

type Rows = { label: string; text: string | null | undefined }[];

function fieldsOf(detail: ObservationDetail): { label: string; text: string }[] {
  const { observation, patch } = detail;
  const { host, bhyve, guest, config, source, outcome, failedStage } = observation;
  const rows: Rows = [
    { label: observation.subject === 'gpu' ? 'Card' : 'Device', text: cardOf(detail) },
    {
      label: 'Host',
      text: joined([
        host.os === 'FreeBSD' ? `FreeBSD ${host.release ?? '(release not told)'}` : joined([host.os, host.release]),
        host.hardware,
      ]),
    },
    { label: 'Firmware', text: host.firmware },
    {
      label: bhyve.userland === 'qemu' ? 'QEMU' : 'bhyve',
      text: joined([bhyve.patch === 'unknown' ? 'patch state not told' : bhyve.patch, patch?.title, bhyve.detail]),
    },
    { label: 'Signature', text: bhyve.signature === 'unknown' ? undefined : bhyve.signature },
    { label: 'Guest', text: guest.os },
    { label: 'Driver', text: joined([guest.driver, guest.flavour]) },
    {
      label: 'VM',
      text: joined([
        config?.loader,
        typeof config?.rom === 'boolean' ? (config.rom ? 'with rom=' : 'without rom=') : undefined,
        config?.functions === undefined ? undefined : plural(config.functions, 'function'),
        config?.notes,
      ]),
    },
    {
      label: 'Outcome',
      text: joined([
        `${outcome} (${OUTCOME_WORDS[outcome]})`,
        failedStage === null ? undefined : `at ${failedStage}: ${STAGE_TITLES[failedStage]}`,
      ]),
    },
    { label: 'Seen', text: observation.summary },
    { label: 'Remedy', text: observation.workaround },
    { label: 'Notes', text: observation.notes },
    {
      label: 'Grade',
      text: joined([observation.grade, observation.reporter && `by ${observation.reporter}`, source.date]),
    },
    { label: 'Source', text: joined([source.kind, source.title]) },
    ...relationsOf(observation, detail),
  ];
  return rows.flatMap(({ label, text }) => (text ? [{ label, text }] : []));
}

function cardOf({ observation, card }: ObservationDetail): string {
  if (observation.subject === 'platform')
    return observation.device === null ? 'any' : joined([observation.device.name, observation.device.pciId])!;
  const { name, pciId, subsystemId, architecture, chip } = observation.gpu;
  return joined([name, pciId, subsystemId && `subsystem ${subsystemId}`, architecture, chip ?? card?.chip])!;
}

function relationsOf(observation: Observation, { confirmedBy, contradictedBy, supersededBy }: ObservationDetail): Rows {
  const ids = (list: readonly string[] | undefined): string | undefined => joined(list ?? []);
  return [
    { label: 'Confirms', text: ids(observation.confirms) },
    { label: 'Contradicts', text: ids(observation.contradicts) },
    { label: 'Replaces', text: ids(observation.supersedes) },
    { label: 'Confirmed by', text: ids(confirmedBy) },
    { label: 'Contradicted by', text: ids(contradictedBy) },
    { label: 'Replaced by', text: ids(supersededBy) },
    { label: 'Withdrawn', text: observation.withdrawn },
  ];
}

/** The parts that are there, with commas; undefined when none is. */
function joined(parts: readonly (string | null | undefined)[]): string | undefined {
  const told = parts.filter((part): part is string => part !== null && part !== undefined && part !== '');
  return told.length === 0 ? undefined : told.join(', ');
}
