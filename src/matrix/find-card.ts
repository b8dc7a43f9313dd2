import type { Matrix } from '../model/matrix.ts';
import type { GpuRow } from '../model/tables.ts';
import { modelName } from './card.ts';

/** The card that was meant; several when the text fits more than one; none when no row of the table fits. */
export function findCards({ tables, observations }: Pick<Matrix, 'tables' | 'observations'>, wanted: string): GpuRow[] {
  const text = wanted.trim().toLowerCase().replace(/^0x/, '');
  if (text === '') return [];
  const byId = tables.gpus.get(text) ?? tables.gpus.get(pciconfId(text));
  if (byId !== undefined) return [byId];
  const rows = [...tables.gpus.values()];
  const model = modelName(text);
  const exact = rows.filter(({ name }) => modelName(name) === model);
  // ids of one model differ by board; the one that was reported is the likelier
  if (exact.length > 0) return reportedFirst(exact, observations).slice(0, 1);
  const words = model.split(' ');
  const within = rows.filter(({ name }) => {
    const parts = modelName(name).split(' ');
    return words.every((word) => parts.includes(word));
  });
  return reportedFirst(within, observations);
}

/** `10de:1bb3` for what pciconf prints as `chip=0x1bb310de`, device before vendor. */
const pciconfId = (text: string): string => (/^[0-9a-f]{8}$/.test(text) ? `${text.slice(4)}:${text.slice(0, 4)}` : '');

function reportedFirst(rows: readonly GpuRow[], observations: Matrix['observations']): GpuRow[] {
  const reported = new Set(observations.map((report) => (report.subject === 'gpu' ? report.gpu.pciId : null)));
  return [...rows].sort((a, b) => Number(reported.has(b.pciId)) - Number(reported.has(a.pciId)));
}
