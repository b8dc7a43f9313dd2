/**
 * JUnit XML as Jenkins, GitLab and others read it (junit-10.xsd of the Jenkins xUnit plug-in): for each case one test suite
 * for how far it got, one for its cards, and one for each stage with everything that rules looked for there.
 */
import { type Evidence, type Finding, SEVERITIES, type Severity } from '../model/finding.ts';
import type { CardVerdict, Report } from '../model/report.ts';
import { STAGES } from '../model/stage.ts';
import { clean } from '../model/text.ts';
import type { NamedReport } from './sarif.ts';
import { OUTCOME_WORDS, sentence } from './words.ts';

export interface JunitOptions {
  /** a present finding at least this severe fails its test */
  failOn: Severity | 'never';
}

interface TestCase {
  classname: string;
  name: string;
  result: { type: 'passed' } | { type: 'failure' | 'skipped'; message: string; kind: string; text: string };
  /** what is worth knowing of a test that passed */
  output?: string;
}

interface Suite {
  name: string;
  cases: TestCase[];
  properties?: Record<string, string>;
}

export function renderJunit(cases: readonly NamedReport[], options: JunitOptions): string {
  const suites = cases.flatMap((entry) => suitesOf(entry, options)).filter((suite) => suite.cases.length > 0);
  const all = suites.flatMap((suite) => suite.cases);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'gpudiag', ...countsOf(all) })}>`,
    ...suites.flatMap(drawSuite),
    '</testsuites>',
    '',
  ].join('\n');
}

function suitesOf({ name, report }: NamedReport, { failOn }: JunitOptions): Suite[] {
  const prefix = ['gpudiag', ...(name === undefined ? [] : [name])].join('.');
  const { findings, verdict, tool, cards } = report;
  const failing = failingOf(findings, failOn);
  return [
    {
      name: `${prefix}.stages`,
      properties: {
        tool: `${tool.name} ${tool.version}`,
        outcome: verdict.outcome,
        summary: verdict.summary,
        causes: verdict.causes.map(({ code, confidence }) => `${code} (${confidence})`).join(', '),
      },
      cases: verdict.stages.map((stage) => stageCase(`${prefix}.stages`, stage)),
    },
    { name: `${prefix}.cards`, cases: cards.map((card) => cardCase(`${prefix}.cards`, card)) },
    ...STAGES.map((stage) => ({
      name: `${prefix}.${stage}`,
      cases: distinct(
        findings
          .filter((finding) => finding.stage === stage)
          .map((finding) => findingCase(`${prefix}.${stage}`, finding, failing)),
      ),
    })),
  ];
}

/** Present and severe enough, and not merely what another one of them leads to: a failure is reported once. */
function failingOf(findings: readonly Finding[], failOn: Severity | 'never'): ReadonlySet<Finding> {
  if (failOn === 'never') return new Set();
  const severe = findings.filter(
    ({ state, severity }) => state === 'present' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn),
  );
  const codes = new Set(severe.filter(({ role }) => role !== 'consequence').map(({ code }) => code));
  return new Set(severe.filter(({ role, explainedBy }) => role !== 'consequence' || !codes.has(explainedBy ?? '')));
}

type Stage = Report['verdict']['stages'][number];

function stageCase(classname: string, { id, status, because, evidence }: Stage): TestCase {
  if (status === 'passed') return { classname, name: id, result: { type: 'passed' } };
  const message = because ?? (status === 'failed' ? 'failed' : 'the evidence does not show it');
  const type = status === 'failed' ? 'failure' : 'skipped';
  return { classname, name: id, result: { type, kind: status, message, text: linesOf(evidence) } };
}

function cardCase(classname: string, card: CardVerdict): TestCase {
  const { pciId, hostBdf, guestBdf, guest, outcome, summary, failedAt, causes } = card;
  const where = [hostBdf, guestBdf ?? guest].filter((part) => part !== undefined).join(' -> ');
  const name = `${card.name ?? pciId ?? 'card'} ${where}`.trim();
  if (failedAt === undefined) return { classname, name, result: { type: 'passed' }, output: summary };
  const text = causes.map(({ code, confidence }) => `${code} (${confidence})`).join('\n');
  const message = `${OUTCOME_WORDS[outcome]}: ${summary}`;
  return { classname, name, result: { type: 'failure', kind: `failed at ${failedAt}`, message, text } };
}

function findingCase(classname: string, finding: Finding, failing: ReadonlySet<Finding>): TestCase {
  const { code, state, severity, subject, title, detail, evidence, explainedBy, confidence, needs, decideWith } =
    finding;
  const about = [subject?.hostBdf, subject?.guestBdf, subject?.vm ?? subject?.guest].find((part) => part !== undefined);
  const name = about === undefined ? code : `${code} (${about})`;
  const told = sentence(title);
  const body = [...(detail === undefined ? [] : [sentence(detail)]), linesOf(evidence), ...fixOf(finding)]
    .filter((text) => text !== '')
    .join('\n');
  if (state === 'not-evaluated') {
    const command = decideWith === undefined ? '' : ` Would decide: ${decideWith}`;
    const message = `not evaluated, missing: ${needs.join(', ')}.${command}`;
    return { classname, name, result: { type: 'skipped', kind: 'not-evaluated', message, text: '' } };
  }
  if (state === 'absent') return { classname, name, result: { type: 'passed' } };
  if (failing.has(finding)) {
    const kind = [severity, confidence].filter((part) => part !== undefined).join(', ');
    return { classname, name, result: { type: 'failure', kind, message: told, text: body } };
  }
  if (explainedBy !== undefined) {
    const message = `follows from ${explainedBy}: ${told}`;
    return { classname, name, result: { type: 'skipped', kind: 'consequence', message, text: body } };
  }
  return { classname, name, result: { type: 'passed' }, output: `${severity}: ${told}\n${body}`.trimEnd() };
}

/** Readers keep one test of a name: the second of several gets a number. */
function distinct(cases: readonly TestCase[]): TestCase[] {
  const seen = new Map<string, number>();
  return cases.map((test) => {
    const count = (seen.get(test.name) ?? 0) + 1;
    seen.set(test.name, count);
    return count === 1 ? test : { ...test, name: `${test.name} #${count}` };
  });
}

const linesOf = (evidence: readonly Evidence[]): string =>
  evidence
    .map(
      ({ artifact, line, quote, role }) =>
        `${clean(artifact)}:${line}: ${clean(quote)}${role === 'against' ? ' (against it)' : ''}`,
    )
    .join('\n');

const fixOf = ({ fix }: Finding): string[] =>
  fix.map(({ text, command }, i) => `fix ${i + 1}: ${text}${command === undefined ? '' : ` ${command}`}`);

const countsOf = (cases: readonly TestCase[]) => ({
  tests: String(cases.length),
  failures: String(cases.filter(({ result }) => result.type === 'failure').length),
  errors: '0',
});

function drawSuite({ name, cases, properties = {} }: Suite): string[] {
  const skipped = String(cases.filter(({ result }) => result.type === 'skipped').length);
  const entries = Object.entries(properties).map(
    ([key, value]) => `      <property${attributes({ name: key, value })}/>`,
  );
  return [
    `  <testsuite${attributes({ name, ...countsOf(cases), skipped, time: '0' })}>`,
    ...(entries.length > 0 ? ['    <properties>', ...entries, '    </properties>'] : []),
    ...cases.flatMap(drawCase),
    '  </testsuite>',
  ];
}

function drawCase({ classname, name, result, output }: TestCase): string[] {
  const open = `    <testcase${attributes({ classname, name, time: '0' })}`;
  if (result.type === 'passed') {
    return output === undefined
      ? [`${open}/>`]
      : [`${open}>`, `      <system-out>${escape(output)}</system-out>`, '    </testcase>'];
  }
  const { type, message, kind, text } = result;
  const tag = `${type}${attributes({ message, type: kind })}`;
  const body = text === '' ? `<${tag}/>` : `<${tag}>${escape(text)}</${type}>`;
  return [`${open}>`, `      ${body}`, '    </testcase>'];
}

const attributes = (values: Record<string, string>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escape(clean(value)).replace(/"/g, '&quot;')}"`)
    .join('');

/** What XML 1.0 has no way to write, not even as a reference: controls, halves of surrogate pairs, U+FFFE and U+FFFF. */
const ILLEGAL = /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** What XML may hold and a terminal acts on: DEL, C1 controls, bidi and other invisible characters. */
const INVISIBLE = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** `>` too: `]]>` must not stand in text. */
const escape = (text: string): string =>
  text
    .replace(ILLEGAL, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(INVISIBLE, (character) => `&#x${character.codePointAt(0)!.toString(16)};`);
