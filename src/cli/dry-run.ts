import type { Probe, Source } from '../collect/probe.ts';
import { selectProbes } from '../collect/probes.ts';
import { PREPARATIONS } from '../collect/surroundings.ts';
import { quoteArgv } from '../collect/words.ts';
import { formatSize } from '../model/size.ts';
import { type Block, bullets, labelled, paragraph } from '../report/document.ts';
import { jsonText } from '../report/json-text.ts';
import { createDrawing } from '../report/text.ts';
import { plural } from '../report/words.ts';
import type { CollectFlags } from './collect.ts';
import { terminal } from './terminal.ts';

/**
 * What `collect` would ask of this machine, from the list alone: no process is started and no file is opened. The system
 * is the one Node was built for.
 */
export function dryRun(flags: CollectFlags): string {
  const linux = process.platform === 'linux';
  const side = flags.side ?? (linux ? 'guest' : 'host');
  const os = side === 'guest' && linux ? 'linux' : 'freebsd';
  const probes = selectProbes({ side, os, profile: flags.profile, includeRisky: flags['include-risky'] });
  if (flags.json) return jsonText({ side, os, profile: flags.profile, preparations: PREPARATIONS, probes });
  const options = { ...terminal({ noColor: flags['no-color'], toFile: false }), verbose: false };
  const size = probes.reduce((sum, { sizeEstimate }) => sum + sizeEstimate, 0);
  const blocks: Block[] = [
    paragraph(
      `collect --profile ${flags.profile} on a ${os === 'linux' ? 'Linux' : 'FreeBSD'} ${side} would make ${plural(probes.length, 'probe')}, ` +
        `about ${formatSize(size)} before compression. Nothing was run and nothing was read now.`,
    ),
    ...(side === 'host'
      ? [
          paragraph('First it would look at:'),
          bullets(PREPARATIONS.map(({ what, why }) => [paragraph(`${what}: ${why}`)])),
        ]
      : []),
    paragraph('Then, in this order:'),
    bullets(probes.map((probe) => [labelled(whatOf(probe.source)), termsOf(probe)])),
  ];
  return createDrawing(options).blocks(blocks, options.width).join('\n');
}

/** Privilege, size and privacy class, and why it is asked. */
function termsOf({ privilege, sizeEstimate, privacy, why, disturbs }: Probe): Block {
  const risk = disturbs === true ? ' It can disturb a card that hangs.' : '';
  return paragraph(`${privilege}, ${formatSize(sizeEstimate)}, ${privacy}. ${why}${risk}`);
}

function whatOf(source: Source): string {
  if ('run' in source) return quoteArgv(source.run);
  if ('file' in source) return source.lines === undefined ? source.file : `${source.file} (only some lines)`;
  if ('files' in source) return source.files;
  if ('grep' in source) return source.grep.join(' ');
  return `SHA-256 of ${source.fingerprint.join(' ')}, and whether ${source.strings.map((text) => JSON.stringify(text)).join(', ')} stand in them`;
}
