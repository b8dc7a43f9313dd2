import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { Machine } from '../../src/collect/machine.ts';
import type { Description } from '../stand-in/describe.ts';
import { pathOf, standInWithId } from './script-support.ts';
import { standIn, temporaryFolder } from './support.ts';

/** Guests behind a real OpenSSH server on loopback, run by whoever runs the tests, with keys made for the test. */

/** Servers that have the privileges to drop them want a folder in which nothing is. */
const SEPARATION = '/run/sshd';

/** Why no server can be run here, or nothing. */
export function whyNoSshd(): string | undefined {
  for (const name of ['sshd', 'ssh', 'ssh-keygen']) if (pathOf(name) === undefined) return `${name} is not installed`;
  try {
    const { username, shell } = userInfo();
    if (shell === null || /(?:nologin|false)$/.test(shell)) return `${username} has no login shell`;
  } catch {
    return 'this user has no name';
  }
  // Only Debian's servers want it there; the service makes it when it starts, as this does.
  if (process.getuid?.() === 0 && process.platform === 'linux' && !existsSync(SEPARATION)) {
    try {
      mkdirSync(SEPARATION, { mode: 0o755, recursive: true });
    } catch {
      return `${SEPARATION} is not there and cannot be made`;
    }
  }
  return undefined;
}

/** Makes a key; path of its private half. */
export function makeKey(): string {
  const path = join(temporaryFolder(), 'key');
  execFileSync(pathOf('ssh-keygen')!, ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', path]);
  return path;
}

const publicHalf = (key: string): string => readFileSync(`${key}.pub`, 'utf8').trim();

export interface SshGuest {
  port: number;
  /** `ssh://user@127.0.0.1:port` */
  url: string;
  /** as known_hosts has it */
  knownAs: string;
  /** what stands behind it */
  machine: Machine;
  /** folders in which something could be written */
  places: string[];
}

export interface SshGuestOptions {
  /** what the server lets in */
  allowedKey: string;
  /** further lines of sshd_config */
  settings?: readonly string[];
  /** what the login shell does before it runs the command: lines of sh */
  onLogin?: string;
  privilege?: 'root' | 'user';
}

const servers: ChildProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill('SIGKILL');
});

/** Starts a server whose every login ends up on the stand-in. There no byte can be written into any file. */
export async function startSshGuest(description: Description, options: SshGuestOptions): Promise<SshGuest> {
  const machine = standInWithId(description, options.privilege);
  symlinkSync('/bin/sh', join(machine.path[0]!, 'sh'));
  const folder = temporaryFolder();
  const [home, temporary] = ['home', 'tmp'].map((name) => join(folder, name)) as [string, string];
  for (const path of [home, temporary]) mkdirSync(path);
  const login = join(folder, 'login');
  writeFileSync(
    login,
    `#!/bin/sh
ulimit -f 0
${options.onLogin ?? ''}
cd '${home}' || exit 1
HOME='${home}' TMPDIR='${temporary}' GPUDIAG_ROOT='${machine.root}' PATH='${machine.path.join(':')}'
export HOME TMPDIR GPUDIAG_ROOT PATH
exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"
`,
    { mode: 0o755 },
  );
  const hostKey = makeKey();
  const allowed = join(folder, 'allowed');
  writeFileSync(allowed, `${publicHalf(options.allowedKey)}\n`);
  const port = await startServer(folder, [
    'ListenAddress 127.0.0.1',
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${allowed}`,
    `ForceCommand ${login}`,
    'PidFile none',
    // Folders for temporary files belong to everybody.
    'StrictModes no',
    'PermitRootLogin yes',
    'UseDNS no',
    // What the start files of the account do, or hang on, is no matter here: bash leaves them out inside another shell.
    'SetEnv SHLVL=1',
    // Without it a server that may not read the passwords takes every account for a locked one.
    ...(process.getuid?.() === 0 ? [] : ['UsePAM yes']),
    ...(options.settings ?? []),
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
  ]);
  return {
    port,
    url: `ssh://${userInfo().username}@127.0.0.1:${port}`,
    knownAs: `[127.0.0.1]:${port} ${publicHalf(hostKey)}\n`,
    machine,
    places: [home, temporary],
  };
}

async function startServer(folder: string, settings: readonly string[]): Promise<number> {
  let said = '';
  // Somebody else may take the port in between.
  for (let turn = 0; turn < 5; turn += 1) {
    const port = await freePort();
    const config = join(folder, 'sshd_config');
    writeFileSync(config, [...settings, `Port ${port}`, ''].join('\n'));
    const server = spawn(pathOf('sshd')!, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
    servers.push(server);
    const started = await new Promise<boolean>((resolve) => {
      server.on('exit', () => resolve(false));
      server.stderr.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Server listening on 127.0.0.1')) resolve(true);
      });
    });
    if (started) return port;
  }
  throw new Error(`sshd does not start: ${said}`);
}

/** The same guest behind a network that can be cut. */
export async function withCuttableNetwork(guest: SshGuest): Promise<{ guest: SshGuest; cut: () => void }> {
  const sockets: Socket[] = [];
  const relay = createServer((socket) => {
    const onward = connect(guest.port, '127.0.0.1');
    sockets.push(socket, onward);
    for (const each of [socket, onward]) each.on('error', () => undefined);
    socket.pipe(onward).pipe(socket);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  const moved = (text: string): string => text.replace(String(guest.port), String(port));
  return {
    guest: { ...guest, port, url: moved(guest.url), knownAs: moved(guest.knownAs) },
    cut: () => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A port at which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A stand-in whose `ssh` is the system's, with a key and host keys of the test's own. */
export function machineWithSsh(description: Description, { key, known }: { key: string; known: string }): Machine {
  const machine = standIn(description);
  const folder = temporaryFolder();
  const knownHosts = join(folder, 'known_hosts');
  writeFileSync(knownHosts, known);
  const config = join(folder, 'ssh_config');
  writeFileSync(
    config,
    [
      'Host *',
      `  IdentityFile ${key}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${knownHosts}`,
      '  GlobalKnownHostsFile /dev/null',
      '',
    ].join('\n'),
  );
  const wrapper = join(machine.path[0]!, 'ssh');
  writeFileSync(wrapper, `#!/bin/sh\nexec '${pathOf('ssh')}' -F '${config}' "$@"\n`);
  chmodSync(wrapper, 0o755);
  return machine;
}
