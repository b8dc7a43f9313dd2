import { describe, expect, it } from 'vitest';
import type { BarRow, WindowMap } from '../../src/model/report.ts';
import { layOut, spread } from '../../src/report/html/address-layout.ts';
import { addressPicture } from '../../src/report/html/address-picture.ts';

const GIB = 2 ** 30;
const MIB = 2 ** 20;

type Bar = WindowMap['bars'][number];

const bar = (index: number, sizeBytes: number, parts: Partial<Bar> = {}): Bar => ({
  artifact: 'host/pciconf.txt',
  line: 10 + index,
  hostBdf: '9/0/0',
  guestSlot: '0:6:0',
  index,
  kind: index === 0 ? 'mem32' : 'mem64',
  sizeBytes,
  sizeFrom: 'host',
  window: index === 0 ? 'mem32' : 'mem64',
  address: index === 0 ? '0xc2000000' : '0x800000000',
  fits: 'fits',
  reason: '',
  inferred: false,
  ...parts,
});

const map = (bars: Bar[], firmware = false): WindowMap => ({
  vm: 'lab',
  memoryBytes: 16 * GIB,
  vintage: '13.1+',
  inferred: false,
  windows: [
    { name: 'mem32', base: '0xc0000000', sizeBytes: 512 * MIB },
    { name: 'mem64', base: '0x800000000', sizeBytes: 32 * GIB },
    ...(firmware ? [{ name: 'uefi64' as const, base: '0x800000000', sizeBytes: 32 * GIB, neededBytes: 33 * GIB }] : []),
  ],
  bars,
});

const row = (index: number, hostBase: string, parts: Partial<BarRow> = {}): BarRow => ({
  artifact: 'host/pciconf.txt',
  line: 10 + index,
  hostBdf: '9/0/0',
  index,
  kind: 'mem',
  hostBase,
  sizeFrom: 'host',
  ...parts,
});

const high = (of: WindowMap, rows: BarRow[] = []) => layOut(of, rows).bands.find(({ name }) => name === 'high')!;

describe('the layout', () => {
  it('is to scale: a BAR of half the window is half as high, on both sides, and stands where it lies', () => {
    const band = high(map([bar(1, 16 * GIB, { address: '0xc00000000' })]), [row(1, '0x2000000000')]);
    expect(band.guest[0]!.height).toBeCloseTo(band.window!.height / 2);
    expect(band.host[0]!.height).toBeCloseTo(band.window!.height / 2);
    expect(band.guest[0]!.top).toBeCloseTo(band.window!.top);
  });

  it('draws what is too thin just thick enough, one above the other', () => {
    const { guest } = high(map([bar(1, 256 * MIB), bar(3, 32 * MIB, { address: '0x810000000' })]));
    expect(guest.map(({ height }) => height)).toEqual([3, 3]);
    expect(guest[1]!.top + guest[1]!.height).toBeLessThanOrEqual(guest[0]!.top);
  });

  it('puts what has no room outside the window', () => {
    const lost = bar(1, 32 * GIB, { hostBdf: '10/0/0', window: null, address: null, fits: 'dropped' });
    const { guest, window } = high(map([bar(1, 32 * GIB), lost]));
    expect(guest.map(({ piece }) => piece.state)).toEqual(['fits', 'misfit']);
    expect(guest[0]!.top).toBeGreaterThanOrEqual(window!.top - 0.01);
    expect(guest[1]!.top + guest[1]!.height).toBeLessThan(window!.top);
  });

  it('stacks 64-bit BARs as the firmware does, and marks the others as affected when they overflow', () => {
    const rejected = { fits: 'rejected' } as const;
    const { bands } = layOut(
      map(
        [
          bar(0, 16 * MIB, rejected),
          bar(1, 32 * GIB, rejected),
          bar(3, 32 * MIB, { ...rejected, window: 'mem32', address: '0xc0000000' }),
        ],
        true,
      ),
      [],
    );
    expect(
      bands.map(({ name, guest }) => [name, ...guest.map(({ piece }) => `${piece.index} ${piece.state}`)]),
    ).toEqual([
      ['high', '1 misfit', '3 misfit'],
      ['low', '0 affected'],
    ]);
    const [, overflow] = bands[0]!.guest;
    expect(overflow!.top + overflow!.height).toBeLessThan(bands[0]!.window!.top);
  });

  it('takes the address that the guest shows before a computed one', () => {
    const { guest } = high(map([bar(1, 256 * MIB)]), [row(1, '0x2000000000', { guestBase: '0x900000000' })]);
    expect(guest[0]!.piece).toMatchObject({ guest: 0x900000000, seen: true });
    expect(high(map([bar(1, 256 * MIB)])).guest[0]!.piece).toMatchObject({ guest: 0x800000000, seen: false });
  });

  it('breaks the host column between addresses that are far apart, and not between neighbours', () => {
    const bars = [bar(1, 16 * GIB), bar(3, 256 * MIB, { address: '0xc00000000' })];
    expect(high(map(bars), [row(1, '0x2000000000'), row(3, '0x9000000000')]).breaks).toHaveLength(1);
    expect(high(map(bars), [row(1, '0x2000000000'), row(3, '0x2400000000')]).breaks).toHaveLength(0);
  });

  it('leaves out I/O ports, and a half where nothing lies', () => {
    const ports = bar(5, 128, { kind: 'io', window: 'io', address: '0x2000' });
    expect(layOut(map([bar(0, 16 * MIB), ports]), []).bands.map(({ name, guest }) => [name, guest.length])).toEqual([
      ['low', 1],
    ]);
  });
});

describe('labels', () => {
  it('are moved apart and stay inside', () => {
    const middles = spread(
      [50, 52, 54, 99].map((middle) => ({ middle, height: 20 })),
      0,
      100,
    );
    const sorted = [...middles].sort((a, b) => a - b);
    for (const [i, middle] of sorted.entries()) if (i > 0) expect(middle - sorted[i - 1]!).toBeGreaterThanOrEqual(20);
    expect(sorted.at(-1)).toBeLessThanOrEqual(90);
  });

  it('stay where they belong when there is room', () => {
    expect(
      spread(
        [
          { middle: 70, height: 20 },
          { middle: 20, height: 20 },
        ],
        0,
        100,
      ),
    ).toEqual([70, 20]);
  });
});

describe('the picture', () => {
  it('says in words what it shows', () => {
    const lost = bar(1, 32 * GIB, { hostBdf: '10/0/0', window: null, address: null, fits: 'dropped' });
    const picture = addressPicture(map([bar(1, 32 * GIB), lost]), [row(1, '0x2000000000')], 'm')!.toString();
    const words = /<desc[^>]*>(.*?)<\/desc>/.exec(picture)![1];
    expect(words).toBe(
      'Above 4 GiB the guest has a window of 32 GiB from 0x800000000. ' +
        'BAR1 of 9/0/0, 32 GiB, on the host at 0x2000000000: in the guest at 0x800000000*. ' +
        'BAR1 of 10/0/0, 32 GiB: does not fit.',
    );
    expect(picture).toContain('role="img" aria-labelledby="m-t m-d"');
    expect(picture).toContain('class="bar misfit"');
    expect(picture).toContain('32 GiB, no room');
  });

  it('is not drawn when nothing lies in memory', () => {
    expect(addressPicture(map([]), [], 'm')).toBeUndefined();
  });

  it('writes names of VMs as text', () => {
    expect(addressPicture({ ...map([bar(1, GIB)]), vm: '</title><b>' }, [], 'm')!.toString()).toContain(
      '&lt;/title&gt;&lt;b&gt;',
    );
  });
});
