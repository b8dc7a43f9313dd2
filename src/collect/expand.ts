import type { Probe } from './probe.ts';
import type { Surroundings } from './surroundings.ts';

/** What the placeholders of one run of a probe stand for. */
export type Values = Readonly<Partial<Record<'datastore' | 'vm' | 'cbsd' | 'gpu', string>>>;

/** One run of a probe, or the reason why there is none. */
export type Job = { values: Values } | { values: Values; status: 'missing' | 'skipped'; reason: string };

const PLACEHOLDER = /\{(datastore|vm|cbsd|gpu)\}/g;

/** All texts of a probe that may hold placeholders. */
function textsOf({ source, artifact }: Probe): string[] {
  if ('run' in source) return [artifact, ...source.run, ...(source.runAsUser ?? []), ...(source.orElse ?? [])];
  if ('file' in source) return [artifact, source.file];
  if ('files' in source) return [artifact, source.files];
  return [artifact, ...('grep' in source ? source.grep : source.fingerprint)];
}

/**
 * The runs of a probe on this machine: one for each VM, datastore or card that its texts speak of.
 * @param chosen names of VMs to take; empty: all
 * @param gpus selectors of display functions
 */
export function expand(
  probe: Probe,
  { datastores, vms, cbsd }: Surroundings,
  chosen: readonly string[],
  gpus: readonly string[],
): Job[] {
  const used = new Set(textsOf(probe).flatMap((text) => [...text.matchAll(PLACEHOLDER)].map((match) => match[1]!)));
  if (used.has('gpu')) {
    if (gpus.length === 0) return [{ values: {}, status: 'missing', reason: 'no display device is known' }];
    return gpus.map((gpu) => ({ values: { gpu } }));
  }
  if (used.has('cbsd')) {
    return cbsd === undefined ? [{ values: {}, status: 'missing', reason: 'no CBSD here' }] : [{ values: { cbsd } }];
  }
  if (used.has('vm')) {
    const jobs: Job[] = vms
      .filter(({ name }) => chosen.length === 0 || chosen.includes(name))
      .map(({ name, datastore }) => ({ values: { vm: name, datastore } }));
    for (const name of chosen.filter((wanted) => !vms.some((vm) => vm.name === wanted))) {
      if (!used.has('datastore')) jobs.push({ values: { vm: name } });
      else
        jobs.push({
          values: { vm: name },
          status: 'missing',
          reason: 'no datastore of vm-bhyve has a VM of this name',
        });
    }
    return jobs.length > 0 ? jobs : [{ values: {}, status: 'missing', reason: 'no VM of vm-bhyve was found' }];
  }
  if (used.has('datastore')) {
    if (datastores.length === 0)
      return [{ values: {}, status: 'missing', reason: 'vm_dir of vm-bhyve is not set or not readable' }];
    return datastores.map((datastore) => ({ values: { datastore } }));
  }
  return [{ values: {} }];
}

/** Puts values in; a placeholder without a value stays. */
export const fill = (text: string, values: Values): string =>
  text.replace(PLACEHOLDER, (whole, name: keyof Values) => values[name] ?? whole);

/** Fills in arguments. Undefined when a value would become an argument of its own that reads as an option. */
export function fillArgv(argv: readonly string[], values: Values): string[] | undefined {
  const filled = argv.map((word) => fill(word, values));
  return filled.some((word, i) => word.startsWith('-') && !argv[i]!.startsWith('-')) ? undefined : filled;
}

/** A value as one or more components of a path in the bundle: plain characters, none that leads elsewhere. */
export const pathPart = (text: string): string =>
  text
    .split('/')
    .map((part) =>
      part
        .replaceAll(':', '-')
        .replace(/^\./, '%2E')
        .replace(/[^\w.@+%-]/gu, (char) =>
          [...Buffer.from(char)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
        ),
    )
    .join('/');

/** Path of the artifact below `host/` or `guest/<name>/`. `name` is what the stars of a pattern stood for. */
export const artifactPath = (probe: Probe, values: Values, name?: string): string =>
  probe.artifact
    .replace(PLACEHOLDER, (whole, key: keyof Values) => (values[key] === undefined ? whole : pathPart(values[key])))
    .replace('{name}', name === undefined ? '{name}' : pathPart(name));
