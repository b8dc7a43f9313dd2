/** The script for machines without Node: the same bundle as `collect`, under every shell. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderGuestScript } from '../../src/collect/script/render.ts';
import type { Description } from '../stand-in/describe.ts';
import { describeGuest } from '../stand-in/guest.ts';
import { describeHost } from '../stand-in/host.ts';
import {
  ANY_SHELL, comparable, fromNode, missing, pathOf, runScript, script, type Shell, SHELLS, standInWithId, unpack,
} from './script-support.ts'; // prettier-ignore
import { temporaryFolder } from './support.ts';

const HOST = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });
const MASKED = ['host/vm/render1/render1.conf'];

/** Many lines of a log, of which a few are wanted; about 100 bytes each. */
const longLog = (lines: number, stamp: string): string =>
  Array.from({ length: lines }, (_, i) =>
    i % 5000 === 2500
      ? `${stamp}NVRM: GPU 0000:03:00.${i} number ${i} of those that are looked for\n`
      : `${stamp}igb0: link state changed to ${i % 2 === 0 ? 'UP' : 'DOWN'} for the time number ${i}, nothing to see\n`,
  ).join('');

/** What makes texts and names hard: long, without an end, not UTF-8, zeros, quotes, blanks, dashes. */
function hardHost(): Description {
  const configuration = 'loader="uefi"\nmemory=2G\n';
  const vm = (name: string): Record<string, string> => ({
    [`/tank/machines/${name}/${name}.conf`]: configuration,
    [`/tank/machines/${name}/vm-bhyve.log`]: `Mar 03 09:14:02: initialising ${name}\n`,
  });
  return {
    ...HOST,
    files: {
      ...HOST.files,
      '/var/log/messages': longLog(20_000, 'Mar  3 09:02:11 grebe kernel: '),
      '/var/run/dmesg.boot': longLog(24_000, '').replace(/\n$/, ''),
      '/boot/loader.conf.local': Buffer.from('# caf\xe9\nhw.vmm.iommu.enable="1"\n', 'latin1'),
      '/boot/loader.conf.d/a b".conf': 'x="1"\n',
      '/boot/kernel.old/vmm.ko': Buffer.from('\u007fELF\0bhyve bhyve \0'),
      '/tank/machines/render1/vm-bhyve.log': `${'\0'.repeat(512)}Mar 03 09:14:02: initialising\n`,
      '/tank/machines/notes.txt': 'no folder\n',
      '/etc/rc.conf.local': '',
      '/usr/jails/vm/it/bhyve.conf': 'vm_ram="2g"\n',
      '/usr/jails/vm/empty/other': '\n',
      ...vm("o'brien box"),
      ...vm('-dashed'),
      ...vm('.hidden'),
      ...vm('naïve'),
    },
    commands: {
      ...HOST.commands,
      'kldstat -v': longLog(30_000, ''),
      'kenv -q': { stdout: '', stderr: 'kenv: it\'s "no" \\ path\x01 caf\u00e9 \u{1f600}\n', exit: 1 },
      'devinfo -rv': { stdout: '', stderr: '', exit: 3 },
      'vmstat -i': '',
    },
  };
}

/** A command that ends by a signal, among others. */
const withScripts = (description: Description, scripts: Record<string, string>): Description => ({
  ...description,
  commands: Object.fromEntries(
    Object.entries(description.commands).filter(([line]) => !Object.hasOwn(scripts, line.split(' ')[0]!)),
  ),
  scripts,
});

describe.each(SHELLS)('under $name', (shell: Shell) => {
  const out = missing(shell.program, shell.name);

  it.skipIf(out)('the bundle of a host is that of the Node runner', async () => {
    const machine = standInWithId(withScripts(hardHost(), { limits: 'kill -SEGV $$' }));
    const { status, stderr, folder, temporary } = await runScript(machine, shell, { options: ['-p', 'full', '-R'] });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const bundle = await unpack(folder);
    expect(comparable(bundle, MASKED)).toEqual(
      comparable(await fromNode(machine, { profile: 'full', includeRisky: true }), MASKED),
    );
    expect(bundle.manifest.probes.filter(({ truncated }) => truncated !== undefined).map(({ id }) => id)).toEqual([
      'kldstat', 'dmesg-boot', 'messages',
    ]); // prettier-ignore
    expect(readdirSync(temporary)).toEqual([]);
    expect(statSync(join(folder, readdirSync(folder)[0]!)).mode & 0o777).toBe(0o600);
  });

  it.skipIf(out)('the bundle of a guest is that of the Node runner', async () => {
    const machine = standInWithId(describeGuest('rm-init'));
    const { status, folder } = await runScript(machine, shell, { options: ['-g', 'render1'] });
    expect(status).toBe(0);
    expect(comparable(await unpack(folder))).toEqual(comparable(await fromNode(machine, { vms: ['render1'] })));
  });
});

describe('on other machines', () => {
  it.each([
    ['13.2', 'amd', 'p10', 'user'],
    ['15.0', 'intel', 'p4', 'root'],
    ['15.0', 'amd', 'p10', 'user'],
  ] as const)(
    'FreeBSD %s, %s, %s, as %s, it gathers what the Node runner does',
    async (release, cpu, card, privilege) => {
      const machine = standInWithId(describeHost({ release, cpu, card }), privilege);
      const { folder } = await runScript(machine, ANY_SHELL);
      expect(comparable(await unpack(folder), MASKED)).toEqual(comparable(await fromNode(machine), MASKED));
    },
  );

  it('takes the chosen VMs, and says which of them are not there', async () => {
    const machine = standInWithId(hardHost());
    const vms = ["o'brien box", 'ghost', '-dashed', 'naïve'];
    const { status, folder } = await runScript(machine, ANY_SHELL, {
      options: ['-p', 'full', ...vms.flatMap((name) => ['-V', name])],
    });
    expect(status).toBe(0);
    const bundle = await unpack(folder);
    expect(comparable(bundle)).toEqual(comparable(await fromNode(machine, { vms, profile: 'full' })));
    expect(Object.keys(bundle.files)).toContain('host/vm/o%27brien%20box/o%27brien%20box.conf');
    expect(bundle.manifest.probes.find(({ id, path }) => id === 'vm-conf' && path?.includes('ghost'))).toMatchObject({
      status: 'missing', reason: 'no datastore of vm-bhyve has a VM of this name',
    }); // prettier-ignore
    expect(bundle.manifest.probes.filter(({ reason }) => reason === 'a name begins with -')).toHaveLength(1);
  });

  it('takes the defaults it was made with', async () => {
    const machine = standInWithId(hardHost());
    const text = script({ vms: ["o'brien box", '$(touch x)`touch y`'], profile: 'pre-boot', includeRisky: true });
    const { folder, status } = await runScript(machine, ANY_SHELL, { text });
    expect(status).toBe(0);
    const { manifest } = await unpack(folder);
    expect(manifest).toMatchObject({
      vm: ["o'brien box", '$(touch x)`touch y`'],
      profile: 'pre-boot',
      redacted: false,
    });
    expect(manifest.probes.some(({ id }) => id === 'pci-config-space')).toBe(true);
  });

  it('of a machine that is neither, most is missing', async () => {
    const machine = standInWithId({
      files: {},
      commands: { 'uname -snr': 'Darwin mallard 24.0.0\n', 'uname -a': 'Darwin\n' },
    });
    const { folder } = await runScript(machine, ANY_SHELL);
    expect(comparable(await unpack(folder))).toEqual(comparable(await fromNode(machine)));
  });
});

describe('what is in the bundle', () => {
  it('leaves out lines that may hold a password, and says that the rest is not redacted', async () => {
    const { folder, stderr } = await runScript(standInWithId(HOST), ANY_SHELL);
    const { files, manifest } = await unpack(folder);
    const configuration = files['host/vm/render1/render1.conf']!.toString();
    expect(configuration).toContain('passthru0="3/0/0"\n');
    expect(configuration).toContain('# gpudiag left out a line that may hold a password\n');
    expect(configuration).not.toContain('kingfisher');
    expect(manifest.redacted).toBe(false);
    expect(readdirSync(folder)[0]).toMatch(/^gpudiag-\d{8}T\d{6}Z-unredacted\.tar\.gz$/);
    expect(stderr).toContain('*** NOT REDACTED');
    expect(stderr).toMatch(/gpudiag redact gpudiag-/);
  });

  it('is in order: manifest first, no times, no names of owners', async () => {
    const { folder } = await runScript(standInWithId(HOST), ANY_SHELL);
    const listing = execFileSync('tar', ['-tvzf', join(folder, readdirSync(folder)[0]!)], {
      encoding: 'utf8', env: { ...process.env, TZ: 'UTC', LC_ALL: 'C' },
    }).trimEnd().split('\n'); // prettier-ignore
    const paths = listing.map((line) => line.split(/\s+/).slice(5).join(' '));
    expect(paths[0]).toBe('manifest.json');
    expect(paths.slice(1)).toEqual([...paths.slice(1)].sort());
    for (const line of listing) expect(line).toMatch(/^-rw------- \d+\/\d+ +\d+ 1970-01-01 00:00 /);
  });

  it('has no hashes where nothing can make them, and says so', async () => {
    const machine = standInWithId(describeGuest('works'));
    const hidden = script().replace('for tool in sha256 sha256sum openssl; do', 'for tool in no-such-tool; do');
    const { folder } = await runScript(machine, ANY_SHELL, { text: hidden });
    await expect(unpack(folder)).rejects.toThrow('has no hash in the manifest');
  });
});

describe('where the bundle goes', () => {
  it('keeps a file that is there, and -f replaces it', async () => {
    const machine = standInWithId(describeGuest('works'));
    const folder = temporaryFolder();
    const file = join(folder, 'mine-unredacted.tar.gz');
    writeFileSync(file, 'precious');
    const first = await runScript(machine, ANY_SHELL, { folder, options: ['-o', 'mine.tar.gz'] });
    expect({ status: first.status, stderr: first.stderr }).toEqual({
      status: 2, stderr: 'gpudiag: mine-unredacted.tar.gz: is already there; -f replaces it\n',
    }); // prettier-ignore
    expect(statSync(file).size).toBe(8);
    expect((await runScript(machine, ANY_SHELL, { folder, options: ['-f', '-o', 'mine.tar.gz'] })).status).toBe(0);
    expect(statSync(file).size).toBeGreaterThan(500);
    expect(readdirSync(folder)).toEqual(['mine-unredacted.tar.gz']);
  });

  it('follows no link and writes into no folder of that name', async () => {
    const machine = standInWithId(describeGuest('works'));
    const folder = temporaryFolder();
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link-unredacted.tgz'));
    mkdirSync(join(folder, 'folder-unredacted'));
    expect((await runScript(machine, ANY_SHELL, { folder, options: ['-o', 'link.tgz'] })).status).toBe(2);
    const { status, stderr } = await runScript(machine, ANY_SHELL, { folder, options: ['-f', '-o', 'folder'] });
    expect({ status, stderr }).toEqual({ status: 2, stderr: 'gpudiag: folder-unredacted: is a folder\n' });
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
    expect(readdirSync(join(folder, 'folder-unredacted'))).toEqual([]);
  });

  it.each(['-o x', '-unredacted.tar.gz', 'a b/c;d $(e)-unredacted.tar.gz'])(
    'takes the name %j as it is',
    async (name) => {
      const machine = standInWithId(describeGuest('works'));
      const folder = temporaryFolder();
      mkdirSync(join(folder, dirname(name)), { recursive: true });
      expect((await runScript(machine, ANY_SHELL, { folder, options: ['-o', name] })).status).toBe(0);
      expect(readdirSync(join(folder, dirname(name)))).toHaveLength(1);
    },
  );

  it('says that it cannot write here before it asks anything', async () => {
    const machine = standInWithId({
      files: {},
      commands: {},
      scripts: { uname: `/usr/bin/touch "${temporaryFolder()}/asked"` },
    });
    const { status, stderr } = await runScript(machine, ANY_SHELL, { options: ['-o', 'no/such/folder.tar.gz'] });
    expect({ status, stderr }).toEqual({
      status: 2, stderr: 'gpudiag: no/such/folder-unredacted.tar.gz: cannot be written here\n',
    }); // prettier-ignore
  });
});

describe('options', () => {
  const machine = () => standInWithId(HOST);

  it.each([
    [['-p', 'all'], 'gpudiag: -p all: is none of quick, full, pre-boot\n'],
    [['-V', '../x'], 'gpudiag: -V ../x: is no name of a VM\n'],
    [['-g', ''], 'gpudiag: -g : is no name of a VM\n'],
    [['more'], 'gpudiag: unexpected argument: more\n'],
  ])('%j is refused', async (options, stderr) => {
    const run = await runScript(machine(), ANY_SHELL, { options });
    expect({ status: run.status, stderr: run.stderr }).toEqual({ status: 2, stderr });
    expect(readdirSync(run.folder)).toEqual([]);
  });

  it('-h helps, -n lists the probes and touches nothing', async () => {
    const help = await runScript(machine(), ANY_SHELL, { options: ['-h'] });
    expect(help).toMatchObject({ status: 0, stderr: '' });
    expect(help.stdout).toContain('NOT REDACTED');
    const dry = await runScript(machine(), ANY_SHELL, { options: ['-n', '-p', 'full'] });
    expect(dry).toMatchObject({ status: 0, stderr: '' });
    expect(dry.stdout).toMatch(/^root +40000 +identifying +pciconf -lvbBceV$/m);
    expect(dry.stdout).toMatch(/^root +600 +secret +\{datastore\}\/\{vm\}\/\{vm\}\.conf$/m);
    expect(dry.stdout).not.toContain('pciconf -r');
    expect([readdirSync(dry.folder), readdirSync(dry.temporary)]).toEqual([[], []]);
  });
});

const shellcheck = pathOf('shellcheck');
it.skipIf(missing(shellcheck, 'shellcheck'))('is clean in shellcheck, as is what a guest is fed', () => {
  const guest = renderGuestScript({ toolVersion: 'test', profile: 'full', includeRisky: true }, 'abc');
  for (const text of [script({ vms: ["it's"] }), guest]) {
    const { stdout, status } = spawnSync(shellcheck!, ['--shell=sh', '--severity=style', '-'], {
      input: text,
      encoding: 'utf8',
    });
    expect({ stdout, status }).toEqual({ stdout: '', status: 0 });
  }
});

it.skipIf(missing(shellcheck, 'shellcheck'))('its parts are clean in shellcheck too', () => {
  const { stdout } = spawnSync(shellcheck!, ['--shell=sh', '--exclude=SC2034,SC2154', 'src/collect/script/jobs.sh'], {
    encoding: 'utf8',
  });
  expect(stdout).toBe('');
});
