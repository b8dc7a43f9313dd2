import { identify, type IdentifiedFile } from '../bundle/artifacts.ts';
import { openInputs } from '../bundle/open.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import { addMatrix } from '../matrix/report-part.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { RULES } from '../rules/index.ts';
import { embeddedMatrix } from './embedded.ts';
import { startProgress } from './progress.ts';
import { terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export interface AnalyzeOptions {
  format: 'text' | 'markdown' | 'json';
  failOn: Severity | 'never';
  noColor: boolean;
  verbose: boolean;
  toFile: boolean;
}

export interface AnalyzeResult {
  text: string;
  /** a finding is at or above `failOn` */
  failed: boolean;
  /** why nothing was understood, one line; missing when at least one artifact was */
  nothing?: string;
}

/** Opens inputs, diagnoses, renders. */
export async function analyze(inputs: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const report = await reportOf(inputs);
  const recognised = report.inputs.some(({ status }) => status === 'parsed' || status === 'partly');
  return {
    text: await render(report, options),
    failed: failsOn(report, options.failOn),
    ...(!recognised && { nothing: whyNothing(report.inputs) }),
  };
}

const SHOWN = 3;

/** The report lists all inputs; this is for whoever looks at the last line of the terminal. */
function whyNothing(inputs: Report['inputs']): string {
  const reasons = inputs
    .slice(0, SHOWN)
    .map(({ artifact, problems }) => `${artifact}: ${problems[0]?.message ?? 'of no kind that gpudiag knows'}`);
  if (inputs.length > SHOWN) reasons.push(`and ${inputs.length - SHOWN} more`);
  return ['nothing in the input was recognised', ...reasons].join('; ');
}

async function reportOf(inputs: readonly string[]): Promise<Report> {
  const progress = startProgress();
  try {
    progress.say('reading');
    const raw = await openInputs(inputs);
    const files: IdentifiedFile[] = [];
    for (const [i, file] of raw.entries()) {
      progress.say(`looking at file ${i + 1} of ${raw.length}`);
      const identified = identify(file);
      if (identified !== undefined) files.push(identified);
    }
    progress.say('looking for causes');
    const matrix = embeddedMatrix();
    const diagnosis = diagnose(files, { rules: RULES, tables: matrix.tables, toolVersion: VERSION });
    return addMatrix(diagnosis, matrix);
  } finally {
    progress.end();
  }
}

async function render(report: Report, { format, noColor, verbose, toFile }: AnalyzeOptions): Promise<string> {
  if (format === 'json') return (await import('../report/json.ts')).renderJson(report);
  if (format === 'markdown') return (await import('../report/markdown.ts')).renderMarkdown(report);
  const { renderText } = await import('../report/text.ts');
  return renderText(report, { ...terminal({ noColor, toFile }), verbose });
}

function failsOn(report: Report, failOn: Severity | 'never'): boolean {
  if (failOn === 'never') return false;
  const bar = SEVERITIES.indexOf(failOn);
  return report.findings.some(({ state, severity }) => state === 'present' && SEVERITIES.indexOf(severity) >= bar);
}
