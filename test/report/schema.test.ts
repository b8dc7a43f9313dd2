import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { addMatrix } from '../../src/matrix/report-part.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseFull, MATRIX } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';

const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/report.schema.json'), 'utf8')) as { $schema?: string };
const validator =
  schema.$schema?.includes('2020-12') === true ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
const validate = validator.compile(schema);

const reportOf = (files: Readonly<Record<string, string>>): unknown =>
  JSON.parse(JSON.stringify(addMatrix(diagnoseFull(files), MATRIX)));

/** The published schema is what other programs rely on; every kind of report has to keep to it. */
describe('schemas/report.schema.json', () => {
  it('holds for every firing example of a rule', () => {
    for (const rule of RULES) {
      for (const example of rule.examples.fires) {
        const ok = validate(reportOf(example.files));
        expect(ok, `${rule.code}, ${example.name}: ${validator.errorsText(validate.errors)}`).toBe(true);
      }
    }
  });

  it('holds for an input in which nothing is recognised', () => {
    expect(validate(reportOf({ 'notes.txt': 'nothing in here\n' })), validator.errorsText(validate.errors)).toBe(true);
  });

  it('refuses a report that lacks its verdict', () => {
    const report = reportOf({ 'notes.txt': 'nothing in here\n' }) as Record<string, unknown>;
    delete report.verdict;
    expect(validate(report)).toBe(false);
  });
});
