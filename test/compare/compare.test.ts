import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { identify, type IdentifiedFile } from '../../src/bundle/artifacts.ts';
import { openInputs } from '../../src/bundle/open.ts';
import { compareReports } from '../../src/compare/compare.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import type { Comparison } from '../../src/model/comparison.ts';
import type { Report } from '../../src/model/report.ts';
import { renderComparisonJson, renderComparisonMarkdown, renderComparisonText } from '../../src/report/compare.ts';
import { RULES } from '../../src/rules/index.ts';
import { diagnoseTexts, MATRIX } from '../support/diagnose.ts';
import { ROOT } from '../support/files.ts';
import { buildReport, evidence, finding, input, stages } from '../support/report.ts';
import * as cases from '../report/cases.ts';

async function example(name: string): Promise<Report> {
  const raw = await openInputs([join(ROOT, 'examples', name)]);
  const files = raw.map((file) => identify(file)).filter((file): file is IdentifiedFile => file !== undefined);
  return diagnose(files, { rules: RULES, tables: MATRIX.tables, toolVersion: 'test' }).report;
}

const compared = (a: Report, b: Report): Comparison =>
  compareReports({ input: 'a', report: a }, { input: 'b', report: b }, { toolVersion: '1.2.3', countFrom: 'error' });

const changesOf = ({ changes }: Comparison): [string, string | null, string | null][] =>
  changes.map(({ name, from, to }) => [name, from, to]);

const codes = (findings: readonly { code: string }[]): string[] => findings.map(({ code }) => code).sort();

describe('the pin patch on the Tesla P4', async () => {
  const [stock, patched] = [await example('tesla-p4-freebsd-15'), await example('tesla-p4-freebsd-15-patched')];
  const comparison = compared(stock, patched);

  it('gets further, although the card still does not work', () => {
    expect(comparison.verdict).toBe('better');
    expect(comparison.summary).toBe('B is better: stopped at probe before, stopped at init after.');
    expect(comparison.stages.filter(({ from, to }) => from !== to)).toEqual([
      { id: 'probe', from: 'failed', to: 'passed' },
      { id: 'init', from: 'unknown', to: 'failed' },
    ]);
  });

  it('shows that bhyve was rebuilt, and what the guest sees of it', () => {
    expect(changesOf(comparison).map(([name]) => name)).toEqual([
      '/usr/sbin/bhyve',
      '0000:00:06.0 bound to',
      '0000:00:06.0 interrupt pin',
    ]);
    expect(changesOf(comparison).at(-1)).toEqual(['0000:00:06.0 interrupt pin', 'none', 'A']);
  });

  it('loses the missing pin and what followed from it', () => {
    expect(codes(comparison.findings.gone)).toEqual(
      expect.arrayContaining(['driver-probe-failed', 'nvidia-intpin-missing', 'nvidia-irq-missing']),
    );
    expect(codes(comparison.findings.appeared)).toContain('rm-init-adapter-failed');
    expect(comparison.findings.changed.map(({ finding: { code } }) => code)).toEqual(['rom-not-supplied']);
  });

  it('is worse the other way round', () => {
    expect(compared(patched, stock).verdict).toBe('worse');
  });

  it('is the same as itself', () => {
    const same = compared(stock, stock);
    expect(same.verdict).toBe('same');
    expect(same.changes).toEqual([]);
    expect([...same.findings.gone, ...same.findings.appeared, ...same.findings.notLookedAt]).toEqual([]);
  });

  it('reads well', () => {
    const text = renderComparisonText(comparison, { width: 80, color: false, unicode: true, verbose: false });
    expect(text).toContain('B is better: stopped at probe before, stopped at init after.');
    expect(text).toMatch(/build, \/usr\/sbin\/bhyve: SHA256 [0-9a-f]{12}\.\.\. -> SHA256 [0-9a-f]{12}\.\.\./);
    expect(text).toContain('With it: nvidia-smi-no-driver, driver-probe-failed, nvidia-irq-missing');
    const markdown = renderComparisonMarkdown(comparison, true);
    expect(markdown.startsWith('# Tesla P4: B is better\n')).toBe(true);
    expect(markdown).toMatch(/SHA256 [0-9a-f]{64}/);
  });

  const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/comparison.schema.json'), 'utf8')) as { $schema?: string };
  const ajv =
    schema.$schema?.includes('2020-12') === true ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
  const validate = ajv.compile(schema);

  it('keeps to its schema', () => {
    for (const one of [comparison, compared(cases.hostile, cases.nothing), compared(cases.nothing, cases.healthy)]) {
      expect(validate(JSON.parse(renderComparisonJson(one))), ajv.errorsText(validate.errors)).toBe(true);
    }
    expect(validate({ ...comparison, verdict: 'perhaps' })).toBe(false);
  });
});

describe('better or worse', () => {
  const at = (marks: Parameters<typeof stages>[0], found: Report['findings'] = []): Report =>
    buildReport({ verdict: { stages: stages(marks) }, findings: found });

  it.each<[string, Report, Report, Comparison['verdict']]>([
    ['failing later', at({ passed: 'load', failed: 'probe' }), at({ passed: 'probe', failed: 'init' }), 'better'],
    ['working at last', at({ passed: 'load', failed: 'probe' }), at({ passed: 'run' }), 'better'],
    ['failing earlier', at({ passed: 'probe', failed: 'init' }), at({ passed: 'ppt', failed: 'config' }), 'worse'],
    ['no longer working', at({ passed: 'run' }), at({ passed: 'init', failed: 'run' }), 'worse'],
    ['seen less far, but no failure', at({ passed: 'run' }), at({ passed: 'boot' }), 'different'],
    ['seen further, and a failure there', at({ passed: 'boot' }), at({ passed: 'probe', failed: 'init' }), 'different'],
    ['a fault gone', at({ failed: 'init' }, [finding('one')]), at({ failed: 'init' }), 'better'],
    ['a new fault', at({ failed: 'init' }), at({ failed: 'init' }, [finding('one')]), 'worse'],
    [
      'one gone, one new',
      at({ failed: 'init' }, [finding('one')]),
      at({ failed: 'init' }, [finding('two')]),
      'different',
    ],
    [
      'a new warning',
      at({ failed: 'init' }),
      at({ failed: 'init' }, [finding('one', { severity: 'warning' })]),
      'different',
    ],
    [
      'a new consequence',
      at({ failed: 'init' }),
      at({ failed: 'init' }, [finding('one', { explainedBy: 'x' })]),
      'different',
    ],
    ['nothing known', at({}), at({}), 'same'],
  ])('%s', (_name, a, b, verdict) => expect(compared(a, b).verdict).toBe(verdict));
});

describe('findings', () => {
  it('are not gone when nobody looked', () => {
    const { findings } = compared(
      buildReport({ findings: [finding('seen'), finding('unseen')] }),
      buildReport({ findings: [finding('unseen', { state: 'not-evaluated' })] }),
    );
    expect(codes(findings.gone)).toEqual(['seen']);
    expect(codes(findings.notLookedAt)).toEqual(['unseen']);
  });

  it('are not gone when the text that showed them is missing', () => {
    const [dmesg, smi] = [input('dmesg', { kind: 'linux-dmesg' }), input('smi', { kind: 'nvidia-smi-error' })];
    const a = buildReport({
      inputs: [dmesg, smi],
      findings: [
        finding('log', { evidence: [evidence('dmesg', 1, 'x')] }),
        finding('smi', { evidence: [evidence('smi', 1, 'x')] }),
      ],
    });
    const b = buildReport({ inputs: [input('other', { kind: 'nvidia-smi-table' })] });
    const { findings } = compared(a, b);
    expect(codes(findings.gone)).toEqual(['smi']);
    expect(codes(findings.notLookedAt)).toEqual(['log']);
    const ruledOut = buildReport({ findings: [finding('log', { state: 'absent' })] });
    expect(codes(compared(a, ruledOut).findings.gone)).toEqual(['log']);
  });

  it('are told apart by device, and are the same when only one side names it', () => {
    const on = (hostBdf: string): Report['findings'][number] => finding('one', { subject: { hostBdf } });
    const two = compared(
      buildReport({ findings: [on('1/0/0'), on('2/0/0')] }),
      buildReport({ findings: [on('2/0/0')] }),
    );
    expect(two.findings.gone.map(({ subject }) => subject)).toEqual(['1/0/0']);
    const unnamed = compared(buildReport({ findings: [on('1/0/0')] }), buildReport({ findings: [finding('one')] }));
    expect(codes(unnamed.findings.same)).toEqual(['one']);
  });

  it('say what changed about them', () => {
    const { findings } = compared(
      buildReport({ findings: [finding('one', { confidence: 'possible' })] }),
      buildReport({ findings: [finding('one', { confidence: 'confirmed', evidence: [evidence('a', 1, 'x')] })] }),
    );
    expect(findings.changed[0]!.what).toEqual(['possible became confirmed']);
  });
});

describe('settings', () => {
  const loader = (lines: string): Record<string, string> => ({ 'host/loader.conf': `vmm_load="YES"\n${lines}` });

  it('that a whole file no longer has are gone', () => {
    const { changes, onlyIn } = compared(
      diagnoseTexts(loader('pptdevs="1/0/0"\nhw.vmm.amdvi.enable="1"\n')),
      diagnoseTexts(loader('pptdevs="1/0/0"\n')),
    );
    expect(changes).toEqual([{ area: 'tunables', name: 'loader.conf: hw.vmm.amdvi.enable', from: '1', to: null }]);
    expect(onlyIn).toEqual({ a: [], b: [] });
  });

  it('of a file that only one side has are no change', () => {
    const { changes, onlyIn } = compared(
      diagnoseTexts(loader('pptdevs="1/0/0"\n')),
      diagnoseTexts({
        'host/uname.txt':
          'FreeBSD h 14.3-RELEASE FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n',
      }),
    );
    expect(changes).toEqual([]);
    expect(onlyIn.a.map(({ name }) => name)).toEqual(expect.arrayContaining(['loader.conf: pptdevs']));
    expect(onlyIn.b.map(({ name }) => name)).toEqual(expect.arrayContaining(['running kernel']));
  });

  it('tell of a function that was bound anew and of BARs that moved', () => {
    const row = cases.noIrq.overview;
    const moved = buildReport({
      overview: {
        ...row,
        binding: row.binding.map((one) => ({ ...one, driver: 'vgapci', inPptdevs: false })),
        bars: row.bars.map((bar) => ({ ...bar, hostBase: bar.index === 1 ? '0x6000000000' : bar.hostBase })),
      },
    });
    const { changes } = compared(buildReport({ overview: row }), moved);
    expect(changes).toEqual(
      expect.arrayContaining([
        { area: 'functions', subject: '4/0/0', name: 'driver', from: 'ppt', to: 'vgapci' },
        { area: 'functions', subject: '4/0/0', name: 'in pptdevs', from: 'named', to: 'not named' },
        { area: 'bars', subject: '4/0/0', name: 'BAR1 on the host', from: '0x4000000000', to: '0x6000000000' },
      ]),
    );
    expect(changes.filter(({ area }) => area === 'bars')).toHaveLength(1);
  });
});

it('is safe to print, whatever the evidence says', () => {
  const comparison = compared(cases.healthy, cases.hostile);
  const text = renderComparisonText(comparison, { width: 80, color: false, unicode: true, verbose: true });
  expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\p{Cs}/u);
  // Code is never read as markup: what is outside of it must hold none.
  const prose = renderComparisonMarkdown(comparison, true)
    .replace(/^( *)(`{3,})[\s\S]*?^\1\2$/gm, '')
    .replace(/(`+)[^`].*?\1(?!`)/g, '');
  expect(prose).toContain('B is worse');
  expect(prose).not.toMatch(/<script|\]\(https|@someone|www\./);
});
