import { existsSync } from 'node:fs';
import type { IdentifiedFile } from '../bundle/artifacts.ts';
import { openInputs, type RawFile } from '../bundle/open.ts';
import { createIdentifier } from '../bundle/provenance.ts';
import { FOR_PEOPLE } from '../collect/probes.ts';
import { type Diagnosis, diagnose } from '../diagnose/diagnose.ts';
import type { ReportInput } from '../model/report.ts';
import { RULES } from '../rules/index.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { startProgress } from './progress.ts';
import { VERSION } from './version.ts';

export interface DiagnoseInputsOptions {
  /** what is done to the files before anybody looks at them */
  prepare?: (raw: readonly RawFile[]) => readonly RawFile[];
}

/** Opens inputs, tells what each is and diagnoses them; says on a terminal what takes long. */
export async function diagnoseInputs(
  inputs: readonly string[],
  { prepare = (raw) => raw }: DiagnoseInputsOptions = {},
): Promise<Diagnosis> {
  const progress = startProgress();
  try {
    progress.say('reading');
    const raw = prepare(await openInputs(inputs, { siftLogs: true }));
    const identify = createIdentifier(raw, FOR_PEOPLE);
    const files: IdentifiedFile[] = [];
    for (const [i, file] of raw.entries()) {
      progress.say(`looking at file ${i + 1} of ${raw.length}`);
      const identified = identify(file);
      if (identified !== undefined) files.push(identified);
    }
    progress.say('looking for causes');
    return diagnose(files, { rules: RULES, tables: embeddedMatrix().tables, toolVersion: VERSION });
  } finally {
    progress.end();
  }
}

/**
 * Whoever mistyped a name is not helped by a report of all that could not be looked at.
 * @throws ExpectedError when none of the inputs is there
 */
export function expectInputs(inputs: readonly string[]): void {
  if (inputs.some((input) => input === '-' || existsSync(input))) return;
  throw new ExpectedError(`${inputs.join(', ')}: no such file or folder`, EXIT.input);
}

const SHOWN = 3;

/** One line for whoever looks at the last line of the terminal; undefined when something was recognised. */
export function whyNothing(inputs: readonly ReportInput[]): string | undefined {
  if (inputs.some(({ status }) => status === 'parsed' || status === 'partly')) return undefined;
  const reasons = inputs
    .slice(0, SHOWN)
    .map(({ artifact, problems }) => `${artifact}: ${problems[0]?.message ?? 'of no kind that gpudiag knows'}`);
  if (inputs.length > SHOWN) reasons.push(`and ${inputs.length - SHOWN} more`);
  return ['nothing in the input was recognised', ...reasons].join('; ');
}
