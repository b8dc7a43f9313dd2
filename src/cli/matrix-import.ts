import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decode } from '../bundle/decode.ts';
import { openInputs } from '../bundle/open.ts';
import { COLUMNS } from '../matrix/export-columns.ts';
import { type Import, importCsv } from '../matrix/import.ts';
import { observationText } from '../matrix/lint-text.ts';
import { entriesOf } from '../matrix/load.ts';
import type { Matrix } from '../model/matrix.ts';
import { clean } from '../model/text.ts';
import { jsonText } from '../report/json-text.ts';
import { plural } from '../report/words.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { openFolder } from './matrix-lint.ts';
import { entryLeaks } from './matrix-lint-evidence.ts';
import { nearest } from './nearest.ts';

export interface ImportFlags {
  output?: string | undefined;
  json: boolean;
}

/**
 * Reads a table of observations and, when it is right as a whole, writes one file per row into `output`. Without it
 * nothing is written: the report says what would be.
 */
export async function matrixImport(input: string, flags: ImportFlags): Promise<{ text: string; ok: boolean }> {
  const { output, json } = flags;
  const { observations, tables } = knownMatrix(output);
  const result = importCsv(await readTable(input), observations, tables);
  for (const { observation } of result.entries) {
    for (const { field, message, fix } of entryLeaks(observation)) {
      // The row of an entry that is otherwise right is found by its id.
      result.problems.push({ line: 0, column: `${observation.id}, ${field}`, message, ...(fix && { fix }) });
    }
  }
  const { columns, problems, entries } = result;
  const ok = problems.length === 0 && columns.missing.length === 0 && entries.length > 0;
  const written = ok && output !== undefined ? write(output, result) : [];
  if (json) {
    const files = entries.map(({ file }) => file);
    return { text: jsonText({ ok, rows: result.rows, columns, problems, files, written }), ok };
  }
  return { text: textOf(result, { ok, written, output }), ok };
}

/** What rows are compared with: the folder they go to when it is a matrix-data folder, else the program's own. */
function knownMatrix(output: string | undefined): Matrix {
  if (output === undefined || !existsSync(join(output, 'tables'))) return embeddedMatrix();
  const { tables, files } = openFolder(output);
  return { tables, observations: entriesOf(files).map(({ observation }) => observation) };
}

async function readTable(input: string): Promise<string> {
  const files = await openInputs([input]);
  const file = files[0]!;
  if (files.length !== 1) throw new ExpectedError(`${input}: is not one table`, EXIT.input, ['name a CSV file or -']);
  if (file.bytes.length === 0) throw new ExpectedError(`${input}: ${file.problem ?? 'is empty'}`, EXIT.input);
  const decoded = decode(file.bytes);
  if ('unreadable' in decoded) {
    throw new ExpectedError(`${input}: ${decoded.unreadable}`, EXIT.input, ['save the spreadsheet as CSV']);
  }
  return decoded.text;
}

/** Writes all files or none. */
function write(output: string, { entries }: Import): string[] {
  const paths = entries.map(({ file, observation }) => ({
    path: join(output, file),
    text: observationText(observation),
  }));
  const there = paths.find(({ path }) => existsSync(path));
  if (there !== undefined) {
    throw new ExpectedError(`${there.path}: is already there; nothing was written`, EXIT.usage, [
      'entries are never written over: choose another id or folder',
    ]);
  }
  const written: string[] = [];
  try {
    for (const { path, text } of paths) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: 'wx' });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path, { force: true });
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    throw new ExpectedError(`${output}: cannot be written (${code}); nothing was written`, EXIT.usage);
  }
  return written;
}

interface Outcome {
  ok: boolean;
  written: string[];
  output: string | undefined;
}

function textOf({ columns, problems, entries, rows }: Import, { ok, written, output }: Outcome): string {
  const { recognised, ignored, missing } = columns;
  const meant = (header: string): string => {
    const free = COLUMNS.filter(({ name }) => !recognised.some(({ column }) => column === name));
    // A column is also known by the last part of its name.
    const words = new Map(
      free.flatMap(({ name }) => [name, name.split('.').at(-1)!].map((word) => [word.toLowerCase(), name])),
    );
    const word = nearest(header.trim(), [...words.keys()]);
    return word === undefined ? '' : ` (did you mean ${words.get(word)!}?)`;
  };
  const lines = [`Columns: ${recognised.length} recognised`];
  for (const { header, column } of recognised) if (header !== column) lines.push(`  ${header}: taken for ${column}`);
  if (ignored.length > 0) lines.push('Ignored:', ...ignored.map((header) => `  ${header}${meant(header)}`));
  if (missing.length > 0) lines.push('Missing:', ...missing.map((column) => `  ${column}`));
  if (problems.length > 0) {
    lines.push('', 'To mend:');
    for (const { line, column, message, fix } of problems) {
      const place = line === 0 ? column : `line ${line}${column === '' ? '' : `, ${column}`}`;
      lines.push(`  ${place}: ${message}`, ...(fix === undefined ? [] : [`    ${fix}`]));
    }
  }
  lines.push('');
  if (written.length > 0)
    lines.push(`${plural(written.length, 'file')} written:`, ...written.map((path) => `  ${path}`));
  else if (ok) {
    lines.push(`${plural(entries.length, 'row')}, all right. Would be written with --output FOLDER:`);
    lines.push(...entries.map(({ file }) => `  ${file}`));
  } else {
    const why =
      missing.length > 0 ? 'columns are missing' : rows === 0 ? 'there is no row' : plural(problems.length, 'problem');
    lines.push(`${plural(rows, 'row')}, ${why}${output === undefined ? '' : '; nothing was written'}`);
  }
  return lines.map(clean).join('\n');
}
