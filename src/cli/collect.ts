import { manifestText } from '../bundle/manifest.ts';
import { OutputError, packBundle, type Place, reserve } from '../bundle/write.ts';
import { withoutDebug } from '../collect/around.ts';
import { collect, type Collected, type CollectOptions } from '../collect/collect.ts';
import { type Machine, thisMachine } from '../collect/machine.ts';
import type { Probe } from '../collect/probe.ts';
import { lookAround } from '../collect/surroundings.ts';
import { quoteArgv, splitCommand } from '../collect/words.ts';
import type { Profile } from '../model/profile.ts';
import { enumerate, plural } from '../report/words.ts';
import { bundlePath } from './bundle-path.ts';
import { EXIT, ExpectedError } from './errors.ts';
import { guestsOf } from './guests.ts';
import { print } from './print.ts';
import { startProgress } from './progress.ts';
import { VERSION } from './version.ts';

export interface CollectFlags {
  vm: readonly string[];
  /** URLs of guests to ask over ssh */
  guest?: readonly string[];
  profile: Profile;
  side?: Probe['side'] | undefined;
  around?: string | undefined;
  'around-limit': number;
  'around-wait': number;
  output?: string | undefined;
  force: boolean;
  redact: boolean;
  'include-risky': boolean;
  json: boolean;
  'no-color': boolean;
}

/** What stands outside and is another one in tests. */
export interface World {
  machine: Machine;
  now: () => Date;
  /** names of the people who run this */
  accounts: readonly string[];
}

const thisWorld = (): World => ({
  machine: thisMachine(),
  now: () => new Date(),
  accounts: accountsOf(process.env),
});

/** Who called, also through sudo or doas. */
const accountsOf = ({ USER, LOGNAME, SUDO_USER, DOAS_USER }: NodeJS.ProcessEnv): string[] =>
  [...new Set([USER, LOGNAME, SUDO_USER, DOAS_USER])].filter(
    (name) => name !== undefined && name !== '' && name !== 'root',
  ) as string[];

/**
 * The first half of `analyze --live` and `preflight --live`: path of the bundle, which stays for whoever wants to send it,
 * and one line for each guest that could not be asked.
 */
export async function collectForAnalysis(
  asked: Pick<CollectFlags, 'vm'> & Partial<Pick<CollectFlags, 'guest' | 'profile' | 'output'>>,
  world?: World,
): Promise<{ path: string; stuck: boolean; complaints: string[] }> {
  const { path, collected } = await collectLive({ ...DEFAULTS, ...asked }, world);
  await print(
    process.stderr,
    `gpudiag: collected into ${path} (${plural(collected.manifest.probes.filter(({ artifact }) => artifact !== null).length, 'file')})`,
  );
  return { path, stuck: collected.stuck, complaints: complaintsOf(collected) };
}

/** What to say of each guest that gave nothing or not all, and what to try. */
export const complaintsOf = ({ troubles }: Collected): string[] =>
  troubles.flatMap(({ url, trouble: { message, suggestions } }) => [`--guest ${url}: ${message}`, ...suggestions]);

const DEFAULTS: CollectFlags = {
  vm: [],
  profile: 'quick',
  'around-limit': 120,
  'around-wait': 10,
  force: false,
  redact: true,
  'include-risky': false,
  json: false,
  'no-color': false,
};

/**
 * Collects from this machine into a bundle. Shared by `collect`, `analyze --live` and `preflight --live`.
 * @throws ExpectedError when the bundle cannot be written, when it would leak, or on interrupt; then no file is left
 */
export async function collectLive(
  flags: CollectFlags,
  world: World = thisWorld(),
): Promise<{ path: string; bytes: number; collected: Collected }> {
  const { machine, now, accounts } = world;
  for (const name of flags.vm) checkVmName(name);
  const guests = guestsOf(flags.guest ?? [], flags.vm);
  const around = flags.around === undefined ? undefined : aroundOf(flags.around, flags);
  const path = bundlePath(flags, now());
  const place = await hold(path, flags.force);
  const interrupt = listenForInterrupt();
  const progress = startProgress();
  try {
    if (around !== undefined) await warnOfLostOutput(machine, flags.vm, around.argv);
    const options: CollectOptions = {
      machine,
      profile: flags.profile,
      vms: flags.vm,
      ...(flags.side && { side: flags.side }),
      includeRisky: flags['include-risky'],
      guests,
      ...(around && { around }),
      redact: flags.redact,
      accounts,
      toolVersion: VERSION,
      now,
      signal: interrupt.signal,
      onProbe: (probe, number, of) => progress.say(`[${number}/${of}] ${nameOf(probe)}`),
    };
    const collected = await collect(options);
    if (interrupt.signal.aborted) throw new ExpectedError('interrupted: no bundle was written', interrupt.exit());
    if (collected.leaks.length > 0) throw leaking(collected.leaks);
    const packed = await packBundle(manifestText(collected.manifest), collected.files);
    await place.commit(packed).catch(refuse);
    return { path, bytes: packed.length, collected };
  } catch (error) {
    await place.discard();
    throw error;
  } finally {
    progress.end();
    interrupt.end();
  }
}

/** A name becomes part of paths on the machine. */
export function checkVmName(name: string): void {
  if (name !== '' && name !== '.' && name !== '..' && !/[/\0\n]/.test(name)) return;
  throw new ExpectedError(`--vm ${name}: is no name of a VM`, EXIT.usage, ['vm list shows the names']);
}

function aroundOf(text: string, flags: CollectFlags): NonNullable<CollectOptions['around']> {
  const split = splitCommand(text);
  if ('problem' in split) {
    throw new ExpectedError(`--around: the command ${split.problem}`, EXIT.usage, [
      'it is run without a shell; put pipes and variables into a script and name the script',
    ]);
  }
  return { argv: split.argv, timeLimitMs: flags['around-limit'] * 1000, settleMs: flags['around-wait'] * 1000 };
}

async function hold(path: string, force: boolean): Promise<Place> {
  return reserve(path, { force }).catch(refuse);
}

function refuse(error: unknown): never {
  throw error instanceof OutputError ? new ExpectedError(error.message, EXIT.usage) : error;
}

const leaking = (paths: readonly string[]): ExpectedError =>
  new ExpectedError(`not written: after redaction a private value still stands in ${enumerate(paths)}`, EXIT.bug, [
    'this is a bug in gpudiag: please report which file it names, without the file',
    '--no-redact collects without replacing anything; look through that bundle before you give it to anybody',
  ]);

/** vm-bhyve throws away what bhyve says unless it is told otherwise; after a failed attempt that is too late to find out. */
async function warnOfLostOutput(machine: Machine, vms: readonly string[], argv: readonly string[]): Promise<void> {
  const surroundings = await lookAround(machine);
  for (const name of await withoutDebug({ machine, surroundings, argv, vms })) {
    await print(
      process.stderr,
      `gpudiag: vm-bhyve will throw away what bhyve says about ${name}: put debug="yes" into its configuration first (vm set ${quoteArgv([name])} debug=yes)`,
    );
  }
}

/** Ctrl-C and its kin end the probe that runs; the second time the program is left at once. */
function listenForInterrupt(): { signal: AbortSignal; exit: () => number; end: () => void } {
  const controller = new AbortController();
  const codes: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let exit = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(exit);
    exit = codes[name]!;
    controller.abort();
  };
  for (const name of Object.keys(codes)) process.on(name, onSignal);
  return {
    signal: controller.signal,
    exit: () => exit,
    end: () => {
      for (const name of Object.keys(codes)) process.off(name, onSignal);
    },
  };
}

const nameOf = ({ id, source }: Probe): string =>
  'run' in source ? quoteArgv(source.run).slice(0, 60) : 'file' in source ? source.file : id;
