import { describe, expect, it } from 'vitest';
import { ask, loaderLines, troubles, vmLines } from './ask.ts';
import { FRESH_AMD, GiB, HOST_BRIDGE, INTEGRATED, NIC, pciconf, READY_P4, rtx2080Ti, teslaP4 } from './hosts.ts';

const BRIDGE = {
  unit: 'pcib2',
  at: '1:0:4',
  class: '060400',
  vendor: '10de',
  device: '0be3',
  name: 'Bridge of the card',
};

describe('loader.conf', () => {
  it('reserves every function of a card and no bridge, and has the line for AMD', () => {
    const answer = ask(FRESH_AMD);
    expect(loaderLines(answer)).toEqual([
      'vmm_load="YES"',
      'pptdevs="9/0/0 9/0/1 9/0/2 9/0/3"',
      'hw.vmm.amdvi.enable="1"',
    ]);
    expect(answer.proposal!.loaderConf.lines.map(({ change }) => change)).toEqual(['add', 'add', 'add']);
    const bridged = ask({ 'host/pciconf.txt': pciconf([HOST_BRIDGE, BRIDGE, ...rtx2080Ti('host', '1')]) });
    expect(loaderLines(bridged)[1]).toBe('pptdevs="1/0/0 1/0/1 1/0/2 1/0/3"');
  });

  it('has no line for AMD on Intel, and mentions it where the processor is not known', () => {
    expect(loaderLines(ask(READY_P4))).toEqual(['vmm_load="YES"', 'pptdevs="1/0/0"']);
    const unknown = ask({ 'host/pciconf.txt': pciconf([teslaP4('vgapci0', '4:0:0')]) });
    expect(loaderLines(unknown)).toEqual(['vmm_load="YES"', 'pptdevs="4/0/0"']);
    expect(unknown.proposal!.loaderConf.notes.join(' ')).toMatch(/On an AMD host also hw\.vmm\.amdvi\.enable="1"/);
    expect(unknown.proposal!.loaderConf.notes.join(' ')).toMatch(/was not read/);
    expect(unknown.proposal!.loaderConf.lines.map(({ change }) => change)).toEqual(['set', 'set']);
  });

  it('leaves what is right as it stands there', () => {
    const { lines, remove } = ask({ ...READY_P4, 'host/loader.conf': 'vmm_load=YES\npptdevs="1/0/0"\n' }).proposal!
      .loaderConf;
    expect(lines).toEqual([
      { text: 'vmm_load=YES', change: 'keep' },
      { text: 'pptdevs="1/0/0"', change: 'keep' },
    ]);
    expect(remove).toEqual([]);
  });

  it('keeps other reserved devices and writes the card beside them', () => {
    const { lines } = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, { ...NIC('ppt0', '2:0:0') }, teslaP4('vgapci1', '1:0:0')]),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="2/0/0"\n',
    }).proposal!.loaderConf;
    expect(lines[1]).toEqual({ text: 'pptdevs="2/0/0 1/0/0"', change: 'replace', was: 'pptdevs="2/0/0"' });
  });

  it('keeps what is on ppt when loader.conf was not read', () => {
    const answer = ask({
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, { ...NIC('ppt0', '2:0:0') }, teslaP4('vgapci1', '1:0:0')]),
    });
    expect(loaderLines(answer)[1]).toBe('pptdevs="2/0/0 1/0/0"');
  });

  it('leaves out a network card in use, a bridge, an empty address and what nobody can read, and says why', () => {
    const answer = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, BRIDGE, NIC('igb0', '2:0:0'), teslaP4('ppt0', '1:0:0')]),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 1/0/4 2/0/0 7/0/0 3:0:0"\n',
    });
    expect(loaderLines(answer)[1]).toBe('pptdevs="1/0/0"');
    expect(answer.proposal!.leftOut.map(({ device, because }) => [device, because.split(/[:;]/)[0]])).toEqual([
      ['pcib2: Bridge of the card (1/0/4)', 'a bridge'],
      ['igb0: I210 Gigabit Network Connection (2/0/0)', 'the host uses it now and would lose it at the next boot'],
      ['7/0/0', 'no device is at this address'],
      ['"3:0:0"', 'the kernel reads no device from it'],
    ]);
  });

  it('keeps a network card that a VM is given, though it is not on ppt yet', () => {
    const answer = ask({
      ...READY_P4,
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 2/0/0"\n',
      'host/vm/router/router.conf': 'loader="uefi"\ncpu=2\nmemory=2G\npassthru0="2/0/0"\n',
    });
    expect(loaderLines(answer)[1]).toBe('pptdevs="1/0/0 2/0/0"');
    expect(answer.proposal!.leftOut).toEqual([]);
    expect(troubles(answer, 'ppt')).toEqual([]);
  });

  it('writes a misspelt entry of the card rightly', () => {
    const answer = ask({
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, teslaP4('vgapci1', '1:0:0')]),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1:0:0"\n',
    });
    expect(answer.proposal!.loaderConf.lines[1]).toEqual({
      text: 'pptdevs="1/0/0"',
      change: 'replace',
      was: 'pptdevs="1:0:0"',
    });
    expect(answer.proposal!.leftOut).toEqual([]);
    expect(troubles(answer, 'ppt')).toContainEqual(
      expect.objectContaining({ code: 'pptdevs-syntax', solvedBy: 'lines' }),
    );
  });

  describe('with many reserved devices', () => {
    const many = Array.from({ length: 30 }, (_, i) => `${100 + i}:0:0`);
    const files = (count: number) => ({
      ...READY_P4,
      'host/pciconf.txt': pciconf([
        HOST_BRIDGE,
        INTEGRATED,
        ...many.slice(0, count).map((at, i) => NIC(`ppt${i}`, at)),
        ...rtx2080Ti('host', '1'),
      ]),
      'host/loader.conf': `vmm_load="YES"\npptdevs="${many
        .slice(0, count)
        .map((at) => at.replaceAll(':', '/'))
        .join(' ')}"\n`,
    });

    it('shares them among the variables, none longer than 128 characters', () => {
      const answer = ask(files(14));
      const values = loaderLines(answer).filter((text) => text.startsWith('pptdevs'));
      expect(values.map((text) => text.slice(0, text.indexOf('=')))).toEqual(['pptdevs', 'pptdevs2']);
      for (const text of values) expect(/"(.*)"/.exec(text)![1]!.length).toBeLessThanOrEqual(128);
      expect(values.join(' ').match(/\d+\/0\/\d/g)).toHaveLength(18);
      expect(values.join(' ')).toContain('1/0/3');
    });

    it('takes out a variable that is no longer needed', () => {
      const answer = ask({ ...READY_P4, 'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0"\npptdevs2="1/0/0"\n' });
      expect(answer.proposal!.loaderConf.remove).toEqual(['pptdevs2="1/0/0"']);
    });

    it('puts the card first when three variables are not enough, and says what has no room', () => {
      const more = {
        ...files(30),
        'host/pciconf.txt': pciconf([
          HOST_BRIDGE,
          INTEGRATED,
          ...Array.from({ length: 60 }, (_, i) => NIC(`ppt${i}`, `${100 + i}:0:0`)),
          ...rtx2080Ti('host', '1'),
        ]),
        'host/loader.conf': `vmm_load="YES"\n${[0, 20, 40].map((from, i) => `pptdevs${i === 0 ? '' : i + 1}="${Array.from({ length: 20 }, (_, j) => `${100 + from + j}/0/0`).join(' ')}"`).join('\n')}\n`,
      };
      const answer = ask(more);
      const values = loaderLines(answer).filter((text) => text.startsWith('pptdevs'));
      expect(values).toHaveLength(3);
      expect(values[0]).toMatch(/^pptdevs="1\/0\/0 1\/0\/1 1\/0\/2 1\/0\/3 100\/0\/0/);
      expect(
        troubles(answer, 'ppt')
          .map(({ title }) => title)
          .join(),
      ).toMatch(/have no room for .*159\/0\/0/);
    });
  });

  it('switches the IOMMU of vmm on again', () => {
    const answer = ask({
      ...READY_P4,
      'host/sysctl.txt': 'hw.vmm.iommu.enable: 0\n',
      'host/loader.conf': 'vmm_load="YES"\nhw.vmm.iommu.enable="0"\npptdevs="1/0/0"\n',
    });
    expect(answer.proposal!.loaderConf.lines).toContainEqual({
      text: 'hw.vmm.iommu.enable="1"',
      change: 'replace',
      was: 'hw.vmm.iommu.enable="0"',
    });
    expect(troubles(answer, 'host')).toContainEqual(
      expect.objectContaining({ code: 'iommu-tunable-off', verdict: 'will-fail', solvedBy: 'lines' }),
    );
  });
});

describe('the VM', () => {
  it('gets every function in one slot, under the numbers of the host', () => {
    const answer = ask(FRESH_AMD, { memoryBytes: 16 * GiB, vm: 'render' });
    expect(vmLines(answer)).toEqual([
      'loader="uefi"',
      'memory=16G',
      'passthru0="9/0/0=16:0"',
      'passthru1="9/0/1=16:1"',
      'passthru2="9/0/2=16:2"',
      'passthru3="9/0/3=16:3"',
    ]);
    expect(answer.proposal!.vmBhyve.path).toBe('render.conf');
    expect(answer.proposal!.bhyve.at(-1)).toBe('-S -w -m 16G -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd');
    expect(answer.proposal!.bhyve[3]).toBe('-s 16:3,passthru,9/0/3 \\');
  });

  it('gets the slot, loader and memory that are asked for', () => {
    const answer = ask(FRESH_AMD, { memoryBytes: 12 * GiB + 512 * 2 ** 20, loader: 'grub', slot: 7 });
    expect(vmLines(answer).slice(0, 3)).toEqual(['loader="grub"', 'memory=12800M', 'passthru0="9/0/0=7:0"']);
    expect(answer.proposal!.bhyve.at(-1)).toBe('-S -w -m 12800M');
    expect(answer.vm).toMatchObject({ memoryFrom: 'option', loaderFrom: 'option' });
  });

  it('keeps entries that are right, with and without slots', () => {
    expect(ask(READY_P4).proposal!.vmBhyve.lines.map(({ change }) => change)).toEqual(['keep', 'keep', 'keep']);
    const four = {
      ...READY_P4,
      'host/pciconf.txt': pciconf([HOST_BRIDGE, INTEGRATED, ...rtx2080Ti('ppt', '1')]),
      'host/loader.conf': 'vmm_load="YES"\npptdevs="1/0/0 1/0/1 1/0/2 1/0/3"\n',
    };
    const conf = (...entries: string[]) =>
      `loader="uefi"\nmemory=16G\n${entries.map((entry, i) => `passthru${i}="${entry}"`).join('\n')}\n`;
    const changes = (...entries: string[]) =>
      ask({ ...four, 'host/vm/work/work.conf': conf(...entries) })
        .proposal!.vmBhyve.lines.slice(2)
        .map(({ change }) => change);
    expect(changes('1/0/0', '1/0/1', '1/0/2', '1/0/3')).toEqual(['keep', 'keep', 'keep', 'keep']);
    expect(changes('1/0/0=8:0', '1/0/1=8:1', '1/0/2=8:2', '1/0/3=8:3')).toEqual(['keep', 'keep', 'keep', 'keep']);
    expect(changes('1/0/1', '1/0/0', '1/0/2', '1/0/3')).toEqual(['replace', 'replace', 'replace', 'replace']);
    expect(changes('1/0/0=8:0', '1/0/1=9:0', '1/0/2=10:0', '1/0/3=11:0')).toEqual([
      'keep',
      'replace',
      'replace',
      'replace',
    ]);
    expect(changes('1/0/0=8:0')).toEqual(['keep', 'add', 'add', 'add']);
  });

  it('keeps its other devices and a VBIOS file', () => {
    const answer = ask(
      {
        ...READY_P4,
        'host/vm/work/work.conf':
          'loader="uefi"\nmemory=16G\npassthru0="3/0/0"\npassthru1="1/0/0"\npassthru1_options="rom=/vm/p4.rom"\n',
      },
      { slot: 9 },
    );
    expect(vmLines(answer).slice(2)).toEqual([
      'passthru0="1/0/0=9:0"',
      'passthru0_options="rom=/vm/p4.rom"',
      'passthru1="3/0/0"',
    ]);
    expect(answer.proposal!.vmBhyve.remove).toEqual(['passthru1_options="rom=/vm/p4.rom"']);
    expect(answer.proposal!.bhyve[0]).toBe('-s 9:0,passthru,1/0/0,rom=/vm/p4.rom \\');
  });

  it('takes memory from the VM, from the option before it, or assumes it and says so', () => {
    expect(ask(READY_P4).vm).toMatchObject({
      name: 'work',
      known: true,
      memoryBytes: 16 * GiB,
      memoryFrom: 'vm',
      loaderFrom: 'vm',
    });
    expect(ask(READY_P4, { memoryBytes: 4 * GiB }).vm).toMatchObject({ memoryBytes: 4 * GiB, memoryFrom: 'option' });
    const assumed = ask(FRESH_AMD);
    expect(assumed.vm).toEqual({
      known: false,
      memoryBytes: 8 * GiB,
      memoryFrom: 'assumed',
      loader: 'uefi',
      loaderFrom: 'assumed',
    });
    expect(assumed.proposal!.vmBhyve.notes[0]).toBe('Assumed: memory (--memory) and loader (--loader).');
  });

  it('is one of several by its name only', () => {
    const files = { ...READY_P4, 'host/vm/other/other.conf': 'loader="bhyveload"\nmemory=2G\npassthru0="1/0/0"\n' };
    expect(ask(files).vm).toMatchObject({ known: false });
    expect(ask(files, { vm: 'other' }).vm).toMatchObject({
      known: true,
      name: 'other',
      memoryBytes: 2 * GiB,
      loader: 'bhyveload',
    });
  });

  it('offers a VBIOS file as an option, not among the lines', () => {
    const { proposal } = ask(READY_P4);
    expect(proposal!.rom.vmBhyve).toBe('passthru0_options="rom=/path/to/card.rom"');
    expect(proposal!.rom.bhyve).toBe('-s 16:0,passthru,1/0/0,rom=/path/to/card.rom');
    expect(vmLines(ask(READY_P4)).join()).not.toContain('rom=');
  });
});
