import { describe, expect, it } from 'vitest';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { renderText } from '../../src/report/text.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

const card = (bar1: number, unit = 'ppt0', bus = 23): string =>
  `${unit}@pci0:${bus}:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1db6 subvendor=0x10de subdevice=0x124a\n` +
  "    device     = 'GV100GL [Tesla V100 PCIe 32GB]'\n    class      = display\n" +
  '    bar   [10] = type Memory, range 32, base 0xb4000000, size 16777216, disabled\n' +
  `    bar   [14] = type Prefetchable Memory, range 64, base 0x${bus}0000000000, size ${bar1}, disabled\n` +
  `    bar   [1c] = type Prefetchable Memory, range 64, base 0x${bus + 1}0000000000, size 33554432, disabled\n`;

const host = (listing: string, conf: string) => ({
  'host/uname.txt': 'FreeBSD lab 14.3-RELEASE FreeBSD 14.3-RELEASE releng/14.3-n271432-8d43efbb5e49 GENERIC amd64\n',
  'host/pciconf.txt': listing,
  'host/vm/train/train.conf': conf,
});

const LARGE = host(card(32 * 2 ** 30), 'loader="uefi"\nmemory=24G\npassthru0="23/0/0=8:0"\n');
const SMALL = host(card(256 * 2 ** 20), 'loader="uefi"\nmemory=24G\npassthru0="23/0/0=8:0"\n');

const draw = (files: Readonly<Record<string, string>>): string =>
  renderText(diagnoseTexts(files), { width: 80, color: false, unicode: true, verbose: false });

describe('address windows', () => {
  it('are in the report of every VM that is given a device', () => {
    const [map] = diagnoseTexts(SMALL).overview.windows!;
    expect(map).toMatchObject({
      artifact: 'host/vm/train/train.conf',
      vm: 'train',
      memoryBytes: 24 * 2 ** 30,
      vintage: '13.1+',
      inferred: false,
    });
    expect(map!.bars.map(({ index, address, fits }) => [index, address, fits])).toEqual([
      [0, '0xc2000000', 'fits'],
      [1, '0x800000000', 'fits'],
      [3, '0xc0000000', 'fits'],
    ]);
    expect(map!.bars[0]).toMatchObject({
      artifact: 'host/pciconf.txt',
      line: 4,
      hostBdf: '23/0/0',
      guestSlot: '0:8:0',
    });
  });

  it('are told once for a VM that two sources describe', () => {
    const twice = {
      ...SMALL,
      'host/start.sh': 'bhyve -c 4 -m 24G -AHP -S -s 0,hostbridge -s 31,lpc -s 8:0,passthru,23/0/0 train\n',
    };
    expect(diagnoseTexts(twice).overview.windows).toHaveLength(1);
  });

  it('are shown when a BAR is large, with what is too much', () => {
    const text = draw(LARGE);
    expect(text).toContain('ADDRESS WINDOWS\n  train, 24 GiB of memory: computed from sizes and release, not seen.');
    expect(text).toMatch(/bhyve, above guest memory +0x800000000 +32 GiB/);
    expect(text).toContain('Too much: the 64-bit BARs ask for 32 MiB more than stock UEFI firmware has.');
    expect(text).toMatch(/23\/0\/0 +1 +32 GiB +above memory +0x800000000 +no room in UEFI/);
    expect(renderMarkdown(diagnoseTexts(LARGE))).toContain('### Address windows');
  });

  it('show a dropped BAR as one without a place', () => {
    const two = host(
      card(32 * 2 ** 30) + card(32 * 2 ** 30, 'ppt1', 101),
      'loader="uefi"\nmemory=24G\npassthru0="23/0/0=8:0"\npassthru1="101/0/0=9:0"\n',
    );
    expect(draw(two)).toMatch(/101\/0\/0 +1 +32 GiB +none +nowhere +dropped/);
  });

  it('stay out of the text when all is small and fits', () => {
    expect(draw(SMALL)).not.toContain('ADDRESS WINDOWS');
  });

  it('are absent without a VM or its memory', () => {
    expect(diagnoseTexts({ 'host/pciconf.txt': card(2 ** 28) }).overview.windows).toBeUndefined();
    expect(diagnoseTexts(host(card(2 ** 28), 'loader="uefi"\npassthru0="23/0/0"\n')).overview.windows).toBeUndefined();
  });
});
