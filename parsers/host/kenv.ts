/**
 * `kenv -q`: the kernel environment, that is what the boot loader really handed over. `name="value"` lines in
 * alphabetical order (kenv(1)); loader.conf settings stand beside what firmware tables gave (`smbios.*`, `acpi.*`).
 * Serial numbers and the system UUID are left out of the facts.
 *
 * ```text
 * acpi.oem="LENOVO"
 * kernelname="/boot/kernel/kernel"
 * pptdevs="6/0/0 6/0/1"
 * smbios.bios.reldate="03/18/2024"
 * smbios.bios.version="M4ZKT3AA"
 * smbios.system.product="30E0S0HN00"
 * vmm_load="YES"
 * ```
 * ```json
 * { "devices": ["6/0/0", "6/0/1"],
 *   "pptdevs": [{ "name": "pptdevs", "line": 3 }],
 *   "firmware": { "biosVersion": "M4ZKT3AA", "biosDate": "03/18/2024", "systemProduct": "30E0S0HN00" } }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { MAX_SETTINGS } from '../lib/conf.ts';
import { splitLines } from '../lib/lines.ts';
import { PPTDEVS_NAMES, type PptdevsVariable, readPptdevs, reservedDevices } from '../lib/pptdevs.ts';

export interface KenvFacts {
  variables: (Located & { name: string; value: string })[];
  /** pptdevs, pptdevs2 and pptdevs3 as the running kernel has them */
  pptdevs: PptdevsVariable[];
  /** what they reserve, decimal bus/slot/function */
  devices: string[];
  firmware: {
    biosVendor?: string;
    biosVersion?: string;
    biosDate?: string;
    systemMaker?: string;
    systemProduct?: string;
    boardMaker?: string;
    boardProduct?: string;
  };
}

const VARIABLE = /^\s*([A-Za-z_][\w.%-]*)="(.*)"\s*$/;

/** Names that nobody writes into loader.conf. */
const NOT_IN_LOADER_CONF =
  /^\s*(?:smbios\.[\w.]+|acpi\.(?:oem|rsdp|rsdt|xsdt|revision\w*|xsdt_length)|kernelname|loaddev|currdev|bootfile|kernel_path|loader\.efi|LINES|COLUMNS|interpret|prompt|twiddle_divisor|module_path|efi-version|efi-runtime|teken\.\w+|script\.lang|vfs\.root\.mountfrom|zfs_be_\w+|bootenv\w*|beastie\w*)="/;

const FIRMWARE_FIELDS: Record<string, keyof KenvFacts['firmware']> = {
  'smbios.bios.vendor': 'biosVendor',
  'smbios.bios.version': 'biosVersion',
  'smbios.bios.reldate': 'biosDate',
  'smbios.system.maker': 'systemMaker',
  'smbios.system.product': 'systemProduct',
  'smbios.planar.maker': 'boardMaker',
  'smbios.planar.product': 'boardProduct',
};

const PERSONAL = /^smbios\..*(?:serial|uuid|tag)$|^boot\.netif\.|^dhcp\.|(?:password|geli\.passphrase)/;

export default defineParser<KenvFacts>({
  kind: 'kenv',
  side: 'host',
  title: 'FreeBSD kernel environment',
  source: 'kenv -q',
  // The other lines of a dump look like loader.conf.
  markers: [NOT_IN_LOADER_CONF],
  shared: [VARIABLE],
  commands: [/^(?:\S*\/)?kenv\b/],
  fileNames: [/(?:^|[/_-])kenv(?:\.txt)?$/],
  // A dump holds nothing but variables, among them some that only the loader or the firmware sets.
  recognise(text) {
    const lines = splitLines(text).filter((raw) => raw.trim() !== '');
    return lines.every((raw) => VARIABLE.test(raw)) && lines.some((raw) => NOT_IN_LOADER_CONF.test(raw));
  },
  parse(text) {
    const facts: KenvFacts = { variables: [], pptdevs: [], devices: [], firmware: {} };
    splitLines(text).forEach((raw, index) => {
      const match = VARIABLE.exec(raw);
      if (!match || facts.variables.length >= MAX_SETTINGS) return;
      const line = index + 1;
      const [name, value] = [match[1]!, match[2]!];
      if (PERSONAL.test(name)) return;
      facts.variables.push({ line, name, value });
      if (PPTDEVS_NAMES.includes(name)) facts.pptdevs.push(readPptdevs(name, value, line));
      if (Object.hasOwn(FIRMWARE_FIELDS, name)) facts.firmware[FIRMWARE_FIELDS[name]!] = value.trim();
    });
    facts.devices = reservedDevices(facts.pptdevs);
    return { facts: facts.variables.length > 0 ? facts : undefined, problems: [] };
  },
});
