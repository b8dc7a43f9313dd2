import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/host/bhyve-argv.ts';

const commands = (text: string) => parser.parse(text).facts!.commands;
const only = (text: string) => commands(text)[0]!;
const marked = (line: string) => parser.markers.some((marker) => marker.test(line));

describe('passthrough selectors', () => {
  it.each([
    ['7,passthru,4/0/0', { slot: '7', guestBdf: '0000:00:07.0', hostBdf: '4/0/0', form: 'bus/slot/function' }],
    ['7:1,passthru,4/0/1', { guestBdf: '0000:00:07.1', hostBdf: '4/0/1' }],
    ['2:7:0,passthru,pci0:4:0:0', { guestBdf: '0000:02:07.0', hostBdf: '4/0/0', form: 'pci' }],
    ['7,passthru,pci4:0:0', { hostBdf: '4/0/0', form: 'pci' }],
    ['7,passthru,ppt12', { pptdev: 'ppt12', form: 'ppt' }],
    ['7,passthru,/dev/ppt0', { pptdev: 'ppt0', form: 'path' }],
    ['7,passthru,4/0/0,rom=/r.rom,bootindex=2', { rom: '/r.rom', options: 'rom=/r.rom,bootindex=2' }],
  ])('-s %s', (slot, expected) => {
    expect(only(`bhyve -S -s ${slot} vm`).passthru).toMatchObject([expected]);
  });

  it.each(['04:00.0', '4:0:0', 'pci1:4:0:0', 'pptx', '4/0'])('says why %s is refused', (selector) => {
    const [device] = only(`bhyve -S -s 7,passthru,${selector} vm`).passthru;
    expect(device!.hostBdf).toBeUndefined();
    expect(device!.problem).toBeDefined();
  });
});

describe('wired memory', () => {
  it.each([
    ['bhyve -c 1 -m 1G -s 7,passthru,4/0/0 vm', false],
    ['bhyve -c 1 -m 1G -s 7,passthru,4/0/0 $vm_name', false],
    ['bhyve -AHPS -s 7,passthru,4/0/0 vm', true],
    ['bhyve -o memory.wired=true -s 7,passthru,4/0/0 vm', true],
    ['bhyve -k /etc/vm.cfg -s 7,passthru,4/0/0 vm', undefined],
    ['bhyve -c 1 ... -s 7,passthru,4/0/0 vm', undefined],
    ['bhyve $FLAGS -s 7,passthru,4/0/0 vm', undefined],
    ['-s 7,passthru,4/0/0 \\', undefined],
  ])('%s', (text, wired) => {
    expect(only(text).wired).toBe(wired);
  });

  it('counts -S', () => {
    expect(only('bhyve -S -c 1 -s 0,hostbridge -S vm').wiredCount).toBe(2);
  });
});

it.each([
  ['4G', 4 * 2 ** 30],
  ['512', 512 * 2 ** 20],
  ['2147483648', 2 ** 31],
  ['1536m', 1536 * 2 ** 20],
])('-m %s', (size, bytes) => {
  expect(only(`bhyve -m ${size} -s 0,hostbridge vm`)).toMatchObject({ memory: bytes, memoryText: size });
});

it.each([
  ['4', { vcpus: 4 }],
  ['cpus=8,sockets=1,cores=4,threads=2', { vcpus: 8, sockets: 1, cores: 4, threads: 2 }],
  ['sockets=2,cores=3', { vcpus: 6 }],
])('-c %s', (topology, expected) => {
  expect(only(`bhyve -c ${topology} -s 0,hostbridge vm`)).toMatchObject(expected);
});

it('reads a script: variables, continued lines with trailing blanks, redirections', () => {
  const text = `vm=gpu1
rom="/vm/\${vm}.rom"
bhyvectl --vm=$vm --destroy
bhyve -c 2 -m 2G -SHw \\
  -s 0,hostbridge \\${'  '}
  -s 6,passthru,9/0/0,rom=$rom \\
  -l bootrom,/fw/CODE.fd,/vm/VARS.fd \\
  $vm 2>> /var/log/vm.log &
echo done`;
  expect(commands(text)).toHaveLength(1);
  expect(only(text)).toMatchObject({
    line: 4,
    lastLine: 8,
    name: 'gpu1',
    bootrom: '/fw/CODE.fd',
    bootvars: '/vm/VARS.fd',
    ignoreUnknownMsr: true,
    passthru: [{ line: 6, rom: '/vm/gpu1.rom' }],
  });
});

it('reads a process list', () => {
  const { facts } = parser.parse(
    ' 900  -  I     0:00.1 bhyve: alpha (bhyve)\nroot 901 0.0 /usr/sbin/bhyve -c 1 -m 1G -s 0,hostbridge beta\n',
  );
  expect(facts).toMatchObject({
    running: [{ name: 'alpha', pid: 900, line: 1 }],
    commands: [{ name: 'beta', line: 2 }],
  });
});

it('keeps loaders apart', () => {
  expect(commands('bhyveload -S -m 2G -d /disk.img vm\ngrub-bhyve -r hd0,msdos1 -m /dev.map -M 4G vm')).toMatchObject([
    { program: 'bhyveload', wired: true, memory: 2 * 2 ** 30, name: 'vm' },
    { program: 'grub-bhyve', memory: 4 * 2 ** 30, flags: [], name: 'vm' },
  ]);
});

it('reads devices made of -o variables, and refinements of -s devices', () => {
  const text =
    'bhyve -S -s 5,passthru,4/0/0 -o pci.0.5.0.rom=/a.rom -o pci.0.6.0.device=passthru -o pci.0.6.0.bus=4 -o pci.0.6.0.slot=0 -o pci.0.6.0.func=1 vm';
  expect(only(text).passthru).toMatchObject([
    { hostBdf: '4/0/0', rom: '/a.rom' },
    { hostBdf: '4/0/1', guestBdf: '0000:00:06.0', slot: 'pci.0.6.0' },
  ]);
});

it('reads the arguments that CBSD keeps in a file', () => {
  expect(only("pci_passthru_args=' -s 6,passthru,8/0/0'").passthru).toMatchObject([{ hostBdf: '8/0/0' }]);
});

it('claims command lines, not prose and not the log of vm-bhyve', () => {
  for (const line of [
    '# bhyve -c 2 -m 4G -AHP \\',
    '  -s 31,lpc -l com1,stdio \\',
    '/usr/sbin/bhyve -k /vm/a.cfg',
    '-l bootrom,/fw/CODE.fd \\',
  ]) {
    expect(marked(line), line).toBe(true);
  }
  for (const line of [
    'bhyve - a hypervisor',
    'I run bhyve with -S',
    'Jul 01 10:00:00:  [bhyve options: -c 2 -m 4G -S]',
    'bhyve: vm_create: Device busy',
  ]) {
    expect(marked(line), line).toBe(false);
  }
});
