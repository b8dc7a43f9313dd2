import type { Manifest, ProbeRecord } from '../bundle/manifest.ts';
import type { Collected } from '../collect/collect.ts';
import { quoteArgv } from '../collect/words.ts';
import { formatSize } from '../model/size.ts';
import { type Block, bullets, code, labelled, paragraph } from '../report/document.ts';
import { jsonText } from '../report/json-text.ts';
import { createDrawing } from '../report/text.ts';
import { plural } from '../report/words.ts';
import { type CollectFlags, collectLive, complaintsOf, type World } from './collect.ts';
import { terminal } from './terminal.ts';

interface Done {
  text: string;
  /** something hangs in the kernel: the process may have to be left by exit */
  stuck: boolean;
  /** one line for each guest that gave nothing or not all, and what to try */
  complaints: string[];
}

/** `gpudiag collect`: writes the bundle and says what is in it and what to do next. */
export async function collectCommand(flags: CollectFlags, world?: World): Promise<Done> {
  const { path, bytes, collected } = await collectLive(flags, world);
  const { stuck } = collected;
  const complaints = complaintsOf(collected);
  const summary = summaryOf(path, bytes, collected);
  if (flags.json) return { text: jsonText(summary), stuck, complaints };
  const options = { ...terminal({ noColor: flags['no-color'], toFile: false }), verbose: false };
  return { text: createDrawing(options).blocks(summaryBlocks(summary), options.width).join('\n'), stuck, complaints };
}

interface Summary {
  file: string;
  bytes: number;
  redacted: boolean;
  system: string | null;
  files: number;
  probes: number;
  /** replaced values by class */
  redactions: Record<string, number>;
  problems: { id: string; status: ProbeRecord['status']; what: string; reason: string }[];
  /** what is not on this machine, which is often as it should be */
  absent: string[];
  asRoot: { adds: string[]; command: string | null };
  next: string;
}

function summaryOf(path: string, bytes: number, { manifest, needRoot, surroundings }: Collected): Summary {
  const { probes, redacted } = manifest;
  const without = probes.filter(({ status }) => status !== 'ok');
  const answered = new Set(probes.filter(({ status }) => status === 'ok').map(({ id }) => id));
  const first = needRoot.find(({ source }) => 'run' in source);
  return {
    file: path,
    bytes,
    redacted,
    system: surroundings.system ?? null,
    files: probes.filter(({ artifact }) => artifact !== null).length,
    probes: probes.length,
    redactions: redactionsOf(manifest),
    problems: without
      .filter(({ status }) => status !== 'missing')
      .map(({ id, status, command, path: file, reason }) => ({
        id,
        status,
        what: command ?? file ?? id,
        reason: reason ?? '',
      })),
    absent: [...new Set(without.filter((probe) => isAbsent(probe) && !answered.has(probe.id)).map(({ id }) => id))],
    asRoot: {
      adds: [...new Set(needRoot.flatMap(({ asUser }) => asUser ?? []))],
      command: first !== undefined && 'run' in first.source ? quoteArgv(first.source.run) : null,
    },
    next: `gpudiag analyze ${quoteArgv([path])}`,
  };
}

/** What other releases have is not missed here, and guests that were not reached are spoken of elsewhere. */
const isAbsent = ({ id, status, reason = '' }: ProbeRecord): boolean =>
  status === 'missing' && id !== 'guest-ssh' && !/^only (?:before|since) /.test(reason);

function redactionsOf({ probes }: Manifest): Record<string, number> {
  const sum: Record<string, number> = {};
  for (const { redactions } of probes) {
    for (const [name, count] of Object.entries(redactions ?? {})) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** More problems than this are in the manifest. */
const SHOWN = 12;

function summaryBlocks(summary: Summary): Block[] {
  const { file, bytes, redacted, system, files, probes, redactions, problems, absent, asRoot, next } = summary;
  const replaced = Object.entries(redactions).map(([name, count]) => `${name} ${count}`);
  const fields = [
    {
      label: 'Bundle',
      text: `${file} (${formatSize(bytes)}, ${plural(files, 'file')} from ${plural(probes, 'probe')})`,
    },
    {
      label: 'Redacted',
      text: redacted
        ? replaced.length === 0
          ? 'yes, nothing had to be replaced'
          : `yes: ${replaced.join(', ')}`
        : 'no: it holds names, addresses and serial numbers as they are',
    },
    ...(absent.length === 0 ? [] : [{ label: 'Not here', text: absent.join(', ') }]),
  ];
  const blocks: Block[] = [{ type: 'fields', fields }];
  if (system !== 'FreeBSD' && system !== 'Linux') {
    blocks.push(
      paragraph(
        'This machine is neither FreeBSD nor Linux, so most probes found nothing. Run collect on the bhyve host or in the guest.',
      ),
    );
  }
  if (problems.length > 0) {
    const shown = problems
      .slice(0, SHOWN)
      .map(({ status, what, reason }) => [labelled(`${status}:`, `${what}: ${reason}`)]);
    if (problems.length > SHOWN)
      shown.push([paragraph(`and ${problems.length - SHOWN} more: gpudiag bundle inspect ${file}`)]);
    blocks.push(labelled('Not answered:'), bullets(shown));
  }
  if (asRoot.adds.length > 0) {
    blocks.push(paragraph(`Run as root it would also have: ${asRoot.adds.join('; ')}.`));
    if (asRoot.command !== null)
      blocks.push(paragraph('The one command that would add most, as root:'), code(asRoot.command));
  }
  blocks.push(paragraph('Next:'), code(next));
  return blocks;
}
