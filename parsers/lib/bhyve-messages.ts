/**
 * What bhyve(8), bhyveload(8) and grub-bhyve print on their error output, as data. Texts and functions from
 * usr.sbin/bhyve of 12-STABLE to main 2025, libvmmapi, and the illumos variant where it differs. Named groups become
 * fields of the record: `bdf`, `selector`, `file`, `device`, `bar`, `slot`, `step`, `address`, `detail`, `number` (an errno), `error`
 * (strerror text), `value` (any other number).
 */

export interface BhyveMessagePattern<Kind extends string = string> {
  kind: Kind;
  regex: RegExp;
  /** function at fault, when the text does not name it */
  step?: string;
  /** the text alone does not tell that bhyve printed it */
  ambiguous?: boolean;
}

const BDF = String.raw`(?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})`;

/** `: strerror text` at the end of warn(3), err(3) and perror(3) lines */
const ERROR = String.raw`: (?<error>[A-Z][\w ,/'()-]{2,60}(?:: 0)?)\.?\s*$`;

const message = <Kind extends string>(kind: Kind, source: string, step?: string): BhyveMessagePattern<Kind> => ({
  kind,
  regex: new RegExp(source),
  ...(step === undefined ? {} : { step }),
});

const ambiguous = <Kind extends string>(kind: Kind, source: string): BhyveMessagePattern<Kind> => ({
  ...message(kind, source),
  ambiguous: true,
});

/** In order of trial: a special text stands before the general one. Tested after `bhyve: ` was taken off. */
export const BHYVE_MESSAGES = [
  // passthrough start: pci_passthru.c
  message('memory-not-wired', String.raw`^passthru requires guest memory to be wired`),
  message('not-ppt', String.raw`^PCI device at ${BDF} is not using the ppt(?:\(4\))? driver`),
  message('not-ppt', String.raw`^PCI device at (?<selector>\S{1,80}) is not using the ppt(?:\(4\))? driver`),
  message('init-error', String.raw`^[Dd]evice emulation initialization error${ERROR}`, 'init_pci'),
  message('invalid-passthru-options', String.raw`^passthru: invalid options "(?<selector>[^"]{0,200})"`),
  message('invalid-passthru-options', String.raw`^passthru: invalid path "(?<selector>[^"]{0,200})"`),
  message('invalid-passthru-options', String.raw`^invalid passthru options`),
  message('passthru-missing-setting', String.raw`^passthru: missing required (?<detail>bus|slot|func|path) setting`),
  message('ppt-device-not-found', String.raw`^Passthru device (?<selector>\S{1,60}) not found`),
  message('ppt-name-invalid', String.raw`^Invalid passthru device name (?<selector>\S{1,60})`),
  message('ppt-name-invalid', String.raw`^Passthru device name (?<selector>\S{1,200}) is too long`),
  message('unsupported-domain', String.raw`^Passthru device (?<selector>\S{1,60}) on unsupported domain`),
  message('open-failed', String.raw`^failed to open (?<file>\/dev\/(?:pci|io|mem|vmm\S{0,80}))(?:${ERROR}|)`),
  message('sandbox', String.raw`^Unable to apply rights for sandbox`),
  message('msi-init-failed', String.raw`^failed to initialize MSI for PCI (?:${BDF}|\d+)`),
  message('bar-init-failed', String.raw`^failed to initialize BARs for PCI (?:${BDF}|\d+)`),
  message(
    'bar-not-page-aligned',
    String.raw`^passthru device (?:${BDF}|\d+) BAR (?<bar>\d): base (?<address>0x[\da-f]+|0) or size (?:0x[\da-f]+|0) not page aligned`,
  ),
  message('msix-init-failed', String.raw`^failed to initialize MSI-X table for PCI (?:${BDF}|\d+)(?:${ERROR}|)`),
  message('msix-map-failed', String.raw`^Failed to map MSI-X table BAR on (?:${BDF}|\d+)(?:${ERROR}|)`),
  message('msix-map-failed', String.raw`^Failed to map PBA page for MSI-X on (?:${BDF}|\d+)(?:${ERROR}|)`),
  message('msix-map-failed', String.raw`^Failed to unmap MSI-X table BAR region(?:${ERROR}|)`),
  message('mmio-map-failed', String.raw`^pci_passthru: map_pptdev_mmio failed`, 'map_pptdev_mmio'),
  message('mmio-unmap-failed', String.raw`^pci_passthru: unmap_pptdev_mmio failed`, 'unmap_pptdev_mmio'),
  message('mmio-moved', String.raw`^${BDF} modify_mmio 0x[\da-f]+ -> (?<address>0x[\da-f]+) `),
  message(
    'rom-file-unusable',
    String.raw`^(?<step>passthru_init_rom): (?:can't open|can't fstat|unable to mmap) romfile "(?<file>[^"]{0,400})"(?: \((?<number>\d{1,3})\))?`,
  ),
  message(
    'rom-file-unusable',
    String.raw`^(?<step>passthru_init_rom): open\((?<file>[^)]{1,400})\) failed(?:${ERROR}|)`,
  ),
  message('rom-segment-failed', String.raw`^(?<step>passthru_init_rom): failed to alloc rom segment`),
  message('rom-segment-failed', String.raw`^(?<step>pci_emul_alloc_rom): failed to create rom segment`),
  message('rom-no-space', String.raw`^(?<step>pci_emul_alloc_rom): no space left in rom segment`),
  ambiguous('rom-no-space', String.raw`^(?<value>\d{1,20}) bytes left`),
  ambiguous('rom-no-space', String.raw`^(?<value>\d{1,20}) bytes required by ${BDF}`),
  message(
    'rom-map-failed',
    String.raw`^(?<step>passthru_addr_rom): m(?:un)?map_memseg @ \[(?<address>0x[\da-f]+|[\da-f]+) - [^\]]+\]\s+failed`,
  ),
  message(
    'bar-type-invalid',
    String.raw`^(?<step>passthru_addr|pci_emul_alloc_base): invalid (?:BAR|bar) type (?<detail>\d+)`,
  ),
  message('msi-setup-failed', String.raw`^(?<step>vm_setup_pptdev_msix?|vm_disable_pptdev_msix)${ERROR}`),
  message(
    'config-mirror-failed',
    String.raw`^(?:(?<step>\w{1,60}): )?failed to setup handler for PCI config space mirror!`,
  ),
  message('gvt-d', String.raw`^(?<step>gvt_d_\w+): \S`),
  message('gvt-d', String.raw`^Warning: Unable to reuse host address of .*GPU passthrough might not work`),

  // PCI bus and command line: pci_emul.c, bhyverun.c
  message('slot-syntax', String.raw`^Invalid PCI slot info field "(?<slot>[^"]{0,200})"`),
  message('slot-occupied', String.raw`^pci slot (?<slot>\d{1,3}(?::\d{1,3}){1,2}) already occupied`),
  message(
    'device-unknown',
    String.raw`^pci slot (?<slot>\d{1,3}(?::\d{1,3}){1,2}): unknown device "(?<device>[^"]{0,100})"`,
  ),
  message('device-missing', String.raw`^pci slot (?<slot>\d{1,3}(?::\d{1,3}){1,2}): missing "device" value`),
  message(
    'device-legacy-name',
    String.raw`^pci slot (?<slot>\d{1,3}(?::\d{1,3}){1,2}): legacy device "(?<device>[^"]{0,100})"`,
  ),
  message('bootindex', String.raw`^(?:Invalid|Could not set) bootindex \S+ for |^init_pci: Unable to init bootorder`),
  message('lowmem-limit', String.raw`^Invalid lowmem limit`),
  message(
    'usage',
    String.raw`^invalid (?:memsize|lpc device configuration|cpu topology|vcpu pinning configuration|fwcfg item) '(?<detail>[^']{0,200})'`,
  ),
  message('usage', String.raw`^Usage: bhyve(?:load)? \[-`),
  message('config-file', String.raw`^(?<file>\S{1,400}) line \d+: invalid config option '(?<detail>[^']{0,200})'`),
  message('config-file', String.raw`^Failed to open configuration file (?<file>\S{1,400}?)(?:${ERROR}|$)`),

  // memory and machine: bhyverun.c, vmmapi
  message('setup-memory', String.raw`^Unable to set ?up memory \((?<number>\d{1,3})\)`, 'vm_setup_memory'),
  message('setup-memory', String.raw`^(?<step>vm_setup_memory)${ERROR}`),
  message('bootrom-alloc-failed', String.raw`^(?<step>bootrom_alloc): \w+(?:${ERROR}|)`),
  message('bootrom-segment-failed', String.raw`^(?<step>init_bootrom): \w+(?:${ERROR}|)`),
  message('vm-create-failed', String.raw`^(?<step>vm_create)(?:${ERROR}|$)`),
  message('vm-open-failed', String.raw`^(?<step>vm_openf?)(?:${ERROR}|$)`),
  message('vm-open-failed', String.raw`^VM: ?\S* could not be opened`),
  message('vm-reinit-failed', String.raw`^(?<step>vm_reinit)(?:${ERROR}|$)`),
  message('no-bootrom', String.raw`^virtual machine cannot be booted|^no bootrom was configured`),
  message(
    'too-many-vcpus',
    String.raw`^(?<value>\d{1,5}) vCPUs requested but (?:only )?\d+ available|^Unable to set CPU topology|^vm_set_topology`,
  ),
  message('no-unrestricted-guest', String.raw`^ROM boot failed: unrestricted guest capability not available`),
  message('no-hlt-exit', String.raw`^VM exit on (?:HLT|PAUSE) not supported`),
  message(
    'bootrom-file-unusable',
    String.raw`^Error opening bootrom (?:variable file )?"(?<file>[^"]{0,400})"(?:${ERROR}|)`,
  ),
  message('bootrom-file-unusable', String.raw`^Could not fstat bootrom file "(?<file>[^"]{0,400})"(?:${ERROR}|)`),
  message('bootrom-file-unusable', String.raw`^Incomplete read of page \d+ of bootrom file (?<file>\S{1,400})`),
  message('bootrom-size', String.raw`^Invalid bootrom (?:variable|and variable aggregate) size (?<value>\d{1,20})`),
  message('bootrom-size', String.raw`^ROM size (?<value>\d{1,20}) is (?:invalid|not a multiple)`),
  message('bootrom-size', String.raw`^No room for \S+ ROM in bootrom region`),
  message('fwcfg-failed', String.raw`^qemu fwcfg initialization error`),

  // back ends
  message(
    'lpc-backend',
    String.raw`^Unable to initialize backend '(?<file>[^']{0,200})' for LPC device (?<device>\S{1,40})`,
  ),
  message('lpc-backend', String.raw`^Unable to allocate resources for LPC device (?<device>\S{1,40})`),
  message('lpc-layout', String.raw`^LPC bridge can be present only on bus 0|^Only one LPC bridge is allowed`),
  message('fbuf', String.raw`^pci_fbuf: mapseg failed|^Only one frame buffer device is allowed`),
  message('tap-open-failed', String.raw`^open of tap device (?<device>\S{1,60}) failed`),
  message(
    'backing-file',
    String.raw`^(?:(?<device>[\w-]{2,20}): )?Could not open backing file: (?:(?<file>[^:]{1,400}): )?(?<error>[A-Z][\w ,/-]{2,60})\s*$`,
  ),
  message('backing-file', String.raw`^(?:(?<device>[\w-]{2,20}): )?Could not open backing file: (?<file>\S{1,400})`),

  // running: vmexit.c, and assertions
  ambiguous(
    'assertion',
    String.raw`^Assertion failed: \(?(?<detail>.{1,200}?)\)?, function (?<step>\w{1,80}), file (?<file>\S{1,200}?), line (?<value>\d{1,6})`,
  ),
  ambiguous(
    'assertion',
    String.raw`^Assertion failed: (?<detail>.{1,200}?), file (?<file>\S{1,200}?), line (?<value>\d{1,6})(?:, function (?<step>\w{1,80}))?`,
  ),
  message('unhandled-memory-access', String.raw`^Unhandled memory access to (?<address>0x[\da-f]+)`),
  message(
    'emulation-failed',
    String.raw`^Failed to emulate instruction (?:sequence )?\[(?<detail>[^\]]{0,200})\] at (?<address>0x[\da-f]+)`,
  ),
  message('vm-exit', String.raw`^vm exit\[(?<value>\d{1,4})\]`),
  ambiguous(
    'vm-exit-reason',
    String.raw`^(?:exit_reason|exitcode)\s+(?<value>0x[\da-f]{1,16}|\d{1,20})(?: \((?<detail>[^)]{1,80})\))?`,
  ),
  message('ept-misconfiguration', String.raw`^EPT misconfiguration: ?(?:GPA: ?(?<address>0x[\da-f]+))?`),
  message('unexpected-exitcode', String.raw`^(?<step>vm_loop): unexpected exitcode (?<detail>0x[\da-f]+)`),
  message('vm-run-error', String.raw`^vm_run error (?<detail>-?\d+), errno (?<number>\d{1,3})`, 'vm_run'),
  message('msr-access', String.raw`^(?<detail>rd|wr)msr to register (?<address>(?:0x)?[\da-f]+)(?:\([^)]*\))? on vcpu`),
  message('io-unhandled', String.raw`^Unhandled (?:in|out)[bwl]? (?<address>0x[\da-f]+) at 0x`),
  message('invalid-suspend-reason', String.raw`^vmexit_suspend: invalid reason (?<detail>\S+)`),

  // the manager's own checks (vm-bhyve lib/vm-util, wifibox) and the guest's firmware (debug builds of edk2)
  message(
    'host-check',
    String.raw`^(?:\S{0,60}: (?:ERROR|WARNING): )?(?<detail>kernel vmm not initialised|unable to load vmm\.ko!|virtualization is not supported or is disabled|PCI pass-through is not available for bhyve)`,
  ),
  message('manager-error', String.raw`^(?:\/\S{0,60}\/)?vm: ERROR: (?<detail>\S.{0,200})`),
  message(
    'firmware-rejected-device',
    String.raw`^PciBus: \[(?<slot>[\dA-Fa-f]{2}\|[\dA-Fa-f]{2}\|[\dA-Fa-f]{2})\] was rejected due to resource confliction`,
  ),
  message(
    'firmware-aperture',
    String.raw`^GetFirstNonAddress: Pci64Base=(?<address>0x[\dA-Fa-f]+) Pci64Size=(?<detail>0x[\dA-Fa-f]+)`,
  ),
];
