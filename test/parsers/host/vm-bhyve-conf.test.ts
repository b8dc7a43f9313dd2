import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/host/vm-bhyve-conf.ts';

const read = (text: string) => parser.parse(text).facts!;
const marked = (line: string) => parser.markers.some((marker) => marker.test(line));

describe('the rules of vm-bhyve', () => {
  it('lets the first line win', () => {
    const facts = read('memory=4G\nmemory="8G"');
    expect(facts).toMatchObject({ memoryText: '4G', memory: 4 * 2 ** 30 });
    expect(facts.settings[1]).toMatchObject({ active: false, ignored: 'an earlier line sets the same name' });
  });

  it('skips indented lines, blanks around = and capitals', () => {
    const { facts, problems } = parser.parse('loader="uefi"\n  passthru0="4/0/0"\ncpu = 4\nDebug="yes"');
    expect(facts!.passthru).toEqual([]);
    expect(facts!.vcpus).toBeUndefined();
    expect(problems.map(({ line }) => line)).toEqual([2, 3, 4]);
  });

  it('forgives the margin of a paste', () => {
    expect(read('    loader="uefi"\n    cpu=6')).toMatchObject({ loader: 'uefi', vcpus: 6 });
  });

  it('drops what follows #, also in quotes, and trailing blanks', () => {
    expect(read('uuid="12-34" # fixed\nmemory=2G   ').settings.map(({ value }) => value)).toEqual(['12-34', '2G']);
    expect(parser.parse('vnc_password="a#b"').problems).toHaveLength(1);
  });
});

describe('passthru', () => {
  it('takes the forced guest slot and the options', () => {
    expect(read('passthru0="9/0/0=6:0"\npassthru0_options="rom=/vm/x.rom,bootindex=1"').passthru).toMatchObject([
      {
        hostBdf: '9/0/0',
        slot: '6:0',
        guestBdf: '0000:00:06.0',
        rom: '/vm/x.rom',
        options: 'rom=/vm/x.rom,bootindex=1',
        line: 1,
      },
    ]);
  });

  it('stops at the first gap', () => {
    const facts = read('passthru1="9/0/1"\npassthru0="9/0/0"\npassthru3="9/0/3"');
    expect(facts.passthru.map(({ index, read: taken }) => [index, taken])).toEqual([
      [0, true],
      [1, true],
      [3, false],
    ]);
  });

  it.each(['{9/0/0}', '9:0:0', '09:00.0'])('cannot read %s', (value) => {
    const [device] = read(`passthru0="${value}"`).passthru;
    expect(device).toMatchObject({ selector: value });
    expect(device!.hostBdf).toBeUndefined();
    expect(device!.problem).toBeDefined();
  });

  it('finds devices in bhyve_options and among comments', () => {
    const facts = read('bhyve_options="-S -s 8:0,passthru,ppt3"\n#passthru0="2/0/0"');
    expect(facts.extraOptions[0]).toMatchObject({
      wired: true,
      passthru: [{ pptdev: 'ppt3', guestBdf: '0000:00:08.0' }],
    });
    expect(facts.commentedPassthru).toMatchObject([{ line: 2, value: '2/0/0' }]);
  });
});

it('reads topology, disks and switches', () => {
  expect(
    read(
      'cpu=8\ncpu_sockets=1\ncpu_cores=4\ncpu_threads=2\nwired_memory="yes"\ndebug="no"\ndisk0_type="nvme"\ndisk0_name="/dev/da1"\ndisk0_dev="custom"',
    ),
  ).toMatchObject({
    vcpus: 8,
    sockets: 1,
    cores: 4,
    threads: 2,
    wiredMemory: true,
    debug: false,
    disks: [{ index: 0, type: 'nvme', name: '/dev/da1', device: 'custom' }],
  });
});

it('claims its own lines only', () => {
  for (const line of [
    'passthru0="1/0/0"',
    'passthru0_options="rom=/x"',
    'loader="uefi"',
    'cpu=2',
    'memory="512M"',
    'uuid="a"',
    'bhyve_extra="-x"',
  ]) {
    expect(marked(line), line).toBe(true);
  }
  for (const line of [
    'loader_logo="beastie"',
    'loader_conf_files="/boot/x"',
    'uuid=1',
    'cpus=2',
    'memory.size=4G',
    'kld_list="x"',
    'pptdevs="1/0/0"',
  ]) {
    expect(marked(line), line).toBe(false);
  }
});
