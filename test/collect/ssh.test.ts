/** Guests that are asked over ssh, through a real OpenSSH server on loopback. */
import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { openInputs } from '../../src/bundle/open.ts';
import { verifyBundle } from '../../src/bundle/verify.ts';
import { collectForAnalysis, collectLive, complaintsOf } from '../../src/cli/collect.ts';
import { collect } from '../../src/collect/collect.ts';
import { parseSshTarget } from '../../src/collect/ssh-target.ts';
import type { Description } from '../stand-in/describe.ts';
import { flags } from '../stand-in/flags.ts';
import { describeGuest } from '../stand-in/guest.ts';
import { describeHost } from '../stand-in/host.ts';
import { until } from '../support/until.ts';
import { comparable, fromNode, type Unpacked } from './script-support.ts';
import {
  freePort,
  machineWithSsh,
  makeKey,
  type SshGuest,
  startSshGuest,
  whyNoSshd,
  withCuttableNetwork,
} from './ssh-server.ts';
import { analyzeBundles, collectFrom, standIn, temporaryFolder, worldOf } from './support.ts';

const why = whyNoSshd();
if (why !== undefined) console.log(`skipped: ${why}`);

/** A host on which nothing is to be found, so that only the guest takes time. */
const BARE: Description = { files: {}, commands: { 'uname -snr': 'FreeBSD grebe 14.3-RELEASE\n' } };
const machineWithoutSsh = () => standIn(BARE);
const HOST = describeHost({ release: '14.3', cpu: 'intel', card: 'p4' });
const GUEST = describeGuest('no-irq');

/** Only what was asked of guests. */
const guestPart = ({
  manifest,
  files,
}: Pick<Unpacked, 'manifest' | 'files'>): Pick<Unpacked, 'manifest' | 'files'> => ({
  manifest: { ...manifest, probes: manifest.probes.filter(({ side }) => side === 'guest') },
  files: Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('guest/'))),
});

interface Asked {
  key: string;
  known?: string;
  vms?: readonly string[];
  urls?: readonly string[];
}

/** Asks guests from a bare host that knows them; `complaints` are what people see on the terminal. */
async function ask(guests: readonly SshGuest[], { key, vms = [], ...own }: Asked) {
  const known = own.known ?? guests.map(({ knownAs }) => knownAs).join('');
  const machine = machineWithSsh(BARE, { key, known });
  const guest = own.urls ?? guests.map(({ url }) => url);
  const { path, collected } = await collectLive(
    flags({ guest, vm: vms, output: join(temporaryFolder(), 'bundle.tar.gz') }),
    worldOf(machine),
  );
  const files = await openInputs([path]);
  const texts = Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.bytes).toString('utf8')]));
  return { manifest: collected.manifest, complaints: complaintsOf(collected), files, texts };
}

const guestProbes = ({ manifest }: Awaited<ReturnType<typeof ask>>, name = 'guest') =>
  manifest.probes.filter(({ guest }) => guest === name);

describe.skipIf(why !== undefined).concurrent('a guest over ssh', () => {
  it.each(['root', 'user'] as const)('as %s, gives what the Node runner gathers in it', async (privilege) => {
    const key = makeKey();
    const guest = await startSshGuest(GUEST, { allowedKey: key, privilege });
    const target = parseSshTarget(guest.url);
    if ('problem' in target) throw new Error(target.problem);
    const before = readdirSync(guest.machine.root, { recursive: true }).sort();
    const { manifest, files } = await collect({
      machine: machineWithSsh(BARE, { key, known: guest.knownAs }), guests: [{ target, name: 'render1' }],
      profile: 'full', vms: ['render1'], includeRisky: true, redact: false, accounts: [], toolVersion: 'test', now: () => new Date(0),
    }); // prettier-ignore
    const direct = await fromNode(guest.machine, { profile: 'full', includeRisky: true, vms: ['render1'] });
    const bytes = Object.fromEntries(files.map((file) => [file.path, Buffer.from(file.bytes)]));
    expect(comparable(guestPart({ manifest: { ...manifest, privilege }, files: bytes }))).toEqual(
      comparable(guestPart(direct)),
    );
    expect(Object.keys(bytes)).toContain('guest/render1/dmesg.txt');
    expect(readdirSync(guest.machine.root, { recursive: true }).sort()).toEqual(before);
    expect(guest.places.map((place) => readdirSync(place))).toEqual([[], []]);
  });

  it('whose shell prints a banner, and whose login prints one to both streams', async () => {
    const key = makeKey();
    const onLogin = `echo 'Welcome to heron {"kind": "bye"}'; echo 'Last login: never' >&2; printf 'no newline'`;
    const guest = await startSshGuest(GUEST, { allowedKey: key, onLogin });
    const bundle = await ask([guest], { key });
    expect(guestProbes(bundle).filter(({ status }) => !/^(?:ok|missing)$/.test(status))).toEqual([]);
    expect(Object.values(bundle.texts).join('\n')).not.toMatch(/Welcome|Last login|no newline/);
    expect(bundle.texts['guest/guest/dmesg.txt']).toContain("Can't find an IRQ");
  });

  it('that refuses the key is left out, with how to set one up', async () => {
    const guest = await startSshGuest(GUEST, { allowedKey: makeKey() });
    const bundle = await ask([guest], { key: makeKey() });
    expect(guestProbes(bundle)).toEqual([
      expect.objectContaining({ id: 'guest-ssh', status: 'denied', artifact: null,
        reason: 'it lets nobody in without a password, and gpudiag never asks for one' }),
    ]); // prettier-ignore
    expect(bundle.complaints.join('\n')).toMatch(/ssh-copy-id -p \d+ \S+@127\.0\.0\.1/);
  });

  it('that offers only passwords is left out, and nobody is asked for one', async () => {
    const key = makeKey();
    const settings = ['PubkeyAuthentication no', 'PasswordAuthentication yes'];
    const guest = await startSshGuest(GUEST, { allowedKey: key, settings });
    const bundle = await ask([guest], { key });
    expect(guestProbes(bundle).map(({ id, status }) => `${id} ${status}`)).toEqual(['guest-ssh denied']);
    expect(bundle.complaints.join('\n')).toContain('ssh-copy-id');
  });

  it('whose host key has changed is left out, with how to go on', async () => {
    const key = makeKey();
    const guest = await startSshGuest(GUEST, { allowedKey: key });
    const other = await startSshGuest(GUEST, { allowedKey: key });
    const bundle = await ask([guest], {
      key,
      known: guest.knownAs.replace(/ .*/, other.knownAs.replace(/^\S+/, '').trimEnd()),
    });
    expect(guestProbes(bundle)).toEqual([
      expect.objectContaining({ id: 'guest-ssh', status: 'denied', reason: expect.stringContaining('its host key has changed') as string }),
    ]); // prettier-ignore
    expect(bundle.complaints.join('\n')).toContain(`ssh-keygen -R '[127.0.0.1]:${guest.port}'`);
  });

  it('whose host key is not known is left out, and the key is not taken', async () => {
    const key = makeKey();
    const guest = await startSshGuest(GUEST, { allowedKey: key });
    const bundle = await ask([guest], { key, known: '' });
    expect(guestProbes(bundle)).toEqual([
      expect.objectContaining({ status: 'denied', reason: 'its host key is not known yet, and nobody is there to confirm it' }),
    ]); // prettier-ignore
    expect(bundle.complaints.join('\n')).toContain('log in once by hand');
  });

  it('at whose port nobody listens is left out', async () => {
    const url = `ssh://root@127.0.0.1:${await freePort()}`;
    const bundle = await ask([], { key: makeKey(), urls: [url] });
    expect(guestProbes(bundle).map(({ status, reason }) => `${status}: ${reason}`)).toEqual([
      'failed: the connection was refused: is sshd running there, and on that port?',
    ]);
    expect(bundle.complaints[0]).toBe(
      `--guest ${url}: the connection was refused: is sshd running there, and on that port?`,
    );
  });

  it('that dies in the middle gives what it had said, and the rest is listed', async () => {
    const key = makeKey();
    const { guest, cut } = await withCuttableNetwork(await startSshGuest(GUEST, { allowedKey: key }));
    // It has ten seconds, which is enough to see it run on any machine.
    const lspci = join(guest.machine.path[0]!, 'lspci');
    writeFileSync(lspci, "#!/bin/sh\necho '00:00.0 Host bridge'\n/bin/sleep 600\n");
    const runs = () => spawnSync('ps', ['-A', '-o', 'args'], { encoding: 'utf8' }).stdout.includes(`/sh ${lspci}`);
    const asked = ask([guest], { key });
    await until(() => (runs() ? true : undefined));
    // What it had said needs a moment to arrive.
    await sleep(1500);
    cut();
    const bundle = await asked;
    const probes = guestProbes(bundle);
    const at = probes.findIndex(({ id }) => id === 'guest-lspci');
    const last = 'the connection ended before everything was asked';
    expect(probes[at]).toMatchObject({ status: 'failed', reason: 'the connection ended before the answer was whole' });
    expect(bundle.texts['guest/guest/dmesg.txt']).toContain('10de:1bb3');
    expect(probes.slice(at + 1).map(({ status, reason }) => `${status} ${reason}`)).toEqual([
      ...probes.slice(at + 2).map(() => `skipped ${last}`),
      `failed ${last}`,
    ]);
    expect(probes.at(-1)!.id).toBe('guest-ssh');
    expect(bundle.complaints).toEqual([`--guest ${guest.url}: ${last}`]);
    // What hangs there is ended by the guest's own half.
    await until(() => (runs() ? undefined : true));
  });

  it('that is bad does not take the good one with it', async () => {
    const key = makeKey();
    const good = await startSshGuest(GUEST, { allowedKey: key });
    const bad = await startSshGuest(GUEST, { allowedKey: makeKey() });
    const bundle = await ask([bad, good], { key, vms: ['broken', 'render1'] });
    expect(verifyBundle(bundle.files).problems).toEqual([]);
    expect(guestProbes(bundle, 'broken').map(({ id, status }) => `${id} ${status}`)).toEqual(['guest-ssh denied']);
    expect(Object.keys(bundle.texts)).toContain('guest/render1/dmesg.txt');
    expect(Object.keys(bundle.texts).filter((path) => path.startsWith('guest/broken/'))).toEqual([]);
  });
});

describe.skipIf(why !== undefined).concurrent('analyze --live --guest', () => {
  it('names the cause from both sides, and says which guest it could not ask', async () => {
    const key = makeKey();
    const guest = await startSshGuest(GUEST, { allowedKey: key });
    const gone = `ssh://root@127.0.0.1:${await freePort()}`;
    const machine = machineWithSsh(HOST, { key, known: guest.knownAs });
    const output = join(temporaryFolder(), 'live.tar.gz');
    const { path, complaints } = await collectForAnalysis(
      { vm: ['render1', 'mail'], guest: [guest.url, gone], output },
      worldOf(machine),
    );
    const { verdict } = await analyzeBundles({ path });
    expect(verdict.outcome).toBe('driver-init-fails');
    expect(verdict.causes.map(({ code }) => code)).toEqual(['nvidia-intpin-missing']);
    expect(complaints).toEqual([expect.stringContaining(`--guest ${gone}: the connection was refused`)]);
  });
});

describe('--guest', () => {
  it.each([
    ['ssh://root@192.0.2.10', { host: '192.0.2.10', user: 'root' }],
    ['ssh://heron:2222', { host: 'heron', port: 2222 }],
    ['ssh://a.b+c@[2001:db8::7]:22/', { host: '2001:db8::7', user: 'a.b+c', port: 22 }],
  ])('%s is taken', (url, expected) => {
    expect(parseSshTarget(url)).toEqual({ url, ...expected });
  });

  it.each([
    ['ssh://-oProxyCommand=touch x', 'has no valid host name'],
    ['ssh://root@-oProxyCommand=x', 'has no valid host name'],
    ['ssh://-l@heron', 'has no valid user name'],
    ['ssh://%2doProxyCommand=x@heron', 'has no valid user name'],
    ['ssh://$(id)@heron', 'has no valid user name'],
    ['ssh://%@heron', 'has no valid user name'],
    ['ssh://@heron', 'has no valid user name'],
    ['ssh://heron;id', 'has no valid host name'],
    ['ssh://heron\n-oX', 'has no valid host name'],
    ['ssh://[-oX]', 'has no valid host name'],
    ['ssh://', 'has no valid host name'],
    ['ssh://heron:-22', 'has no valid port'],
    ['ssh://heron:0', 'has no valid port'],
    ['ssh://heron:65536', 'has no valid port'],
    ['ssh://root:secret@heron', 'has a password in it, which is never used: set up a key (ssh-copy-id)'],
    ['ssh://heron/etc', 'has a path, which nothing here uses'],
    ['-oProxyCommand=x', 'is not ssh://user@host[:port]'],
    ['root@heron', 'is not ssh://user@host[:port]'],
  ])('%j is refused', async (url, problem) => {
    expect(parseSshTarget(url)).toEqual({ problem });
    await expect(collectFrom(machineWithoutSsh(), { guest: [url] })).rejects.toMatchObject({
      message: `--guest ${url}: ${problem}`, exit: 2,
    }); // prettier-ignore
  });

  it('says so when this machine has no ssh', async () => {
    const { path, collected } = await collectLive(
      flags({ guest: ['ssh://heron'], output: join(temporaryFolder(), 'b.tar.gz') }),
      worldOf(machineWithoutSsh()),
    );
    expect(path).toMatch(/b\.tar\.gz$/);
    expect(complaintsOf(collected)).toEqual(['--guest ssh://heron: ssh: not installed on this machine']);
  });
});
