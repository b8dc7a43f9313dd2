import { SEVERITIES, type Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { type Block, bullets, labelled, paragraph, type Section } from '../document.ts';
import { plural } from '../words.ts';
import { instancesOf, more, toldFailures } from './causes.ts';
import { evidenceFor, named, quotes } from './evidence.ts';

/** Findings that every report shows as tables. */
const SHOWN_AS_TABLES = new Set(['gpu-binding', 'gpu-bars', 'driver-state']);
const SHORT_LIST = 8;

const bySeverity = (a: Finding, b: Finding): number => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);

const isPresent = ({ state }: Finding): boolean => state === 'present';

/** Symptoms that nothing explains, and notices: seen, but not what stops the card. */
export function alsoSeen(report: Report, verbose: boolean): Section[] {
  const told = new Set(toldFailures(report));
  const seen = report.findings
    .filter((finding) => isPresent(finding) && finding.kind !== 'cause' && finding.role !== 'consequence')
    .filter((finding) => !SHOWN_AS_TABLES.has(finding.code) && !told.has(finding))
    .sort(bySeverity);
  if (seen.length === 0) return [];
  const shown = verbose ? seen : seen.slice(0, SHORT_LIST);
  return [
    {
      title: 'Also seen',
      blocks: [
        bullets(shown.map((finding) => findingBlocks(finding, verbose ? 4 : 1))),
        ...more(seen.length - shown.length),
      ],
    },
  ];
}

function findingBlocks(finding: Finding, lines: number): Block[] {
  const blocks: Block[] = [labelled(`${finding.severity}:`, named(finding))];
  if (finding.detail !== undefined) blocks.push(paragraph(finding.detail));
  return [...blocks, ...quotes(evidenceFor(finding), lines)];
}

/** What could not be looked at, with the command that would supply it. */
export function notLookedAt(report: Report, verbose: boolean): Section[] {
  const byCommand = new Map<string, string[]>();
  for (const { state, decideWith, decideOn, needs, code } of report.findings) {
    if (state !== 'not-evaluated') continue;
    const where = decideOn === undefined ? '' : decideOn === 'guest' ? ' in the guest' : ' on the host';
    const command = `run \`${decideWith ?? needs.join(', ')}\`${where}`;
    byCommand.set(command, [...(byCommand.get(command) ?? []), code]);
  }
  if (byCommand.size === 0) return [];
  const groups = [...byCommand].sort((a, b) => b[1].length - a[1].length);
  const shown = verbose ? groups : groups.slice(0, SHORT_LIST);
  const items = shown.map(([command, codes]): Block[] => [
    paragraph(`${verbose ? codes.join(', ') : plural(codes.length, 'check')}: ${command}`),
  ]);
  return [
    {
      title: 'Not looked at',
      blocks: [
        paragraph('The evidence holds nothing about these checks. What would supply it:'),
        bullets(items),
        ...more(groups.length - shown.length),
      ],
    },
  ];
}

/** Every finding, consequences under what explains them. Only for verbose reports. */
export function allFindings(report: Report): Section[] {
  const present = report.findings.filter(isPresent);
  const absent = report.findings.filter(({ state }) => state === 'absent');
  const sections: Section[] = [];
  if (present.length > 0) {
    const leading = present.filter(({ role }) => role !== 'consequence').sort(bySeverity);
    const items = leading.map((finding): Block[] => [
      labelled(
        `${finding.severity}${finding.confidence === undefined ? '' : `, ${finding.confidence}`}:`,
        `${named(finding)} [${finding.stage}]`,
      ),
      ...quotes(evidenceFor(finding), 2),
      ...consequencesOf(finding, report),
    ]);
    sections.push({ title: 'All findings', blocks: [bullets(items)] });
  }
  if (absent.length > 0) {
    sections.push({
      title: 'Looked for and not there',
      blocks: [bullets(absent.map((finding) => [paragraph(named(finding))]))],
    });
  }
  return sections;
}

/** The findings folded under a cause; when several findings share the cause's code, under the first. */
function consequencesOf(finding: Finding, report: Report): Block[] {
  const cause = report.verdict.causes.find(({ code }) => code === finding.code);
  if (cause === undefined || instancesOf(cause, report)[0] !== finding) return [];
  const explained = report.findings.filter(({ state, code }) => state === 'present' && cause.explains.includes(code));
  if (explained.length === 0) return [];
  return [
    bullets(
      explained.map((consequence) => [
        labelled('consequence:', named(consequence)),
        ...quotes(evidenceFor(consequence), 1),
      ]),
    ),
  ];
}
