import { Ajv } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Preflight } from '../../src/model/preflight.ts';
import { renderPreflightJson, renderPreflightMarkdown, renderPreflightText } from '../../src/report/preflight.ts';
import { displayWidth } from '../../src/report/width.ts';
import { ROOT } from '../support/files.ts';
import { ask } from './ask.ts';
import {
  type Files,
  FRESH_AMD,
  HOST_BRIDGE,
  INTEGRATED,
  intelDmesg,
  KERNEL_15_0,
  pciconf,
  READY_A30,
  READY_P4,
  teslaP40,
} from './hosts.ts';

const HOSTS: Record<string, Files> = {
  ready: READY_A30,
  'MSI only': READY_P4,
  fresh: FRESH_AMD,
  overflow: { ...READY_P4, 'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP40('ppt0', '1:0:0')]) },
  'nothing to go by': {},
  'a broken release': { ...READY_P4, 'host/dmesg.txt': intelDmesg(KERNEL_15_0), 'host/freebsd-version.txt': '' },
};

const text = (preflight: Preflight, parts: { unicode?: boolean; verbose?: boolean } = {}): string =>
  renderPreflightText(preflight, { width: 80, color: false, unicode: true, verbose: false, ...parts });

function linesToCopy({ proposal, stages }: Preflight): Set<string> {
  const checks = stages.flatMap((stage) => stage.checks);
  return new Set([
    ...(proposal === undefined ? [] : [...proposal.bhyve, proposal.rom.bhyve, proposal.rom.vmBhyve]),
    ...[...(proposal?.loaderConf.lines ?? []), ...(proposal?.vmBhyve.lines ?? [])].map((line) => line.text),
    ...checks.flatMap(({ decideWith, fix }) => [decideWith ?? '', ...fix.map(({ command }) => command ?? '')]),
  ]);
}

const schema = JSON.parse(readFileSync(join(ROOT, 'schemas/preflight.schema.json'), 'utf8')) as { $schema?: string };
const validator =
  schema.$schema?.includes('2020-12') === true ? new Ajv2020({ strict: false }) : new Ajv({ strict: false });
const validate = validator.compile(schema);

describe.each(Object.entries(HOSTS))('%s', (_, files) => {
  const answer = ask(files);

  it('keeps to the published schema, also as printed', () => {
    expect(validate(JSON.parse(JSON.stringify(answer))), validator.errorsText(validate.errors)).toBe(true);
    expect(JSON.parse(renderPreflightJson(answer))).toEqual(JSON.parse(JSON.stringify(answer)));
  });

  it('fits 80 columns; only lines to be copied may be longer', () => {
    const copied = linesToCopy(answer);
    for (const shown of [text(answer), text(answer, { verbose: true })]) {
      for (const line of shown.split('\n')) {
        if (!copied.has(line.trim())) expect(displayWidth(line), line).toBeLessThanOrEqual(80);
      }
    }
  });

  it('shows every check, every line and every warning', () => {
    const flat = text(answer, { verbose: true }).replace(/\s+/g, ' ');
    for (const { checks } of answer.stages) {
      for (const { title, verdict } of checks)
        expect(flat, title).toContain(verdict === 'not-known' ? title.slice(1) : title);
    }
    for (const { text: line } of [
      ...(answer.proposal?.loaderConf.lines ?? []),
      ...(answer.proposal?.vmBhyve.lines ?? []),
    ])
      expect(flat).toContain(line);
    for (const warning of answer.warnings) expect(flat).toContain(warning.text.replace(/\s+/g, ' '));
  });

  it('says the same in plain ASCII and in Markdown', () => {
    expect(text(answer, { unicode: false })).toMatch(/^[\x20-\x7e\n]*$/);
    const markdown = renderPreflightMarkdown(answer, false);
    expect(markdown).toMatch(/^# Preflight of /);
    for (const { text: line } of answer.proposal?.loaderConf.lines ?? []) expect(markdown).toContain(`\n${line}\n`);
  });
});

it('marks what is inferred, wherever it is said', () => {
  expect(text(ask(HOSTS.overflow!))).toMatch(
    /At risk, boot, inferred: The UEFI firmware of the guest has no room for BAR1/,
  );
  expect(text(ask(HOSTS.overflow!))).toMatch(/computed from sizes and release, not seen/);
});

it('names verdicts, not what has happened, in the list of stages', () => {
  const markdown = renderPreflightMarkdown(ask(READY_P4), false);
  expect(markdown).toContain('- Ready: firmware, host, ppt, config, start, boot, enumerate');
  expect(markdown).toContain('- At risk: probe, init');
  expect(markdown).not.toContain('Passed');
});

it('lets nothing of the evidence through to the terminal', () => {
  const nasty = 'GP104GL [Tesla P4\u001b[31m\u202e]';
  const answer = ask({
    'host/pciconf.txt': pciconf([
      HOST_BRIDGE,
      { unit: 'ppt0', at: '1:0:0', class: '030200', vendor: '10de', device: 'ffff', name: nasty },
    ]),
  });
  expect(text(answer)).not.toMatch(/[\u001b\u202e]/);
  expect(renderPreflightMarkdown(answer, true)).not.toMatch(/[\u001b\u202e]/);
});
