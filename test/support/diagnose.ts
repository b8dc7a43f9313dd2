import { join } from 'node:path';
import { identify, type IdentifiedFile } from '../../src/bundle/artifacts.ts';
import { type Diagnosis, diagnose } from '../../src/diagnose/diagnose.ts';
import { loadMatrix } from '../../src/matrix/load.ts';
import type { Report } from '../../src/model/report.ts';
import { RULES } from '../../src/rules/index.ts';
import { ROOT } from './files.ts';

export const MATRIX = loadMatrix(join(ROOT, 'matrix-data'));

/** Runs the whole diagnosis on texts given as path -> content. */
export function diagnoseFull(files: Readonly<Record<string, string | Buffer>>): Diagnosis {
  const identified = Object.entries(files)
    .map(([path, text]) => identify({ path, bytes: typeof text === 'string' ? Buffer.from(text) : text, sha256: '' }))
    .filter((file): file is IdentifiedFile => file !== undefined);
  return diagnose(identified, { rules: RULES, tables: MATRIX.tables, toolVersion: 'test' });
}

export const diagnoseTexts = (files: Readonly<Record<string, string | Buffer>>): Report => diagnoseFull(files).report;
