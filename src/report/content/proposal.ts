import type { Preflight, PreflightProposal, ProposedLine } from '../../model/preflight.ts';
import { type Block, bullets, code, labelled, paragraph, type Section } from '../document.ts';
import { sentence } from '../words.ts';
import { quotes } from './evidence.ts';

type File = PreflightProposal['loaderConf'];

/** The lines for both files, the same for bhyve without a manager, and what is left to choose. */
export function proposalSections({ proposal }: Preflight): Section[] {
  if (proposal === undefined) return [];
  const { loaderConf, leftOut, vmBhyve, bhyve, rom } = proposal;
  const romGiven = vmBhyve.lines.some(({ text }) => /_options=.*\brom=/.test(text));
  return [
    {
      title: 'Lines for the boot loader',
      blocks: [
        labelled(`In ${loaderConf.path}:`),
        ...fileBlocks(loaderConf),
        ...(leftOut.length === 0
          ? []
          : [
              labelled('Left out of pptdevs:'),
              bullets(
                leftOut.map(({ device, because, evidence }) => [
                  paragraph(`${device}: ${because}`),
                  ...quotes(evidence, 1),
                ]),
              ),
            ]),
        ...(isDone(loaderConf) ? [] : [labelled('Then:', 'reboot the host.')]),
        labelled('Check:', '`pciconf -l` shows every function of the card as pptN.'),
      ],
    },
    {
      title: 'Lines for the VM',
      blocks: [
        labelled(`In ${vmBhyve.path} (vm-bhyve):`),
        ...fileBlocks(vmBhyve),
        ...(romGiven ? [] : [labelled('An option, not needed by all:', rom.text), code(rom.vmBhyve, 'text')]),
      ],
    },
    {
      title: 'The same for bhyve without a manager',
      blocks: [
        code(bhyve.join('\n'), 'text'),
        ...(romGiven ? [] : [labelled('With a VBIOS file:'), code(rom.bhyve, 'text')]),
      ],
    },
  ];
}

const isDone = ({ lines, remove }: File): boolean =>
  remove.length === 0 && lines.every(({ change }) => change === 'keep');

function fileBlocks(file: File): Block[] {
  const { lines, remove, notes } = file;
  const replaced = lines.flatMap(({ was, change }) => (change === 'replace' && was !== undefined ? [was] : []));
  return [
    code(lines.map(({ text }) => text).join('\n'), 'text'),
    ...(isDone(file) ? [paragraph('All of them stand there already.', 'good')] : present(lines)),
    ...(replaced.length > 0 ? [labelled('Instead of:'), code(replaced.join('\n'), 'text')] : []),
    ...(remove.length > 0 ? [labelled('Take out:'), code(remove.join('\n'), 'text')] : []),
    ...(notes.length > 0 ? [bullets(notes.map((note) => [paragraph(sentence(note))]))] : []),
  ];
}

function present(lines: readonly ProposedLine[]): Block[] {
  const names = lines.filter(({ change }) => change === 'keep').map(({ text }) => text.slice(0, text.indexOf('=')));
  return names.length === 0 ? [] : [labelled('Already there:', names.join(', '))];
}
