import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { IdentifiedFile } from '../../src/bundle/artifacts.ts';
import type { Manifest } from '../../src/bundle/manifest.ts';
import { openInputs } from '../../src/bundle/open.ts';
import { createIdentifier } from '../../src/bundle/provenance.ts';
import { type CollectFlags, collectLive, type World } from '../../src/cli/collect.ts';
import { FOR_PEOPLE } from '../../src/collect/probes.ts';
import type { Machine } from '../../src/collect/machine.ts';
import type { Privilege } from '../../src/collect/probe.ts';
import { diagnose } from '../../src/diagnose/diagnose.ts';
import type { Report } from '../../src/model/report.ts';
import { RULES } from '../../src/rules/index.ts';
import { buildStandIn } from '../stand-in/build.ts';
import type { Description } from '../stand-in/describe.ts';
import { flags } from '../stand-in/flags.ts';
import { MATRIX } from '../support/diagnose.ts';

const folders: string[] = [];

/** A folder that is gone after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-test-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export const standIn = (description: Description, privilege: Privilege = 'root'): Machine =>
  buildStandIn(temporaryFolder(), description, privilege);

/** A machine with no files and only these scripts. */
export const scripted = (scripts: Record<string, string>): Machine => standIn({ files: {}, commands: {}, scripts });

export const worldOf = (machine: Machine): World => ({
  machine,
  now: () => new Date('2026-03-03T12:00:00Z'),
  accounts: ['ines'],
});

export interface Bundle {
  path: string;
  manifest: Manifest;
  /** artifacts by path, as they stand in the bundle */
  texts: Record<string, string>;
}

/** Collects from a stand-in and reads the bundle back. */
export async function collectFrom(machine: Machine, own: Partial<CollectFlags> = {}): Promise<Bundle> {
  const output = join(temporaryFolder(), 'bundle.tar.gz');
  const { path, collected } = await collectLive(flags({ output, ...own }), worldOf(machine));
  const files = await openInputs([path]);
  const texts = Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.bytes).toString('utf8')]));
  return { path, manifest: collected.manifest, texts };
}

/** What the report says of bundles. */
export async function analyzeBundles(...bundles: readonly Pick<Bundle, 'path'>[]): Promise<Report> {
  const raw = await openInputs(bundles.map(({ path }) => path));
  const files = raw.map(createIdentifier(raw, FOR_PEOPLE));
  const identified = files.filter((file): file is IdentifiedFile => file !== undefined);
  return diagnose(identified, { rules: RULES, tables: MATRIX.tables, toolVersion: 'test' }).report;
}
