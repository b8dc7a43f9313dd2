import {
  type Preflight,
  PREFLIGHT_VERDICTS,
  type PreflightCheck,
  type PreflightVerdict,
  type Remedy,
} from '../../model/preflight.ts';
import { formatSize } from '../../model/size.ts';
import {
  type Block,
  bullets,
  code,
  labelled,
  numbered,
  paragraph,
  type ReportDocument,
  type Section,
  type StageMark,
} from '../document.ts';
import { plural, sentence } from '../words.ts';
import { fixStep, more } from './causes.ts';
import { quotes } from './evidence.ts';
import { isUnderstood, notUnderstood } from './inputs.ts';
import { matrixReports, workingSection } from './matrix.ts';
import { proposalSections } from './proposal.ts';
import { windowSection } from './windows.ts';

const NOT_SHOWN = 'not shown by the evidence';
const PROOF_LINES = 2;
const SHORT_LIST = 10;

const MARKS: Record<PreflightVerdict, StageMark> = {
  ready: 'passed',
  'not-known': 'unknown',
  'at-risk': 'at-risk',
  'will-fail': 'failed',
};

const VERDICT_WORDS: Record<PreflightVerdict, string> = {
  ready: 'Ready',
  'not-known': 'Not known',
  'at-risk': 'At risk',
  'will-fail': 'Will fail',
};

const REMEDY_WORDS: Record<Remedy, string> = {
  lines: 'the lines for loader.conf below, and a reboot of the host',
  reboot: 'a reboot of the host: loader.conf has the lines already',
  'vm-config': 'the lines for the VM below',
  firmware: 'the firmware set-up of the host',
  update: 'an update',
  patch: 'a patched build',
  hardware: 'work at the machine or another card',
};

/** What is settled by lines or a reboot needs no steps of its own. */
const STEPLESS: readonly (Remedy | undefined)[] = ['lines', 'reboot', 'vm-config'];

/** A check and the stage it belongs to. */
interface Staged extends PreflightCheck {
  stage: string;
}

/** Lays out a preflight: what stands in the way, what to beware of, the lines, then what was looked at. */
export function documentOfPreflight(preflight: Preflight, verbose: boolean): ReportDocument {
  const { card, stages, summary, verdict, windows, matrix } = preflight;
  const checks = stages.flatMap(({ id, checks: own }) => own.map((check): Staged => ({ ...check, stage: id })));
  return {
    title: `Preflight of ${card?.name ?? card?.pciId ?? 'the host'}: ${VERDICT_WORDS[verdict].toLowerCase()}`,
    identity: identityOf(preflight),
    stages: {
      type: 'stages',
      names: { passed: VERDICT_WORDS.ready, failed: VERDICT_WORDS['will-fail'], unknown: VERDICT_WORDS['not-known'] },
      stages: stages.map(({ id, verdict: own }) => ({ name: id, mark: MARKS[own] })),
      words: 'From start on: what follows from address windows, tables and the reports of others.',
    },
    verdict: [paragraph(sentence(summary), 'strong')],
    sections: [
      ...obstacles(checks, verbose),
      ...warnings(preflight),
      ...proposalSections(preflight),
      ...driverSection(preflight, checks),
      ...open(checks),
    ],
    details: [
      ...windowSection(windows === undefined ? [] : [windows]),
      ...functionsSection(preflight),
      ...inOrder(checks, verbose),
      ...(card === undefined ? [] : [...workingSection(matrix, card, verbose), ...matrixReports({ matrix }, verbose)]),
      ...notUnderstood(preflight, verbose),
    ],
    footer: footerOf(preflight),
  };
}

function identityOf({ card, host, vm }: Preflight): ReportDocument['identity'] {
  const ids = [card?.pciId, card?.architecture].filter((part) => part !== undefined).join(', ');
  const field = (label: string, text: string | undefined) => ({ label, text: text ?? NOT_SHOWN });
  const cardText =
    card &&
    [`${card.name ?? 'name not shown'}${ids === '' ? '' : ` (${ids})`}`, `host ${card.hostBdf}`, card.because]
      .filter(Boolean)
      .join(', ');
  const hostText =
    host &&
    [host.release === undefined ? 'FreeBSD, release not shown' : `FreeBSD ${host.release}`, host.cpu]
      .filter(Boolean)
      .join(', ');
  const from = { option: ' (as asked)', vm: '', assumed: ' (assumed)' };
  const vmText = [
    vm.known ? (vm.name ?? 'unnamed') : `${vm.name ?? 'a new one'}, no configuration read`,
    `${formatSize(vm.memoryBytes)} of memory${from[vm.memoryFrom]}`,
    `loader ${vm.loader}${from[vm.loaderFrom]}`,
  ];
  return { type: 'fields', fields: [field('Card', cardText), field('Host', hostText), field('VM', vmText.join(', '))] };
}

/** What fails and what may, the gravest first. */
function obstacles(checks: readonly Staged[], verbose: boolean): Section[] {
  const found = checks
    .filter(({ verdict }) => verdict === 'will-fail' || verdict === 'at-risk')
    .sort((a, b) => PREFLIGHT_VERDICTS.indexOf(b.verdict) - PREFLIGHT_VERDICTS.indexOf(a.verdict));
  if (found.length === 0) return [];
  return [{ title: 'What stands in the way', blocks: [bullets(found.map((check) => obstacle(check, verbose)))] }];
}

function obstacle(check: Staged, verbose: boolean): Block[] {
  const { verdict, stage, title, code: finding, detail, evidence, inferred, solvedBy, fix, decideWith } = check;
  const named = finding === undefined ? title : `${title} (${finding})`;
  return [
    labelled(`${VERDICT_WORDS[verdict]}, ${stage}${inferred ? ', inferred' : ''}:`, sentence(named)),
    ...(detail === undefined ? [] : [paragraph(sentence(detail))]),
    ...quotes(evidence, verbose ? evidence.length : PROOF_LINES, true),
    ...(solvedBy === undefined || (fix.length > 0 && !STEPLESS.includes(solvedBy))
      ? []
      : [labelled('Settled by:', sentence(REMEDY_WORDS[solvedBy]))]),
    ...(STEPLESS.includes(solvedBy) || fix.length === 0 ? [] : [numbered(fix.map(fixStep))]),
    ...(decideWith === undefined || fix.some(({ command }) => command === decideWith)
      ? []
      : [labelled('Decided by:'), code(decideWith)]),
  ];
}

const warnings = ({ warnings: list }: Preflight): Section[] =>
  list.length === 0
    ? []
    : [
        {
          title: 'Beware',
          blocks: [
            bullets(
              list.map(({ before, text, evidence }) => [labelled(`Before ${before}:`, text), ...quotes(evidence, 1)]),
            ),
          ],
        },
      ];

/** What the driver needs to be and what it will find. What an obstacle tells already is not told again. */
function driverSection({ interrupts, driver }: Preflight, told: readonly PreflightCheck[]): Section[] {
  const blocks: Block[] = [];
  if (driver !== undefined) {
    const choice = driver.branches.length === 0 ? '' : ` Best first: ${driver.branches.join(', ')}.`;
    blocks.push(labelled('Driver:', `${driver.text}${choice}`));
  }
  if (
    interrupts !== undefined &&
    !told.some(({ verdict, detail }) => verdict !== 'ready' && detail === interrupts.text)
  ) {
    blocks.push(labelled('Interrupts:', interrupts.text));
  }
  return blocks.length === 0 ? [] : [{ title: 'In the guest', blocks }];
}

/** What the evidence does not tell, by the command that would. */
function open(checks: readonly Staged[]): Section[] {
  const unknown = checks.filter(({ verdict }) => verdict === 'not-known');
  if (unknown.length === 0) return [];
  const byCommand = new Map<string, Staged[]>();
  for (const check of unknown) {
    const command = check.decideWith ?? '';
    byCommand.set(command, [...(byCommand.get(command) ?? []), check]);
  }
  const items = [...byCommand].map(([command, own]): Block[] => [
    ...own.map(({ title, stage, detail }) => {
      const told = [`Whether ${inSentence(title)}`, ...(detail === undefined ? [] : [detail])];
      return labelled(`${stage}:`, told.map(sentence).join(' '));
    }),
    ...(command === '' ? [] : [labelled('Told by:', `\`${command}\``)]),
  ]);
  return [{ title: 'Not known', blocks: [bullets(items)] }];
}

/** Without the capital that begins a sentence; names keep theirs. */
const inSentence = (text: string): string =>
  /^[A-Z][a-z]*[ ,]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;

function functionsSection({ card }: Preflight): Section[] {
  if (card === undefined) return [];
  const rows = card.functions.map(({ hostBdf, pciId, name, role, driver, guestSlot }) => [
    hostBdf,
    pciId ?? '?',
    name ?? (role === 'display' ? 'display' : 'other function'),
    driver ?? 'none',
    guestSlot ?? 'as vm-bhyve chooses',
  ]);
  const columns = [
    { head: 'Host' },
    { head: 'PCI id' },
    { head: 'Function', flexible: true },
    { head: 'Driver now' },
    { head: 'In the guest' },
  ];
  return [{ title: 'Functions of the card', blocks: [{ type: 'table', columns, rows }] }];
}

function inOrder(checks: readonly Staged[], verbose: boolean): Section[] {
  const ready = checks.filter(({ verdict }) => verdict === 'ready');
  if (ready.length === 0) return [];
  const shown = verbose ? ready : ready.slice(0, SHORT_LIST);
  const items = shown.map(({ stage, title, inferred, evidence }) => [
    labelled(`${stage}:`, `${title}${inferred ? ' (inferred)' : ''}`),
    ...quotes(evidence, verbose ? PROOF_LINES : 1),
  ]);
  return [{ title: 'Looked at and in order', blocks: [bullets(items), ...more(ready.length - shown.length)] }];
}

function footerOf({ tool, inputs }: Preflight): string {
  const understood = inputs.filter(isUnderstood).length;
  return `${tool.name} ${tool.version}; ${understood} of ${plural(inputs.length, 'input')} understood. Nothing on the host was changed.`;
}
