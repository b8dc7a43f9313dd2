import type { IdentifiedFile } from '../bundle/artifacts.ts';
import type { Guest } from '../model/guest.ts';
import type { Host } from '../model/host.ts';
import { type Report, type ReportInput, SCHEMA_VERSION } from '../model/report.ts';
import type { Rule } from '../model/rule.ts';
import type { Tables } from '../model/tables.ts';
import { evaluate } from './evaluate.ts';
import { combineGuests } from './combine/guest.ts';
import { combineHost } from './combine/host.ts';
import { suppliedCommands } from './needs.ts';
import { judge } from './verdict.ts';
import { judgeCards } from './per-card.ts';
import { overviewOf } from './overview.ts';
import { createQuoter, type Quoter } from './quote.ts';
import { read, type Reading } from './read.ts';
import { windowMaps } from './windows.ts';

export interface DiagnoseOptions {
  rules: readonly Rule[];
  tables: Tables;
  toolVersion: string;
}

/** A report and the models behind it; the matrix part is filled in by whoever has the matrix. */
export interface Diagnosis {
  report: Report;
  host: Host;
  guests: readonly Guest[];
  /** what was parsed and scanned, for whoever asks the rules about another state of the same machine */
  reading: Reading;
  quoter: Quoter;
}

const NOT_CONSULTED: Report['matrix'] = {
  verdict: 'unknown',
  because: 'the matrix was not consulted',
  matches: [],
  nearestWorking: null,
  alternatives: [],
  caveats: [],
  platform: [],
  elsewhere: [],
};

/** From identified files to the report: parse, scan, combine, evaluate the rules, judge. Pure. */
export function diagnose(files: readonly IdentifiedFile[], { rules, tables, toolVersion }: DiagnoseOptions): Diagnosis {
  const artifacts = files.flatMap((file) => file.artifacts);
  const reading = read(artifacts, rules);
  const host = combineHost(reading, tables);
  const guests = combineGuests(reading, host);
  const quoter = createQuoter((ref) => reading.holder(ref)?.artifact);
  const findings = evaluate(rules, { host, guests, tables, reading, quoter });
  const supplied = suppliedCommands(host, guests, reading);
  const verdict = judge(host, guests, findings, rules, quoter, supplied);
  const windows = windowMaps(host, tables);
  const report: Report = {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'gpudiag', version: toolVersion },
    inputs: inputsOf(files, reading),
    facts: factsOf(reading, guests),
    overview: { ...overviewOf(host, guests, tables, verdict), ...(windows.length > 0 && { windows }) },
    findings,
    verdict,
    cards: judgeCards(host, guests, findings, rules, quoter, supplied),
    matrix: NOT_CONSULTED,
  };
  return { report, host, guests, reading, quoter };
}

function inputsOf(files: readonly IdentifiedFile[], reading: Reading): ReportInput[] {
  const statusOf = new Map(reading.artifacts.map((entry) => [entry.artifact, entry]));
  return files.flatMap((file): ReportInput[] => {
    const base = { artifact: file.path, bytes: file.bytes, sha256: file.sha256 };
    if (file.artifacts.length === 0) {
      return [
        {
          ...base,
          side: 'unknown',
          kind: null,
          firstLine: 1,
          lines: file.lines,
          status: 'unreadable',
          problems: file.problems,
        },
      ];
    }
    return file.artifacts.map((artifact, i): ReportInput => {
      const { status, problems } = statusOf.get(artifact)!;
      const own = i === 0 ? [...file.problems, ...problems] : problems;
      return {
        ...base,
        side: artifact.side,
        ...(artifact.guest === undefined ? {} : { guest: artifact.guest }),
        kind: artifact.kind ?? null,
        firstLine: artifact.firstLine,
        lines: artifact.text === '' ? 0 : artifact.text.replace(/\n$/, '').split('\n').length,
        status: status === 'parsed' && own.length > 0 ? 'partly' : status,
        ...(status === 'unrecognised' && file.keptFrom !== undefined && { keptFrom: file.keptFrom }),
        problems: own,
      };
    });
  });
}

/** Parser facts by side and kind, each with the artifact it came from. */
function factsOf(reading: Reading, guests: readonly Guest[]): Report['facts'] {
  const host: Report['facts']['host'] = {};
  const byGuest = new Map<string, Record<string, unknown[]>>(guests.map(({ name }) => [name, {}]));
  for (const { artifact, facts } of reading.artifacts) {
    if (facts === undefined || artifact.kind === undefined) continue;
    const name = artifact.guest ?? 'guest';
    let target = host as Record<string, unknown[]>;
    if (artifact.side === 'guest') {
      target = byGuest.get(name) ?? {};
      byGuest.set(name, target);
    }
    (target[artifact.kind] ??= []).push({
      artifact: artifact.path,
      firstLine: artifact.firstLine,
      ...(facts as object),
    });
  }
  return { host, guests: [...byGuest].map(([name, facts]) => ({ name, facts })) };
}
