import { FleetSchema, type FleetStep, type FleetSummary } from '../model/fleet.ts';
import { html } from '../web/html.ts';
import { renderPage } from '../web/page.ts';
import { type Block, bullets, type Column, labelled, paragraph, type Section } from './document.ts';
import { createDrawing as createHtmlDrawing } from './html/blocks.ts';
import { STYLE } from './html/style.ts';
import { drawJson } from './json.ts';
import { createDrawing, type TextOptions } from './text.ts';
import { enumerate, OUTCOME_WORDS, plural, sentence } from './words.ts';

/** Entries of a list that are shown when not everything is asked for. */
const SHORT_LIST = 10;

export const renderFleetJson = (summary: FleetSummary): string => drawJson(FleetSchema, summary);

/** For a terminal or a plain text file. */
export function renderFleetText(summary: FleetSummary, options: TextOptions): string {
  const draw = createDrawing(options);
  const parts = [
    draw.blocks(headOf(summary), options.width),
    ...sectionsOf(summary, options.verbose).map((section) => draw.section(section, options.width)),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** A page in one file that needs nothing else. */
export function renderFleetHtml(summary: FleetSummary): string {
  const drawing = createHtmlDrawing({ anchorOf: () => undefined, anchorOfCode: () => undefined });
  const title = titleOf(summary);
  const body = html`<header class="wrap top"><p class="brand">gpudiag fleet</p>
<h1>${title}</h1>
<div class="verdict">${drawing.blocks(headOf(summary).slice(1))}</div></header>
<main id="main" class="wrap">
${sectionsOf(summary, true).map((section) => html`<section><h2>${section.title}</h2>${drawing.blocks(section.blocks)}</section>\n`)}
</main>
<footer class="wrap faint"><p>${summary.tool.name} ${summary.tool.version}</p></footer>`;
  return renderPage({ title: `${title} (gpudiag)`, body, styles: [STYLE] });
}

const titleOf = ({ totals }: FleetSummary): string =>
  `${plural(totals.cases, 'result')} of ${plural(totals.machines, 'machine')}`;

const day = (date: string): string => date.slice(0, 10);

function headOf({ totals, ...summary }: FleetSummary): Block[] {
  const { from, to, errors, inputs, replaced, unreadable } = totals;
  const when = from === undefined || to === undefined ? '' : `, ${day(from)} to ${day(to)}`;
  const aside = [
    ...(errors > 0 ? [`${errors} of ${plural(inputs, 'input')} without a report`] : []),
    ...(replaced > 0 ? [`${plural(replaced, 'line')} replaced by another of the same input`] : []),
    ...(unreadable > 0 ? [`${plural(unreadable, 'line')} ${unreadable === 1 ? 'is' : 'are'} no result`] : []),
  ];
  return [
    paragraph(`${titleOf({ totals, ...summary })}${when}`, 'strong'),
    paragraph(sentence(summary.outcomes.map(({ outcome, count }) => `${OUTCOME_WORDS[outcome]} ${count}`).join(', '))),
    ...(aside.length > 0 ? [paragraph(sentence(aside.join('; ')), 'faint')] : []),
  ];
}

const sectionsOf = (summary: FleetSummary, verbose: boolean): Section[] =>
  [
    gpuSection(summary),
    causeSection(summary, verbose),
    differenceSection(summary, verbose),
    outlierSection(summary, verbose),
    changeSection('Got worse', summary, summary.changes.worse, verbose),
    changeSection('Got better', summary, summary.changes.better, verbose),
    errorSection(summary, verbose),
  ].filter(({ blocks }) => blocks.length > 0);

const table = (columns: Column[], rows: string[][]): Block[] =>
  rows.length === 0 ? [] : [{ type: 'table', columns, rows }];

const nameOf = ({ gpu, pciId }: { gpu: string; pciId?: string }): string =>
  pciId === undefined || pciId === gpu ? gpu : `${gpu} (${pciId})`;

function gpuSection({ gpus }: FleetSummary): Section {
  const columns: Column[] = [
    { head: 'GPU', flexible: true },
    { head: 'Results', align: 'right' },
    { head: 'Machines', align: 'right' },
    { head: 'Outcomes', flexible: true },
  ];
  const rows = gpus.map((gpu) => [
    nameOf(gpu),
    String(gpu.cases),
    String(gpu.machines),
    gpu.outcomes.map(({ outcome, count }) => `${OUTCOME_WORDS[outcome]} ${count}`).join(', '),
  ]);
  return { title: 'GPUs', blocks: table(columns, rows) };
}

function causeSection({ gpus }: FleetSummary, verbose: boolean): Section {
  const columns: Column[] = [
    { head: 'Cause' },
    { head: 'GPU', flexible: true },
    { head: 'Results', align: 'right' },
    { head: 'Confirmed', align: 'right' },
  ];
  const causes = gpus
    .flatMap((gpu) => gpu.causes.map((cause) => ({ ...cause, gpu: nameOf(gpu) })))
    .sort((a, b) => b.count - a.count);
  const shown = verbose ? causes : causes.slice(0, SHORT_LIST);
  const rows = shown.map(({ code, gpu, count, confirmed }) => [code, gpu, String(count), String(confirmed)]);
  return { title: 'Causes', blocks: [...table(columns, rows), ...more(causes.length - shown.length)] };
}

function differenceSection({ differences }: FleetSummary, verbose: boolean): Section {
  const blocks = differences.flatMap((difference): Block[] => {
    const { working, failing, fields } = difference;
    const head = labelled(`${nameOf(difference)}:`, `works on ${working}, does not on ${failing}.`);
    if (fields.length === 0) return [head, paragraph('Nothing that both sides show tells them apart.', 'faint')];
    const shown = verbose ? fields : fields.slice(0, SHORT_LIST);
    return [
      head,
      bullets(
        shown.map(({ field, working: good, failing: bad, separates }) => [
          labelled(
            `${field}${separates ? '' : ' (mostly)'}:`,
            `${valuesText(good)} ${separates ? 'works' : 'where it works'}, ${valuesText(bad)} ${separates ? 'does not' : 'where it does not'}`,
          ),
        ]),
      ),
      ...more(fields.length - shown.length),
    ];
  });
  return { title: 'Same card, different result: these things differ', blocks };
}

const valuesText = (values: readonly { value: string; count: number }[]): string =>
  values.map(({ value, count }) => `${value} (${count})`).join(' / ');

function outlierSection({ outliers }: FleetSummary, verbose: boolean): Section {
  const shown = verbose ? outliers : outliers.slice(0, SHORT_LIST);
  const items = shown.map(({ machine, outcome, causes, usual, differsIn, ...rest }): Block[] => [
    labelled(
      `${machine}, ${nameOf(rest)}:`,
      sentence(
        `${OUTCOME_WORDS[outcome]}${causesText(causes.map(({ code }) => code))}; ${usual.count} of ${usual.of} ${
          usual.outcome === 'works' ? 'work' : `have: ${OUTCOME_WORDS[usual.outcome]}`
        }`,
      ),
    ),
    ...(differsIn.length > 0
      ? [
          labelled(
            'Differs in:',
            differsIn
              .map(({ field, value, usual: others }) => `${field} ${value ?? 'not there'} (others: ${others})`)
              .join('; '),
          ),
        ]
      : []),
  ]);
  return {
    title: 'Outliers',
    blocks: items.length === 0 ? [] : [bullets(items), ...more(outliers.length - shown.length)],
  };
}

const causesText = (codes: readonly string[]): string =>
  codes.length === 0 ? '' : `, ${enumerate([...new Set(codes)])}`;

function changeSection(
  title: string,
  { changes }: FleetSummary,
  steps: readonly FleetStep[],
  verbose: boolean,
): Section {
  const shown = verbose ? steps : steps.slice(0, SHORT_LIST);
  const items = shown.map(({ machine, before, after, changed, ...rest }): Block[] => [
    labelled(
      `${machine}, ${nameOf(rest)}:`,
      sentence(
        `${OUTCOME_WORDS[before.outcome]} (${day(before.date)}) -> ${OUTCOME_WORDS[after.outcome]} (${day(after.date)})${causesText(after.causes)}`,
      ),
    ),
    changed.length === 0
      ? paragraph('Nothing that the results tell of the set-up changed.', 'faint')
      : labelled(
          'Changed:',
          changed.map(({ field, from, to }) => `${field} ${from ?? 'not told'} -> ${to ?? 'not told'}`).join('; '),
        ),
  ]);
  const compared = paragraph(
    `${steps.length} of ${plural(changes.compared, 'card')} with results to compare.`,
    'faint',
  );
  return {
    title,
    blocks: items.length === 0 ? [] : [bullets(items), ...more(steps.length - shown.length), compared],
  };
}

function errorSection({ errors }: FleetSummary, verbose: boolean): Section {
  const shown = verbose ? errors : errors.slice(0, SHORT_LIST);
  const items = shown.map(({ message, count, example }): Block[] => [
    labelled(`${count}:`, `${message} (${example}${count > 1 ? ' and others' : ''})`),
  ]);
  return {
    title: 'Without a report',
    blocks: items.length === 0 ? [] : [bullets(items), ...more(errors.length - shown.length)],
  };
}

const more = (count: number): Block[] =>
  count > 0 ? [paragraph(`and ${count} more; --verbose shows all`, 'faint')] : [];
