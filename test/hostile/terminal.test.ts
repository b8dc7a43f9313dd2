/** Whatever stands in inputs, names, arguments and manifests: the terminal is told nothing by it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../collect/support.ts';
import { buildIfStale, cli } from '../support/cli.ts';

/** Colours, a title, C1 controls, a bell, overrides and isolates, invisible characters, markup, a formula, a command. */
const HOSTILE =
  '\u001b]0;title\u0007\u001b[31mred\u001bP1$r\u001b\\\u202eevil\u2066\u200b\u0085\u009b2J\u2028\ufeff\r\b<script>alert(1)</script>](javascript:x)=cmd|`reboot`';
const UNSAFE = /[^\P{Cc}\n\t]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** The first unsafe character with what stands around it. */
const unsafeIn = (text: string): string | undefined => {
  const at = text.search(UNSAFE);
  return at === -1 ? undefined : JSON.stringify(text.slice(Math.max(0, at - 40), at + 40));
};

const HASH = '0'.repeat(64);
const MANIFEST = {
  schemaVersion: 1,
  tool: { name: HOSTILE, version: HOSTILE },
  createdAt: '2026-03-03T12:00:00.000Z',
  redacted: false,
  vm: [HOSTILE],
  around: { command: HOSTILE, startedAt: HOSTILE, endedAt: HOSTILE, signal: HOSTILE },
  probes: [
    { id: HOSTILE, side: 'host', artifact: `host/${HOSTILE}`, command: HOSTILE, status: 'ok', bytes: 2, sha256: HASH },
    { id: 'c', side: 'host', artifact: null, command: HOSTILE, status: 'missing', reason: HOSTILE, bytes: 0 },
  ],
};

let [bundle, broken, out] = ['', '', ''];
beforeAll(() => {
  buildIfStale();
  bundle = join(temporaryFolder(), 'in');
  broken = temporaryFolder();
  out = temporaryFolder();
  const guest = join(bundle, 'guest', 'v\u001b[31m\u202e');
  mkdirSync(guest, { recursive: true });
  mkdirSync(join(bundle, 'host'));
  writeFileSync(
    join(guest, `dmesg \u001b]0;x\u0007\n\u202e.txt`),
    [
      `[    1.000000] Linux version 6.8.0-45-generic (${HOSTILE}) (gcc)`,
      `[    2.000000] NVRM: Can't find an IRQ for your NVIDIA card! ${HOSTILE}`,
      `[    2.100000] NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767) ${HOSTILE}`,
      `[    3.000000] NVRM: Xid (PCI:0000:00:06): 79, pid=1, name=${HOSTILE}, GPU has fallen off the bus.`,
      '',
    ].join('\n'),
  );
  writeFileSync(join(bundle, 'host/sysctl.txt'), `hw.vmm.iommu.initialized: 1\nhw.vmm.${HOSTILE}: 1\n__proto__: 1\n`);
  writeFileSync(join(bundle, 'host/loader.conf'), `pptdevs="1/0/0 ${HOSTILE}"\nvmm_load="YES"\n`);
  writeFileSync(
    join(bundle, 'host/pciconf.txt'),
    `ppt0@pci0:1:0:0:\tclass=0x030000 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8\n    vendor     = 'NVIDIA ${HOSTILE}'\n    device     = 'GP104GL ${HOSTILE}'\n    class      = display\n`,
  );
  writeFileSync(join(bundle, 'manifest.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(broken, 'manifest.json'), JSON.stringify({ ...MANIFEST, probes: [{ [HOSTILE]: 1, id: 1 }] }));
});

const COMMANDS: [name: string, args: () => string[]][] = [
  ['analyze', () => ['analyze', bundle, '--verbose']],
  ['analyze --format markdown', () => ['analyze', bundle, '--format', 'markdown']],
  ['analyze --format junit', () => ['analyze', bundle, '--format', 'junit']],
  ['analyze --format sarif', () => ['analyze', bundle, '--format', 'sarif']],
  ['analyze --json', () => ['analyze', bundle, '--json']],
  ['analyze of what is not there', () => ['analyze', HOSTILE, `${bundle}/${HOSTILE}`]],
  ['preflight', () => ['preflight', bundle]],
  ['compare', () => ['compare', bundle, 'examples/tesla-p4-freebsd-15']],
  ['parse', () => ['parse', join(bundle, 'host/loader.conf')]],
  ['explain', () => ['explain', `NVRM: Xid (PCI:0000:00:06): 79, ${HOSTILE}`]],
  ['explain of nothing', () => ['explain', HOSTILE]],
  ['bundle inspect', () => ['bundle', 'inspect', bundle]],
  ['bundle inspect --json', () => ['bundle', 'inspect', bundle, '--json']],
  ['bundle verify', () => ['bundle', 'verify', bundle]],
  ['bundle inspect of a broken manifest', () => ['bundle', 'verify', broken]],
  ['redact', () => ['redact', bundle, '--output', join(out, 'copy')]],
  ['redact --output', () => ['redact', bundle, '--output', join(out, 'missing', HOSTILE)]],
  ['matrix match', () => ['matrix', 'match', bundle]],
  ['matrix match --gpu', () => ['matrix', 'match', '--gpu', HOSTILE]],
  ['matrix show', () => ['matrix', 'show', HOSTILE]],
  ['a command that does not exist', () => [HOSTILE]],
  ['a flag that does not exist', () => ['analyze', `--${HOSTILE}`]],
];

describe.concurrent('nothing reaches the terminal', () => {
  it.each(COMMANDS)('%s', async (_name, args) => {
    // An argument cannot hold a zero byte; all else it can.
    const { status, stdout, stderr } = await cli(args(), { input: '' });
    expect([0, 1, 2, 65]).toContain(status);
    expect((stdout + stderr).length).toBeGreaterThan(20);
    expect([unsafeIn(stdout), unsafeIn(stderr)]).toEqual([undefined, undefined]);
  });

  it('redact -, whose text is shown as it is', async () => {
    const { status, stdout } = await cli(['redact', '-'], { input: `vm_name="${HOSTILE}"\n\tnext line\n` });
    expect(status).toBe(0);
    expect(unsafeIn(stdout)).toBeUndefined();
    expect(stdout).toMatch(/^vm_name=.*evil.*\n\tnext line\n$/);
  });

  it('redact --name, which could not be found again', async () => {
    const { status, stderr } = await cli(['redact', '-', '--name', 'ab\u001b[31mcd'], { input: 'x\n' });
    expect(status).toBe(2);
    expect(stderr).toMatch(/--name ab \[31mcd: holds characters that are not seen/);
  });
});

it('the check of this file finds what it looks for', () => {
  for (const character of ['\u001b', '\u0007', '\u009b', '\u202e', '\u2066', '\u200b', '\ufeff', '\u2028', '\r'])
    expect(`a${character}b`).toMatch(UNSAFE);
  expect('plain\ttext\n').not.toMatch(UNSAFE);
});
