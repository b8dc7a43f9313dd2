import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Manifest } from '../../src/bundle/manifest.ts';
import { openInputs, type RawFile } from '../../src/bundle/open.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { collect } from '../../src/collect/collect.ts';
import type { Machine } from '../../src/collect/machine.ts';
import type { Privilege } from '../../src/collect/probe.ts';
import { renderScript, type ScriptDefaults } from '../../src/collect/script/render.ts';
import { LIBRARY } from '../../src/collect/script/library.ts';
import type { Description } from '../stand-in/describe.ts';
import { standIn, temporaryFolder } from './support.ts';

const isThere = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

export const pathOf = (name: string): string | undefined =>
  ['/bin', '/usr/bin', '/sbin', '/usr/sbin', '/usr/local/bin'].map((folder) => join(folder, name)).find(isThere);

/** The shells that the script must run under. */
export const SHELLS = [
  { name: 'dash', program: 'dash', args: [] },
  { name: 'busybox sh', program: 'busybox', args: ['sh'] },
  { name: 'mksh', program: 'mksh', args: [] },
  { name: 'bash --posix', program: 'bash', args: ['--posix'] },
].map(({ name, program, args }) => ({ name, args, program: pathOf(program) }));
export type Shell = (typeof SHELLS)[number];

/** A shell for what does not depend on the shell. */
export const ANY_SHELL: Shell = { name: 'sh', program: '/bin/sh', args: [] };

/** Says why tests are left out, and whether they are. */
export function missing(program: string | undefined, name: string): boolean {
  if (program === undefined) console.log(`skipped: ${name} is not installed`);
  return program === undefined;
}

export const script = (own: Partial<ScriptDefaults> = {}): string =>
  renderScript({ toolVersion: 'test', profile: 'quick', vms: [], includeRisky: false, ...own });

/** A stand-in that also says who asks. */
export const standInWithId = (description: Description, privilege: Privilege = 'root'): Machine =>
  standIn(
    { ...description, commands: { ...description.commands, 'id -u': { root: '0\n', user: '1001\n' } } },
    privilege,
  );

export interface ScriptRun {
  status: number | null;
  stderr: string;
  stdout: string;
  /** where the bundle is, and nothing else should be */
  folder: string;
  /** where temporary files go */
  temporary: string;
}

export interface ScriptOptions {
  options?: readonly string[];
  text?: string;
  folder?: string;
  temporary?: string;
  env?: Record<string, string>;
}

interface Prepared {
  command: string;
  args: string[];
  options: { cwd: string; env: Record<string, string> };
  folder: string;
  temporary: string;
}

/** The script in a file, run in a folder of its own against a stand-in. */
export function prepare(machine: Machine, shell: Shell, given: ScriptOptions = {}): Prepared {
  const home = temporaryFolder();
  const { folder = join(home, 'out'), temporary = join(home, 'tmp') } = given;
  for (const path of [folder, temporary]) mkdirSync(path, { recursive: true });
  const file = join(home, 'collect.sh');
  writeFileSync(file, given.text ?? script());
  execFileSync('chmod', ['-R', 'a+rX', home]);
  return {
    command: shell.program!,
    args: [...shell.args, file, ...(given.options ?? [])],
    options: {
      cwd: folder,
      env: { PATH: machine.path.join(':'), GPUDIAG_ROOT: machine.root, TMPDIR: temporary, ...given.env },
    },
    folder,
    temporary,
  };
}

/** Does not block, so that tests which wait for a machine wait together. */
export async function runScript(machine: Machine, shell: Shell, given: ScriptOptions = {}): Promise<ScriptRun> {
  const { command, args, options, folder, temporary } = prepare(machine, shell, given);
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
  const [stdout, stderr, status] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject)),
  ]);
  return { status, stderr, stdout, folder, temporary };
}

/** Starts the script in a process group of its own, as a terminal does. */
export function startScript(machine: Machine, shell: Shell, given: ScriptOptions = {}) {
  const { command, args, options, folder, temporary } = prepare(machine, shell, given);
  const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<{ status: number | null; signal: NodeJS.Signals | null; stderr: string }>((resolve) =>
    child.on('exit', (status, signal) => resolve({ status, signal, stderr })),
  );
  return { pid: child.pid!, ended, folder, temporary };
}

export interface Unpacked {
  manifest: Manifest;
  /** artifacts by path */
  files: Record<string, Buffer>;
  raw: RawFile[];
}

/** The one bundle in a folder, checked against its manifest. */
export async function unpack(folder: string): Promise<Unpacked> {
  const names = readdirSync(folder);
  if (names.length !== 1) throw new Error(`expected one bundle: ${names.join(', ')}`);
  const raw = await openInputs([join(folder, names[0]!)]);
  const { manifest, problems } = verifyBundle(raw);
  if (problems.length > 0 || manifest === undefined) throw new Error(problems.join('; '));
  const files = Object.fromEntries(raw.map(({ path, bytes }) => [path, Buffer.from(bytes)]));
  delete files['manifest.json'];
  return { manifest, files, raw };
}

/** What the Node runner has to say of the same machine, without redaction. */
export async function fromNode(
  machine: Machine,
  own: Partial<Parameters<typeof collect>[0]> = {},
): Promise<Pick<Unpacked, 'manifest' | 'files'>> {
  const { manifest, files } = await collect({
    machine,
    profile: 'quick',
    vms: [],
    includeRisky: false,
    redact: false,
    accounts: [],
    toolVersion: 'test',
    now: () => new Date('2026-03-03T12:00:00Z'),
    ...own,
  });
  return { manifest, files: Object.fromEntries(files.map(({ path, bytes }) => [path, Buffer.from(bytes)])) };
}

/** Takes out what may differ: times, and of the named artifacts what follows from lines that the script leaves out. */
export function comparable(
  { manifest, files }: Pick<Unpacked, 'manifest' | 'files'>,
  masked: readonly string[] = [],
): unknown {
  return {
    manifest: {
      ...manifest,
      createdAt: '',
      probes: manifest.probes.map(({ durationMs: _, ...probe }) =>
        probe.artifact !== null && masked.includes(probe.artifact) ? { ...probe, bytes: 0, sha256: '' } : probe,
      ),
    },
    files: Object.fromEntries(
      Object.entries(files).map(([path, bytes]) => [
        path,
        masked.includes(path) ? maskSecrets(bytes) : bytes.toString('latin1'),
      ]),
    ),
  };
}

/** What the script makes of a configuration, by the same program. */
const maskSecrets = (bytes: Buffer): string =>
  spawnSync('awk', [LIBRARY['secrets.awk']], {
    input: bytes,
    env: { LC_ALL: 'C', PATH: process.env.PATH },
  }).stdout.toString('latin1');
