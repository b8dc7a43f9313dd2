import type { Report, ReportInput } from '../../model/report.ts';
import { formatSize } from '../../model/size.ts';
import { type Block, bullets, labelled, type Section } from '../document.ts';
import { more } from './causes.ts';

const SHORT_LIST = 8;

const EXPECTED =
  'what `pciconf -lvbBceV`, `dmesg`, `sysctl hw.vmm`, `kenv`, `vm passthru` print on the host, loader.conf, VM ' +
  'configurations and bhyve logs; from the guest `dmesg`, `lspci -vvvnnk`, `nvidia-smi -q` or an nvidia-bug-report';

export const isUnderstood = ({ status }: ReportInput): boolean => status === 'parsed' || status === 'partly';

export const nothingUnderstood = ({ inputs }: Pick<Report, 'inputs'>): boolean => !inputs.some(isUnderstood);

/** Files that could not be used and lines that could not be read, one line each. */
export function notUnderstood(report: Pick<Report, 'inputs'>, verbose: boolean): Section[] {
  const { inputs } = report;
  const useful = new Set(inputs.filter(isUnderstood).map(({ artifact }) => artifact));
  const notes: Block[][] = [];
  let foreign = nothingUnderstood(report);
  for (const input of inputs) {
    if (input.keptFrom !== undefined) continue;
    // What surrounds the known parts of a paste is prose, not a loss.
    if (input.status === 'unrecognised' && !useful.has(input.artifact)) {
      foreign = true;
      notes.push([
        labelled(
          `${place(input)}:`,
          input.problems[0]?.message ?? 'not the output of any command or file that gpudiag knows',
        ),
      ]);
    } else if (input.status === 'unreadable') {
      foreign ||= input.kind === null;
      const why = input.problems[0]?.message;
      const what =
        input.kind === null ? 'cannot be read' : `taken for ${input.kind}, but nothing in it can be read as that`;
      notes.push([labelled(`${place(input)}:`, why === undefined ? what : `${what}: ${why}`)]);
    } else {
      for (const { message, line } of input.problems)
        notes.push([labelled(`${input.artifact}${line === undefined ? '' : `:${line}`}:`, message)]);
    }
  }
  if (notes.length === 0 && !foreign) return [];
  const shown = verbose ? notes : notes.slice(0, SHORT_LIST);
  const expected = foreign ? [labelled('Expected:', `${EXPECTED}. \`gpudiag collect\` gathers it.`)] : [];
  return [
    {
      title: 'Not understood',
      blocks: [...(shown.length > 0 ? [bullets(shown)] : []), ...more(notes.length - shown.length), ...expected],
    },
  ];
}

const place = ({ artifact, firstLine }: ReportInput): string => (firstLine > 1 ? `${artifact}:${firstLine}` : artifact);

/** Every input with its kind and what came of it. Only for verbose reports. */
export function allInputs({ inputs }: Report): Section[] {
  if (inputs.length === 0) return [];
  return [
    {
      title: 'All inputs',
      blocks: [
        {
          type: 'table',
          columns: [
            { head: 'Input', flexible: true },
            { head: 'Side' },
            { head: 'Kind' },
            { head: 'Lines', align: 'right' },
            { head: 'File', align: 'right' },
            { head: 'Status' },
          ],
          rows: inputs.map((input) => [
            place(input),
            input.guest ?? input.side,
            input.kind ?? (input.keptFrom === undefined ? '?' : '-'),
            String(input.lines),
            formatSize(input.bytes),
            input.keptFrom === undefined ? input.status : 'kept for people',
          ]),
        },
      ],
    },
  ];
}
