import { decodeRmInit } from '../diagnose/rm-init.ts';
import { wrap } from '../report/width.ts';
import type { Tables } from '../model/tables.ts';
import { RULES } from '../rules/index.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { embeddedMatrix } from './embedded.ts';

/** What a code means, as text or JSON. */
export function explain(code: string, json: boolean): string {
  const { tables } = embeddedMatrix();
  const explained = explainXid(code, tables) ?? explainRmInit(code, tables) ?? explainRule(code);
  if (explained === undefined) {
    throw new ExpectedError(`nothing known about ${code}`, EXIT.usage, [
      'try a finding code from a report, xid:79, or rm-init:0x31:0xffff',
      ...nearest(code).map((known) => `did you mean ${known}?`),
    ]);
  }
  return json ? JSON.stringify(explained.data, null, 2) : explained.text;
}

interface Explained {
  data: unknown;
  text: string;
}

function explainXid(code: string, tables: Tables): Explained | undefined {
  const number = /^xid:?\s*(\d{1,4})$/i.exec(code)?.[1];
  const row = number === undefined ? undefined : tables.xids.get(Number(number));
  if (row === undefined) return undefined;
  const text = [
    `Xid ${row.xid}: ${row.title} (${row.symbol})`,
    '',
    ...wrap(row.meaning, 80),
    '',
    ...wrap(`What to do: ${row.action}`, 80),
  ];
  return { data: row, text: text.join('\n') };
}

function explainRmInit(code: string, tables: Tables): Explained | undefined {
  const match = /^rm-?init(?:adapter)?:?\s*\(?(0x[0-9a-f]+):(0x[0-9a-f]+)/i.exec(code);
  if (match === null) return undefined;
  const decoded = decodeRmInit({ stage: match[1]!.toLowerCase(), status: match[2]!.toLowerCase() }, tables);
  const lines = [
    `RmInitAdapter failed at ${match[1]} (${decoded.stage?.symbol ?? 'unknown stage'}) with ${match[2]} (${decoded.status?.symbol ?? 'unknown status'})`,
    '',
    ...wrap(`Stage: ${decoded.stage?.meaning ?? 'not known'}`, 80),
    ...wrap(`Status: ${decoded.status?.meaning ?? 'not known'}`, 80),
  ];
  return { data: decoded, text: lines.join('\n') };
}

function explainRule(code: string): Explained | undefined {
  const rule = RULES.find((candidate) => candidate.code === code);
  if (rule === undefined) return undefined;
  const { title, stage, kind, severity, why, fix, references, knowledge } = rule;
  const lines = [
    `${code}: ${title}`,
    `${kind} at stage ${stage}, severity ${severity}`,
    '',
    ...wrap(why, 80),
    ...(fix.length > 0 ? ['', 'Fix'] : []),
    ...fix.flatMap((step, i) => [
      ...wrap(`${i + 1}. ${step.text}`, 80),
      ...(step.command === undefined ? [] : [`     ${step.command}`]),
      ...(step.file === undefined
        ? []
        : [`     in ${step.file.path}:`, ...step.file.lines.map((line) => `       ${line}`)]),
      ...(step.risk === undefined ? [] : wrap(`   Risk: ${step.risk}`, 80)),
      ...(step.verify === undefined ? [] : wrap(`   Check: ${step.verify}`, 80)),
    ]),
    '',
    'References',
    ...references.map((reference) => `  ${reference}`),
  ];
  return { data: { code, title, stage, kind, severity, why, fix, references, knowledge }, text: lines.join('\n') };
}

/** Codes that share most of their words with what was typed. */
function nearest(code: string): string[] {
  const words = new Set(code.toLowerCase().split(/[^a-z0-9]+/));
  return RULES.map((rule) => ({
    code: rule.code,
    shared: rule.code.split('-').filter((word) => words.has(word)).length,
  }))
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.shared - a.shared)
    .slice(0, 3)
    .map((entry) => entry.code);
}
