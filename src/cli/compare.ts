import * as v from 'valibot';
import { decode } from '../bundle/decode.ts';
import { openInputs } from '../bundle/open.ts';
import { compareReports } from '../compare/compare.ts';
import { addMatrix } from '../matrix/report-part.ts';
import type { Comparison } from '../model/comparison.ts';
import type { Severity } from '../model/finding.ts';
import { type Report, ReportSchema, SCHEMA_VERSION } from '../model/report.ts';
import { diagnoseInputs, expectInputs, whyNothing } from './diagnosis.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { terminal } from './terminal.ts';
import { VERSION } from './version.ts';

export interface CompareFlags {
  format: 'text' | 'markdown' | 'json';
  failOn: Severity | 'never';
  noColor: boolean;
  verbose: boolean;
  toFile: boolean;
}

export interface CompareResult {
  text: string;
  /** B is worse, and that was to be a failure */
  failed: boolean;
}

/**
 * Says what changed from A to B. Each is a bundle, folder, file or `-`, or a report that `analyze --json` wrote.
 * @throws ExpectedError when nothing in one of them is understood
 */
export async function compare(a: string, b: string, flags: CompareFlags): Promise<CompareResult> {
  if (a === '-' && b === '-') throw new ExpectedError('only one of A and B can be standard input', EXIT.usage);
  for (const input of [a, b]) expectInputs([input]);
  const before = { input: a, report: await reportOf(a) };
  const after = { input: b, report: await reportOf(b) };
  const countFrom = flags.failOn === 'never' ? 'error' : flags.failOn;
  const comparison = compareReports(before, after, { toolVersion: VERSION, countFrom });
  return {
    text: await render(comparison, flags),
    failed: flags.failOn !== 'never' && comparison.verdict === 'worse',
  };
}

async function reportOf(input: string): Promise<Report> {
  // Standard input can be read once: what it holds is looked at before anything else is made of it.
  const written = input === '-' ? undefined : await writtenReport(input);
  if (written !== undefined) return written;
  const report = addMatrix(await diagnoseInputs([input]), embeddedMatrix());
  const nothing = whyNothing(report.inputs);
  if (nothing !== undefined) throw new ExpectedError(`${input}: ${nothing}`, EXIT.input);
  return report;
}

/** The report that a file holds; undefined when it holds something else. */
async function writtenReport(input: string): Promise<Report | undefined> {
  const files = await openInputs([input]);
  const decoded = files.length === 1 ? decode(files[0]!.bytes) : undefined;
  if (decoded === undefined || !('text' in decoded) || !/^\s*\{/.test(decoded.text)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(decoded.text);
  } catch {
    return undefined;
  }
  const read = v.safeParse(
    v.looseObject({ schemaVersion: v.number(), tool: v.object({ name: v.literal('gpudiag') }) }),
    value,
  );
  if (!read.success) return undefined;
  const report = v.safeParse(ReportSchema, value);
  if (report.success) return report.output;
  const why =
    read.output.schemaVersion === SCHEMA_VERSION
      ? `is not a report of gpudiag analyze --json (${v.getDotPath(report.issues[0]) ?? 'as a whole'})`
      : `is a report of another version (${read.output.schemaVersion}, this program writes ${SCHEMA_VERSION})`;
  throw new ExpectedError(`${input}: ${why}`, EXIT.input, ['compare the bundles themselves']);
}

async function render(comparison: Comparison, { format, noColor, verbose, toFile }: CompareFlags): Promise<string> {
  const { renderComparisonJson, renderComparisonMarkdown, renderComparisonText } = await import('../report/compare.ts');
  if (format === 'json') return renderComparisonJson(comparison);
  if (format === 'markdown') return renderComparisonMarkdown(comparison, verbose);
  return renderComparisonText(comparison, { ...terminal({ noColor, toFile }), verbose });
}
