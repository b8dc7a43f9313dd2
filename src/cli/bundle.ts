import type { Manifest, ProbeRecord } from '../bundle/manifest.ts';
import { openInputs } from '../bundle/open.ts';
import { type Verification, verifyBundle } from '../bundle/verify.ts';
import { formatSize } from '../model/size.ts';
import { type Block, bullets, type Column, paragraph } from '../report/document.ts';
import { jsonText } from '../report/json-text.ts';
import { createDrawing } from '../report/text.ts';
import { plural } from '../report/words.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { terminal } from './terminal.ts';

interface Printing {
  json: boolean;
  'no-color': boolean;
}

const COLUMNS: Column[] = [
  { head: 'Probe' },
  { head: 'Status' },
  { head: 'Size', align: 'right' },
  { head: 'Time', align: 'right' },
  { head: 'Artifact, or why there is none', flexible: true },
];

/** The manifest of a bundle as a table. */
export async function inspectBundle(path: string, flags: Printing): Promise<string> {
  const { manifest } = await read(path);
  if (manifest === undefined) {
    throw new ExpectedError(`${path}: is no bundle with a readable manifest`, EXIT.input, [
      'gpudiag bundle verify says what is wrong; gpudiag analyze reads files without a manifest too',
    ]);
  }
  if (flags.json) return jsonText(manifest);
  return draw(manifestBlocks(manifest), flags);
}

function manifestBlocks(manifest: Manifest): Block[] {
  const { tool, createdAt, profile, privilege, vm, around, redacted, probes } = manifest;
  const answered = probes.filter(({ artifact }) => artifact !== null).length;
  const fields = [
    { label: 'Collected', text: `${createdAt} by ${tool.name} ${tool.version}` },
    ...(profile === undefined
      ? []
      : [{ label: 'Profile', text: `${profile}${privilege === undefined ? '' : `, as ${privilege}`}` }]),
    ...(vm === undefined || vm.length === 0 ? [] : [{ label: 'VMs', text: vm.join(', ') }]),
    ...(around === undefined ? [] : [{ label: 'Around', text: `${around.command} (${endOf(around)})` }]),
    {
      label: 'Redacted',
      text: redacted ? replacements(probes) : 'no: it holds names, addresses and serial numbers as they are',
    },
    { label: 'Probes', text: `${plural(probes.length, 'record')}, ${plural(answered, 'file')}` },
  ];
  return [
    { type: 'fields', fields },
    { type: 'table', columns: COLUMNS, rows: probes.map(rowOf) },
  ];
}

function rowOf({ id, status, bytes, durationMs, artifact, reason, truncated, path, command }: ProbeRecord): string[] {
  const cut = truncated === undefined ? undefined : `cut: ${formatSize(truncated.droppedBytes)} left out`;
  const what = artifact ?? path ?? command;
  return [
    id,
    status,
    artifact === null ? '' : formatSize(bytes),
    durationMs === undefined ? '' : `${durationMs} ms`,
    [what, cut, reason].filter((part) => part !== undefined).join('; '),
  ];
}

function replacements(probes: readonly ProbeRecord[]): string {
  const classes = new Map<string, number>();
  for (const { redactions } of probes) {
    for (const [name, count] of Object.entries(redactions ?? {})) classes.set(name, (classes.get(name) ?? 0) + count);
  }
  const sorted = [...classes].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
  return sorted.length === 0 ? 'yes, nothing had to be replaced' : `yes: ${sorted.join(', ')}`;
}

const endOf = ({ exitStatus, signal, timedOut }: NonNullable<Manifest['around']>): string =>
  timedOut === true
    ? 'had not ended'
    : signal === undefined
      ? `exit status ${exitStatus ?? 'not known'}`
      : `ended by ${signal}`;

/** Compares a bundle with its manifest. `ok`: everything agrees. */
export async function verify(path: string, flags: Printing): Promise<{ text: string; ok: boolean }> {
  const { manifest, problems, checked } = await read(path);
  if (manifest === undefined) throw new ExpectedError(`${path}: ${problems[0] ?? 'is no bundle'}`, EXIT.input);
  const ok = problems.length === 0;
  if (flags.json) return { text: jsonText({ ok, checked, problems }), ok };
  const said = ok
    ? [paragraph(`${path}: ${plural(checked, 'file')}, all as the manifest says`)]
    : [
        paragraph(`${path}: ${plural(problems.length, 'problem')}`),
        bullets(problems.map((problem) => [paragraph(problem)])),
      ];
  return { text: draw(said, flags), ok };
}

async function read(path: string): Promise<Verification> {
  const files = await openInputs([path]);
  const unreadable = files.length === 1 && files[0]!.bytes.length === 0 ? files[0]!.problem : undefined;
  if (unreadable !== undefined) throw new ExpectedError(`${path}: ${unreadable}`, EXIT.input);
  return verifyBundle(files);
}

function draw(blocks: Block[], flags: Printing): string {
  const options = { ...terminal({ noColor: flags['no-color'], toFile: false }), verbose: false };
  return createDrawing(options).blocks(blocks, options.width).join('\n');
}
