import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { CollectFlags } from '../../src/cli/collect.ts';
import type { Machine } from '../../src/collect/machine.ts';
import type { Privilege } from '../../src/collect/probe.ts';
import { buildStandIn } from '../stand-in/build.ts';
import type { Description } from '../stand-in/describe.ts';

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

export const NOON = new Date('2026-03-03T12:00:00Z');

export const flags = (own: Partial<CollectFlags> = {}): CollectFlags => ({
  vm: [],
  profile: 'quick',
  'around-limit': 20,
  'around-wait': 0,
  force: false,
  redact: true,
  'include-risky': false,
  json: false,
  'no-color': true,
  ...own,
});
