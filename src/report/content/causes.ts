import { SEVERITIES, type Cause, type Finding, type FixStep } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, bullets, code, labelled, numbered, paragraph, type Section } from '../document.ts';
import { CONFIDENCE_WORDS, PLACE_WORDS, plural, REBOOT_WORDS, sentence } from '../words.ts';
import { evidenceAgainst, evidenceFor, isSameLine, named, quotes } from './evidence.ts';

/** Lines of proof shown for the first cause. */
const PROOF_LINES = 4;
/** Candidates and excluded causes shown when not everything is asked for. */
const SHORT_LIST = 6;
/** Failures told in full when no cause explains them. */
const UNEXPLAINED = 3;

/** The first cause with its proof and its fix, or what is seen when nothing names a cause. */
export function mainCause(report: Report, verbose: boolean): Section[] {
  const { causes, stages } = report.verdict;
  const first = causes[0];
  if (first === undefined) return unexplained(report);
  const [finding, ...others] = instancesOf(first, report);
  const blocks: Block[] = [paragraph(sentence(named(first)), 'strong')];
  if (finding === undefined) return [{ title: headingOf(causes), blocks }];
  blocks.push(...proofOf(finding, PROOF_LINES));
  const failure = stages.find(({ status }) => status === 'failed')?.evidence ?? [];
  if (!failure.some((line) => finding.evidence.some((shown) => isSameLine(line, shown)))) {
    blocks.push(...(failure.length > 0 ? [labelled('What fails:'), ...quotes(failure, 1)] : []));
  }
  const elsewhere = [...new Set(others.map(instanceText))].filter((text) => text !== instanceText(finding));
  if (elsewhere.length > 0) blocks.push(labelled('The same again:', elsewhere.join('; ')));
  if (first.explains.length > 0) blocks.push(labelled('Explains:', first.explains.join(', ')));
  return [
    { title: headingOf(causes), blocks },
    { title: first.confidence === 'possible' ? 'Fix, if this is the cause' : 'Fix', blocks: fixOf(finding, verbose) },
  ];
}

function headingOf(causes: readonly Cause[]): string {
  const { confidence } = causes[0]!;
  const heading = `${CONFIDENCE_WORDS[confidence]} cause`;
  return confidence === 'possible' && causes.length > 1
    ? `${heading} (first of ${causes.length}, none proven)`
    : heading;
}

/** The root findings a cause stands for: the one it is named after first. */
export function instancesOf(cause: Cause, { findings }: Report): Finding[] {
  const roots = findings.filter(
    ({ state, code: of, role }) => state === 'present' && of === cause.code && role !== 'consequence',
  );
  return roots.sort((a, b) => Number(b.title === cause.title) - Number(a.title === cause.title));
}

/** What one of several findings of a code is about. */
function instanceText({ title, detail, subject }: Finding): string {
  const about = [
    subject?.hostBdf && `host ${subject.hostBdf}`,
    subject?.guestBdf && `guest ${subject.guestBdf}`,
    subject?.vm ?? subject?.guest,
  ].filter(Boolean);
  return `${about.length > 0 ? `${about.join(', ')}: ` : ''}${detail ?? title}`;
}

function proofOf(finding: Finding, lines: number): Block[] {
  const proof = evidenceFor(finding);
  const blocks: Block[] = finding.detail === undefined ? [] : [paragraph(sentence(finding.detail))];
  if (proof.length === 0) blocks.push(labelled('Proof:', 'no line of the evidence shows it by itself.'));
  else {
    const shown = Math.min(proof.length, lines);
    const of = finding.count > shown ? ` (${shown} of ${plural(finding.count, 'line')})` : '';
    blocks.push(labelled(`Proof${of}:`), ...quotes(proof, lines, true));
  }
  const against = evidenceAgainst(finding);
  if (against.length > 0) blocks.push(labelled('Speaks against it:'), ...quotes(against, lines));
  return blocks;
}

function fixOf({ fix, references }: Finding, verbose: boolean): Block[] {
  const addresses = references.filter((reference) => verbose || reference.startsWith('https://'));
  const shown = verbose ? addresses : addresses.slice(0, 1);
  return [
    fix.length === 0 ? paragraph('No fix is known.') : numbered(fix.map(fixStep)),
    ...(shown.length > 0 ? [{ type: 'links', lead: 'See:', addresses: shown } as const] : []),
  ];
}

export function fixStep({ text, command, file, on, reboot, risk, verify }: FixStep): Block[] {
  const blocks: Block[] = [on === undefined ? paragraph(text) : labelled(`${PLACE_WORDS[on]}:`, text)];
  if (command !== undefined) blocks.push(code(command));
  if (file !== undefined) blocks.push(labelled(`In ${file.path}:`), code(file.lines.join('\n'), 'text'));
  if (reboot !== undefined) blocks.push(labelled('Then:', sentence(REBOOT_WORDS[reboot])));
  if (risk !== undefined) blocks.push(labelled('Risk:', sentence(risk)));
  if (verify !== undefined) blocks.push(labelled('Check:', sentence(verify)));
  return blocks;
}

/** Something failed and no rule names why: the failures themselves, most severe first. */
function unexplained(report: Report): Section[] {
  const failures = failuresOf(report);
  if (failures.length === 0) return [];
  const items = failures
    .slice(0, UNEXPLAINED)
    .map((failure) => [paragraph(sentence(named(failure)), 'strong'), ...proofOf(failure, 2)]);
  return [
    {
      title: 'Cause not known',
      blocks: [paragraph('Nothing in the evidence names the cause. What fails:'), bullets(items)],
    },
  ];
}

/** The failures that `mainCause` tells in full, because nothing explains them. */
export const toldFailures = (report: Report): Finding[] =>
  report.verdict.causes.length === 0 ? failuresOf(report).slice(0, UNEXPLAINED) : [];

/** Present symptoms that no other finding explains, at severity error or above. */
export function failuresOf({ findings }: Report): Finding[] {
  const rank = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  return findings
    .filter((finding) => finding.state === 'present' && finding.kind === 'symptom' && finding.role !== 'consequence')
    .filter((finding) => rank(finding) >= SEVERITIES.indexOf('error'))
    .sort((a, b) => rank(b) - rank(a));
}

/** The causes after the first: one line of proof each, or everything when verbose. */
export function otherCauses(report: Report, verbose: boolean): Section[] {
  const others = report.verdict.causes.slice(1);
  if (others.length === 0) return [];
  const shown = verbose ? others : others.slice(0, SHORT_LIST);
  const items = shown.map((cause): Block[] => {
    const head = labelled(`${CONFIDENCE_WORDS[cause.confidence]}:`, named(cause));
    const finding = instancesOf(cause, report)[0];
    if (finding === undefined) return [head];
    if (!verbose) {
      const proof = evidenceFor(finding);
      return proof.length > 0
        ? [head, ...quotes(proof, 1)]
        : [head, paragraph(finding.detail ?? 'No line of the evidence shows it by itself.', 'faint')];
    }
    return [
      head,
      ...proofOf(finding, PROOF_LINES),
      ...(finding.fix.length > 0 ? [labelled('Fix, if this is the cause:'), numbered(finding.fix.map(fixStep))] : []),
    ];
  });
  const title = others.some(({ confidence }) => confidence === 'confirmed') ? 'Other causes' : 'Other candidates';
  return [{ title, blocks: [bullets(items), ...more(others.length - shown.length)] }];
}

/** What the evidence excludes. */
export function ruledOut({ verdict }: Report, verbose: boolean): Section[] {
  if (verdict.ruledOut.length === 0) return [];
  const shown = verbose ? verdict.ruledOut : verdict.ruledOut.slice(0, SHORT_LIST);
  const items = shown.map((excluded): Block[] => [
    paragraph(named(excluded)),
    ...quotes(excluded.because, verbose ? PROOF_LINES : 1),
  ]);
  return [{ title: 'Ruled out', blocks: [bullets(items), ...more(verdict.ruledOut.length - shown.length)] }];
}

export const more = (count: number): Block[] =>
  count > 0 ? [paragraph(`and ${count} more (--verbose shows them)`, 'faint')] : [];
