import { decodeRmInit } from '../../diagnose/rm-init.ts';
import type { RmInitRow, Tables } from '../../model/tables.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

const REFERENCE = 'open-gpu-kernel-modules: osinit.c (stages), nvstatuscodes.h (status)';
const FINDING = 'rm-init-adapter-failed';

/** A topic for each code: `rm-init:0x31` is a stage, `rm-status:0xffff` a status. */
export function rmInitTopics({ rmInit }: Pick<Tables, 'rmInit'>): Topic[] {
  const byId = new Map<string, RmInitRow[]>();
  for (const row of rmInit) {
    const id = `${row.part === 'stage' ? 'rm-init' : 'rm-status'}:${row.code}`;
    byId.set(id, [...(byId.get(id) ?? []), row]);
  }
  return [...byId].map(([id, rows]) => {
    const { part, code, symbol, meaning } = rows[0]!;
    return topicOf({
      id,
      type: 'rm-init',
      title: meaning,
      lead: `${part} ${code} of RmInitAdapter, ${symbol}`,
      parts: rows.map((row) => ({
        ...(row.branches !== '' && { label: `Drivers ${row.branches}:` }),
        text: `${row.symbol}: ${row.meaning}`,
      })),
      references: [REFERENCE],
      related: [FINDING],
      data: { part, code, rows },
    });
  });
}

/**
 * The whole of `RmInitAdapter failed! (0x31:0xffff:2767)`. Undefined when neither half is known.
 * @param codes the third number, if it was given, is a line of source code
 */
export function rmInitTriple(
  codes: { stage: string; status: string; line?: string | undefined },
  tables: Pick<Tables, 'rmInit'>,
): Topic | undefined {
  const { stage, status, text } = decodeRmInit(codes, tables);
  if (stage === undefined && status === undefined) return undefined;
  const words = [
    stage?.symbol ?? `${codes.stage} (unknown stage)`,
    status?.symbol ?? `${codes.status} (unknown status)`,
  ];
  return topicOf({
    id: `rm-init:${codes.stage}:${codes.status}`,
    type: 'rm-init',
    title: `the adapter fails at ${words.join(' with ')}`,
    lead: `RmInitAdapter failed! (${codes.stage}:${codes.status}${codes.line === undefined ? '' : `:${codes.line}`})`,
    parts: partsOf({
      'Stage:': `${codes.stage}: ${stage?.meaning ?? 'not known'}`,
      'Status:': `${codes.status}: ${status?.meaning ?? 'not known'}`,
      'Line:':
        codes.line === undefined
          ? undefined
          : `${codes.line} is a line of NVIDIA's source code; it moves with every driver and says nothing by itself.`,
    }),
    references: [REFERENCE],
    related: [...(stage ? [`rm-init:${codes.stage}`] : []), ...(status ? [`rm-status:${codes.status}`] : []), FINDING],
    data: { ...(stage && { stage }), ...(status && { status }), text },
  });
}
