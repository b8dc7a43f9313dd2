/**
 * FreeBSD kernel messages that bear on passthrough, as data. `kind` is a neutral name of what was said, not a verdict.
 * The file that prints each is named at its group. Tested against a line without log prefix and without indentation.
 */
export interface MessagePattern {
  kind: string;
  /** named groups become fields of the message */
  regex: RegExp;
}

/** Words a message begins with, or that follow `unit: `, and the messages that can be meant. */
const PATTERNS: Record<string, MessagePattern[]> = {
  // sys/amd64/vmm/intel/vmx.c
  vmx_init: [
    { kind: 'vmx-unsupported', regex: /^vmx_init: processor does not support VMX operation/ },
    { kind: 'vmx-disabled-by-firmware', regex: /^vmx_init: VMX operation disabled by BIOS/ },
    { kind: 'vmx-control-missing', regex: /^vmx_init: processor does not support desired (?<control>.{1,80})$/ },
    { kind: 'ept-failed', regex: /^vmx_init: ept initialization failed/ },
    { kind: 'vmx-init', regex: /^vmx_init: / },
  ],
  // the same function since FreeBSD 13
  vmx_modinit: [
    { kind: 'vmx-unsupported', regex: /^vmx_modinit: processor does not support VMX operation/ },
    { kind: 'vmx-disabled-by-firmware', regex: /^vmx_modinit: VMX operation disabled by BIOS/ },
    { kind: 'vmx-control-missing', regex: /^vmx_modinit: processor does not support desired (?<control>.{1,80})$/ },
    { kind: 'ept-failed', regex: /^vmx_modinit: ept initialization failed/ },
    { kind: 'vmx-init', regex: /^vmx_modinit: / },
  ],
  // sys/amd64/vmm/amd/svm.c
  SVM: [
    { kind: 'svm-disabled-by-firmware', regex: /^SVM:? disabled by BIOS/ },
    { kind: 'svm-unsupported', regex: /^SVM:? not available/ },
    { kind: 'svm-feature-missing', regex: /^SVM: (?<feature>Nested Paging|NRIP Save) feature not available/ },
  ],
  // sys/kern/kern_module.c, kern_linker.c, link_elf.c, link_elf_obj.c
  module_register_init: [
    {
      kind: 'module-init-failed',
      regex: /^module_register_init: MOD_LOAD \((?<module>[^,()]{1,60}),[^)]{0,60}\) error (?<error>\d{1,3})/,
    },
  ],
  KLD: [
    {
      kind: 'module-version-mismatch',
      regex: /^KLD (?<file>\S+): depends on (?<dependency>\S+) - not available or version mismatch/,
    },
    { kind: 'module-dependency-missing', regex: /^KLD file (?<file>\S+) is missing dependencies/ },
    {
      kind: 'module-dependency-missing',
      regex: /^KLD file (?<file>\S+) - cannot find dependency "(?<dependency>[^"]{1,80})"/,
    },
  ],
  linker_load_file: [{ kind: 'module-file-refused', regex: /^linker_load_file: (?<file>\S+) - unsupported file type/ }],
  link_elf: [{ kind: 'symbol-undefined', regex: /^link_elf: symbol (?<symbol>\S+) undefined/ }],
  link_elf_obj: [{ kind: 'symbol-undefined', regex: /^link_elf_obj: symbol (?<symbol>\S+) undefined/ }],
  interface: [
    {
      kind: 'module-duplicate',
      regex: /^interface (?<interface>\S+) already present in the KLD '(?<file>[^']{1,120})'/,
    },
  ],
  warning: [
    { kind: 'module-hints-stale', regex: /^warning: KLD '(?<file>[^']{1,200})' is newer than the linker\.hints file/ },
  ],
  Preloaded: [{ kind: 'module-preloaded', regex: /^Preloaded elf (?:obj )?module "(?<file>[^"]{1,200})"/ }],
  // sys/kern/kern_sig.c, sys/vm/vm_pageout.c
  pid: [
    {
      kind: 'process-signal',
      regex: /^pid \d{1,9} \((?<process>bhyve[^)]{0,20})\), .{0,60}exited on signal (?<signal>\d{1,3})/,
    },
    {
      kind: 'process-killed',
      regex: /^pid \d{1,9} \((?<process>bhyve[^)]{0,20})\), .{0,60}was killed: (?<reason>.{1,80})/,
    },
  ],
  // sys/vm/sg_pager.c, sys/kern/kern_environment.c
  WARNING: [
    { kind: 'memory-attribute-conflict', regex: /^WARNING: A device driver has set "memattr" inconsistently/ },
    { kind: 'kenv-too-long', regex: /^WARNING: too long kenv string, ignoring (?<variable>.{1,300})/ },
    {
      kind: 'kenv-malformed',
      regex: /^WARNING: (?:malformed static env value|too many kenv strings), ignoring (?<variable>.{1,300})/,
    },
  ],
  // sys/kern/subr_bus.c
  device_attach: [{ kind: 'attach-failed', regex: /^device_attach: (?<unit>\w+) attach returned (?<error>\d{1,3})/ }],
  // sys/amd64/vmm/io/iommu.c
  iommu_init: [{ kind: 'iommu-init-failed', regex: /^iommu_init: unable to create (?:a host domain|host mappings)/ }],
  iommu_add_device: [
    { kind: 'iommu-device-failed', regex: /^iommu_add_device\(.{1,80}\) failed, +error (?<error>\d{1,3})/ },
  ],
  unable: [
    { kind: 'iommu-device-failed', regex: /^(?<unit>\w+): unable to (?:add to|remove from) host IOMMU domain: / },
  ],
  // sys/amd64/vmm/amd/{amdvi_hw,ivrs_drv}.c
  bhyve: [
    {
      kind: 'amdvi-not-enabled',
      regex: /^bhyve: Found (?<units>\d{1,3}) AMD-Vi\/IOMMU device\(s\), use hw\.vmm\.amdvi[._]enable=1/,
    },
  ],
  'AMD-Vi': [
    {
      kind: 'ivrs-present',
      regex: /^AMD-Vi: IVRS Info VAsize = (?<virtualBits>\d{1,3}) PAsize = (?<physicalBits>\d{1,3})/,
    },
    { kind: 'ivrs-corrupt', regex: /^AMD-Vi: ?(?:IVHD\/IVMD is corrupted|cant find ivhd)/ },
  ],
  ivhd: [
    {
      kind: 'iommu-unit-failed',
      regex:
        /^(?<unit>ivhd\d+): ?(?:couldn't be initialised|Couldn't find event MSI IRQ resource|insufficient PTP level|Error: completion failed)/,
    },
    { kind: 'iommu-unit-claimed', regex: /^(?<unit>ivhd\d+): warning: IOMMU device is claimed by another driver/ },
  ],
  BIOS: [{ kind: 'iommu-entry-missing', regex: /^BIOS bug device\((?<device>[\d.]{1,16})\) doesn't have IVHD entry/ }],
  '[': [
    {
      kind: 'iommu-fault',
      regex:
        /^\[(?:IO_PAGE_FAULT|DEV_TAB_HW_ERR|PAGE_TAB_HW_ERR|ILLEGAL CMD|CMD HW ERR|IOTLB_INV_TIMEOUT|INV_DTE)\b[^\]]{0,200}/,
    },
  ],
  HPA: [{ kind: 'iommu-mapping-failed', regex: /^HPA is not size aligned/ }],
  Error: [{ kind: 'iommu-mapping-failed', regex: /^Error: Couldn't map HPA:/ }],
  // sys/x86/iommu/{intel_drv,intel_fault}.c
  DMAR: [
    { kind: 'dmar-width', regex: /^DMAR HAW=(?<bits>\d{1,3}) flags=/ },
    { kind: 'iommu-fault', regex: /^DMAR\d*: .{0,120}\bfault (?:acc|type) / },
    { kind: 'iommu-fault', regex: /^DMAR\d*: Fault Overflow/ },
    { kind: 'iommu-stuck', regex: /^DMAR\d*: ?(?:Invalidation (?:timed out|completion error|queue error))/ },
  ],
  dmar_identify: [{ kind: 'dmar-corrupt', regex: /^dmar_identify: corrupted DMAR table/ }],
  dmar: [
    { kind: 'dmar-rmrr-device-missing', regex: /^dmar\d+:? no dev found for RMRR \[/ },
    { kind: 'iommu-unit-failed', regex: /^(?<unit>dmar\d+): enabling translation failed, error (?<error>\d{1,3})/ },
  ],
  // sys/dev/pci/pci.c, pci_pci.c
  attempting: [
    {
      kind: 'msi-requested',
      regex:
        /^(?<unit>\w+): attempting to allocate (?<count>\d{1,4}) (?<type>MSI(?:-X)?) vectors \((?<supported>\d{1,4}) supported\)/,
    },
  ],
  Transition: [
    {
      kind: 'power-transition',
      regex: /^(?<selector>pci\d+:\d+:\d+:\d+): Transition from (?<from>D\d) to (?<to>D\d)/,
    },
  ],
  set: [{ kind: 'acpi-power-state', regex: /^(?<unit>pci\d+): set ACPI power state (?<to>D\d) on / }],
  Resetting: [
    {
      kind: 'reset-transactions-pending',
      regex: /^(?<selector>pci\d+:\d+:\d+:\d+): Resetting with transactions pending after \d+ ms/,
    },
  ],
  Transactions: [
    { kind: 'reset-incomplete', regex: /^(?<selector>pci\d+:\d+:\d+:\d+): Transactions pending after FLR/ },
  ],
  clearing: [{ kind: 'aer-cleared', regex: /^(?<selector>pci\d+:\d+:\d+:\d+): clearing AER (?:UC|COR) / }],
  Device: [
    {
      kind: 'resources-leaked',
      regex:
        /^(?<selector>pci\d+:\d+:\d+:\d+): Device leaked (?:MSI vectors|memory resources|I\/O resources|IRQ resources)/,
    },
  ],
  failed: [{ kind: 'vpd-unreadable', regex: /^(?<selector>pci\d+:\d+:\d+:\d+): failed to read VPD data/ }],
  invalid: [{ kind: 'vpd-unreadable', regex: /^(?<selector>pci\d+:\d+:\d+:\d+): invalid VPD data/ }],
  Resource: [{ kind: 'resource-still-owned', regex: /^Resource still owned, oops/ }],
  HotPlug: [{ kind: 'hotplug', regex: /^(?<unit>pcib\d+): HotPlug interrupt: / }],
  Presence: [{ kind: 'hotplug', regex: /^(?<unit>pcib\d+): Presence Detect Changed to / }],
  Power: [{ kind: 'slot-power-fault', regex: /^(?<unit>pcib\d+): Power Fault Detected/ }],
  AER: [{ kind: 'aer-dump', regex: /^AER (?:UC|COR) 0x[0-9a-f]{1,8} / }],
  // sys/x86/x86/{nmi,mca}.c
  NMI: [{ kind: 'nmi', regex: /^NMI (?:ISA|\/?\s?cpu\d)/ }],
  RAM: [{ kind: 'nmi', regex: /^RAM parity error, likely hardware failure/ }],
  MCA: [{ kind: 'machine-check', regex: /^MCA: Bank \d{1,3}, Status 0x/ }],
};

const BY_WORD = new Map(Object.entries(PATTERNS));

const isWordCharacter = (code: number): boolean =>
  (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || code === 45;

/** The letters, `_` and `-` at `from`; `[` alone for a bracketed event. */
function wordAt(text: string, from: number): string {
  if (text.charCodeAt(from) === 0x5b) return '[';
  let end = from;
  while (end < text.length && isWordCharacter(text.charCodeAt(end))) end += 1;
  return text.slice(from, end);
}

export interface ReadMessage {
  kind: string;
  fields: Record<string, string>;
}

/** What a kernel line says, if it is one of the messages above. */
export function readKernelMessage(text: string): ReadMessage | undefined {
  const said = messageAt(text, 0);
  if (said !== undefined) return said;
  const colon = text.indexOf(': ');
  return colon > 0 && colon < 40 ? messageAt(text, colon + 2) : undefined;
}

function messageAt(text: string, from: number): ReadMessage | undefined {
  const patterns = BY_WORD.get(wordAt(text, from));
  if (patterns === undefined) return undefined;
  for (const { kind, regex } of patterns) {
    const match = regex.exec(text);
    if (match) return { kind, fields: { ...match.groups } };
  }
  return undefined;
}

/** Source of one expression that matches any of the messages at its start, for telling kernel logs from other text. */
export const ANY_KERNEL_MESSAGE = `(?:${Object.values(PATTERNS)
  .flat()
  .map(({ regex }) => regex.source.replace(/^\^/, '').replace(/\(\?<\w+>/g, '(?:'))
  .join('|')})`;
