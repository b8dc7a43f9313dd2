import pciconf from '../../parsers/host/pciconf.ts';
import { runCommand } from './command.ts';
import { glob, readBounded } from './files.ts';
import type { Machine } from './machine.ts';
import { SHORT } from './probes/define.ts';

/** What has to be known of a machine before its probes can be chosen and their placeholders filled in. */
export interface Surroundings {
  /** `FreeBSD`, `Linux`; undefined when uname does not tell */
  system?: string;
  /** `14.3-RELEASE-p2` */
  release?: string;
  /** for redaction only */
  hostName?: string;
  /** FreeBSD that runs in a bhyve guest */
  inBhyve: boolean;
  /** folders of vm-bhyve datastores, the default one first */
  datastores: readonly string[];
  vms: readonly { name: string; datastore: string }[];
  /** working folder of CBSD */
  cbsd?: string;
}

/** Commands and files that are looked at before the probes, for --dry-run. */
export const PREPARATIONS: readonly { what: string; why: string }[] = [
  { what: 'uname -snr', why: 'which system this is, and the host name that redaction must find' },
  { what: 'sysctl -n kern.vm_guest', why: 'host or guest' },
  { what: '/etc/rc.conf, /etc/rc.conf.local, /etc/rc.conf.d/vm, /etc/rc.conf.d/cbsdd', why: 'vm_dir and cbsd_workdir' },
  { what: 'zfs get -H -o value mountpoint DATASET', why: 'where a datastore of vm-bhyve lies, if it is a dataset' },
  { what: '{datastore}/.config/system.conf and the names of the folders beside it', why: 'further datastores, VMs' },
  { what: 'kldstat -q -m vmm', why: '`vm` loads vmm.ko when it is not loaded: then it is not run' },
];

const TIME_LIMIT_MS = 3000;
export const MAX_VMS = 64;

/** Looks around. Never rejects; what cannot be had is left out. */
export async function lookAround(machine: Machine, signal?: AbortSignal): Promise<Surroundings> {
  // In the order in which uname prints them, whatever the order of its options.
  const [system, hostName, release] = ((await ask(machine, ['uname', '-snr'], signal)) ?? '').trim().split(/\s+/);
  const found: Surroundings = { inBhyve: false, datastores: [], vms: [] };
  if (system) found.system = system;
  if (release) found.release = release;
  if (hostName) found.hostName = hostName;
  if (system !== 'FreeBSD') return found;
  found.inBhyve = (await ask(machine, ['sysctl', '-n', 'kern.vm_guest'], signal))?.trim() === 'bhyve';
  const variables = await rcVariables(machine);
  found.cbsd = variables.get('cbsd_workdir') ?? '/usr/jails';
  const first = variables.get('vm_dir');
  if (first === undefined) return found;
  const datastores: string[] = [];
  const add = async (spec: string): Promise<void> => {
    const folder = await folderOf(machine, spec, signal);
    if (folder !== undefined && !datastores.includes(folder)) datastores.push(folder);
  };
  await add(first);
  if (datastores[0] !== undefined) {
    const config = await readText(machine, `${datastores[0]}/.config/system.conf`);
    for (const [name, value] of assignments(config)) if (name.startsWith('path_')) await add(value);
  }
  const vms: { name: string; datastore: string }[] = [];
  for (const datastore of datastores) {
    for (const { name } of (await glob(machine, `${datastore}/*/*.conf`)).matches) {
      const [folder, file] = name.split('/');
      if (folder === file && vms.length < MAX_VMS) vms.push({ name: folder!, datastore });
    }
  }
  return { ...found, datastores, vms };
}

/** Whether a module is in the kernel, also when it was compiled in. */
export async function isLoaded(machine: Machine, module: string, signal?: AbortSignal): Promise<boolean> {
  return (await ask(machine, ['kldstat', '-q', '-m', module], signal)) !== undefined;
}

/** Selectors of display functions in the output of pciconf: `pci0:6:0:0`. */
export const displaySelectors = (text: string): string[] =>
  (pciconf.parse(text).facts?.devices ?? [])
    .filter((device) => device.class?.startsWith('0x03') === true)
    .map(({ selector }) => selector);

/** Standard output of a command that ended with status 0. */
async function ask(machine: Machine, argv: readonly string[], signal?: AbortSignal): Promise<string | undefined> {
  const bounds = { timeLimitMs: TIME_LIMIT_MS, keep: SHORT, ...(signal && { signal }) };
  const outcome = await runCommand(machine, argv, bounds);
  return outcome.ran && outcome.exitStatus === 0 ? outcome.output.bytes.toString('utf8') : undefined;
}

/** vm_dir and cbsd_workdir as rc(8) sees them: the last file that sets one wins. */
async function rcVariables(machine: Machine): Promise<Map<string, string>> {
  const variables = new Map<string, string>();
  for (const file of ['/etc/rc.conf', '/etc/rc.conf.local', '/etc/rc.conf.d/vm', '/etc/rc.conf.d/cbsdd']) {
    for (const [name, value] of assignments(await readText(machine, file))) variables.set(name, value);
  }
  return variables;
}

/** `name="value"` lines of a shell file, without those that need a shell to read. */
function assignments(text: string): [string, string][] {
  return text.split('\n').flatMap((line): [string, string][] => {
    const match = /^\s*([A-Za-z_]\w{0,63})=(?:"([^"]*)"|'([^']*)'|([^\s"'#;]*))/.exec(line.slice(0, 1024));
    const value = match?.[2] ?? match?.[3] ?? match?.[4] ?? '';
    return match === null || value === '' || /[$`\\]/.test(value) ? [] : [[match[1]!, value]];
  });
}

/** Folder of a datastore: `/vm`, or the mount point of `zfs:zroot/vm`. Stores of ISO files hold no machines. */
async function folderOf(machine: Machine, spec: string, signal?: AbortSignal): Promise<string | undefined> {
  const dataset = /^zfs:([^-].*)$/.exec(spec)?.[1];
  const folder =
    dataset === undefined
      ? spec
      : (await ask(machine, ['zfs', 'get', '-H', '-o', 'value', 'mountpoint', dataset], signal))?.trim();
  return folder?.startsWith('/') ? folder.replace(/(?<=.)\/+$/, '') : undefined;
}

async function readText(machine: Machine, path: string): Promise<string> {
  const outcome = await readBounded(machine, path, { timeLimitMs: TIME_LIMIT_MS, keep: SHORT });
  return outcome.read ? outcome.output.bytes.toString('utf8') : '';
}
