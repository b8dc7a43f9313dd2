import { guestMemory } from '../../parsers/lib/bhyve.ts';
import { preflight, type PreflightAnswer, type PreflightQuestion } from '../diagnose/preflight/preflight.ts';
import { consultForPreflight } from '../matrix/preflight-part.ts';
import type { Severity } from '../model/finding.ts';
import type { Preflight, PreflightVerdict } from '../model/preflight.ts';
import { RULES } from '../rules/index.ts';
import { diagnoseInputs, expectInputs, whyNothing } from './diagnosis.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { terminal } from './terminal.ts';

export interface PreflightFlags {
  gpu?: string | undefined;
  vm?: string | undefined;
  memory?: string | undefined;
  loader?: string | undefined;
  slot?: number | undefined;
}

export interface PreflightPrinting {
  format: 'text' | 'markdown' | 'json';
  failOn: Severity | 'never';
  noColor: boolean;
  verbose: boolean;
  toFile: boolean;
}

export interface PreflightResult {
  text: string;
  /** a verdict is at or above `failOn` */
  failed: boolean;
  /** why nothing was understood, one line; missing when at least one artifact was */
  nothing?: string;
}

/** Opens inputs, diagnoses the host, works out what a first start would meet, renders. */
export async function preflightInputs(
  inputs: readonly string[],
  flags: PreflightFlags,
  printing: PreflightPrinting,
): Promise<PreflightResult> {
  const question = questionOf(flags);
  if (printing.format !== 'json') expectInputs(inputs);
  const diagnosis = await diagnoseInputs(inputs);
  const matrix = embeddedMatrix();
  const answer = preflight(diagnosis, question, {
    rules: RULES,
    tables: matrix.tables,
    consult: (card) => consultForPreflight(diagnosis, matrix, card),
  });
  if (answer.kind === 'which-card') throw whichCard(answer, flags.gpu);
  const nothing = whyNothing(diagnosis.report.inputs);
  return {
    text: await render(answer.preflight, printing),
    failed: failsOn(answer.preflight.verdict, printing.failOn),
    ...(nothing !== undefined && { nothing }),
  };
}

function questionOf({ gpu, vm, memory, loader, slot }: PreflightFlags): PreflightQuestion {
  const memoryBytes = memory === undefined ? undefined : guestMemory(memory);
  if (memory !== undefined && (memoryBytes === undefined || memoryBytes === 0)) {
    throw new ExpectedError(`--memory ${memory}: is no size`, EXIT.usage, ['write it as bhyve does: 16G, 8192M']);
  }
  return {
    ...(gpu !== undefined && { gpu }),
    ...(vm !== undefined && { vm }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(loader !== undefined && { loader }),
    ...(slot !== undefined && { slot }),
  };
}

function whichCard(
  { reason, cards }: Extract<PreflightAnswer, { kind: 'which-card' }>,
  gpu: string | undefined,
): ExpectedError {
  const list = cards.map(({ hostBdf, name }) => `--gpu ${hostBdf}${name === undefined ? '' : `   ${name}`}`);
  return reason === 'several'
    ? new ExpectedError('which card? Several could be meant', EXIT.usage, list)
    : new ExpectedError(`--gpu ${gpu}: no graphics card of the evidence is called so`, EXIT.usage, list);
}

async function render(answer: Preflight, { format, noColor, verbose, toFile }: PreflightPrinting): Promise<string> {
  const { renderPreflightJson, renderPreflightMarkdown, renderPreflightText } = await import('../report/preflight.ts');
  if (format === 'json') return renderPreflightJson(answer);
  if (format === 'markdown') return renderPreflightMarkdown(answer, verbose);
  return renderPreflightText(answer, { ...terminal({ noColor, toFile }), verbose });
}

/** The verdicts that count at each severity; what fails is an error, however grave. */
const COUNTING: Record<Severity, readonly PreflightVerdict[]> = {
  info: ['not-known', 'at-risk', 'will-fail'],
  warning: ['at-risk', 'will-fail'],
  error: ['will-fail'],
  fatal: ['will-fail'],
};

const failsOn = (verdict: PreflightVerdict, failOn: Severity | 'never'): boolean =>
  failOn !== 'never' && COUNTING[failOn].includes(verdict);
