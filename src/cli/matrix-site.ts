import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { decode } from '../bundle/decode.ts';
import { openInputs } from '../bundle/open.ts';
import { lintEntries } from '../matrix/lint.ts';
import { entriesOf } from '../matrix/load.ts';
import type { Matrix } from '../model/matrix.ts';
import { plural } from '../report/words.ts';
import { CHANGE_LOG, type ChangeLog, ChangeLogSchema } from '../site/change-log.ts';
import type { EvidenceFile } from '../site/input.ts';
import { renderSite } from '../site/site.ts';
import { embeddedMatrix } from './embedded.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { EVIDENCE, evidenceIds } from './matrix-lint-evidence.ts';
import { openFolder } from './matrix-lint.ts';
import { today } from './matrix-verdicts.ts';
import { checkSiteFolder, writeSiteFolder } from './site-folder.ts';
import { VERSION } from './version.ts';

export interface SiteFlags {
  output: string;
  address?: string | undefined;
  changes?: string | undefined;
  date?: string | undefined;
}

/** Writes the site, and says what it wrote. */
export async function matrixSite(folder: string | undefined, flags: SiteFlags): Promise<string> {
  const { output } = flags;
  const date = dayOf(flags.date);
  const address = addressOf(flags.address);
  await checkSiteFolder(output);
  const earlier = logIn(flags.changes, output);
  const matrix = folder === undefined ? embeddedMatrix() : usableMatrix(folder);
  const files = renderSite({
    matrix,
    evidence: await evidenceOf(folder ?? SHIPPED, matrix),
    date,
    ...(earlier !== undefined && { earlier }),
    ...(address !== undefined && { address }),
    version: VERSION,
  });
  await writeSiteFolder(output, files);
  const sizes = new Map(files.map(({ path, text }) => [path, Buffer.byteLength(text)]));
  const total = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const first = join(output, 'index.html');
  return `${plural(files.length, 'file')}, ${kilobytes(total)}, from ${plural(matrix.observations.length, 'report')}. Open ${first} (${kilobytes(sizes.get('index.html')!)}).`;
}

const kilobytes = (bytes: number): string => `${Math.ceil(bytes / 1000)} kB`;

/** The data that came with the program, for its evidence: a snapshot holds none. */
const SHIPPED = join(__dirname, '..', 'matrix-data');

/** A folder with errors makes no site: what is shown to strangers was checked. */
function usableMatrix(dir: string): Matrix {
  const { tables, files, problems } = openFolder(dir);
  const entries = entriesOf(files);
  const all = [...problems, ...lintEntries(entries, tables)];
  if (all.length > 0) {
    const { file, field, message } = all[0]!;
    throw new ExpectedError(
      `${dir}: ${plural(all.length, 'error')}, the first in ${file}: ${field === '' ? '' : `${field}: `}${message}`,
      EXIT.input,
      [`gpudiag matrix lint ${dir} shows all of them`],
    );
  }
  return { observations: entries.map(({ observation }) => observation), tables };
}

async function evidenceOf(dir: string, { observations }: Matrix): Promise<Map<string, EvidenceFile[]>> {
  const known = new Set(observations.map(({ id }) => id));
  const found = new Map<string, EvidenceFile[]>();
  for (const id of evidenceIds(dir).filter((name) => known.has(name))) {
    const files = (await openInputs([join(dir, EVIDENCE, id)])).map(({ path, bytes, problem }): EvidenceFile => {
      if (problem !== undefined) return { path, text: `(${problem})` };
      const decoded = decode(bytes);
      return { path, text: 'unreadable' in decoded ? `(${decoded.unreadable})` : decoded.text };
    });
    found.set(
      id,
      files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    );
  }
  return found;
}

/** The memory of the site that stands now; undefined when there is none. */
function logIn(given: string | undefined, output: string): ChangeLog | undefined {
  const path = given ?? join(output, CHANGE_LOG);
  if (given === undefined && !existsSync(path)) return undefined;
  try {
    return v.parse(ChangeLogSchema, JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ExpectedError(
      `${path}: ${code === undefined ? 'is not what an earlier build wrote' : `cannot be read (${code})`}`,
      EXIT.input,
      ['without it, the list of changes begins anew: remove the file, or leave out --changes'],
    );
  }
}

function dayOf(given: string | undefined): string {
  if (given === undefined) return today();
  const time = /^\d{4}-\d{2}-\d{2}$/.test(given) ? Date.parse(given) : Number.NaN;
  // Some engines take the 31st of a shorter month for the 1st of the next.
  if (Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== given) {
    throw new ExpectedError(`--date ${given}: is no day`, EXIT.usage, ['write it as 2026-11-22']);
  }
  return given;
}

function addressOf(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  ) {
    throw new ExpectedError(`--address ${given}: is no address of a site`, EXIT.usage, [
      'write it as https://example.org/matrix/',
    ]);
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
