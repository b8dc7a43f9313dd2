/** A machine on which a reader of the pages could type what stands there: programs of host and guest, and some files. */
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildIfStale, cli, RUN } from '../support/cli.ts';
import { ROOT } from '../support/files.ts';
import type { Typed } from './pages.ts';

const CASE = join(ROOT, 'examples/tesla-p4-freebsd-15');

/** A program that prints a file of the example, whatever it is asked. */
const prints = (file: string): string => `cat '${join(CASE, file)}'`;

/** Programs of a host, a guest and a desk: bodies of POSIX scripts. */
const PROGRAMS: Readonly<Record<string, string>> = {
  // Nothing is to be waited for after an attempt that only prints a line.
  gpudiag: `case "$*" in *--around*) set -- "$@" --around-wait 0 ;; esac; exec '${process.execPath}' '${RUN}' "$@"`,
  // From a checkout the program is `node bin/run.js`.
  node: `[ "$1" = bin/run.js ] && shift && exec gpudiag "$@"; exec '${process.execPath}' "$@"`,
  pciconf: prints('host/pciconf.txt'),
  kldstat: prints('host/kldstat.txt'),
  'freebsd-version': prints('host/freebsd-version.txt'),
  acpidump: prints('host/acpidump.txt'),
  sysctl: prints('host/sysctl-vmm.txt'),
  dmesg: `case "$*" in -a) ${prints('host/dmesg.txt')} ;; *) ${prints('guest/compute1/dmesg.txt')} ;; esac`,
  lspci: prints('guest/compute1/lspci.txt'),
  lsmod: prints('guest/compute1/lsmod.txt'),
  modinfo: prints('guest/compute1/modinfo.txt'),
  // Without a driver that works it prints its message and fails.
  'nvidia-smi': `${prints('guest/compute1/nvidia-smi.txt')}; exit 9`,
  vm: `case "$1" in passthru) ${prints('host/vm-passthru.txt')} ;; *) echo "Starting $2" ;; esac`,
  // No guest is reachable from a test.
  ssh: 'echo "ssh: connect to host 192.0.2.10 port 22: Connection timed out" >&2; exit 255',
};

/** What somebody pasted into a forum. */
const THREAD = [
  'Hi, my Tesla P4 does not work in the VM, any ideas?',
  '',
  'root@vm:~# dmesg | grep NVRM',
  "[    3.436925] NVRM: Can't find an IRQ for your NVIDIA card!",
  '[    3.441332] NVRM: None of the NVIDIA devices were initialized.',
  '',
].join('\n');

const BUNDLES = [
  'bundle.tar.gz',
  'bundles/one.tar.gz',
  'bundles/two.tar.gz',
  'gpudiag-20260303T120000Z.tar.gz',
  'gpudiag-20260303T120000Z-unredacted.tar.gz',
];

export interface Ran extends Typed {
  status: number;
}

export interface Machine {
  /**
   * Types commands into one `sh`, in a folder of the name: what one call leaves there is there for the next.
   * @returns exit statuses; commands that come after one that ended the shell are missing
   */
  type(page: string, commands: readonly Typed[]): Promise<{ ran: Ran[]; stderr: string }>;
  remove(): void;
}

/** Sets the machine up in a temporary folder. */
export async function buildMachine(): Promise<Machine> {
  buildIfStale();
  const folder = mkdtempSync(join(tmpdir(), 'gpudiag-docs-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  for (const [name, body] of Object.entries(PROGRAMS)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const bundle = join(folder, 'bundle.tar.gz');
  const made = await cli(['redact', CASE, '--output', bundle]);
  if (made.status !== 0) throw new Error(made.stderr);
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${bin}:${process.env['PATH']}`,
    HOME: folder,
    XDG_CACHE_HOME: join(folder, 'cache'),
    GPUDIAG_CONFIG: '',
    COLUMNS: '80',
    // Nothing of a test goes out.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    https_proxy: 'http://127.0.0.1:9',
  };
  for (const name of ['GH_TOKEN', 'GITHUB_TOKEN']) delete env[name];
  const results = await cli(['analyze', bundle, '--format', 'ndjson']);
  return {
    type: (page, commands) => type(deskOf(folder, page, { bundle, results: results.stdout }), commands, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The folder of a page; made when it is not there yet, with the files that pages speak of. */
function deskOf(folder: string, page: string, made: { bundle: string; results: string }): string {
  const desk = join(folder, page.replaceAll('/', '-'));
  if (mkdirSync(desk, { recursive: true }) === undefined) return desk;
  const put = (name: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(desk, name)), { recursive: true });
    writeFileSync(join(desk, name), content);
  };
  cpSync(join(ROOT, 'examples'), join(desk, 'examples'), { recursive: true });
  cpSync(CASE, join(desk, 'folder'), { recursive: true });
  for (const name of BUNDLES) put(name, readFileSync(made.bundle));
  put('new.ndjson', made.results);
  put('old.ndjson.gz', gzipSync(made.results));
  for (const name of ['pciconf.txt', 'loader.conf']) put(name, readFileSync(join(CASE, 'host', name)));
  put('dmesg.txt', readFileSync(join(CASE, 'guest/compute1/dmesg.txt')));
  put('lspci.txt.gz', gzipSync(readFileSync(join(CASE, 'guest/compute1/lspci.txt'))));
  put('thread.txt', THREAD);
  if (page.startsWith('matrix-data/')) {
    cpSync(join(ROOT, 'matrix-data'), join(desk, 'matrix-data'), { recursive: true });
  }
  // ID stands for the name of an entry.
  if (page.startsWith('matrix-data/evidence/')) {
    cpSync(CASE, join(desk, 'matrix-data/evidence/ID'), { recursive: true });
  }
  return desk;
}

/** Bundles are named after the second in which they are made, and here several are made in one. */
const MAKE_ROOM =
  'for made in gpudiag-2*Z*.tar.gz; do case $made in gpudiag-20260303T*) ;; *) rm -f "$made" ;; esac; done';

function type(
  desk: string,
  commands: readonly Typed[],
  env: NodeJS.ProcessEnv,
): Promise<{ ran: Ran[]; stderr: string }> {
  const log = join(desk, '.statuses');
  writeFileSync(log, '');
  const script = commands.map(({ command }, i) => `${MAKE_ROOM}\n${command}\necho "${i} $?" >> '${log}'\n`).join('');
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', script], { cwd: desk, env, maxBuffer: 2 ** 27 }, (_error, _stdout, stderr) => {
      const statuses = readFileSync(log, 'utf8').trim().split('\n').filter(Boolean);
      const ran = statuses.map((line) => {
        const [i = 0, status = 0] = line.split(' ').map(Number);
        return { ...commands[i]!, status };
      });
      resolve({ ran, stderr });
    });
    child.stdin!.end();
  });
}
