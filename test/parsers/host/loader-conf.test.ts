import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/host/loader-conf.ts';

const read = (text: string) => parser.parse(text).facts!;
const marked = (line: string) => parser.markers.some((marker) => marker.test(line));

describe('pptdevs, by the rule of the kernel', () => {
  it.each([
    ['spaces in a row', '"3/0/0  3/0/1"', ['3/0/0', '3/0/1']],
    ['leading zeros', '"03/00/1"', ['3/0/1']],
    ['a tab ends the second device', '"3/0/0\t3/0/1"', ['3/0/0']],
    ['a comma list keeps its first device', '"3/0/0,3/0/1"', ['3/0/0']],
    ['colons', '"3:0:0"', []],
    ['the selector of pciconf', '"pci0:3:0:0"', []],
    ['hexadecimal', '"0x1a/0/0"', []],
    ['the address of Linux', '"1a:00.0"', []],
    ['no such slot', '"3/32/0"', []],
  ])('%s', (_, value, devices) => {
    expect(read(`pptdevs=${value}`).devices).toEqual(devices);
  });

  it.each([
    ['3:0:0', ['3/0/0']],
    ['pci0:3:0:1', ['3/0/1']],
    ['0x1a/0/0', ['26/0/0']],
    ['1a:00.0', ['26/0/0']],
    ['0000:1a:00.1', ['26/0/1']],
    ['3/0/0,3/0/1', ['3/0/1']],
  ])('says what %s was meant to be', (token, intended) => {
    const [first] = read(`pptdevs="${token}"`).pptdevs[0]!.tokens;
    expect(first).toMatchObject({ raw: token, intended });
    expect(first!.problem).toBeDefined();
  });

  it('reads three names only', () => {
    const facts = read('pptdevs="1/0/0"\npptdevs2="2/0/0"\npptdevs3="3/0/0"\npptdevs4="4/0/0"\nppt_devs="5/0/0"');
    expect(facts.devices).toEqual(['1/0/0', '2/0/0', '3/0/0']);
    expect(facts.unreadPptdevs).toMatchObject([
      { name: 'pptdevs4', reason: 'name', line: 4 },
      { name: 'ppt_devs', reason: 'name', line: 5 },
    ]);
  });

  it('lets the last line win', () => {
    const facts = read('pptdevs="1/0/0"\npptdevs="7/0/0"');
    expect(facts.devices).toEqual(['7/0/0']);
    expect(facts.unreadPptdevs).toMatchObject([{ line: 1, value: '1/0/0', reason: 'overridden' }]);
  });

  it('knows both limits of length', () => {
    const value = (count: number) => Array.from({ length: count }, (_, i) => `${100 + i}/0/0`).join(' ');
    expect(read(`pptdevs="${value(16)}"`).pptdevs[0]).toMatchObject({ length: 127, limit: 'ok' });
    expect(read(`pptdevs="${value(17)}"`).pptdevs[0]).toMatchObject({ length: 135, limit: 'over-documented' });
    const dropped = read(`pptdevs="${value(32)}"`);
    expect(dropped.pptdevs[0]).toMatchObject({ length: 255, limit: 'dropped' });
    expect(dropped.devices).toEqual([]);
  });
});

describe('lines the Lua loader skips', () => {
  it.each([
    ['pptdevs=8/0/0', 'needs double quotes'],
    ["pptdevs='8/0/0'", 'single quotes'],
    ['pptdevs=\u201c8/0/0\u201d', 'typographic'],
    ['pptdevs="8/0/0', 'not closed'],
    ['pptdevs="8/0/0" the card', 'text follows'],
    ['pptdevs="8/0/0" # the "second" card', 'in the comment'],
    ['pptdevs+="8/0/0"', '+='],
    ['pptdevs: "8/0/0"', 'no ='],
  ])('%s', (line, why) => {
    const facts = read(line);
    expect(facts.devices).toEqual([]);
    expect(facts.unreadPptdevs).toMatchObject([{ line: 1, value: '8/0/0', reason: 'malformed' }]);
    expect(facts.unreadPptdevs[0]!.detail).toContain(why);
  });

  it('takes blanks around =, words without quotes and comments', () => {
    const facts = read('  vmm_load = YES # early\nhw.vmm.amdvi.enable=1\nif_tap_load="NO"');
    expect(facts.modules).toMatchObject([
      { name: 'vmm', load: true, line: 1 },
      { name: 'if_tap', load: false, line: 3 },
    ]);
    expect(facts.settings.map(({ value }) => value)).toEqual(['YES', '1', 'NO']);
  });
});

it('keeps commented devices apart, without the annotation behind them', () => {
  const facts = read('#pptdevs="2/0/0 2/0/1"  \u2190 not now\nvmm_load="YES"');
  expect(facts.devices).toEqual([]);
  expect(facts.commentedPptdevs).toMatchObject([
    { line: 1, value: '2/0/0 2/0/1', tokens: [{ bdf: '2/0/0' }, { bdf: '2/0/1' }] },
  ]);
  expect(facts.nonAsciiComments).toMatchObject([{ line: 1 }]);
});

it('reads what grep prints', () => {
  const facts = read('/boot/loader.conf:vmm_load="YES"\n/boot/loader.conf.local:3:pptdevs="2/0/0"');
  expect(facts.settings).toMatchObject([
    { file: '/boot/loader.conf' },
    { file: '/boot/loader.conf.local', name: 'pptdevs' },
  ]);
  expect(facts.devices).toEqual(['2/0/0']);
});

it('is told apart from rc.conf, from a guest of vm-bhyve and from sysctl by single lines', () => {
  for (const line of [
    'pptdevs="1/0/0"',
    '> pptdevs="1/0/0"',
    'nvidia-modeset_load="YES"',
    'kern.racct.enable="1"',
    'hw.vmm.amdvi.enable=1',
  ]) {
    expect(marked(line), line).toBe(true);
  }
  for (const line of [
    'kld_list="vmm"',
    'vm_enable="YES"',
    'disk0_type="nvme"',
    'loader="uefi"',
    'hw.vmm.iommu.initialized=0',
    'hw.vmm.iommu.enable: 1',
  ]) {
    expect(marked(line), line).toBe(false);
  }
});

it('finds nothing in prose', () => {
  expect(parser.parse('I put the card into the second slot and rebooted.').facts).toBeUndefined();
});

it('leaves out the list of a script, which is no setting of the loader', () => {
  const script = 'pptdevs="4:0:0 4:0:1"\nfor dev in ${pptdevs}; do\n\tdevctl set driver pci0:$dev ppt\ndone\n';
  expect(parser.parse(script).facts).toBeUndefined();
  expect(read(`vmm_load="YES"\n${script}`)).toMatchObject({
    settings: [{ name: 'vmm_load' }],
    pptdevs: [],
    unreadPptdevs: [],
  });
});
