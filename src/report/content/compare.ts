import type { ChangeArea, ComparedFinding, Comparison, ComparisonSide, Shown } from '../../model/comparison.ts';
import { SEVERITIES } from '../../model/finding.ts';
import { type Block, bullets, labelled, paragraph, type ReportDocument, type Section } from '../document.ts';
import { OUTCOME_WORDS, plural, sentence } from '../words.ts';
import { more } from './causes.ts';
import { named, quotes } from './evidence.ts';

const AREA_WORDS: Record<ChangeArea, string> = {
  firmware: 'firmware',
  host: 'host',
  build: 'build',
  tunables: 'tunables',
  functions: 'function',
  vm: 'VM',
  bars: 'BAR',
  guest: 'guest',
};

const TITLES: Record<Comparison['verdict'], string> = {
  better: 'better',
  worse: 'worse',
  different: 'different',
  same: 'the same',
};

/** Rows and findings that are shown when not everything is asked for. */
const SHORT_LIST = 12;

/** Lays out a comparison: what became of the card, what changed, which findings went and came. */
export function documentOfComparison(comparison: Comparison, verbose: boolean): ReportDocument {
  const { a, b, verdict, summary, stages, findings, onlyIn, tool } = comparison;
  const card = b.card ?? a.card;
  const cards = a.card !== undefined && b.card !== undefined && a.card !== b.card ? `${a.card} and ${b.card}` : card;
  return {
    title: `${cards ?? 'GPU passthrough'}: B is ${TITLES[verdict]}`,
    identity: {
      type: 'fields',
      fields: [
        { label: 'A', text: sideText(a) },
        { label: 'B', text: sideText(b) },
      ],
    },
    stages: {
      type: 'stages',
      stages: stages.map(({ id, to }) => ({ name: id, mark: to })),
      words: movedText(comparison),
    },
    verdict: [paragraph(summary, 'strong'), ...otherCard(comparison), ...causeLines(comparison)],
    sections: [
      ...changesOf(comparison, verbose),
      ...findingsOf('Findings gone', findings.gone, verbose),
      ...findingsOf('New findings', findings.appeared, verbose),
      ...changedFindings(findings.changed),
      ...findingsOf('Gone or not looked at: B does not show what these need', findings.notLookedAt, verbose),
    ],
    details: [
      stageTable(comparison),
      ...stillThere(findings.same, verbose),
      ...onlyShown('Only A shows', onlyIn.a, verbose),
      ...onlyShown('Only B shows', onlyIn.b, verbose),
    ],
    footer: `${tool.name} ${tool.version}`,
  };
}

/** `VM compute1`; a guest that nobody named is called guest already. */
const placeOf = (area: ChangeArea, subject: string | undefined): string =>
  subject === undefined || subject === AREA_WORDS[area] ? AREA_WORDS[area] : `${AREA_WORDS[area]} ${subject}`;

const sideText = ({ input, card, outcome, causes }: ComparisonSide): string => {
  const cause = causes[0];
  const why = cause === undefined ? '' : `, ${cause.code} (${cause.confidence})`;
  return `${input}: ${card ?? 'card not shown'}, ${OUTCOME_WORDS[outcome]}${why}`;
};

function movedText({ stages }: Comparison): string {
  const moved = stages.filter(({ from, to }) => from !== to).map(({ id, from, to }) => `${id} ${from} -> ${to}`);
  return `The stages of B. ${moved.length === 0 ? 'None differs from A.' : `Different from A: ${moved.join(', ')}.`}`;
}

const otherCard = ({ a, b }: Comparison): Block[] =>
  a.card === undefined || b.card === undefined || a.card === b.card
    ? []
    : [paragraph(`A shows a ${a.card} and B a ${b.card}: these are two cards, not two states of one.`)];

function causeLines({ a, b }: Comparison): Block[] {
  const causes = (side: ComparisonSide): string =>
    side.causes.length === 0
      ? 'no cause found'
      : side.causes.map(({ code, confidence }) => `${code} (${confidence})`).join(', ');
  return [labelled('Causes in A:', causes(a)), labelled('Causes in B:', causes(b))];
}

function changesOf({ changes }: Comparison, verbose: boolean): Section[] {
  if (changes.length === 0)
    return [{ title: 'What changed', blocks: [paragraph('No setting, version, address or driver that both show.')] }];
  const shown = verbose ? changes : changes.slice(0, 2 * SHORT_LIST);
  const items = shown.map(({ area, subject, name, from, to }): Block[] => [
    labelled(`${placeOf(area, subject)}, ${name}:`, [from, to].map((value) => valueText(value, verbose)).join(' -> ')),
  ]);
  return [{ title: 'What changed', blocks: [bullets(items), ...more(changes.length - shown.length)] }];
}

/** Of a hash the beginning is enough to see that it differs. */
const valueText = (value: string | null, verbose: boolean): string =>
  verbose ? (value ?? 'not there') : (value ?? 'not there').replace(/^(SHA256 [0-9a-f]{12})[0-9a-f]{52}$/, '$1...');

/** The gravest first; what merely follows from another one of the list is named with it. */
function findingsOf(title: string, findings: readonly ComparedFinding[], verbose: boolean): Section[] {
  if (findings.length === 0) return [];
  const codes = new Set(findings.map(({ code }) => code));
  const follows = ({ explainedBy }: ComparedFinding): boolean => explainedBy !== undefined && codes.has(explainedBy);
  const leading = findings.filter((finding) => !follows(finding)).sort(bySeverity);
  const shown = verbose ? leading : leading.slice(0, SHORT_LIST);
  const items = shown.map((finding): Block[] => {
    const withIt = findings.filter((other) => follows(other) && rootOf(other, findings) === finding.code);
    return [
      headOf(finding),
      ...(withIt.length > 0 ? [labelled('With it:', withIt.map(({ code }) => code).join(', '))] : []),
      ...(verbose || finding.severity !== 'info'
        ? quotes(finding.evidence, verbose ? finding.evidence.length : 1)
        : []),
    ];
  });
  return [{ title, blocks: [bullets(items), ...more(leading.length - shown.length)] }];
}

const bySeverity = (a: ComparedFinding, b: ComparedFinding): number =>
  SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity);

/** The code at the end of the chain of explanations, as far as the list knows it. */
function rootOf(finding: ComparedFinding, findings: readonly ComparedFinding[]): string {
  const seen = new Set([finding.code]);
  let root = finding;
  for (;;) {
    const above = findings.find(({ code }) => code === root.explainedBy);
    if (above === undefined || seen.has(above.code)) return root.code;
    seen.add(above.code);
    root = above;
  }
}

const headOf = (finding: ComparedFinding): Block => {
  const { severity, confidence, stage, explainedBy } = finding;
  const lead = [severity, confidence].filter((word) => word !== undefined).join(', ');
  const why = explainedBy === undefined ? '' : `, follows from ${explainedBy}`;
  return labelled(`${lead}:`, `${named(finding)}, at ${stage}${why}`);
};

const changedFindings = (changed: Comparison['findings']['changed']): Section[] =>
  changed.length === 0
    ? []
    : [
        {
          title: 'Findings that changed',
          blocks: [
            bullets(
              changed.map(({ finding, what }) => [headOf(finding), paragraph(sentence(what.join('; ')), 'faint')]),
            ),
          ],
        },
      ];

const stageTable = ({ stages }: Comparison): Section => ({
  title: 'Stages',
  blocks: [
    {
      type: 'table',
      columns: [{ head: 'Stage' }, { head: 'A' }, { head: 'B' }],
      rows: stages.map(({ id, from, to }) => [id, from, to]),
    },
  ],
});

function stillThere(same: readonly ComparedFinding[], verbose: boolean): Section[] {
  if (same.length === 0) return [];
  const codes = same.map(({ code }) => code).join(', ');
  return [
    {
      title: 'Still there',
      blocks: verbose ? [bullets(same.map((finding) => [headOf(finding)]))] : [paragraph(codes)],
    },
  ];
}

function onlyShown(title: string, shown: readonly Shown[], verbose: boolean): Section[] {
  if (shown.length === 0) return [];
  if (!verbose) {
    const areas = [...new Set(shown.map(({ area }) => AREA_WORDS[area]))];
    const text = `${plural(shown.length, 'thing')} (${areas.join(', ')}), so nothing can be said about a change; --verbose lists them`;
    return [{ title, blocks: [paragraph(text, 'faint')] }];
  }
  const items = shown.map(({ area, subject, name, value }): Block[] => [
    labelled(`${placeOf(area, subject)}, ${name}:`, value),
  ]);
  return [{ title, blocks: [bullets(items)] }];
}
