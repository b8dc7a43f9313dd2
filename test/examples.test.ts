import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { identify, type IdentifiedFile } from '../src/bundle/artifacts.ts';
import { MANIFEST_FILE, readManifest } from '../src/bundle/manifest.ts';
import { openInputs } from '../src/bundle/open.ts';
import { diagnose } from '../src/diagnose/diagnose.ts';
import type { Report } from '../src/model/report.ts';
import { STAGES } from '../src/model/stage.ts';
import { RULES } from '../src/rules/index.ts';
import { MATRIX } from './support/diagnose.ts';
import { globSync, ROOT } from './support/files.ts';

/** The shipped bundles: what a first run shows, and real enough to learn the layout of a bundle from. */
const EXAMPLES = ['tesla-p4-freebsd-15', 'tesla-p4-freebsd-15-patched', 'tesla-p10-freebsd-14'];

async function analyse(example: string): Promise<Report> {
  const raw = await openInputs([join(ROOT, 'examples', example)]);
  const files = raw.map((file) => identify(file)).filter((file): file is IdentifiedFile => file !== undefined);
  return diagnose(files, { rules: RULES, tables: MATRIX.tables, toolVersion: 'test' }).report;
}

const stagesOf = (report: Report): Record<string, string> =>
  Object.fromEntries(report.verdict.stages.map(({ id, status }) => [id, status]));

const presentCauses = (report: Report): string[] =>
  report.findings.filter(({ state, kind }) => state === 'present' && kind === 'cause').map(({ code }) => code);

describe('Tesla P4 on FreeBSD 15: no interrupt for the driver', () => {
  it('names the missing interrupt pin as the one confirmed cause', async () => {
    const { verdict, findings, overview } = await analyse('tesla-p4-freebsd-15');
    expect(verdict.outcome).toBe('driver-init-fails');
    expect(verdict.causes.map(({ code, confidence }) => [code, confidence])).toEqual([
      ['nvidia-intpin-missing', 'confirmed'],
    ]);
    expect(verdict.causes[0]!.explains).toEqual(
      expect.arrayContaining(['nvidia-irq-missing', 'driver-probe-failed', 'nvidia-smi-no-driver']),
    );
    const cause = findings.find(({ code }) => code === 'nvidia-intpin-missing')!;
    expect(cause.fix.map(({ text }) => text).join(' ')).toContain('D51892');
    expect(cause.evidence.map(({ artifact }) => artifact)).toContain('guest/compute1/dmesg.txt');
    expect(cause.evidence[0]!.quote).toContain("Can't find an IRQ for your NVIDIA card!");
    expect(overview.card).toMatchObject({ pciId: '10de:1bb3', hostBdf: '1/0/0', guestBdf: '0000:00:06.0' });
  });

  it('stops at probe, with every stage before it passed', async () => {
    const stages = stagesOf(await analyse('tesla-p4-freebsd-15'));
    const probe = STAGES.indexOf('probe');
    expect(stages).toEqual(
      Object.fromEntries(STAGES.map((id, i) => [id, i < probe ? 'passed' : i === probe ? 'failed' : 'unknown'])),
    );
  });
});

describe('the same Tesla P4 with the pin patch: the driver starts the card and fails', () => {
  it('gets one stage further, and proves no cause', async () => {
    const report = await analyse('tesla-p4-freebsd-15-patched');
    expect(report.verdict.outcome).toBe('driver-init-fails');
    expect(stagesOf(report)).toMatchObject({ probe: 'passed', init: 'failed', run: 'unknown' });
    expect(presentCauses(report)).not.toContain('nvidia-intpin-missing');
    const causes = report.verdict.causes.map(({ code }) => code);
    expect(causes).toEqual(
      expect.arrayContaining(['rom-not-supplied', 'hypervisor-signature-native', 'config-mirror-untrapped']),
    );
    expect(new Set(report.verdict.causes.map(({ confidence }) => confidence))).toEqual(new Set(['possible']));
    expect(report.verdict.nextSteps.length).toBeGreaterThan(0);
  });
});

describe('Tesla P10 on FreeBSD 14: the guest prints nothing', () => {
  it('computes that BAR1 and BAR3 overflow the window of the firmware, and proves nothing by it', async () => {
    const report = await analyse('tesla-p10-freebsd-14');
    expect(report.verdict.outcome).toBe('guest-wont-boot');
    expect(report.verdict.causes[0]).toMatchObject({ code: 'bar-window-overflow', confidence: 'likely' });
    expect(report.verdict.causes.map(({ confidence }) => confidence)).not.toContain('confirmed');
    expect(stagesOf(report)).toMatchObject({ ppt: 'passed', start: 'passed', boot: 'failed', enumerate: 'unknown' });
    expect(report.overview.bars.find(({ hostBdf, index }) => hostBdf === '41/0/0' && index === 1)).toMatchObject({
      sizeBytes: 32 * 2 ** 30,
    });
  });

  it('accuses nothing else on this host', async () => {
    const report = await analyse('tesla-p10-freebsd-14');
    expect(presentCauses(report).filter((code) => code !== 'bar-window-overflow')).toEqual([]);
  });
});

describe.each(EXAMPLES)('examples/%s', (example) => {
  const folder = join(ROOT, 'examples', example);
  const read = readManifest(readFileSync(join(folder, MANIFEST_FILE), 'utf8'));
  const probes = 'manifest' in read ? read.manifest.probes : [];

  it('is understood whole, without a problem', async () => {
    const { inputs } = await analyse(example);
    expect(inputs.length).toBeGreaterThan(10);
    expect(inputs.filter(({ status, problems }) => status !== 'parsed' || problems.length > 0)).toEqual([]);
  });

  it('has one artifact a file, on the side that its folder says', async () => {
    const { inputs } = await analyse(example);
    expect(inputs.filter(({ artifact, side }) => !artifact.startsWith(`${side}/`))).toEqual([]);
    expect(new Set(inputs.map(({ artifact }) => artifact)).size).toBe(inputs.length);
  });

  it('has a manifest of the published form', () => {
    expect(read).not.toHaveProperty('problem');
    expect(probes.length).toBeGreaterThan(20);
  });

  it('lists exactly the files that are there', () => {
    const there = globSync(`examples/${example}`, '')
      .filter((path) => statSync(join(ROOT, path)).isFile())
      .map((path) => path.slice(`examples/${example}/`.length));
    expect(there).toEqual([MANIFEST_FILE, ...probes.flatMap(({ artifact }) => artifact ?? [])].sort());
  });

  it('has true sizes and hashes', () => {
    for (const { id, artifact, bytes, sha256 } of probes) {
      const content = artifact === null ? undefined : readFileSync(join(folder, artifact));
      const hash = content && createHash('sha256').update(content).digest('hex');
      expect({ id, bytes, sha256 }).toEqual({ id, bytes: content?.length ?? 0, sha256: hash });
    }
  });

  it('says why a probe gave nothing', () => {
    const silent = probes.filter(({ status }) => status !== 'ok');
    expect(silent.length).toBeGreaterThan(3);
    for (const { id, reason } of silent) expect(reason, id).toMatch(/\S/);
    expect(probes.filter(({ status, artifact }) => status === 'ok' && artifact === null)).toEqual([]);
  });
});
