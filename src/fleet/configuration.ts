import type { Report } from '../model/report.ts';
import { clean } from '../model/text.ts';
import { type Setting, type SettingArea, setupOf, type SetupSource } from '../setup/setup.ts';

/** Field and value of everything that may explain why the same card does well here and not there. */
export type Configuration = Readonly<Record<string, string>>;

/** What of a report is needed. */
export type Configured = SetupSource & { overview: Pick<Report['overview'], 'host' | 'guest'> };

const MAX_VALUE = 120;

/** Which settings are of interest, by area; what belongs to one machine alone (slots, disks, names) is not. */
const FIELDS: Record<SettingArea, RegExp> = {
  firmware: /^(?!board$)/,
  host: /^(?:built from|kernel configuration)$/,
  build: /^/,
  tunables: /^(?!loader\.conf: pptdevs|sysctl hw\.vmm\.ppt)/,
  vm: /^(?:memory(?:\.size|\.wired)?|cpus?|cpu_sockets|cpu_cores|loader|wired_memory|bhyve_options|x86\.\w+)$/,
  guest: /^(?:kernel|driver flavour|\S+ interrupt pin)$/,
};

/** What stands in the overview, under the words that people use for it. */
function* overviewFields({ overview: { host, guest } }: Configured): Generator<[string, string | undefined]> {
  yield ['FreeBSD release', host?.release];
  yield ['bhyve build', host?.hypervisor];
  yield ['CPU', host?.cpu];
  yield ['board', host?.board];
  yield ['guest system', guest?.os];
  yield ['driver', guest?.driver];
}

export function configurationOf(report: Configured): Configuration {
  const fields = new Map<string, string>();
  for (const [field, value] of overviewFields(report)) if (value !== undefined) fields.set(field, shown(value));
  for (const setting of setupOf(report)) {
    const field = fieldOf(setting);
    // Several guests of one host: the first that is told stands for them.
    if (field !== undefined && !fields.has(field)) fields.set(field, shown(setting.value));
  }
  return Object.fromEntries([...fields].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fieldOf({ area, name }: Setting): string | undefined {
  if (!FIELDS[area].test(name)) return undefined;
  if (area === 'vm') return `VM ${name}`;
  // The address of the card differs from VM to VM.
  return area === 'guest' ? `guest ${name.replace(/^\S+ (?=interrupt)/, '')}` : name;
}

/** The beginning of a hash tells enough. */
const shown = (value: string): string =>
  clean(value)
    .replace(/^(SHA256 [0-9a-f]{12})[0-9a-f]{52}$/, '$1')
    .slice(0, MAX_VALUE);
