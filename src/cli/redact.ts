import { lstat, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { decode } from '../bundle/decode.ts';
import { manifestText, MANIFEST_FILE, REDACTION_FILE } from '../bundle/manifest.ts';
import { openInputs, type RawFile } from '../bundle/open.ts';
import { createRedactor, type Leak, type Redactor } from '../bundle/redact/redact.ts';
import { type LeftOut, type RedactedFiles, redactFiles, reportText, textsOf } from '../bundle/redact-files.ts';
import { OutputError, packBundle, removeLeftovers, reserve, temporaryName } from '../bundle/write.ts';
import { clean } from '../model/text.ts';
import { type Block, bullets, labelled, paragraph } from '../report/document.ts';
import { jsonText } from '../report/json-text.ts';
import { createDrawing } from '../report/text.ts';
import { enumerate, plural } from '../report/words.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { cannotWrite, writeOutput } from './output.ts';
import { startProgress } from './progress.ts';
import { terminal } from './terminal.ts';

export interface RedactFlags {
  output?: string | undefined;
  force: boolean;
  name: readonly string[];
  json: boolean;
  'no-color': boolean;
}

interface Summary {
  /** the copy; null when it went to standard output */
  output: string | null;
  files: number;
  /** replacements by class */
  replacements: Record<string, number>;
  /** different values by class */
  values: Record<string, number>;
  leftOut: LeftOut[];
}

/** What an input is, and so what its copy will be. */
type Shape = 'archive' | 'folder' | 'text';

/**
 * Writes a redacted copy of an input. A single text from standard input comes back as text.
 * @throws ExpectedError when nothing can be read, the copy cannot be written, or a value is found in it; then it is deleted
 */
export async function redact(input: string, flags: RedactFlags): Promise<{ text?: string; summary?: string }> {
  for (const name of flags.name) checkName(name);
  const progress = startProgress();
  try {
    progress.say('reading');
    const raw = await openInputs([input]);
    const redactor = createRedactor({ known: flags.name.map((value) => ({ class: 'name', value })) });
    progress.say(`redacting ${plural(raw.length, 'file')}`);
    const copy = redactFiles(raw, redactor);
    if (copy.files.length === 0) throw unreadable(input, copy.report.leftOut);
    const shape = await shapeOf(input, raw, flags.output);
    refuseLeaks(redactor.leaks(textsOf(copy)));

    if (input === '-' && shape === 'text' && flags.output === undefined) {
      return { text: shown(textOf(copy)), summary: flags.json ? undefined : headline(copy) };
    }
    const output = flags.output ?? nameOf(input, shape, redactor);
    progress.say(`writing ${output}`);
    await write(output, shape, copy, flags.force);
    await checkWritten(output, redactor);
    const summary = summaryOf(output, copy);
    return { summary: flags.json ? jsonText(summary) : draw(summary, flags) };
  } finally {
    progress.end();
  }
}

/** A name of a few letters would be found in every other word. */
const SHORTEST_NAME = 4;

function checkName(name: string): void {
  if (clean(name) !== name) {
    throw new ExpectedError(`--name ${name}: holds characters that are not seen, or a line break`, EXIT.usage);
  }
  if (name.trim().length >= SHORTEST_NAME) return;
  throw new ExpectedError(`--name ${name}: has fewer than ${SHORTEST_NAME} characters`, EXIT.usage, [
    'so short a text stands in too many words; edit the copy by hand',
  ]);
}

const unreadable = (input: string, [first, ...others]: readonly LeftOut[]): ExpectedError =>
  first !== undefined && others.length === 0
    ? new ExpectedError(`${first.path === basename(input) ? input : first.path}: ${first.why}`, EXIT.input)
    : new ExpectedError(`${input}: holds no text that could be redacted`, EXIT.input);

async function shapeOf(input: string, raw: readonly RawFile[], output: string | undefined): Promise<Shape> {
  if (output !== undefined && isArchiveName(output)) return 'archive';
  if (input === '-') return raw.length === 1 && raw[0]!.path === '-' ? 'text' : 'archive';
  if ((await stat(input)).isDirectory()) return 'folder';
  const isText = raw.length === 1 && raw[0]!.path === basename(input).replace(/\.gz$/i, '');
  return isText || (raw.length === 1 && raw[0]!.path === basename(input)) ? 'text' : 'archive';
}

const isArchiveName = (path: string): boolean => /\.(?:tar\.gz|tgz)$/.test(path);

/** `x-unredacted.tar.gz` becomes `x-redacted.tar.gz`, `dmesg.txt.gz` becomes `dmesg-redacted.txt`, in the folder of the input. */
function nameOf(input: string, shape: Shape, redactor: Redactor): string {
  const name = redactor.redactPath(input === '-' ? 'input' : basename(input)).replace('-unredacted', '');
  const path = join(dirname(input), name);
  if (shape === 'folder') return `${path}-redacted`;
  if (shape === 'archive') return `${path.replace(/\.(?:tar\.gz|tgz|tar)$/, '')}-redacted.tar.gz`;
  const plain = path.replace(/\.gz$/i, '');
  return plain.replace(/((?:\.[^./]+)?)$/, '-redacted$1');
}

/** A text as it is shown on a terminal: lines and tabs stay, what is not seen goes. */
const shown = (text: string): string => text.replace(/[^\P{Cc}\n\t]|[\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, '');

const textOf = ({ files }: RedactedFiles): string => Buffer.from(files[0]!.bytes).toString('utf8');

async function write(output: string, shape: Shape, copy: RedactedFiles, force: boolean): Promise<void> {
  if (shape === 'folder') return writeFolder(output, copy);
  if (shape === 'text') {
    if (!force && (await exists(output))) throw alreadyThere(output);
    return writeOutput(output, textOf(copy));
  }
  const place = await reserve(output, { force }).catch(refuse);
  const report = { path: REDACTION_FILE, bytes: Buffer.from(reportText(copy.report)) };
  try {
    const packed = await packBundle(copy.manifest && manifestText(copy.manifest), [...copy.files, report]);
    await place.commit(packed);
  } catch (error) {
    await place.discard();
    refuse(error);
  }
}

/** Whole or not at all: into a folder of another name, which then gets its own. */
async function writeFolder(output: string, copy: RedactedFiles): Promise<void> {
  if (await exists(output)) throw alreadyThere(output);
  await removeLeftovers(dirname(output));
  const temporary = join(dirname(output), temporaryName());
  try {
    const report = { path: REDACTION_FILE, bytes: Buffer.from(reportText(copy.report)) };
    const own =
      copy.manifest === undefined ? [] : [{ path: MANIFEST_FILE, bytes: Buffer.from(manifestText(copy.manifest)) }];
    for (const { path, bytes } of [...own, ...copy.files, report]) {
      const full = join(temporary, path);
      if (!full.startsWith(`${temporary}/`)) throw new OutputError(`${path}: leads out of the folder`);
      await mkdir(dirname(full), { recursive: true, mode: 0o700 });
      await writeFile(full, bytes, { mode: 0o600, flag: 'wx' });
    }
    await rename(temporary, output);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    if (error instanceof OutputError) throw new ExpectedError(error.message, EXIT.usage);
    throw cannotWrite(output, error);
  }
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

const alreadyThere = (path: string): ExpectedError =>
  new ExpectedError(`${path}: is already there`, EXIT.usage, ['--output gives the copy another name']);

function refuse(error: unknown): never {
  throw error instanceof OutputError ? new ExpectedError(error.message, EXIT.usage) : error;
}

/** Reads what was written and searches it once more. What leaks is deleted. */
async function checkWritten(output: string, redactor: Redactor): Promise<void> {
  const texts = (await openInputs([output])).map(({ path, bytes }) => {
    const decoded = decode(bytes);
    return { path, text: 'text' in decoded ? decoded.text : Buffer.from(bytes).toString('latin1') };
  });
  const leaks = redactor.leaks(texts);
  if (leaks.length === 0) return;
  await rm(output, { recursive: true, force: true });
  refuseLeaks(leaks);
}

function refuseLeaks(leaks: readonly Leak[]): void {
  if (leaks.length === 0) return;
  const places = [
    ...new Set(leaks.map(({ path, line }) => (line === 0 ? `the name of ${path}` : `${path}, line ${line}`))),
  ];
  const classes = [...new Set(leaks.map((leak) => leak.class))];
  throw new ExpectedError(
    `no copy was made: after redaction a private value (${enumerate(classes)}) still stands in ${places[0]!}${places.length > 1 ? ` and ${plural(places.length - 1, 'other place')}` : ''}`,
    EXIT.bug,
    ['this is a bug in gpudiag: please report it with a line of the same form, but without the value'],
  );
}

const summaryOf = (output: string | null, { files, report }: RedactedFiles): Summary => ({
  output,
  files: files.length,
  replacements: report.replacements,
  values: report.values,
  leftOut: report.leftOut,
});

const headline = ({ report }: RedactedFiles): string => {
  const counts = Object.entries(report.replacements).map(([name, count]) => `${name} ${count}`);
  return counts.length === 0 ? 'nothing had to be replaced' : `replaced: ${counts.join(', ')}`;
};

/** More files than this are named in redaction.json. */
const SHOWN = 12;

function draw(summary: Summary, flags: RedactFlags): string {
  const { output, files, replacements, values, leftOut } = summary;
  const counts = Object.entries(replacements)
    .sort((a, b) => b[1] - a[1])
    .map(([name, count]) => `${name} ${count}`);
  const blocks: Block[] = [
    paragraph(`${output}: ${plural(files, 'file')}; no private value that was found is left in it`),
    counts.length === 0 ? paragraph('Nothing had to be replaced.') : labelled('Replaced:', counts.join(', ')),
  ];
  if (values.host === undefined) {
    blocks.push(paragraph('No host name was found. If one stands in these texts, name it with --name.'));
  }
  if (leftOut.length > 0) {
    blocks.push(paragraph(`Left out, because only text can be searched: ${plural(leftOut.length, 'file')}`));
    blocks.push(bullets(leftOut.slice(0, SHOWN).map(({ path, why }) => [paragraph(`${path}: ${why}`)])));
  }
  const options = { ...terminal({ noColor: flags['no-color'], toFile: false }), verbose: false };
  return createDrawing(options).blocks(blocks, options.width).join('\n');
}
