import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseTables } from '../../src/matrix/tables.ts';
import type { MatrixProblem } from '../../src/model/matrix.ts';
import { parseRelease } from '../../src/model/release.ts';
import { ARCHITECTURES } from '../../src/model/tables.ts';
import { ROOT } from '../support/files.ts';
import { MATRIX } from './support.ts';

const { tables } = MATRIX;

describe('tables of the repository', () => {
  it('are all described in the README', async () => {
    const folder = join(ROOT, 'matrix-data/tables');
    const readme = await import('node:fs').then(({ readFileSync }) => readFileSync(join(folder, 'README.md'), 'utf8'));
    for (const file of readdirSync(folder).filter((name) => name.endsWith('.csv')))
      expect(readme).toContain(`\`${file}\``);
  });

  it('know the founding cards', () => {
    expect(tables.gpus.get('10de:1bb3')).toEqual({
      pciId: '10de:1bb3',
      name: 'Tesla P4',
      architecture: 'Pascal',
      chip: 'GP104GL',
      firstBranch: '375',
      lastBranch: '580',
      openModule: 'unsupported',
      bar1Bytes: 256 * 2 ** 20,
      bar1Derived: false,
      notes: expect.any(String) as string,
    });
    expect(tables.gpus.get('10de:1b39')).toMatchObject({ chip: 'GP102GL', bar1Bytes: 32 * 2 ** 30, bar1Derived: true });
    expect(tables.gpus.size).toBeGreaterThanOrEqual(582);
  });

  it('use the known words for NVIDIA architectures', () => {
    for (const { pciId, architecture } of tables.gpus.values()) {
      if (pciId.startsWith('10de:')) expect(ARCHITECTURES, pciId).toContain(architecture);
    }
    for (const { architecturesFrom, architecturesTo } of tables.branches) {
      for (const name of [architecturesFrom, architecturesTo]) if (name !== '') expect(ARCHITECTURES).toContain(name);
    }
  });

  it('end Kepler at 470 and Maxwell, Pascal and Volta at 580', () => {
    const last: Record<string, string> = {
      Kepler: '470',
      Maxwell: '580',
      Pascal: '580',
      Volta: '580',
      Turing: 'current',
    };
    for (const { pciId, architecture, lastBranch } of tables.gpus.values()) {
      if (architecture in last) expect(lastBranch, pciId).toBe(last[architecture]);
    }
    for (const { architecture, openModule } of tables.gpus.values()) {
      if (architecture === 'Pascal') expect(openModule).toBe('unsupported');
      if (architecture === 'Blackwell') expect(openModule).toBe('required');
    }
  });

  it('have every Xid from 1 to 176', () => {
    expect([...tables.xids.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 176 }, (_, i) => i + 1));
    expect(tables.xids.get(79)).toMatchObject({
      symbol: 'ROBUST_CHANNEL_GPU_HAS_FALLEN_OFF_THE_BUS',
      severity: 'fatal',
    });
    expect(tables.xids.get(154)!.severity).toBe('info');
    for (const { xid, title, meaning, action } of tables.xids.values()) {
      expect(title.length, `title of ${xid}`).toBeLessThanOrEqual(60);
      expect(`${meaning}${action}`, `${xid}`).not.toMatch(/CONTACT_SUPPORT|RESET_GPU|RESTART_/);
    }
  });

  it('tell the meanings of a stage number apart by branch', () => {
    const of = (code: string) => tables.rmInit.filter((row) => row.part === 'stage' && row.code === code);
    expect(of('0x31').map(({ symbol }) => symbol)).toEqual(['VBIOS_POST']);
    expect(of('0x26').map(({ symbol, branches }) => [branches, symbol])).toEqual([
      ['515-555', 'GPU_UNIVERSAL_VALIDATION'],
      ['560+', 'GPU_DMA_CONFIGURATION'],
    ]);
    const status = new Map(tables.rmInit.filter(({ part }) => part === 'status').map((row) => [row.code, row.symbol]));
    expect(status.get('0x45')).toBe('NV_ERR_IRQ_NOT_FIRING');
    expect(status.get('0xffff')).toBe('NV_ERR_GENERIC');
  });

  it('say since when a patch is in base only with a release name', () => {
    const since = new Map(tables.patches.map(({ id, inBaseSince }) => [id, inBaseSince]));
    for (const [id, release] of since) if (release !== '') expect(parseRelease(release), id).toBeDefined();
    expect(since.get('EN-25:20')).toBe('15.0-RELEASE-p1');
    expect(since.get('D51892')).toBe('');
    for (const id of ['beckhoff-nvidia-wip', 'forum-nvidia-patch', 'marietto-fork', 'D33129', 'D26209']) {
      expect(since.has(id), id).toBe(true);
    }
  });

  it('list releases from 11.0 to 16-CURRENT in the order of their versions', () => {
    const names = tables.releases.map(({ release }) => release);
    expect(names).toContain('11.0-RELEASE');
    expect(names).toContain('15.1-RELEASE');
    expect(names.at(-1)).toBe('16.0-CURRENT');
    for (const name of names) expect(parseRelease(name), name).toBeDefined();
  });

  it('count bars per register', () => {
    expect(tables.observedBars.get('10de:1bb3')).toMatchObject({
      reports: 1,
      pptBound: 1,
      msi: 1,
      msix: 0,
      bars: {
        '10': [{ size: 16 * 2 ** 20, reports: 1 }],
        '14': [{ size: 256 * 2 ** 20, reports: 1 }],
        '1c': [{ size: 32 * 2 ** 20, reports: 1 }],
      },
    });
    expect(tables.observedBars.size).toBe(302);
    for (const { pciId, bars, reports } of tables.observedBars.values()) {
      for (const seen of Object.values(bars)) {
        expect(
          seen.reduce((sum, { reports: of }) => sum + of, 0),
          pciId,
        ).toBeLessThanOrEqual(reports);
      }
    }
  });

  it('give a seen size where one was counted', () => {
    for (const { pciId, bars } of tables.observedBars.values()) {
      const row = tables.gpus.get(pciId);
      if (row === undefined || row.bar1Derived) continue;
      expect(
        bars['14']!.map(({ size }) => size),
        pciId,
      ).toContain(row.bar1Bytes);
    }
  });
});

describe('parseTables', () => {
  const HEADS: Record<string, string> = {
    'gpus.csv': 'pciId,name,architecture,chip,firstBranch,lastBranch,openModule,bar1Bytes,bar1Derived,notes',
    'xids.csv': 'xid,symbol,title,meaning,action,severity',
    'rm-init-codes.csv': 'part,code,symbol,meaning,branches',
    'patches.csv': 'id,title,component,change,inBaseSince,status,url',
    'releases.csv': 'release,date,endOfLife,notes',
    'driver-branches.csv': 'branch,architecturesFrom,architecturesTo,kind,notes',
    'observed-bars.csv': 'pciId,name,reports,pptBound,msi,msix,flr,classes,bars',
    'finding-codes.csv': 'code,stage,kind,meaning',
  };
  const parse = (changes: Record<string, string>) => {
    const problems: MatrixProblem[] = [];
    const parsed = parseTables((file) => `${HEADS[file]!}\n${changes[file] ?? ''}`, problems);
    return { parsed, problems };
  };

  it('takes tables without rows', () => {
    const { parsed, problems } = parse({});
    expect(problems).toEqual([]);
    expect(parsed.gpus.size).toBe(0);
  });

  it('reads numbers, empty cells and quoted commas', () => {
    const { parsed, problems } = parse({
      'gpus.csv':
        '10de:0001,"Card, big",Ampere,GA100,<=470,current,supported,,no,\n10de:0002,Small,,,,,,4096,yes,"a ""b"""\n',
    });
    expect(problems).toEqual([]);
    expect(parsed.gpus.get('10de:0001')).toMatchObject({ name: 'Card, big', bar1Bytes: undefined, bar1Derived: false });
    expect(parsed.gpus.get('10de:0002')).toMatchObject({ bar1Bytes: 4096, bar1Derived: true, notes: 'a "b"' });
  });

  it.each([
    ['an id in capitals', 'gpus.csv', '10DE:0001,X,,,,,,,no,', 'row 2, pciId'],
    ['a size that is no number', 'gpus.csv', '10de:0001,X,,,,,,256M,no,', 'row 2, bar1Bytes'],
    ['an unknown severity', 'xids.csv', '1,S,t,m,a,critical', 'row 2, severity'],
    ['a date in another form', 'releases.csv', '15.0-RELEASE,2 December 2025,,', 'row 2, date'],
    ['bars that cannot be read', 'observed-bars.csv', '10de:0001,X,1,0,1,0,0,030000x1,14=5', 'row 2, bars'],
    ['an unknown stage', 'finding-codes.csv', 'a-code,bios,cause,Something', 'row 2, stage'],
    ['a cell too few', 'finding-codes.csv', 'a-code,load,cause', 'row 2'],
  ])('names file, row and column of %s', (_, file, row, field) => {
    const { problems } = parse({ [file]: `${row}\n` });
    expect(problems[0]).toMatchObject({ file: `tables/${file}`, field: expect.stringContaining(field) as string });
  });

  it('refuses a key that was there before and keeps the first row', () => {
    const { parsed, problems } = parse({ 'finding-codes.csv': 'a-code,load,cause,First\na-code,load,cause,Second\n' });
    expect(problems).toEqual([
      { file: 'tables/finding-codes.csv', field: 'row 3', message: 'same key as row 2: a-code' },
    ]);
    expect(parsed.findingCodes.get('a-code')!.meaning).toBe('First');
  });
});
