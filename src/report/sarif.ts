/**
 * SARIF 2.1.0 (OASIS Standard): one run for each case, rules from the rule objects, results with the lines that show them.
 * What a rule excluded is a result of kind `pass`, what it could not look at one of kind `open`; both only when everything
 * is asked for, because some readers take every result for an alert.
 */
import { createHash } from 'node:crypto';
import type { Evidence, Finding, Severity, Subject } from '../model/finding.ts';
import type { Report, ReportInput } from '../model/report.ts';
import type { Rule } from '../model/rule.ts';
import { clean } from '../model/text.ts';
import { sentence } from './words.ts';

/** A report and what its case is called where there are several. */
export interface NamedReport {
  name?: string;
  report: Report;
}

export interface SarifOptions {
  /** also what is absent or was not evaluated */
  verbose: boolean;
  rules: readonly Rule[];
}

const SCHEMA = 'https://json.schemastore.org/sarif-2.1.0.json';

type Level = 'error' | 'warning' | 'note' | 'none';

const LEVELS: Record<Severity, Level> = { fatal: 'error', error: 'error', warning: 'warning', info: 'note' };

export function renderSarif(cases: readonly NamedReport[], { verbose, rules }: SarifOptions): string {
  const ruleOf = new Map(rules.map((rule) => [rule.code, rule]));
  const log = { $schema: SCHEMA, version: '2.1.0', runs: cases.map((entry) => runOf(entry, verbose, ruleOf)) };
  return `${JSON.stringify(log, wellFormed, 2)}\n`;
}

/** Halves of surrogate pairs have no UTF-8; everything else that JSON escapes is left to it. */
const wellFormed = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? value.replace(/\p{Cs}/gu, '\ufffd') : value;

function runOf({ name, report }: NamedReport, verbose: boolean, ruleOf: ReadonlyMap<string, Rule>) {
  const { tool, inputs, findings, verdict } = report;
  const shown = findings.filter(({ state }) => verbose || state === 'present');
  const codes = [...new Set(shown.map(({ code }) => code))];
  const artifacts = artifactsOf(inputs);
  const indexOf = new Map(artifacts.map(({ location }, i) => [location.uri, i]));
  const seen = new Map<string, number>();
  return {
    tool: {
      driver: {
        name: tool.name,
        ...(/^\d+\.\d+\.\d+/.test(tool.version) ? { semanticVersion: tool.version } : { version: clean(tool.version) }),
        rules: codes.map((code) => describe(code, ruleOf.get(code))),
      },
    },
    ...(name !== undefined && { automationDetails: { id: `gpudiag/${uriOf(name)}/` } }),
    columnKind: 'utf16CodeUnits',
    artifacts,
    invocations: [{ executionSuccessful: true, toolExecutionNotifications: notifications(inputs, indexOf) }],
    results: shown.map((finding) => resultOf(finding, codes.indexOf(finding.code), indexOf, seen)),
    properties: {
      outcome: verdict.outcome,
      summary: clean(verdict.summary),
      causes: verdict.causes.map(({ code, confidence }) => ({ code, confidence })),
    },
  };
}

/** One entry a file; a file that holds several texts is there once. */
function artifactsOf(inputs: readonly ReportInput[]) {
  const files = new Map<string, ReportInput>();
  for (const input of inputs) if (!files.has(uriOf(input.artifact))) files.set(uriOf(input.artifact), input);
  return [...files].map(([uri, { bytes, sha256 }]) => ({
    location: { uri },
    length: bytes,
    ...(/^[0-9a-f]{64}$/.test(sha256) && { hashes: { 'sha-256': sha256 } }),
    roles: ['analysisTarget'],
  }));
}

/** A code without a rule object comes from a report of another version: only its name is known. */
function describe(code: string, rule: Rule | undefined) {
  if (rule === undefined) return { id: code };
  const { title, why, fix, references, severity, stage, kind } = rule;
  const steps = fix.map(({ text, command }, i) => `${i + 1}. ${text}${command === undefined ? '' : ` ${command}`}`);
  const address = references.find((reference) => /^https:\/\/[\w./?=&%#~+:-]+$/.test(reference));
  return {
    id: code,
    name: code.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase()),
    shortDescription: { text: sentence(title) },
    fullDescription: { text: why },
    help: { text: [why, ...steps].join('\n') },
    ...(address !== undefined && { helpUri: address }),
    defaultConfiguration: { level: LEVELS[severity] },
    properties: { tags: ['gpu-passthrough', stage, kind] },
  };
}

const KINDS = { present: 'fail', absent: 'pass', 'not-evaluated': 'open' } as const;

function resultOf(
  finding: Finding,
  ruleIndex: number,
  indexOf: ReadonlyMap<string, number>,
  seen: Map<string, number>,
) {
  const { code, state, kind, severity, title, detail, evidence, subject, confidence, role, explainedBy, stage } =
    finding;
  const told = state === 'present' && kind === 'notice' && severity === 'info' ? 'informational' : KINDS[state];
  // What speaks for the finding comes first; where it is absent, what excludes it is all there is.
  const [first, ...others] = evidence.toSorted((a, b) => Number(a.role === 'against') - Number(b.role === 'against'));
  const names = [subject?.hostBdf, subject?.guestBdf, subject?.vm ?? subject?.guest].filter(
    (part) => part !== undefined,
  );
  return {
    ruleId: code,
    ruleIndex,
    kind: told,
    // The standard wants level `none` for every kind but `fail`.
    level: told === 'fail' ? LEVELS[severity] : 'none',
    message: { text: clean(detail === undefined ? sentence(title) : `${sentence(title)} ${sentence(detail)}`) },
    ...((first !== undefined || names.length > 0) && {
      locations: [
        {
          ...(first !== undefined && { physicalLocation: physical(first, indexOf) }),
          ...(names.length > 0 && {
            logicalLocations: names.map((part) => ({ fullyQualifiedName: clean(part), kind: 'resource' })),
          }),
        },
      ],
    }),
    ...(others.length > 0 && {
      relatedLocations: others.map((line, i) => ({
        id: i + 1,
        physicalLocation: physical(line, indexOf),
        message: { text: line.role === 'against' ? 'speaks against it' : 'shows it too' },
      })),
    }),
    partialFingerprints: { 'gpudiag/v1': fingerprint(code, subject, first?.artifact, seen) },
    properties: {
      stage,
      findingKind: kind,
      severity,
      ...(confidence !== undefined && { confidence }),
      ...(role !== undefined && { role }),
      ...(explainedBy !== undefined && { explainedBy }),
    },
  };
}

const physical = ({ artifact, line, quote }: Evidence, indexOf: ReadonlyMap<string, number>) => ({
  artifactLocation: place(artifact, indexOf),
  region: { startLine: line, snippet: { text: clean(quote) } },
});

function place(artifact: string, indexOf: ReadonlyMap<string, number>) {
  const uri = uriOf(artifact);
  const index = indexOf.get(uri);
  return { uri, ...(index !== undefined && { index }) };
}

/** Stays the same when lines move or times change: what it is, of which device, in which file, and which of several. */
function fingerprint(
  code: string,
  { hostBdf, guestBdf, pciId, vm, guest }: Subject = {},
  artifact: string | undefined,
  seen: Map<string, number>,
): string {
  const about = JSON.stringify([code, hostBdf, guestBdf, pciId, vm, guest, artifact]);
  const count = (seen.get(about) ?? 0) + 1;
  seen.set(about, count);
  return `${createHash('sha256').update(about).digest('hex').slice(0, 32)}:${count}`;
}

const notifications = (inputs: readonly ReportInput[], indexOf: ReadonlyMap<string, number>) =>
  inputs.flatMap(({ artifact, problems }) =>
    problems.map(({ message, line }) => ({
      level: 'warning',
      message: { text: clean(message) },
      locations: [
        {
          physicalLocation: {
            artifactLocation: place(artifact, indexOf),
            ...(line !== undefined && { region: { startLine: line } }),
          },
        },
      ],
    })),
  );

/**
 * A path inside an input as a relative URI reference, whatever it is called: percent-encoded, no scheme, no root, no step
 * upwards.
 */
export function uriOf(path: string): string {
  const segments = path
    .replace(/\p{Cs}/gu, '\ufffd')
    .split(/[/\\]/)
    .filter((segment) => segment !== '' && segment !== '.')
    .map((segment) => (segment === '..' ? '_' : encodeURIComponent(segment).replace(/[!'()*]/g, percent)));
  return segments.length === 0 ? '_' : segments.join('/');
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
