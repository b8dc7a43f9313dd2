import { MANIFEST_FILE, readManifest } from '../bundle/manifest.ts';
import type { RawFile } from '../bundle/open.ts';
import type { Diagnosis } from '../diagnose/diagnose.ts';
import { addMatrix } from '../matrix/report-part.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { errorLine, type InputError, reportLine } from '../report/ndjson.ts';
import { diagnoseInputs, whyNothing } from './diagnosis.ts';
import { embeddedMatrix } from './embedded.ts';
import { describeError, EXIT } from './errors.ts';
import { sourceOf } from './source.ts';

/** How a case is looked at; plain data, so that it can be handed to a thread. */
export interface CaseOptions {
  /** replaces private values before anything is looked at */
  redact: boolean;
  failOn: Severity | 'never';
}

/** Opens inputs and diagnoses them as one case. @param look sees the files before anything is replaced in them */
export async function diagnosisOf(
  inputs: readonly string[],
  { redact }: Pick<CaseOptions, 'redact'>,
  look: (raw: readonly RawFile[]) => void = () => undefined,
): Promise<Diagnosis> {
  const redactInputs = redact ? (await import('./redacted-inputs.ts')).redactInputs : undefined;
  return diagnoseInputs(inputs, {
    prepare: (raw) => {
      look(raw);
      return redactInputs === undefined ? raw : redactInputs(raw);
    },
  });
}

export const reportOf = async (inputs: readonly string[], options: Pick<CaseOptions, 'redact'>): Promise<Report> =>
  addMatrix(await diagnosisOf(inputs, options), embeddedMatrix());

export function failsOn(report: Report, failOn: Severity | 'never'): boolean {
  if (failOn === 'never') return false;
  const bar = SEVERITIES.indexOf(failOn);
  return report.findings.some(({ state, severity }) => state === 'present' && SEVERITIES.indexOf(severity) >= bar);
}

/** What became of one input of many. */
export interface CaseResult {
  /** JSON, with the line break */
  line: string;
  /** a finding is at or above `failOn` */
  failed: boolean;
  /** set when there is no report */
  error?: InputError;
}

/**
 * Analyses one input as a case of its own. Never throws: what is wrong becomes its result.
 * @param name what the result is called by, where that is not where it lies
 */
export async function analyzeCase(path: string, options: CaseOptions, name = path): Promise<CaseResult> {
  const source = await sourceOf(path);
  try {
    let collectedAt: string | undefined;
    const diagnosis = await diagnosisOf([path], options, (raw) => (collectedAt = dateOf(raw)));
    const report = addMatrix(diagnosis, embeddedMatrix());
    const nothing = whyNothing(report.inputs);
    if (nothing !== undefined) return failedCase(name, { message: nothing, exit: EXIT.input }, { source });
    return { line: reportLine(name, report, { source, collectedAt }), failed: failsOn(report, options.failOn) };
  } catch (thrown) {
    const { message, exit } = describeError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    return failedCase(name, { message, exit }, { source });
  }
}

export const failedCase = (
  name: string,
  error: InputError,
  origin: Parameters<typeof errorLine>[2] = {},
): CaseResult => ({ line: errorLine(name, error, origin), failed: false, error });

/** When a bundle was collected: its manifest lies at its top, or in the one folder that it was packed with. */
function dateOf(raw: readonly RawFile[]): string | undefined {
  const file = raw.find(({ path }) => /^(?:[^/]+\/)?[^/]+$/.test(path) && path.split('/').at(-1) === MANIFEST_FILE);
  const read = file === undefined ? undefined : readManifest(Buffer.from(file.bytes).toString('utf8'));
  return read !== undefined && 'manifest' in read ? read.manifest.createdAt : undefined;
}
