import { bytesOf, MAX_EVIDENCE } from '../contribute/evidence.ts';
import type { Contribution } from '../contribute/entry.ts';
import type { Matrix } from '../model/matrix.ts';
import type { GpuObservation } from '../model/observation.ts';
import { clean } from '../model/text.ts';
import { OUTCOME_WORDS, plural } from '../report/words.ts';

const linesIn = (text: string): number => text.split('\n').length - 1;
const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;

/** Every control character that a bundle might bring is gone; line breaks and tabs stay. */
const safely = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.split('\t').map(clean).join('\t'))
    .join('\n');

/** Names the configuration and says why a report of it is wanted; of failures above all. */
export function invitation({ gpu, host, outcome }: GpuObservation, { observations }: Matrix): string {
  const same = observations.filter((entry) => entry.subject === 'gpu' && entry.gpu.pciId === gpu.pciId);
  const here = same.filter((entry) => entry.host.release === host.release).length;
  const where = host.release === null ? gpu.name : `${gpu.name} on ${host.release}`;
  const working = same.filter((entry) => entry.outcome === 'works' || entry.outcome === 'works-with-faults').length;
  const known =
    same.length === 0
      ? `The matrix has no report of a ${gpu.name} yet: this is the first.`
      : `The matrix has ${plural(same.length, 'report')} of this card, ${working === 0 ? 'none' : working} of them working, ` +
        `${here === 0 ? 'none' : here} on this release.`;
  const plea =
    outcome === 'works'
      ? 'A combination that works is what others look for.'
      : 'A failure is worth as much as a success: it saves the next one the weeks it took you.';
  return clean(`${where}: ${OUTCOME_WORDS[outcome]}. ${known} ${plea}`);
}

/**
 * What would be published, and nothing else.
 * @param whole also the text of the evidence, where it cannot be looked at in a folder
 */
export function renderContribution({ observation, files }: Contribution, whole: boolean): string {
  const [entry] = files.filter(({ path }) => path.includes('/observations/'));
  const evidence = files.filter((file) => file !== entry);
  const folder = observation.source.title ?? '';
  const width = Math.max(...evidence.map(({ path }) => path.length - folder.length - 1));
  return safely(
    [
      'WHAT WOULD BE PUBLISHED, AND NOTHING ELSE',
      '',
      entry!.path,
      ...entry!.text.trimEnd().split('\n').map(indented),
      '',
      `${folder}/  (${plural(evidence.length, 'file')}, ${kib(bytesOf(evidence))} of at most ${kib(MAX_EVIDENCE)}, redacted)`,
      ...evidence.flatMap(({ path, text }) => [
        `  ${path.slice(folder.length + 1).padEnd(width)}  ${plural(linesIn(text), 'line')}`,
        ...(whole
          ? text
              .trimEnd()
              .split('\n')
              .map((line) => `    | ${line}`)
          : []),
      ]),
      '',
      observation.grade === 'evidenced'
        ? 'Checked: no private value of the bundle is left in it, and the diagnosis of the evidence alone comes to this result.'
        : 'Checked: no private value of the bundle is left in it. The evidence does not show the whole result, so the grade is "reported".',
    ].join('\n'),
  );
}

const indented = (line: string): string => `  ${line}`;

/** How the folder gets to the project: with an account, without one, by mail. */
export const howToSend = (patch: string, subject: string): string =>
  [
    'How to send this entry',
    '======================',
    '',
    'With a GitHub account, and nothing installed but gpudiag:',
    '    run the same command with --open-pr',
    'With a copy of the project:',
    `    git am ${patch}`,
    '    then push the branch and open a pull request',
    'Without an account:',
    '    mail this folder, or only the patch, to a maintainer of the project or to anybody who has an account. The patch',
    '    carries your entry, the evidence and the name you gave; whoever applies it with git am keeps all three.',
    `    Subject: [PATCH] ${subject}`,
    '',
    'Nothing has been sent so far.',
    '',
  ].join('\n');
