import { slotOf } from '../../model/bdf.ts';
import type { Finding, StageStatus, Subject } from '../../model/finding.ts';
import type { CardVerdict, Report } from '../../model/report.ts';
import { stageIndex } from '../../model/stage.ts';

/** The report as if it were about one of its cards: that card's verdict, stages and causes, and what is said of it. */
export function reportOfCard(report: Report, card: CardVerdict): Report {
  const own = new Set(card.causes.map(({ code }) => code));
  const findings = report.findings
    .filter(({ subject }) => isAbout(subject, card))
    // What another card's fault explains may be this card's own fault.
    .map((finding): Finding => (own.has(finding.code) ? { ...finding, role: 'root' } : finding));
  return {
    ...report,
    findings,
    verdict: {
      ...report.verdict,
      outcome: card.outcome,
      summary: card.summary,
      stages: report.verdict.stages.map((stage) => stageOf(stage, card)),
      causes: card.causes.map(({ code, confidence }) => {
        const known = report.verdict.causes.find((cause) => cause.code === code);
        const title = findings.find((finding) => finding.code === code && finding.state === 'present')?.title ?? code;
        return { code, confidence, title, explains: known?.explains ?? [] };
      }),
    },
  };
}

function stageOf(stage: StageStatus, { reached, failedAt }: CardVerdict): StageStatus {
  const { id, status, evidence } = stage;
  if (id === failedAt) return status === 'failed' ? stage : { id, status: 'failed', evidence: [] };
  const behind = reached !== undefined && stageIndex(id) <= stageIndex(reached);
  if (!behind) return { id, status: 'unknown', evidence: [] };
  if (status === 'unknown') return stage;
  return { id, status: 'passed', evidence: status === 'passed' ? evidence : [] };
}

/** Whether a finding names this card, or no card. */
function isAbout(subject: Subject | undefined, card: CardVerdict): boolean {
  if (subject === undefined) return true;
  const differ = (a: string | undefined, b: string | undefined): boolean =>
    a !== undefined && b !== undefined && a !== b;
  if (differ(subject.guest, card.guest) || differ(subject.vm, card.vm)) return false;
  if (subject.guestBdf !== undefined && card.guestBdf !== undefined) return subject.guestBdf === card.guestBdf;
  return !differ(subject.hostBdf && slotOf(subject.hostBdf), card.hostBdf && slotOf(card.hostBdf));
}
