import type * as fs from 'node:fs';
import type * as fsPromises from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { HOST_PROBES } from '../../src/collect/probes/host.ts';
import { flags } from '../stand-in/flags.ts';

const touched = vi.hoisted(() => [] as string[]);

vi.mock('node:child_process', () => ({ spawn: () => touched.push('spawn') }));
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  return Object.fromEntries(
    Object.entries(real).map(([name, value]) => [
      name,
      typeof value === 'function' && /Sync$/.test(name) ? () => touched.push(name) : value,
    ]),
  );
});
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof fsPromises>();
  return Object.fromEntries(
    Object.entries(real).map(([name, value]) => [name, typeof value === 'function' ? () => touched.push(name) : value]),
  );
});

describe('--dry-run', () => {
  it('prints every probe of the profile and touches nothing', async () => {
    const { dryRun } = await import('../../src/cli/dry-run.ts');
    const text = dryRun(flags({ side: 'host', profile: 'full', 'include-risky': true }));
    const flat = text.replace(/\s+/g, ' ');
    for (const probe of HOST_PROBES) {
      const { source } = probe;
      const what =
        'run' in source
          ? source.run[0]!
          : 'file' in source
            ? source.file
            : 'files' in source
              ? source.files
              : 'SHA-256';
      expect(flat, probe.id).toContain(what.slice(0, 12));
    }
    expect(flat).toContain('can disturb');
    expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);
    expect(touched).toEqual([]);
  });

  it('prints the same as JSON, with privilege, size and privacy class', async () => {
    const { dryRun } = await import('../../src/cli/dry-run.ts');
    const { probes, side, os } = JSON.parse(dryRun(flags({ side: 'guest', json: true }))) as {
      probes: Record<string, unknown>[];
      side: string;
      os: string;
    };
    expect(side).toBe('guest');
    expect(['linux', 'freebsd']).toContain(os);
    for (const probe of probes)
      expect(Object.keys(probe)).toEqual(
        expect.arrayContaining(['id', 'source', 'privilege', 'sizeEstimate', 'privacy', 'why']),
      );
    expect(touched).toEqual([]);
  });
});
