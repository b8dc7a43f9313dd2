import type { Report } from '../../model/report.ts';
import { COMMAND_LINE, type Setting, type SettingArea, setupOf } from '../../setup/setup.ts';
import { type Block, code, labelled, paragraph, type ReportDocument, type Section } from '../document.ts';
import { cardsTable } from './cards.ts';
import { mainCause, otherCauses, ruledOut } from './causes.ts';
import { documentOf } from './document.ts';
import { alsoSeen } from './findings.ts';
import { allInputs, notUnderstood } from './inputs.ts';
import { matrixReports, nearestWorking } from './matrix.ts';
import { nextSteps } from './next-steps.ts';
import { tables } from './tables.ts';
import { addressWindows } from './windows.ts';

/** A part of a post that is shown whole or left out whole. */
export interface PostPart {
  section: Section;
  /** where a place cannot take everything, parts with the lowest number go first */
  importance: number;
  /** shown closed, where a place has that */
  folded: boolean;
}

/** A report for strangers: the head says what is the matter, the parts are in the order of what they ask for. */
export interface Post extends Pick<ReportDocument, 'title' | 'identity' | 'stages' | 'verdict' | 'footer'> {
  parts: PostPart[];
}

const part =
  (importance: number, { folded = false } = {}) =>
  (section: Section): PostPart => ({ section, importance, folded });

/**
 * Lays out a report for a forum or a bug tracker. What a developer of bhyve asks for first (builds, slots, BARs, command
 * line) stands right below the cause and is given up last.
 */
export function postOf(report: Report): Post {
  const { title, identity, stages, verdict, footer } = documentOf(report, false);
  const setup = setupOf(report);
  const [binding, bars, driver] = tables(report, false);
  const parts = [
    ...cardsTable(report).map(part(95)),
    ...mainCause(report, false).map((section, i) => part(i === 0 ? 100 : 88)(section)),
    ...builds(setup).map(part(98)),
    ...[binding!].map(part(96)),
    ...[bars!].map(part(94)),
    ...commandLines(setup).map(part(92)),
    ...[driver!].map(part(86)),
    ...nextSteps(report, false).map(part(84)),
    ...settings('Settings of host and VM', ['tunables', 'vm'], setup).map(part(70, { folded: true })),
    ...otherCauses(report, false).map(part(75, { folded: true })),
    ...ruledOut(report, false).map(part(60, { folded: true })),
    ...addressWindows(report.overview.windows ?? []).map(part(50, { folded: true })),
    ...alsoSeen(report, false).map(part(40, { folded: true })),
    ...nearestWorking(report, false).map(part(35, { folded: true })),
    ...matrixReports(report, false).map(part(30, { folded: true })),
    ...notUnderstood(report, false).map(part(20, { folded: true })),
    ...allInputs(report).map(part(10, { folded: true })),
  ];
  return { title, identity, stages, verdict, parts, footer };
}

const labelOf = ({ subject, name }: Setting): string => (subject === undefined ? name : `${subject}: ${name}`);

/** What runs and what it was built from; says so when nobody looked at the files. */
function builds(setup: readonly Setting[]): Section[] {
  const shown = setup.filter(({ area }) => area === 'firmware' || area === 'host' || area === 'guest');
  const files = setup.filter(({ area }) => area === 'build');
  const blocks: Block[] = [
    ...(shown.length > 0
      ? [
          {
            type: 'fields',
            fields: shown.map((setting) => ({ label: labelOf(setting), text: setting.value })),
          } as const,
        ]
      : []),
    ...(shown.some(({ area }) => area === 'host')
      ? []
      : [paragraph('The release is not in the evidence: `freebsd-version -kru; sysctl kern.osreldate` prints it.')]),
    files.length === 0
      ? paragraph(
          'Hashes of vmm.ko and bhyve are not in the evidence: `sha256 /boot/kernel/vmm.ko /usr/sbin/bhyve` prints them.',
        )
      : code(files.map(({ name, value }) => `${name}: ${value}`).join('\n'), 'text'),
  ];
  return [{ title: 'Versions and builds', blocks }];
}

function commandLines(setup: readonly Setting[]): Section[] {
  const found = setup.filter(({ area, name }) => area === 'vm' && name === COMMAND_LINE);
  const blocks = found.flatMap(({ subject, value }): Block[] => [
    ...(found.length > 1 ? [labelled(`${subject ?? 'VM'}:`)] : []),
    code(byOption(value), 'text'),
  ]);
  return [
    {
      title: 'bhyve command line',
      blocks:
        blocks.length > 0
          ? blocks
          : [
              paragraph(
                'Not in the evidence. vm-bhyve writes it to vm-bhyve.log; `ps axww | grep bhyve` shows a running one.',
              ),
            ],
    },
  ];
}

/** With its program, and broken before each option with a value: slots stand below each other and no line is long. */
const byOption = (command: string): string =>
  (command.startsWith('-') ? `bhyve ${command}` : command).replace(/ (?=-(?:[sl] ?[\w:]+,|[okKU] ))/g, ' \\\n  ');

function settings(title: string, areas: readonly SettingArea[], setup: readonly Setting[]): Section[] {
  const shown = setup.filter(({ area, name }) => areas.includes(area) && name !== COMMAND_LINE);
  if (shown.length === 0) return [];
  return [
    { title, blocks: [code(shown.map((setting) => `${labelOf(setting)} = ${setting.value}`).join('\n'), 'text')] },
  ];
}
