import type { RmInitFailure } from '../model/guest.ts';
import type { RmInitRow, Tables } from '../model/tables.ts';

export interface DecodedRmInit {
  stage?: RmInitRow;
  status?: RmInitRow;
  /** `RmInitAdapter (0x31:0xffff): VBIOS POST - generic failure` */
  text: string;
}

/** Puts a triple into words. The line number is left out: it moves with every build. */
export function decodeRmInit(
  { stage, status }: Pick<RmInitFailure, 'stage' | 'status'>,
  tables: Pick<Tables, 'rmInit'>,
  driverVersion?: string,
): DecodedRmInit {
  const branch = Number(/^\d+/.exec(driverVersion ?? '')?.[0]);
  const find = (part: RmInitRow['part'], code: string): RmInitRow | undefined => {
    const rows = tables.rmInit.filter((row) => row.part === part && row.code === code);
    return (
      rows.find(({ branches }) => Number.isFinite(branch) && branches !== '' && covers(branches, branch)) ?? rows[0]
    );
  };
  const stageRow = find('stage', stage);
  const statusRow = find('status', status);
  const words = [stageRow?.meaning ?? 'unknown stage', statusRow?.meaning ?? 'unknown status'].join('; ');
  return {
    ...(stageRow && { stage: stageRow }),
    ...(statusRow && { status: statusRow }),
    text: `RmInitAdapter (${stage}:${status}): ${words}`,
  };
}

/** `515-555`, `560+`, `525` */
function covers(branches: string, branch: number): boolean {
  const match = /^(\d+)(?:-(\d+)|(\+))?$/.exec(branches.trim());
  if (match === null) return false;
  const from = Number(match[1]);
  return match[3] === '+' ? branch >= from : branch >= from && branch <= Number(match[2] ?? from);
}
