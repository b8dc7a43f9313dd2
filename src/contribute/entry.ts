import { createHash } from 'node:crypto';
import { observationPath } from '../matrix/path.ts';
import type { GpuObservation } from '../model/observation.ts';
import type { Evidence, EvidenceFile } from './evidence.ts';

/** What facts cannot tell. Left out: not said. */
export interface Answers {
  /** `stock`, an id of tables/patches.csv, `other` or `unknown` */
  patch?: string;
  /** which patch, when it is none of the table */
  patchDetail?: string;
  review?: string;
  commit?: string;
  /** what made it work in the end */
  workaround?: string;
  firmware?: string;
  notes?: string;
  /** undefined: anonymous */
  reporter?: string;
}

/** Everything that is published: paths below the root of the repository, in their order. */
export interface Contribution {
  observation: GpuObservation;
  files: { path: string; text: string }[];
}

const EVIDENCE_FOLDER = 'matrix-data/evidence';

/** @param date of the evidence, `2026-11-20` */
export function buildContribution({ files, claim, complete }: Evidence, answers: Answers, date: string): Contribution {
  const { patch, patchDetail, review, commit, workaround, firmware, notes, reporter } = answers;
  const { outcome, failedStage, symptoms, summary, ...configuration } = claim;
  const id = idOf(claim.gpu.name, files, reporter);
  const observation: GpuObservation = {
    $schema: '../../../schemas/observation.schema.json',
    id,
    subject: 'gpu',
    ...configuration,
    host: { ...claim.host, ...(firmware !== undefined && { firmware }) },
    bhyve: {
      ...claim.bhyve,
      ...(patch !== undefined && { patch }),
      ...(patchDetail !== undefined && { detail: patchDetail }),
      ...(review !== undefined && { review }),
      ...(commit !== undefined && { commit }),
    },
    outcome,
    failedStage,
    symptoms,
    summary,
    workaround: workaround ?? null,
    source: { kind: 'bundle', url: null, title: `${EVIDENCE_FOLDER}/${id}`, date },
    grade: complete ? 'evidenced' : 'reported',
    reporter: reporter ?? null,
    ...(notes !== undefined && { notes }),
  };
  return {
    observation,
    files: [
      { path: `matrix-data/${observationPath(observation)}`, text: entryText(observation) },
      ...files.map(({ path, text }) => ({ path: `${EVIDENCE_FOLDER}/${id}/${path}`, text })),
    ].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

/** As Prettier writes it with the settings of the project: lists of words and numbers stand in one line where they fit. */
const entryText = (observation: GpuObservation): string =>
  `${JSON.stringify(observation, null, 2).replace(
    /^(.*)\[\n([^[\]{}]*?)\n\s*\](,?)$/gm,
    (whole, before: string, items: string, end: string) => {
      const line = `${before}[${items.trim().replace(/,\n\s*/g, ', ')}]${end}`;
      return line.length <= MAX_LINE ? line : whole;
    },
  )}\n`;

const MAX_LINE = 120;
const MAX_WORD = 20;

const slug = (text: string): string =>
  text
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, MAX_WORD)
    .replace(/-$/, '');

/** The same evidence of the same reporter always gets the same id, so that a second run finds the first. */
function idOf(card: string, files: readonly EvidenceFile[], reporter: string | undefined): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([reporter ?? null, files]))
    .digest('hex');
  return [slug(reporter ?? '') || 'anon', slug(card) || 'gpu', hash.slice(0, 10)].join('-');
}
