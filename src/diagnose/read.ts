import { joinRecord } from '../../parsers/lib/records-join.ts';
import { PARSERS } from '../../parsers/index.ts';
import { type Artifact, type ArtifactStatus, lineInFile, type Problem } from '../model/artifact.ts';
import type { LogHit } from '../model/pattern.ts';
import type { Rule } from '../model/rule.ts';
import type { Ref } from '../model/source.ts';
import { createScanner, type NamedPattern } from '../scan/scan.ts';
import { isMixedLog } from './mixed.ts';
import { locate, type Located } from './locate.ts';

export interface ParsedArtifact<Facts = unknown> {
  artifact: Artifact;
  facts: Facts;
  problems: Problem[];
  status: ArtifactStatus;
}

/** All artifacts of an input, parsed and scanned. */
export interface Reading {
  artifacts: ParsedArtifact[];
  /** facts of one kind, in input order; artifacts without facts are left out */
  of<Facts>(kind: string): ParsedArtifact<Located<Facts>>[];
  hits: ReadonlyMap<Rule, readonly LogHit[]>;
  /** kernel logs that were put together from several machines or captures */
  mixed: ReadonlySet<ParsedArtifact>;
  /** the artifact that a line belongs to: a file may hold several */
  holder: (ref: Ref) => ParsedArtifact | undefined;
}

const parserOf = new Map(PARSERS.map((parser) => [parser.kind, parser]));

/** Parses every artifact and scans the logs once with the patterns of all rules. */
export function read(artifacts: readonly Artifact[], rules: readonly Rule[]): Reading {
  const parsed = artifacts.map(parseArtifact);
  const scanner = createRuleScanner(rules);
  const hits = new Map<Rule, LogHit[]>();
  const mixed = new Set<ParsedArtifact>();
  for (const entry of parsed) {
    const { kind, earlierBoot } = entry.artifact;
    if (kind === undefined || earlierBoot !== undefined || parserOf.get(kind)?.log !== true) continue;
    if (entry.artifact.kind === 'linux-dmesg' && isMixedLog(entry.artifact.text)) {
      mixed.add(entry);
      entry.problems.push({
        message: 'holds lines of more than one machine or capture; nothing in it is called confirmed',
      });
    }
    const boots = bootsOf(entry.facts);
    scanner(entry.artifact, (rule, hit) => {
      const boot = Math.max(
        boots.findLastIndex(({ line }) => line <= hit.line),
        0,
      );
      const list = hits.get(rule) ?? [];
      list.push({ ...hit, boot });
      hits.set(rule, list);
    });
  }
  return {
    artifacts: parsed,
    of: <Facts>(kind: string) =>
      parsed.filter(
        ({ artifact, facts }) => artifact.kind === kind && facts !== undefined && artifact.earlierBoot === undefined,
      ) as ParsedArtifact<Located<Facts>>[],
    hits,
    mixed,
    holder: createHolder(parsed),
  };
}

function createHolder(parsed: readonly ParsedArtifact[]): Reading['holder'] {
  const byPath = new Map<string, ParsedArtifact[]>();
  for (const entry of parsed) {
    const { path } = entry.artifact;
    const sameFile = byPath.get(path);
    if (sameFile === undefined) byPath.set(path, [entry]);
    else sameFile.push(entry);
  }
  return ({ artifact, line }) =>
    byPath.get(artifact)?.reduce<ParsedArtifact | undefined>((best, entry) => {
      const { firstLine } = entry.artifact;
      return firstLine <= line && firstLine >= (best?.artifact.firstLine ?? 0) ? entry : best;
    }, undefined);
}

function parseArtifact(artifact: Artifact): ParsedArtifact {
  const parser = artifact.kind === undefined ? undefined : parserOf.get(artifact.kind);
  if (parser === undefined) return { artifact, facts: undefined, problems: [], status: 'unrecognised' };
  const { facts, problems } = parser.parse(artifact.text);
  if (facts !== undefined) locate(facts, artifact);
  const placed = problems.map((problem) =>
    problem.line === undefined ? problem : { ...problem, line: lineInFile(artifact, problem.line) },
  );
  const status = facts === undefined ? 'unreadable' : problems.length > 0 ? 'partly' : 'parsed';
  return { artifact, facts, problems: placed, status };
}

/** Boots of a kernel log, when its parser tells them. */
export function bootsOf(facts: unknown): { line: number }[] {
  const boots = (facts as { boots?: unknown } | undefined)?.boots;
  return Array.isArray(boots) ? (boots as { line: number }[]) : [];
}

type RuleHit = Omit<LogHit, 'boot'>;

/** One scanner for all logs: what a pattern asks of the artifact is looked at when it hits. */
function createRuleScanner(
  rules: readonly Rule[],
): (artifact: Artifact, onHit: (rule: Rule, hit: RuleHit) => void) => void {
  const owners = new Map<NamedPattern, Rule>();
  for (const rule of rules) {
    for (const [name, pattern] of Object.entries(rule.patterns ?? {})) owners.set({ ...pattern, name }, rule);
  }
  const scanner = createScanner([...owners.keys()], joinRecord);
  return (artifact, onHit) => {
    const kind = artifact.kind!;
    scanner.scan(Buffer.from(artifact.text, 'utf8'), ({ pattern, line, text, groups }) => {
      const { kinds, side } = pattern;
      if (kinds !== undefined && !kinds.includes(kind)) return;
      if (side !== undefined && artifact.side !== 'unknown' && artifact.side !== side) return;
      onHit(owners.get(pattern)!, {
        pattern: pattern.name,
        kind,
        side: artifact.side,
        ...(artifact.guest === undefined ? {} : { guest: artifact.guest }),
        artifact: artifact.path,
        line: lineInFile(artifact, line),
        text,
        groups,
      });
    });
  };
}
