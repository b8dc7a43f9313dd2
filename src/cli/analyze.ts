import { addMatrix } from '../matrix/report-part.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Report } from '../model/report.ts';
import { diagnoseInputs, whyNothing } from './diagnosis.ts';
import { embeddedMatrix } from './embedded.ts';
import { terminal } from './terminal.ts';

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
  const nothing = whyNothing(report.inputs);
  return {
    text: await render(report, options),
    failed: failsOn(report, options.failOn),
    ...(nothing !== undefined && { nothing }),
  };
}

async function reportOf(inputs: readonly string[]): Promise<Report> {
  return addMatrix(await diagnoseInputs(inputs), embeddedMatrix());
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
