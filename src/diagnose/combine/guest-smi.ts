import type { NvidiaSmiCsvFacts } from '../../../parsers/guest/nvidia-smi-csv.ts';
import type { NvidiaSmiListFacts } from '../../../parsers/guest/nvidia-smi-list.ts';
import type { NvidiaSmiQueryFacts } from '../../../parsers/guest/nvidia-smi-query.ts';
import type { NvidiaSmiTableFacts } from '../../../parsers/guest/nvidia-smi-table.ts';
import type { NvidiaSmiXmlFacts } from '../../../parsers/guest/nvidia-smi-xml.ts';
import type { SmiGpu as ParsedGpu, SmiVersions } from '../../../parsers/lib/nvidia-smi.ts';
import type { SmiLeaf, SmiLoggedGpu } from '../../../parsers/lib/nvidia-smi-log.ts';
import type { Guest, SmiGpu } from '../../model/guest.ts';
import { at, type Ref, sourced } from '../../model/source.ts';
import type { Located } from '../locate.ts';
import type { Reading } from '../read.ts';
import { gpuAt } from './guest-gpu.ts';

/** Adds what nvidia-smi printed in any of its forms. */
export function addSmiFacts(guest: Guest, reading: Reading): void {
  for (const kind of ['nvidia-smi-table', 'nvidia-smi-query', 'nvidia-smi-xml', 'nvidia-smi-csv'] as const) {
    for (const { facts } of reading.of<
      NvidiaSmiTableFacts | NvidiaSmiQueryFacts | NvidiaSmiXmlFacts | NvidiaSmiCsvFacts
    >(kind)) {
      if (facts.versions) addVersions(guest, facts.versions);
      for (const gpu of facts.gpus) addGpu(guest, gpu);
      for (const warning of 'warnings' in facts ? facts.warnings : []) {
        if (!/inforom/i.test(warning.text)) continue;
        const gpu = guest.smi.gpus.find(({ guestBdf }) => guestBdf === warning.bdf) ?? guest.smi.gpus[0];
        if (gpu !== undefined) gpu.inforomCorrupt = at(warning);
      }
    }
  }
  for (const { facts } of reading.of<NvidiaSmiListFacts>('nvidia-smi-list')) {
    if (guest.smi.gpus.length > 0) break;
    for (const listed of facts.gpus) guest.smi.gpus.push({ ...at(listed), name: listed.name });
  }
}

/** nvidia-smi lists every card, and none of them fails. */
export const works = ({ smi }: Guest): boolean =>
  smi.gpus.length > 0 && smi.gpus.every(({ failing }) => failing === undefined);

function addVersions(guest: Guest, versions: Located<SmiVersions>): void {
  const { driver } = versions;
  if (driver !== undefined && guest.driver.version === undefined) guest.driver.version = sourced(driver, versions);
  // A table is printed only when the module answers.
  if (driver !== undefined) guest.driver.loaded ??= at(versions);
}

function addGpu(guest: Guest, gpu: Located<ParsedGpu>): void {
  const known = guest.smi.gpus.find((other) => gpu.bdf !== undefined && other.guestBdf === gpu.bdf);
  const target: SmiGpu = known ?? { ...at(gpu), ...(gpu.bdf !== undefined && { guestBdf: gpu.bdf }) };
  if (known === undefined) guest.smi.gpus.push(target);
  const name = gpu.name !== undefined && !/ERR!/.test(gpu.name) ? gpu.name : undefined;
  if (name !== undefined && (target.name === undefined || target.name.endsWith('...'))) target.name = name;
  // One cell that reads ERR! may be a sensor; a name or all of them mean that the GPU does not answer.
  const dead = gpu.errors.find(({ field, text }) => /name$/i.test(field) || /GPU is lost|requires reset/i.test(text));
  if (dead !== undefined) target.failing = sourced(dead.text, dead);
  else if (gpu.errors.length >= 3) target.failing = sourced(gpu.errors[0]!.text, gpu.errors[0]!);
  else if (gpu.errors.length > 0)
    target.fieldErrors = gpu.errors.map((error) => sourced(`${error.field}: ${error.text}`, error));
  addState(target, gpu);
  if (gpu.virtualization?.mode !== undefined)
    target.virtualizationMode = sourced(gpu.virtualization.mode, gpu.virtualization);
  if (gpu.bar1?.totalBytes !== undefined) target.bar1Bytes = sourced(gpu.bar1.totalBytes, gpu.bar1);
  const refIf = (condition: boolean | undefined, ref: Ref | undefined): Ref | undefined =>
    condition === true && ref ? at(ref) : undefined;
  const retired = refIf(gpu.retiredPages?.pending, gpu.retiredPages);
  if (retired) target.retiredPagesPending = retired;
  const pending = refIf(gpu.remappedRows?.pending, gpu.remappedRows);
  if (pending) target.rowRemapPending = pending;
  const failure = refIf(gpu.remappedRows?.failure, gpu.remappedRows);
  if (failure) target.rowRemapFailure = failure;
  const ecc = gpu.ecc;
  if (ecc?.volatileUncorrected !== undefined && ecc.volatileUncorrected > 0)
    target.uncorrectableEcc = sourced(ecc.volatileUncorrected, ecc);
  if (gpu.bdf === undefined) return;
  const guestGpu = gpuAt(guest, gpu.bdf, gpu);
  if (gpu.pciId !== undefined) guestGpu.pciId ??= gpu.pciId;
  if (gpu.subsystemId !== undefined) guestGpu.subsystemId ??= gpu.subsystemId;
  if (name !== undefined) guestGpu.name ??= name;
}

/** Utilization from which on a link has no reason to save power. */
const BUSY_PERCENT = 50;

function addState(target: SmiGpu, gpu: Located<ParsedGpu>): void {
  const { link, utilization, persistenceMode } = gpu;
  if (persistenceMode !== undefined) target.persistence = sourced(persistenceMode, gpu);
  if (link !== undefined) {
    target.link = {
      ...at(link),
      ...(link.widthCurrent !== undefined && { width: link.widthCurrent }),
      ...(link.widthMax !== undefined && { widthMax: link.widthMax }),
      ...(link.generationCurrent !== undefined && { generation: link.generationCurrent }),
      ...(link.generationMax !== undefined && { generationMax: link.generationMax }),
    };
  }
  if ((utilization?.gpuPercent ?? 0) >= BUSY_PERCENT) target.busy = at(utilization!);
  const licence = leavesOf(gpu).find(({ path }) => /license[ _]status$/i.test(path));
  if (licence !== undefined) target.licence = sourced(licence.value, licence);
}

/** What a log (`-q`) prints of a GPU beyond the fields that all forms have. */
const leavesOf = (gpu: Located<ParsedGpu>): Located<SmiLeaf>[] =>
  'leaves' in gpu ? (gpu as Located<SmiLoggedGpu>).leaves : [];
