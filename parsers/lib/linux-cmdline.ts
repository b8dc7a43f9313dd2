import { dictionary } from './records.ts';

/** The options of a Linux kernel command line; Documentation/admin-guide/kernel-parameters. */
export interface LinuxCommandLine {
  /** as written, at most 4096 characters */
  text: string;
  /** every option with its values in order; a bare word such as `quiet` has none */
  options: Record<string, string[]>;
  /** the comma-separated words of all `pci=` options: `realloc`, `nocrs`, `nomsi` ... */
  pci: string[];
  /** `nouveau.modeset` */
  nouveauModeset?: string;
  /** `iommu`, `intel_iommu`, `amd_iommu` as written */
  iommu?: string;
  intelIommu?: string;
  amdIommu?: string;
  pcieAspm?: string;
  /** modules kept from loading, by whichever of the blacklist options */
  blacklist: string[];
  /** module parameters of nvidia without their prefix: `NVreg_EnableMSI: "0"` */
  nvidia: Record<string, string>;
}

const MAX_TEXT = 4096;
const MAX_OPTIONS = 300;
const BLACKLISTS = ['module_blacklist', 'modprobe.blacklist', 'rd.driver.blacklist', 'rd.blacklist', 'rdblacklist'];

/** `nvidia.NVreg_X=1`; some initramfs and users leave the module out */
const NVIDIA_PARAMETER = /^(?:nvidia[\w-]{0,20}\.)?(NVreg_\w{1,80})$/;

const unquote = (text: string): string => text.replaceAll('"', '');

/** Options are separated by blanks outside double quotes. `-` and `_` mean the same in names; kept as written. */
export function readCommandLine(written: string): LinuxCommandLine {
  const text = written.trim().slice(0, MAX_TEXT);
  const options = dictionary<string[]>();
  const line: LinuxCommandLine = { text, options, pci: [], blacklist: [], nvidia: dictionary<string>() };
  let count = 0;
  for (const [token] of text.matchAll(/(?:"[^"]*"?|[^\s"])+/g)) {
    if ((count += 1) > MAX_OPTIONS) break;
    const equals = token.indexOf('=');
    const name = unquote(equals === -1 ? token : token.slice(0, equals));
    const values = (options[name] ??= []);
    if (equals === -1) continue;
    const value = unquote(token.slice(equals + 1));
    values.push(value);
    const parameter = NVIDIA_PARAMETER.exec(name);
    if (parameter) line.nvidia[parameter[1]!] = value;
    else if (name.startsWith('nvidia.')) line.nvidia[name.slice('nvidia.'.length)] = value;
  }
  const last = (name: string): string | undefined => options[name]?.at(-1);
  const words = (name: string): string[] => (options[name] ?? []).flatMap((value) => value.split(','));
  line.pci = words('pci');
  line.blacklist = [...new Set(BLACKLISTS.flatMap(words))];
  const lifted = {
    nouveauModeset: last('nouveau.modeset'),
    iommu: last('iommu'),
    intelIommu: last('intel_iommu'),
    amdIommu: last('amd_iommu'),
    pcieAspm: last('pcie_aspm'),
  };
  for (const [key, value] of Object.entries(lifted)) {
    if (value !== undefined) line[key as keyof typeof lifted] = value;
  }
  return line;
}
