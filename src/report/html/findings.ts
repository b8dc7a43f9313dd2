import { type Finding, SEVERITIES, type Severity } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { html, type Html } from '../../web/html.ts';
import { fixStep } from '../content/causes.ts';
import { evidenceAgainst, evidenceFor, quotes } from '../content/evidence.ts';
import { type Block, labelled, numbered, paragraph } from '../document.ts';
import { plural, sentence } from '../words.ts';
import type { Drawing } from './blocks.ts';

/** Lines of evidence shown of a finding, for and against. */
const LINES = 6;

const TONES: Record<Severity, string> = { info: '', warning: 'warn', error: 'bad', fatal: 'bad' };

/** Where on the page a finding is told in full: the first of a code. */
export function anchorsOf({ findings }: Report): ReadonlyMap<string, string> {
  return new Map(findings.filter(isTold).map(({ code }) => [code, `f-${code}`]));
}

/** What was not looked at has nothing to tell; it is listed by the command that would supply it. */
const isTold = ({ state }: Finding): boolean => state !== 'not-evaluated';

/** Every finding, to be opened one by one: the most severe first, what was looked for and is not there last. */
export function findingsSection(report: Report, { blocks, prose }: Drawing): Html | undefined {
  const anchors = new Map(anchorsOf(report));
  const rank = ({ state, severity }: Finding): number => (state === 'present' ? 10 : 0) + SEVERITIES.indexOf(severity);
  const told = report.findings.filter(isTold).sort((a, b) => rank(b) - rank(a));
  if (told.length === 0) return undefined;
  const titles = told.map(({ title }) => title);
  const present = told.filter(({ state }) => state === 'present').length;
  return html`<section aria-labelledby="findings"><h2 id="findings">All findings</h2>
<p class="faint">${plural(present, 'finding')}; ${told.length - present} looked for and not there.</p>
<ul class="findings">${told.map((finding) => {
    const { code, state, severity, title, detail, stage, confidence, role } = finding;
    // Several of one title differ in what they say in detail.
    const alike = titles.indexOf(title) !== titles.lastIndexOf(title);
    const anchor = anchors.get(code);
    anchors.delete(code);
    const labels = [stage, confidence, role === 'consequence' && 'consequence'].filter(Boolean).join(', ');
    return html`<li${anchor !== undefined && html` id="${anchor}"`}><details><summary>${
      state === 'present'
        ? html`<span class="chip ${TONES[severity]}">${severity}</span>`
        : html`<span class="chip">not there</span>`
    } ${prose(alike && detail !== undefined ? `${title}: ${detail}` : title)} <span class="faint">${code} (${labels})</span></summary>
${blocks(bodyOf(finding))}</details></li>\n`;
  })}</ul></section>`;
}

function bodyOf(finding: Finding): Block[] {
  const { state, detail, subject, explainedBy, fix, references } = finding;
  const proof = evidenceFor(finding);
  const against = evidenceAgainst(finding);
  const about = [
    subject?.hostBdf && `host ${subject.hostBdf}`,
    subject?.guestBdf && `guest ${subject.guestBdf}`,
    subject?.vm ?? subject?.guest,
  ].filter(Boolean);
  const addresses = references.filter((reference) => reference.startsWith('https://'));
  return [
    ...(about.length > 0 ? [labelled('About:', about.join(', '))] : []),
    ...(detail !== undefined ? [paragraph(sentence(detail))] : []),
    ...quotes(proof, LINES, true),
    ...(against.length > 0 ? [labelled('Speaks against it:'), ...quotes(against, LINES, true)] : []),
    ...(proof.length + against.length === 0 ? [paragraph('No line of the evidence shows it by itself.', 'faint')] : []),
    ...(explainedBy !== undefined ? [labelled('Follows from:', explainedBy)] : []),
    ...(state === 'present' && fix.length > 0 ? [labelled('What to do:'), numbered(fix.map(fixStep))] : []),
    ...(addresses.length > 0 ? [{ type: 'links', lead: 'See:', addresses } as const] : []),
  ];
}
