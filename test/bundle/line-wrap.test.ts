import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unwrapLines } from '../../src/bundle/line-wrap.ts';
import { globSync, ROOT } from '../support/files.ts';
import { EXAMPLES, identifyText } from '../support/identify.ts';
import fc from '../support/property.ts';

const LOG = [
  '[    0.000000] Linux version 6.8.0-41-generic (buildd@lcy02-amd64-002) #41-Ubuntu SMP PREEMPT_DYNAMIC',
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
  '[    2.113042] nvidia: module license NVIDIA taints kernel.',
  '[    2.240011] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.107.02  Wed Jul 24 23:53:00 UTC 2024',
  '[    4.871120] NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x24:0xffff:1456)',
  '[    4.871544] NVRM: GPU 0000:00:07.0: rm_init_adapter failed, device minor number 0 (first open of the device)',
];

/** Cuts as a terminal of so many columns does. */
const cutAt = (width: number, lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.match(new RegExp(`.{1,${width}}`, 'g')) ?? ['']);

/** Wraps as a mailer does, between words; what a line is set in by stays. */
const wrapAt = (width: number, lines: readonly string[]): string[] =>
  lines.flatMap((line) => {
    const [first, ...words] = line.trimStart().split(' ');
    const out = [line.slice(0, line.length - line.trimStart().length) + first!];
    for (const word of words) {
      if (out.at(-1)!.length + 1 + word.length > width) out.push(word);
      else out[out.length - 1] += ` ${word}`;
    }
    return out;
  });

const joined = (lines: readonly string[]): readonly string[] => unwrapLines(lines)?.lines ?? lines;

describe('lines that a terminal cut', () => {
  it.each([66, 72, 80, 90])('at column %d are whole again, and know where they began', (width) => {
    const cut = cutAt(width, LOG);
    expect(cut.length).toBeGreaterThan(LOG.length + 1);
    const { lines, starts } = unwrapLines(cut)!;
    expect(lines).toEqual(LOG);
    expect([...starts].map((start, i) => LOG[i]!.startsWith(cut[start]!))).toEqual(LOG.map(() => true));
    expect([...starts]).toEqual([...starts].sort((a, b) => a - b));
  });

  it('may have lost the blank at the cut', () => {
    const cut = cutAt(80, LOG).map((line) => line.trimEnd());
    expect(joined(cut)).toEqual(LOG);
  });

  it('are told without stamps too, when there are more of them', () => {
    const lines = [
      'ppt0 mem 0xd2000000-0xd2ffffff,0x6000000000-0x600fffffff,0x6010000000-0x6011ffffff irq 16 at device 0.0 on pci1',
      'igb0: <Intel(R) I210 (Copper)> port 0xe000-0xe01f mem 0xdf400000-0xdf47ffff,0xdf480000-0xdf483fff irq 17 at device 0.0 on pci3',
      'igb0: NVM V3.16.0 eTrack 0x800004d6',
      'ahci0: <Intel Cannon Lake AHCI SATA controller> port 0xf050-0xf057,0xf040-0xf043 mem 0xdf600000-0xdf601fff irq 16 at device 23.0 on pci0',
    ];
    expect(joined(cutAt(80, lines))).toEqual(lines);
  });

  it('are told from one alone at the width of a console, and not at another', () => {
    const two = ['[    2.113042] nvidia: module license NVIDIA taints kernel.', LOG[3]!];
    expect(joined(cutAt(80, two))).toEqual(two);
    expect(unwrapLines(cutAt(78, two))).toBeUndefined();
  });
});

describe('lines of a log that a mailer wrapped', () => {
  it.each([64, 72, 76])('at column %d are whole again', (width) => {
    const wrapped = wrapAt(width, LOG);
    expect(wrapped.length).toBeGreaterThan(LOG.length + 1);
    expect(joined(wrapped)).toEqual(LOG);
  });

  it('end where the next message begins, also one of several lines', () => {
    const lines = [
      '[    9.100000] NVRM: The NVIDIA GPU 0000:00:07.0 (PCI ID: 10de:2236)',
      '               NVRM: installed in this vGPU host system is not supported by',
      '               NVRM: proprietary nvidia.ko.',
      ...LOG.slice(3),
    ];
    expect(joined(wrapAt(76, lines))).toEqual(lines);
  });

  it('do not draw in what stands between messages and would have fitted', () => {
    const lines = LOG.flatMap((line, i) => (i % 2 === 0 ? [line, 'and then it hangs'] : [line]));
    expect(unwrapLines(lines)).toBeUndefined();
  });
});

describe('what nobody cut', () => {
  it('is not touched: the examples of all kinds', () => {
    const touched = EXAMPLES.filter(({ text }) => unwrapLines(text.split('\n')) !== undefined);
    expect(touched.map(({ kind }) => kind)).toEqual([]);
  });

  it('is not touched: the evidence of the examples', () => {
    const files = globSync('examples', '').filter((file) => statSync(join(ROOT, file)).isFile());
    const touched = files.filter(
      (file) => unwrapLines(readFileSync(join(ROOT, file), 'utf8').split('\n')) !== undefined,
    );
    expect(files.length).toBeGreaterThan(30);
    expect(touched).toEqual([]);
  });

  const note = 'Requested functionality has been deprecated';
  const log = ['Display Mode', 'Graphics Clock', 'Memory Clock', 'SM Clock'].flatMap((name, i) => [
    `    ${name.padEnd(46)} : ${note}`,
    i % 2 === 0 ? `    ${'Display Attached'.padEnd(46)} : Yes` : '    Default Applications Clocks',
  ]);
  const modules = ['cryptodev', 'if_tuntap', 'if_bridge'].flatMap((name, i) => [
    ` ${i + 3}    1 0xffffffff8271${i}000     a3d0 ${name}.ko (/boot/kernel/${name}.ko)`,
    '\tContains modules:',
  ]);
  const dated = ['WARN  no device of the kind that was asked for was found', 'WARN  gave up'].flatMap((text, i) =>
    Array.from({ length: 2 }, () => `2025-03-2${i}T14:33:22+0200 ${text.padEnd(60, '.')}`),
  );
  const dump = Array.from(
    { length: 6 },
    (_, i) =>
      `    ${(i * 16).toString(16).padStart(4, '0')}: 44 4D 41 52 88 00 00 00 01 5A 4C 45 4E 4F 56 4F  "DMAR.....ZLENOVO"`,
  );
  const table = [
    '+-----------------------------------------------------------------------------------------+',
    '| NVIDIA-SMI 550.107.02             Driver Version: 550.107.02     CUDA Version: 12.4     |',
    '|-----------------------------------------+------------------------+----------------------+',
    '| GPU  Name                 Persistence-M | Bus-Id          Disp.A | Volatile Uncorr. ECC |',
    '+-----------------------------------------+------------------------+----------------------+',
  ];
  const settings = [
    `pptdevs="${'10/0/0 '.repeat(9)}10/0/1"`,
    'vmm_load="YES"',
    `pptdevs2="${'11/0/0 '.repeat(9)}10/0"`,
    'hw.vmm.iommu.enable="1"',
    `pptdevs3="${'12/0/0 '.repeat(9)}10/0"`,
    'kern.geom.label.disk_ident.enable="0"',
  ];
  const keys = Array.from({ length: 5 }, (_, i) => `${'MIIEvQIBADANBgkqhkiG9w0B'.repeat(2)}AQEFAASCBKcwgg${i}x`);
  it.each([
    ['values with the same remark', log],
    ['a list whose entries have lines set in', modules],
    ['a log of a program with dates', dated],
    ['a dump in hexadecimal', dump],
    ['a table', table],
    ['settings of the same length', settings],
    ['lines of one length', keys],
  ])('is not touched: %s', (_, lines) => {
    expect(unwrapLines(lines)).toBeUndefined();
  });

  it('loses no character, whatever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 130 }), { maxLength: 40 }), (lines) => {
        const { lines: out, starts } = unwrapLines(lines) ?? { lines, starts: lines.map((_, i) => i) };
        expect(out.join('').replace(/ /g, '')).toBe(lines.join('').replace(/ /g, ''));
        expect(starts).toHaveLength(out.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('an artifact of lines that were cut', () => {
  it('cites the lines of the file', () => {
    const text = ['some words before', '', ...cutAt(80, LOG), '', 'some after', ''].join('\n');
    const { artifacts, lines } = identifyText(text);
    expect(lines).toBe(text.split('\n').length - 1);
    const log = artifacts.find(({ kind }) => kind === 'linux-dmesg')!;
    expect(log.text.split('\n')).toEqual(expect.arrayContaining(LOG));
    const at = log.text.split('\n').indexOf(LOG[4]!);
    expect(text.split('\n')[log.lineNumbers![at]! - 1]).toBe(LOG[4]!.slice(0, 80));
  });
});
