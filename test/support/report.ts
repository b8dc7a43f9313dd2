import type { Evidence, Finding, StageStatus } from '../../src/model/finding.ts';
import { type Report, type ReportInput, SCHEMA_VERSION } from '../../src/model/report.ts';
import { type Stage, stageIndex, STAGES } from '../../src/model/stage.ts';

/** Reports built by hand, for renderers. Every helper fills in what a test does not care about. */

type Parts = Partial<Omit<Report, 'verdict' | 'overview' | 'matrix'>> & {
  verdict?: Partial<Report['verdict']>;
  overview?: Partial<Report['overview']>;
  matrix?: Partial<Report['matrix']>;
};

export function buildReport({ verdict, overview, matrix, ...rest }: Parts = {}): Report {
  return {
    schemaVersion: SCHEMA_VERSION,
    tool: { name: 'gpudiag', version: '1.2.3' },
    inputs: [],
    facts: { host: {}, guests: [] },
    findings: [],
    cards: [],
    ...rest,
    overview: { binding: [], bars: [], driver: [], ...overview },
    verdict: {
      outcome: 'unknown',
      summary: 'The evidence does not show how far the card gets; no fault was found in it.',
      stages: stages({}),
      causes: [],
      ruledOut: [],
      nextSteps: [],
      ...verdict,
    },
    matrix: {
      verdict: 'unknown',
      because: 'no report of this card in a comparable configuration',
      matches: [],
      nearestWorking: null,
      alternatives: [],
      caveats: [],
      platform: [],
      elsewhere: [],
      ...matrix,
    },
  };
}

/** All stages: those up to `passed` passed, `failed` failed, `unknown` left open among them. */
export function stages(marks: {
  passed?: Stage;
  failed?: Stage;
  because?: string;
  unknown?: readonly Stage[];
}): StageStatus[] {
  return STAGES.map((id): StageStatus => {
    if (id === marks.failed)
      return { id, status: 'failed', ...(marks.because !== undefined && { because: marks.because }), evidence: [] };
    const passed =
      marks.passed !== undefined && stageIndex(id) <= stageIndex(marks.passed) && marks.unknown?.includes(id) !== true;
    return { id, status: passed ? 'passed' : 'unknown', evidence: [] };
  });
}

export const evidence = (artifact: string, line: number, quote: string, role: Evidence['role'] = 'for'): Evidence => ({
  artifact,
  line,
  quote,
  role,
});

export function finding(code: string, parts: Partial<Finding> = {}): Finding {
  return {
    code,
    state: 'present',
    severity: 'error',
    stage: 'init',
    kind: 'cause',
    title: `Title of ${code}`,
    evidence: [],
    count: parts.evidence?.length ?? 0,
    fix: [],
    references: [],
    needs: [],
    ...parts,
  };
}

export function input(artifact: string, parts: Partial<ReportInput> = {}): ReportInput {
  return {
    artifact,
    side: 'unknown',
    kind: null,
    firstLine: 1,
    bytes: 2048,
    lines: 40,
    sha256: '0'.repeat(64),
    status: 'parsed',
    problems: [],
    ...parts,
  };
}
