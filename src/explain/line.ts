import { WINDOWS_PROBLEMS } from '../../parsers/guest/windows-pnp.ts';
import { readSmiError } from '../../parsers/lib/nvidia-smi-errors.ts';
import { PARSERS } from '../../parsers/index.ts';
import { identify, type IdentifiedFile } from '../bundle/artifacts.ts';
import { diagnose } from '../diagnose/diagnose.ts';
import type { Side } from '../model/artifact.ts';
import { SEVERITIES, type Severity } from '../model/finding.ts';
import type { Rule } from '../model/rule.ts';
import type { LineFinding, LineMeaning, Topic } from '../model/topic.ts';
import type { Knowledge } from './knowledge.ts';
import { exitCodeOf } from './topics/nvidia-smi.ts';
import { rmInitTriple } from './topics/rm-init.ts';

/** A line is read no further than this, in UTF-16 units; a paste of a few wrapped lines fits. */
const MAX_LINE = 8192;
const PATH = 'pasted line';

/**
 * What a pasted line of a log means: the numbers in it, the findings that it gives by itself, and those that know it and
 * ask for more. Empty lists when nothing knows it.
 */
export function readLine(pasted: string, knowledge: Knowledge): LineMeaning {
  const line = pasted.slice(0, MAX_LINE).trim();
  const alone = findingsOf(line, knowledge);
  const gives = sorted(knowledge.rules.filter(({ code }) => alone.has(code)));
  const numbers = topicsIn(line, knowledge);
  const knowing = rulesThatKnow(line, knowledge.rules).filter((rule) => !alone.has(rule.code));
  return {
    line,
    // A line without a number in it means what the first finding says.
    topics: numbers.length > 0 ? numbers : gives.slice(0, 1).flatMap(({ code }) => knowledge.byId.get(code) ?? []),
    findings: [
      ...gives.map((rule) => lineFinding(rule, 'alone')),
      ...sorted(knowing).map((rule) => lineFinding(rule, 'more')),
    ],
  };
}

/** How the driver prints what is known by its number. */
const PRINTED: Partial<Record<Topic['type'], (topic: Topic) => string | undefined>> = {
  xid: ({ data }) => `NVRM: Xid (PCI:0000:00:06): ${String(data['xid'])}, pid=1000, name=program`,
  'rm-init': ({ id }) => {
    const codes = /^rm-init:(0x[\da-f]+:0x[\da-f]+)$/.exec(id)?.[1];
    return codes && `NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (${codes}:1)`;
  },
};

/** An Xid or a triple, with the findings that report it. */
export function withFindings(topic: Topic, knowledge: Knowledge): Topic {
  const line = PRINTED[topic.type]?.(topic);
  if (line === undefined) return topic;
  const codes = readLine(line, knowledge).findings.flatMap(({ id, gives }) => (gives === 'alone' ? [id] : []));
  if (codes.length === 0) return topic;
  return {
    ...topic,
    parts: [...topic.parts, { label: 'Findings:', text: codes.join(', ') }],
    related: [...new Set([...topic.related, ...codes])],
  };
}

const lineFinding = ({ code, title, kind, severity }: Rule, gives: LineFinding['gives']): LineFinding => ({
  id: code,
  title,
  gives,
  kind,
  severity,
});

const KINDS = ['cause', 'symptom', 'notice'];

/** What can be the root of a failure first, then by severity. */
const sorted = (rules: readonly Rule[]): Rule[] =>
  [...rules].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || rank(b.severity) - rank(a.severity));
const rank = (severity: Severity): number => SEVERITIES.indexOf(severity);

/** Findings that a diagnosis of nothing but this line reports, with the line as evidence. */
function findingsOf(line: string, { rules, matrix }: Knowledge): Set<string> {
  const codes = new Set<string>();
  for (const file of readings(line)) {
    const { findings } = diagnose([file], { rules, tables: matrix.tables, toolVersion: '' }).report;
    for (const { code, state, kind, evidence } of findings) {
      const shown = evidence.some(({ role }) => role === 'for');
      if (state === 'present' && shown && !(kind === 'notice' && TABLES.has(code))) codes.add(code);
    }
  }
  return codes;
}

/** Findings that every report shows as tables: a line is always part of one of them. */
const TABLES: ReadonlySet<string> = new Set(['gpu-binding', 'gpu-bars', 'driver-state']);

/** The line as what it is told to be, or, when one line is not enough to tell, as every log in turn. */
function readings(line: string): IdentifiedFile[] {
  const bytes = Buffer.from(`${line}\n`, 'utf8');
  const told = identify({ path: PATH, bytes, sha256: '' });
  if (told === undefined || told.unreadable) return [];
  if (told.artifacts.some(({ kind }) => kind !== undefined)) return [told];
  const text = bytes.toString('utf8');
  return PARSERS.filter(({ log }) => log === true).map(({ kind, side }): IdentifiedFile => {
    const of: Side = typeof side === 'string' ? side : 'unknown';
    return {
      ...told,
      artifacts: [{ path: PATH, kind, side: of, firstLine: 1, text, bytes: bytes.length, sha256: '' }],
    };
  });
}

/** Rules with a pattern for the line, whatever else they ask for. */
const rulesThatKnow = (line: string, rules: readonly Rule[]): Rule[] =>
  rules.filter(({ patterns }) =>
    Object.values(patterns ?? {}).some(
      ({ literals, regex }) => literals.some((literal) => line.includes(literal)) && regex.test(line),
    ),
  );

function topicsIn(line: string, { byId, matrix }: Knowledge): Topic[] {
  const ids: (string | undefined)[] = [];
  const xid = /\bXid(?:\s*\([^)]{0,60}\))?:?\s+(\d{1,4})\b/.exec(line)?.[1];
  if (xid !== undefined) ids.push(`xid:${Number(xid)}`);
  const smi = readSmiError(line, 1);
  if (smi !== undefined) ids.push(exitCodeOf(smi.id));
  const symbol = /\bCM_PROB_[A-Z_]{2,50}\b/.exec(line)?.[0];
  const problem =
    /\(Code (\d{1,2})\)/i.exec(line)?.[1] ??
    Object.keys(WINDOWS_PROBLEMS).find((code) => WINDOWS_PROBLEMS[Number(code)] === symbol);
  if (problem !== undefined) ids.push(`windows:${Number(problem)}`);
  const topics = ids.flatMap((id) => (id === undefined ? [] : (byId.get(id) ?? [])));
  const triple = /RmInitAdapter failed!?\s*\((0x[\da-f]{1,8}):(0x[\da-f]{1,8}):(\d{1,6})\)/i.exec(line);
  if (triple === null) return topics;
  const codes = { stage: triple[1]!.toLowerCase(), status: triple[2]!.toLowerCase(), line: triple[3] };
  const decoded = rmInitTriple(codes, matrix.tables);
  return decoded === undefined ? topics : [...topics, decoded];
}
