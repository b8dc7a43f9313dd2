import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/host/bhyve-log.ts';

const first = (text: string) => parser.parse(text).facts?.messages[0];
const marked = (line: string) => parser.markers.some((marker) => marker.test(line));

const CASES: [string, object][] = [
  ['bhyve: passthru requires guest memory to be wired', { kind: 'memory-not-wired', program: 'bhyve' }],
  ['PCI device at 9/0/0 is not using the ppt driver', { kind: 'not-ppt', bdf: '9/0/0' }],
  ['bhyve: PCI device at 15 is not using the ppt driver', { kind: 'not-ppt', selector: '15' }],
  [
    'device emulation initialization error: Device busy',
    { kind: 'init-error', errno: 'EBUSY', errorText: 'Device busy' },
  ],
  ['Device emulation initialization error: No error: 0', { kind: 'init-error', errorText: 'No error: 0' }],
  ['Device emulation initialization error: Cannot allocate memory', { kind: 'init-error', errno: 'ENOMEM' }],
  ['passthru: invalid options "09:00.0"', { kind: 'invalid-passthru-options', selector: '09:00.0' }],
  ['bhyve: invalid passthru options', { kind: 'invalid-passthru-options' }],
  ['bhyve: Passthru device ppt7 not found', { kind: 'ppt-device-not-found', selector: 'ppt7' }],
  ['bhyve: Passthru device ppt1 on unsupported domain', { kind: 'unsupported-domain' }],
  [
    'bhyve: failed to open /dev/mem: Operation not permitted',
    { kind: 'open-failed', file: '/dev/mem', errno: 'EPERM' },
  ],
  ['bhyve: failed to initialize MSI for PCI 9/0/0', { kind: 'msi-init-failed', bdf: '9/0/0' }],
  ['bhyve: failed to initialize BARs for PCI 9/0/0', { kind: 'bar-init-failed', bdf: '9/0/0' }],
  [
    'bhyve: passthru device 9/0/2 BAR 1: base 0xe000 or size 0x200 not page aligned',
    { kind: 'bar-not-page-aligned', bdf: '9/0/2', bar: 1, address: '0xe000' },
  ],
  [
    'bhyve: Failed to map MSI-X table BAR on 9/0/0: Device busy',
    { kind: 'msix-map-failed', bdf: '9/0/0', errno: 'EBUSY' },
  ],
  ['pci_passthru: map_pptdev_mmio failed', { kind: 'mmio-map-failed' }],
  [
    'bhyve: passthru_init_rom: unable to mmap romfile "/vm/a b.rom" (22)',
    { kind: 'rom-file-unusable', file: '/vm/a b.rom', errno: 'EINVAL', step: 'passthru_init_rom' },
  ],
  ['bhyve: passthru_init_rom: can\'t open romfile "/vm/a.rom"', { kind: 'rom-file-unusable', file: '/vm/a.rom' }],
  ['pci_emul_alloc_rom: no space left in rom segment:', { kind: 'rom-no-space', step: 'pci_emul_alloc_rom' }],
  [
    'vm_setup_pptdev_msix: Invalid argument',
    { kind: 'msi-setup-failed', step: 'vm_setup_pptdev_msix', errno: 'EINVAL' },
  ],
  ['pci slot 0:6:0 already occupied!', { kind: 'slot-occupied', slot: '0:6:0' }],
  ['pci slot 6:0 already occupied!', { kind: 'slot-occupied', slot: '6:0' }],
  ['pci slot 0:6:0: unknown device "gpu"', { kind: 'device-unknown', device: 'gpu' }],
  ['Unable to setup memory (14)', { kind: 'setup-memory', errnoNumber: 14, errno: 'EFAULT' }],
  ['vm_setup_memory: File exists', { kind: 'setup-memory', errno: 'EEXIST' }],
  ['bhyve: bootrom_alloc: vm_mmap_mapseg: Invalid argument', { kind: 'bootrom-alloc-failed', errno: 'EINVAL' }],
  ['vm_create: Device not configured', { kind: 'vm-create-failed', errno: 'ENXIO' }],
  ['bhyve: vm_openf: Device busy', { kind: 'vm-open-failed', step: 'vm_openf', errno: 'EBUSY' }],
  [
    'Error opening bootrom "/fw/X.fd": No such file or directory',
    { kind: 'bootrom-file-unusable', file: '/fw/X.fd', errno: 'ENOENT' },
  ],
  [
    'bhyve: Could not open backing file: /vm/a/disk0.img: Permission denied',
    { kind: 'backing-file', file: '/vm/a/disk0.img', errno: 'EACCES' },
  ],
  [
    'ahci: Could not open backing file: No such file or directory',
    { kind: 'backing-file', device: 'ahci', errno: 'ENOENT' },
  ],
  ['bhyve: open of tap device /dev/tap3 failed', { kind: 'tap-open-failed', device: '/dev/tap3' }],
  ['Unhandled memory access to 0x1000000000', { kind: 'unhandled-memory-access', address: '0x1000000000' }],
  [
    'Failed to emulate instruction [0x0f 0x11] at 0xfff0',
    { kind: 'emulation-failed', detail: '0x0f 0x11', address: '0xfff0' },
  ],
  ['vm_loop: unexpected exitcode 0x15', { kind: 'unexpected-exitcode', detail: '0x15' }],
  ['rdmsr to register 0x34 on vcpu 2', { kind: 'msr-access', address: '0x34', detail: 'rd' }],
  [
    'Assertion failed: error == 0, file pci_emul.c, line 612, function modify_bar_registration',
    { kind: 'assertion', step: 'modify_bar_registration', file: 'pci_emul.c', sourceLine: 612, detail: 'error == 0' },
  ],
  ['/usr/local/sbin/vm: ERROR: unable to load vmm.ko!', { kind: 'host-check', detail: 'unable to load vmm.ko!' }],
  [
    'PciBus: [00|06|00] was rejected due to resource confliction.',
    { kind: 'firmware-rejected-device', slot: '00|06|00' },
  ],
];

describe('messages', () => {
  it.each(CASES)('%s', (text, expected) => {
    expect(first(text)).toMatchObject(expected);
    expect(marked(text), 'recognised by content').toBe(true);
  });

  it('are found behind the margin of a quotation', () => {
    expect(first('> bhyve: passthru requires guest memory to be wired')).toMatchObject({ kind: 'memory-not-wired' });
  });
});

it('keeps order and lines of a whole start', () => {
  const { messages } = parser.parse(
    'fbuf frame buffer base: 0x3c6d0c00000 [sz 16777216]\nbhyve: PCI device at 9/0/0 is not using the ppt(4) driver\nDevice emulation initialization error: No such file or directory\n',
  ).facts!;
  expect(messages.map(({ kind, line }) => [kind, line])).toEqual([
    ['not-ppt', 2],
    ['init-error', 3],
  ]);
});

it('leaves assertions of other programs and prose alone', () => {
  expect(first('Assertion failed: (x != NULL), function main, file zfs_main.c, line 3.')).toBeUndefined();
  expect(first('the passthru requires guest memory to be wired, they say')).toBeUndefined();
  expect(marked('vmm: failed to open the door')).toBe(false);
});

it('reads what wifibox copies into its own log', () => {
  const text =
    '2024-05-19T08:41:12+0200 DEBUG [bhyve] bhyve: PCI device at 5/0/0 is not using the ppt(4) driver\n' +
    '2024-05-19T08:41:12+0200 DEBUG [bhyve] Device emulation initialization error: Device busy\n' +
    '2024-05-19T08:41:13+0200 ERROR Guest could not be started\n';
  expect(parser.parse(text).facts).toMatchObject({
    messages: [
      { line: 1, kind: 'not-ppt', bdf: '5/0/0' },
      { line: 2, kind: 'init-error', errno: 'EBUSY' },
    ],
  });
  expect(parser.markers.some((marker) => marker.test(text.split('\n')[0]!))).toBe(true);
});
