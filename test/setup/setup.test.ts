import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setupOf } from '../../src/setup/setup.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { globSync, ROOT } from '../support/files.ts';
import { readFileSync } from 'node:fs';
import fc from '../support/property.ts';
import { buildReport } from '../support/report.ts';

function exampleFiles(name: string): Record<string, string> {
  const folder = `examples/${name}`;
  const paths = globSync(folder, '').filter(
    (path) => /\/(?:host|guest)\//.test(path) && /\.\w+$|\/(?:iomem|interrupts)$/.test(path),
  );
  return Object.fromEntries(
    paths.map((path) => [path.slice(folder.length + 1), readFileSync(join(ROOT, path), 'utf8')]),
  );
}

describe('the Tesla P4 example', () => {
  const setup = setupOf(diagnoseTexts(exampleFiles('tesla-p4-freebsd-15')));
  const valueOf = (name: string): string | undefined => setup.find((setting) => setting.name === name)?.value;

  it.each([
    ['IOMMU', 'Intel VT-d (DMAR table)'],
    ['running kernel', 'FreeBSD 15.0-RELEASE-p5'],
    ['osreldate', '1500068'],
    ['built from', 'releng/15.0-n281018-5d0c2b7e91af'],
    ['loader.conf: pptdevs', '1/0/0'],
    ['sysctl hw.vmm.iommu.enable', '1'],
    ['memory', '16G'],
    ['driver module', 'nvidia'],
    ['driver version', '570.172.08'],
    ['driver flavour', 'proprietary'],
    ['0000:00:06.0 interrupt pin', 'none'],
    ['/boot/kernel/vmm.ko holds', '"bhyve bhyve"'],
    ['/lib/libvmmapi.so.6 holds', 'none of the signatures'],
  ])('says %s', (name, value) => expect(valueOf(name)).toBe(value));

  it('has the hashes and the whole command line', () => {
    expect(valueOf('/boot/kernel/vmm.ko')).toMatch(/^SHA256 [0-9a-f]{64}$/);
    expect(valueOf('bhyve command line')).toMatch(/^-c 6 -m 16G .* -s 6:0,passthru,1\/0\/0 .*-l com1/);
  });

  it('says where each was read', () => {
    expect(setup.find(({ name }) => name === 'loader.conf: pptdevs')).toMatchObject({
      artifact: 'host/loader.conf',
      line: 8,
    });
  });

  it('leaves out what is nobody’s business and what changes by itself', () => {
    const names = setup.map(({ name }) => name).join('\n');
    expect(names).not.toMatch(/zfs_load|disk_ident|uuid|_mac|initialized/);
  });
});

it('takes the last of several lines for a name, and none that is commented out', () => {
  const report = diagnoseTexts({
    'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\npptdevs="2/0/0"\n#hw.pci.realloc_bars="1"\n',
  });
  const setup = setupOf(report).filter(({ area }) => area === 'tunables');
  expect(setup.map(({ name, value }) => [name, value])).toEqual([
    ['loader.conf: vmm_load', 'YES'],
    ['loader.conf: pptdevs', '2/0/0'],
  ]);
});

it('takes the command line of the last run', () => {
  const run = (time: string, memory: string): string =>
    `${time}: initialising\n${time}:  [loader: uefi]\n${time}:  [bhyve options: -c 2 -m ${memory} -AHPS]\n${time}:  [bhyve devices: -s 0,hostbridge -s 6:0,passthru,1/0/0]\n${time}: starting bhyve (run 1)\n`;
  const report = diagnoseTexts({
    'host/vm/one/vm-bhyve.log': run('2026-01-02T10:00:00+01:00', '4G') + run('2026-01-03T10:00:00+01:00', '8G'),
  });
  expect(setupOf(report).find(({ name }) => name === 'bhyve command line')).toMatchObject({
    subject: 'one',
    value: expect.stringContaining('-m 8G') as string,
  });
});

it('survives facts of any form, as a report from elsewhere may have them', () => {
  const kinds = [
    'uname',
    'sysctl',
    'loader-conf',
    'build-fingerprint',
    'lspci',
    'vm-bhyve-log',
    'bhyve-argv',
    '__proto__',
  ];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.array(fc.jsonValue()), (kind, entries) => {
      const facts = Object.fromEntries([[kind, entries]]);
      setupOf(buildReport({ facts: { host: facts, guests: [{ name: 'g', facts }] } }));
    }),
  );
});
