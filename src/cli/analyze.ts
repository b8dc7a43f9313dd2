import { addMatrix } from '../matrix/report-part.ts';
import type { Severity } from '../model/finding.ts';
import type { PostPlace } from '../model/post.ts';
import type { Report } from '../model/report.ts';
import { clean } from '../model/text.ts';
import { diagnosisOf, failsOn, reportOf } from './case.ts';
import { casesOf } from './collections.ts';
import { expectInputs, whyNothing } from './diagnosis.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { terminal } from './terminal.ts';

/** Formats that can hold several cases. */
const FOR_MANY = ['sarif', 'junit', 'ndjson'] as const;

/** Formats that nobody but people read. */
const FOR_PEOPLE: readonly AnalyzeOptions['format'][] = ['text', 'markdown', 'html'];

export interface AnalyzeOptions {
  format: 'text' | 'markdown' | 'html' | 'json' | (typeof FOR_MANY)[number];
  failOn: Severity | 'never';
  noColor: boolean;
  verbose: boolean;
  /** as text: only the verdict, in one line */
  quiet: boolean;
  toFile: boolean;
  /** shapes Markdown for one place */
  place?: PostPlace | undefined;
  /** characters that the place takes */
  limit?: number | undefined;
  /** replaces private values before anything is looked at */
  redact: boolean;
  /** every input is a case of its own */
  each: boolean;
  /** with ndjson: so many threads, a file of results to go on with, a file for the results */
  jobs?: number | undefined;
  resume?: string | undefined;
  output?: string | undefined;
  /** takes the lines of ndjson as they come, unless they go to a file */
  onLine: (line: string) => Promise<void>;
}

export interface AnalyzeResult {
  text: string;
  /** a finding is at or above `failOn` */
  failed: boolean;
  /** why nothing was understood, one line; missing when at least one artifact was */
  nothing?: string;
  /** the text went where it was to go already */
  written?: boolean;
  /** what was done, one line for people */
  note?: string;
}

/** What flags ask for: a post is Markdown in the widest sense. @throws ExpectedError when they contradict each other */
export function formatOf(flags: {
  json: boolean;
  format?: AnalyzeOptions['format'] | undefined;
  for?: PostPlace | undefined;
  jobs?: number | undefined;
  resume?: string | undefined;
}): AnalyzeOptions['format'] {
  const forMany = (['jobs', 'resume'] as const).find((flag) => flags[flag] !== undefined);
  if (forMany !== undefined) {
    if (!flags.json && flags.for === undefined && (flags.format ?? 'ndjson') === 'ndjson') return 'ndjson';
    throw new ExpectedError(`--${forMany}: is for results of many inputs`, EXIT.usage, ['use it with --format ndjson']);
  }
  if (flags.json) return 'json';
  if (flags.for === undefined) return flags.format ?? 'text';
  if (flags.format !== undefined && flags.format !== 'markdown') {
    throw new ExpectedError(`--for ${flags.for}: a post has the form of that place, not ${flags.format}`, EXIT.usage, [
      'leave --format out',
    ]);
  }
  return 'markdown';
}

/** Opens inputs, diagnoses, renders. */
export async function analyze(inputs: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const { format, each, failOn } = options;
  if (each && !isForMany(format)) {
    throw new ExpectedError(`--each: one ${format} report holds one case`, EXIT.usage, [
      `use it with --format ${FOR_MANY.join(' or --format ')}`,
    ]);
  }
  if (format === 'ndjson') return (await import('./many.ts')).analyzeMany(inputs, options);
  if (each) return analyzeEach(inputs, options);
  if (FOR_PEOPLE.includes(format)) expectInputs(inputs);
  if (format === 'html') return analyzeToPage(inputs, options);
  const report = await reportOf(inputs, options);
  const nothing = whyNothing(report.inputs);
  return {
    text: isForMany(format) ? await renderCases([{ report }], format, options) : await render(report, format, options),
    failed: failsOn(report, failOn),
    ...(nothing !== undefined && { nothing }),
  };
}

const isForMany = (format: AnalyzeOptions['format']): format is (typeof FOR_MANY)[number] =>
  FOR_MANY.some((many) => many === format);

/** A page shows the lines it quotes in their context: it needs the texts beside the report. */
async function analyzeToPage(inputs: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const diagnosis = await diagnosisOf(inputs, options);
  const report = addMatrix(diagnosis, embeddedMatrix());
  const { renderHtml } = await import('../report/html/report.ts');
  const nothing = whyNothing(report.inputs);
  return {
    text: renderHtml(report, {
      artifacts: diagnosis.reading.artifacts.map(({ artifact }) => artifact),
      redacted: options.redact,
    }),
    failed: failsOn(report, options.failOn),
    ...(nothing !== undefined && { nothing }),
  };
}

/** Several cases in one document. */
async function analyzeEach(given: readonly string[], options: AnalyzeOptions): Promise<AnalyzeResult> {
  const inputs = await casesOf(given);
  const cases: { name: string; report: Report }[] = [];
  const unused: string[] = [];
  for (const name of inputs) {
    const report = await reportOf([name], options);
    cases.push({ name, report });
    if (whyNothing(report.inputs) !== undefined) unused.push(name);
  }
  return {
    text: await renderCases(cases, options.format === 'junit' ? 'junit' : 'sarif', options),
    failed: cases.some(({ report }) => failsOn(report, options.failOn)),
    ...nothingIn(unused, inputs),
  };
}

const SHOWN = 3;

function nothingIn(unused: readonly string[], inputs: readonly string[]): Pick<AnalyzeResult, 'nothing'> {
  if (unused.length === 0) return {};
  const names = [...unused.slice(0, SHOWN), ...(unused.length > SHOWN ? [`and ${unused.length - SHOWN} more`] : [])];
  return { nothing: `${unused.length} of ${inputs.length} inputs could not be used: ${clean(names.join(', '))}` };
}

async function renderCases(
  cases: readonly { name?: string; report: Report }[],
  format: 'sarif' | 'junit' | 'ndjson',
  { verbose, failOn }: AnalyzeOptions,
): Promise<string> {
  if (format === 'junit') return (await import('../report/junit.ts')).renderJunit(cases, { failOn });
  const { RULES } = await import('../rules/index.ts');
  return (await import('../report/sarif.ts')).renderSarif(cases, { verbose, rules: RULES });
}

async function render(
  report: Report,
  format: 'text' | 'markdown' | 'json',
  { noColor, verbose, quiet, toFile, place, limit, redact }: AnalyzeOptions,
): Promise<string> {
  if (format === 'json') return (await import('../report/json.ts')).renderJson(report);
  if (format === 'markdown') {
    if (place === undefined) return (await import('../report/markdown.ts')).renderMarkdown(report);
    return (await import('../report/post.ts')).renderPost(report, { place, limit, redacted: redact });
  }
  const drawing = { ...terminal({ noColor, toFile }), verbose };
  if (quiet) return (await import('../report/verbosity.ts')).renderQuiet(report, drawing);
  if (verbose) {
    const { RULES } = await import('../rules/index.ts');
    return (await import('../report/verbosity.ts')).renderVerbose(report, RULES, drawing);
  }
  const { renderText } = await import('../report/text.ts');
  return renderText(report, drawing);
}
