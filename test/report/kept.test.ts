import { expect, it } from 'vitest';
import type { ReportInput } from '../../src/model/report.ts';
import { allInputs, notUnderstood } from '../../src/report/content/inputs.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

const unknown = (artifact: string): ReportInput => ({
  artifact, side: 'host', kind: null, firstLine: 1, bytes: 10, lines: 1, sha256: '', status: 'unrecognised', problems: [],
}); // prettier-ignore
const kept: ReportInput = { ...unknown('host/vmstat-i.txt'), keptFrom: 'vmstat' };
const foreign = unknown('host/notes.txt');
const report = diagnoseTexts({ 'host/kenv.txt': 'vmm_load="YES"\npptdevs="1/0/0"\n' });

it('what is kept for people is nothing that was not understood', () => {
  expect(notUnderstood({ inputs: [...report.inputs, kept] }, false)).toEqual([]);
  const text = JSON.stringify(notUnderstood({ inputs: [...report.inputs, kept, foreign] }, false));
  expect(text).toContain('host/notes.txt');
  expect(text).not.toContain('vmstat');
});

it('the list of all inputs says so', () => {
  const text = JSON.stringify(allInputs({ ...report, inputs: [kept, foreign] }));
  expect(text).toContain('kept for people');
  expect(text).toContain('unrecognised');
});
