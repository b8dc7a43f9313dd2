/** The founding cases, collected from stand-ins by each of the three runners, come out as from loose files. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import type { Description } from '../stand-in/describe.ts';
import { describeGuest, type Fate } from '../stand-in/guest.ts';
import { describeHost, type HostChoice } from '../stand-in/host.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { ANY_SHELL, runScript, standInWithId } from './script-support.ts';
import { machineWithSsh, makeKey, startSshGuest, whyNoSshd } from './ssh-server.ts';
import { analyzeBundles, collectFrom, standIn } from './support.ts';

const noSshd = whyNoSshd();
if (noSshd !== undefined) console.log(`skipped: ${noSshd}`);

interface Case {
  name: string;
  host: Description;
  guest?: Fate;
  outcome: string;
  /** codes with their confidence */
  causes: string[];
}

const hostOf = (choice: Partial<HostChoice>): Description =>
  describeHost({ release: '14.3', cpu: 'intel', card: 'p4', ...choice });

/** bhyve was started by hand, without -S. */
function notWired(): Description {
  const host = hostOf({ card: 'p10', cpu: 'amd' });
  const log = '/tank/machines/render1/vm-bhyve.log';
  return {
    ...host,
    files: {
      ...host.files,
      [log]: `${String(host.files[log]).replace(' -u -S]', ' -u]')}Mar 03 09:14:03: bhyve exited with status 4\n`,
      '/tank/machines/render1/bhyve.log':
        'bhyve: passthru requires guest memory to be wired\nDevice emulation initialization error: Device busy\n',
    },
  };
}

const CASES: Case[] = [
  { name: 'P4, stock bhyve of 15.0', host: hostOf({ release: '15.0' }), guest: 'no-irq', outcome: 'driver-init-fails', causes: ['nvidia-intpin-missing confirmed'] },
  { name: 'P4, stock bhyve, AMD', host: hostOf({ cpu: 'amd' }), guest: 'no-irq', outcome: 'driver-init-fails', causes: ['nvidia-intpin-missing confirmed'] },
  { name: 'P4 with the pin patch', host: hostOf({ patched: true }), guest: 'rm-init', outcome: 'driver-init-fails', causes: [] },
  { name: 'P10 with a 32 GiB BAR1', host: hostOf({ card: 'p10', debug: false }), outcome: 'guest-wont-boot', causes: ['bar-window-overflow likely'] },
  { name: 'P10, memory not wired', host: notWired(), outcome: 'vm-wont-start', causes: ['memory-not-wired confirmed'] },
  { name: 'a card that was never reserved', host: hostOf({ release: '15.0', cpu: 'amd', binding: 'unbound' }), outcome: 'host-not-ready', causes: ['pptdevs-missing likely'] },
]; // prettier-ignore

/** The texts of a machine under names that a person might give them, in no folder that tells anything. */
function looseFiles(description: Description): Record<string, string> {
  const files: Record<string, string> = {};
  const name = (text: string): string => text.replace(/^\//, '').replace(/[^\w.-]+/g, '_');
  for (const [path, content] of Object.entries(description.files)) {
    if (typeof content === 'string' && !path.startsWith('/sys/')) files[name(path)] = content;
  }
  for (const [command, given] of Object.entries(description.commands)) {
    const answer = typeof given === 'object' && 'root' in given ? given.root : given;
    const text = typeof answer === 'string' ? answer : `${answer.stdout ?? ''}${answer.stderr ?? ''}`;
    if (text !== '' && !/ -n | -snr/.test(command)) files[`${name(command)}.txt`] = text;
  }
  return files;
}

function fromLooseFiles({ host, guest }: Case): Report {
  const files = looseFiles(host);
  if (guest !== undefined) {
    for (const [name, text] of Object.entries(looseFiles(describeGuest(guest)))) files[`guest/render1/${name}`] = text;
  }
  return diagnoseTexts(files);
}

const verdictOf = ({ verdict }: Report) => ({
  outcome: verdict.outcome,
  causes: verdict.causes.map(({ code, confidence }) => `${code} ${confidence}`).sort(),
  stages: verdict.stages.map(({ id, status }) => `${id} ${status}`),
});

function expectSame(report: Report, expected: Case): void {
  const verdict = verdictOf(report);
  expect(verdict).toEqual(verdictOf(fromLooseFiles(expected)));
  expect(verdict.outcome).toBe(expected.outcome);
  expect(verdict.causes).toEqual(expect.arrayContaining(expected.causes));
  // What no parser reads alarms nobody.
  expect(report.inputs.filter(({ status, keptFrom }) => status === 'unrecognised' && keptFrom === undefined)).toEqual(
    [],
  );
}

/** The one bundle that a script has written. */
async function scripted(description: Description, options: readonly string[] = []): Promise<{ path: string }> {
  const { folder, status } = await runScript(standInWithId(description), ANY_SHELL, { options });
  expect(status).toBe(0);
  return { path: join(folder, readdirSync(folder)[0]!) };
}

describe.each(CASES)('$name, collected', (each) => {
  const { host, guest } = each;

  it('with Node on both sides', async () => {
    const bundles = [await collectFrom(standIn(host), { vm: ['render1'] })];
    if (guest !== undefined) bundles.push(await collectFrom(standIn(describeGuest(guest)), { vm: ['render1'] }));
    expectSame(await analyzeBundles(...bundles), each);
  });

  it('by the script on both sides', async () => {
    const bundles = [scripted(host)];
    if (guest !== undefined) bundles.push(scripted(describeGuest(guest), ['-g', 'render1']));
    expectSame(await analyzeBundles(...(await Promise.all(bundles))), each);
  });

  // What is not running cannot be asked.
  if (guest === undefined) return;
  it.skipIf(noSshd !== undefined)('with the guest over ssh', async () => {
    const key = makeKey();
    const { url, knownAs } = await startSshGuest(describeGuest(guest), { allowedKey: key });
    const machine = machineWithSsh(host, { key, known: knownAs });
    expectSame(await analyzeBundles(await collectFrom(machine, { vm: ['render1'], guest: [url] })), each);
  });
});
