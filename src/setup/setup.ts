/**
 * How host, VM and guest are set up, read back from the facts of a report: what a developer asks for first and what two
 * reports are compared by. Only reads; a report may come from a file, so nothing about its facts is taken for granted.
 */
import * as v from 'valibot';
import type { Report } from '../model/report.ts';
import type { Ref } from '../model/source.ts';

/** In the order in which they are shown. */
const SETTING_AREAS = ['firmware', 'host', 'build', 'tunables', 'vm', 'guest'] as const;
export type SettingArea = (typeof SETTING_AREAS)[number];

/** One thing that is set, installed or running. Area, subject and name together occur once. */
export interface Setting extends Ref {
  area: SettingArea;
  /** the VM or guest it belongs to */
  subject?: string;
  name: string;
  value: string;
}

/** Settings of loader.conf and sysctl that have to do with passthrough; others are nobody's business. */
const RELEVANT =
  /^(?:pptdevs\d*|(?:vmm|nvidia\w*|amdgpu|i915kms)_(?:load|name)|hw\.(?:vmm\.(?:iommu|amdvi\.enable|vmx\.use_apic|ppt\.(?!devices))|pci\.|dmar\.|iommu\.|efi\.|nvidia)|vm\.max_user_wired|hint\.\w*(?:vga|efifb|ppt)|kern\.vty|efifb\w*|debug\.acpi\.disabled|machdep\.mitigations)/;
/** What counts up or is found out, not set. */
const FOUND = /^hw\.vmm\.iommu\.initialized$/;

/** Keys of a VM configuration that change whenever it is copied. */
const INCIDENTAL = /^(?:uuid|network\d*_mac|graphics_port)$/;

const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const maybe = v.optional(v.string());
const listOf = <Entries extends v.ObjectEntries>(entries: Entries) =>
  v.fallback(v.array(v.fallback(v.nullable(v.object({ line, ...entries })), null)), []);

const ReleaseSchema = v.fallback(v.optional(v.object({ line, release: v.object({ text: v.string() }) })), undefined);
const CommandSchema = v.fallback(v.optional(v.object({ line, text: v.string(), name: maybe })), undefined);

const FreebsdVersionSchema = v.object({
  runningKernel: ReleaseSchema,
  installedKernel: ReleaseSchema,
  userland: ReleaseSchema,
});
const UnameSchema = v.object({
  systems: listOf({ system: maybe, release: maybe, gitId: maybe, ident: maybe, build: maybe }),
});
const SysctlSchema = v.object({ values: listOf({ name: v.string(), value: v.union([v.string(), v.number()]) }) });
const SettingsSchema = v.object({
  settings: listOf({ name: v.string(), value: v.string(), active: v.boolean() }),
});
const BuildsSchema = v.object({
  files: listOf({
    path: v.string(),
    sha256: maybe,
    unread: maybe,
    strings: listOf({ text: v.string(), present: v.boolean() }),
  }),
});
const TablesSchema = v.object({ tables: listOf({ signature: v.string() }), complete: v.optional(v.boolean()) });
const VariablesSchema = v.object({ variables: listOf({ name: v.string(), value: v.string() }) });
const RunsSchema = v.object({ runs: listOf({ name: maybe, command: CommandSchema }) });
const CommandsSchema = v.object({ commands: listOf({ text: v.string(), name: maybe, program: maybe }) });
const CommandLineSchema = v.object({ text: v.string() });

const FunctionsSchema = v.object({
  devices: listOf({
    bdf: v.string(),
    classCode: maybe,
    pciId: maybe,
    driver: v.optional(v.nullable(v.string())),
    modules: v.fallback(v.array(v.string()), []),
    control: v.optional(v.unknown()),
    interrupt: v.fallback(v.optional(v.object({ pin: maybe })), undefined),
    msi: v.fallback(v.optional(v.object({ enabled: v.boolean() })), undefined),
  }),
});

/** What of a report is looked at. */
export interface SetupSource {
  facts: Report['facts'];
  overview: Pick<Report['overview'], 'driver'>;
}

/** Everything the report tells, area by area in the order of SETTING_AREAS. */
export function setupOf(report: SetupSource): Setting[] {
  const found = new Map<string, Setting>();
  const add = (setting: Setting): void => {
    const key = JSON.stringify([setting.area, setting.subject, setting.name]);
    if (setting.value !== '' && !found.has(key)) found.set(key, setting);
  };
  const { host, guests } = report.facts;
  hostSettings(host, add);
  buildSettings(host, add);
  tunables(host, add);
  vmSettings(host, add);
  for (const { name, facts } of guests) {
    guestSettings(name, facts, add);
    cardSettings(name, facts, add);
  }
  driverSettings(report, add);
  return [...found.values()].sort((a, b) => SETTING_AREAS.indexOf(a.area) - SETTING_AREAS.indexOf(b.area));
}

type Facts = Record<string, unknown[]>;
type Add = (setting: Setting) => void;

/** The records of a kind that have the expected form, each with the artifact it came from. */
function* recordsOf<Schema extends v.GenericSchema>(
  facts: Facts,
  kind: string,
  schema: Schema,
): Generator<{ artifact: string; record: v.InferOutput<Schema> }> {
  for (const entry of Object.hasOwn(facts, kind) ? facts[kind]! : []) {
    const place = v.safeParse(v.object({ artifact: v.string() }), entry);
    const read = v.safeParse(schema, entry);
    if (place.success && read.success) yield { artifact: place.output.artifact, record: read.output };
  }
}

const isThere = <Value>(value: Value | null): value is Value => value !== null;

const FIRMWARE_VARIABLES: Record<string, string> = {
  'smbios.bios.vendor': 'BIOS vendor',
  'smbios.bios.version': 'BIOS version',
  'smbios.bios.reldate': 'BIOS date',
  'smbios.planar.product': 'board',
  'smbios.system.product': 'system',
};

/** ACPI tables that say that the firmware has its IOMMU switched on. */
const IOMMU_TABLES: Record<string, string> = { DMAR: 'Intel VT-d (DMAR table)', IVRS: 'AMD-Vi (IVRS table)' };

function hostSettings(facts: Facts, add: Add): void {
  for (const { artifact, record } of recordsOf(facts, 'kenv', VariablesSchema)) {
    for (const { line, name, value } of record.variables.filter(isThere)) {
      const label = Object.hasOwn(FIRMWARE_VARIABLES, name) ? FIRMWARE_VARIABLES[name] : undefined;
      if (label !== undefined) add({ area: 'firmware', name: label, value: value.trim(), artifact, line });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'acpi-tables', TablesSchema)) {
    const tables = record.tables.filter(isThere);
    const iommu = tables.find(({ signature }) => Object.hasOwn(IOMMU_TABLES, signature));
    if (iommu !== undefined || record.complete === true) {
      const value = iommu === undefined ? 'off: neither DMAR nor IVRS' : IOMMU_TABLES[iommu.signature]!;
      add({ area: 'firmware', name: 'IOMMU', value, artifact, line: iommu?.line ?? 1 });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'freebsd-version', FreebsdVersionSchema)) {
    const releases = {
      'running kernel': record.runningKernel,
      'installed kernel': record.installedKernel,
      userland: record.userland,
    };
    for (const [name, entry] of Object.entries(releases)) {
      if (entry !== undefined)
        add({ area: 'host', name, value: `FreeBSD ${entry.release.text}`, artifact, line: entry.line });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'uname', UnameSchema)) {
    for (const { line, system, release, gitId, ident, build } of record.systems.filter(isThere)) {
      const at = { area: 'host', artifact, line } as const;
      if (release !== undefined) add({ ...at, name: 'running kernel', value: `${system ?? 'FreeBSD'} ${release}` });
      const source = gitId ?? build;
      if (source !== undefined) add({ ...at, name: 'built from', value: source });
      if (ident !== undefined) add({ ...at, name: 'kernel configuration', value: ident });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'sysctl', SysctlSchema)) {
    for (const { line, name, value } of record.values.filter(isThere)) {
      if (name === 'kern.osreldate') add({ area: 'host', name: 'osreldate', value: String(value), artifact, line });
    }
  }
}

function buildSettings(facts: Facts, add: Add): void {
  for (const { artifact, record } of recordsOf(facts, 'build-fingerprint', BuildsSchema)) {
    for (const { line, path, sha256, unread, strings } of record.files.filter(isThere)) {
      const value = sha256 === undefined ? `not read: ${unread ?? 'no reason given'}` : `SHA256 ${sha256}`;
      add({ area: 'build', name: path, value, artifact, line });
      const found = strings.filter(isThere);
      const there = found.filter(({ present }) => present).map(({ text }) => `"${text.trim()}"`);
      if (found.length > 0)
        add({
          area: 'build',
          name: `${path} holds`,
          value: there.join(', ') || 'none of the signatures',
          artifact,
          line,
        });
    }
  }
}

function tunables(facts: Facts, add: Add): void {
  for (const { artifact, record } of recordsOf(facts, 'loader-conf', SettingsSchema)) {
    for (const { line, name, value } of inForce(record.settings)) {
      if (RELEVANT.test(name)) add({ area: 'tunables', name: `loader.conf: ${name}`, value, artifact, line });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'sysctl', SysctlSchema)) {
    for (const { line, name, value } of record.values.filter(isThere)) {
      if (RELEVANT.test(name) && !FOUND.test(name))
        add({ area: 'tunables', name: `sysctl ${name}`, value: String(value), artifact, line });
    }
  }
}

type Line = v.InferOutput<typeof SettingsSchema>['settings'][number];

/** Lines that are not commented out; of several for one name the last, which is the one that counts. */
function inForce(settings: readonly Line[]): NonNullable<Line>[] {
  const byName = new Map<string, NonNullable<Line>>();
  for (const setting of settings) if (setting?.active === true) byName.set(setting.name, setting);
  return [...byName.values()];
}

/** `host/vm/NAME/vm-bhyve.log`: the machine is called as its folder, unless that is one of the bundle. */
function folderOf(artifact: string): string | undefined {
  const folder = artifact.split('/').at(-2);
  return folder === 'host' || folder === 'vm' ? undefined : folder;
}

const nameOf = (artifact: string): string | undefined =>
  /(?:^|\/)([^/]+)\.conf$/.exec(artifact)?.[1] ?? folderOf(artifact);

function vmSettings(facts: Facts, add: Add): void {
  const command = (subject: string | undefined, value: string, artifact: string, line: number): void =>
    add({ area: 'vm', ...(subject !== undefined && { subject }), name: COMMAND_LINE, value, artifact, line });
  for (const { artifact, record } of recordsOf(facts, 'bhyve-argv', CommandsSchema)) {
    for (const { line, name, program, text } of record.commands.filter(isThere)) {
      if (program === undefined || program === 'bhyve') command(name, text, artifact, line);
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'vm-bhyve-log', RunsSchema)) {
    // The last run is the one that the other evidence shows.
    const last = record.runs.filter(isThere).findLast((run) => run.command !== undefined);
    if (last?.command === undefined) continue;
    command(last.name ?? folderOf(artifact), last.command.text, artifact, last.command.line);
  }
  for (const { artifact, record } of recordsOf(facts, 'vm-bhyve-conf', SettingsSchema)) {
    const subject = nameOf(artifact);
    for (const { line, name, value } of inForce(record.settings)) {
      if (!INCIDENTAL.test(name))
        add({ area: 'vm', ...(subject !== undefined && { subject }), name, value, artifact, line });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'bhyve-config', VariablesSchema)) {
    const subject = nameOf(artifact);
    for (const { line, name, value } of record.variables.filter(isThere)) {
      if (!INCIDENTAL.test(name))
        add({ area: 'vm', ...(subject !== undefined && { subject }), name, value, artifact, line });
    }
  }
}

/** Name of the setting that holds a bhyve command line. */
export const COMMAND_LINE = 'bhyve command line';

function guestSettings(subject: string, facts: Facts, add: Add): void {
  for (const { artifact, record } of recordsOf(facts, 'uname', UnameSchema)) {
    for (const { line, system, release } of record.systems.filter(isThere)) {
      if (release !== undefined)
        add({ area: 'guest', subject, name: 'kernel', value: `${system ?? ''} ${release}`.trim(), artifact, line });
    }
  }
  for (const { artifact, record } of recordsOf(facts, 'proc-cmdline', CommandLineSchema))
    add({ area: 'guest', subject, name: 'kernel command line', value: record.text.trim(), artifact, line: 1 });
}

const BHYVE_FRAMEBUFFER = 'fb5d:40fb';

/** lspci prints a pin only where there is one, and a driver only where one is bound. */
function cardSettings(subject: string, facts: Facts, add: Add): void {
  for (const { artifact, record } of recordsOf(facts, 'lspci', FunctionsSchema)) {
    for (const device of record.devices.filter(isThere)) {
      const { line, bdf, classCode, pciId, driver, modules, control, interrupt, msi } = device;
      if (classCode?.startsWith('03') !== true || pciId === BHYVE_FRAMEBUFFER) continue;
      const at = { area: 'guest', subject, artifact, line } as const;
      const bound = driver ?? (modules.length > 0 ? 'none' : '');
      add({ ...at, name: `${bdf} bound to`, value: bound });
      if (control !== undefined) add({ ...at, name: `${bdf} interrupt pin`, value: interrupt?.pin ?? 'none' });
      if (msi !== undefined) add({ ...at, name: `${bdf} MSI`, value: msi.enabled ? 'in use' : 'not in use' });
    }
  }
}

function driverSettings({ overview }: SetupSource, add: Add): void {
  for (const { guest, module, version, flavour, artifact, line } of overview.driver) {
    const at = { area: 'guest', subject: guest, artifact, line } as const;
    add({ ...at, name: 'driver module', value: module ?? 'none' });
    if (version !== undefined) add({ ...at, name: 'driver version', value: version });
    if (flavour !== undefined) add({ ...at, name: 'driver flavour', value: flavour });
  }
}
