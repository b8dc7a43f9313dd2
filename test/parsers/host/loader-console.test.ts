import { describe, expect, it } from 'vitest';
import loader from '../../../parsers/host/loader-console.ts';

const read = (...lines: string[]) => loader.parse(lines.join('\n')).facts;

describe('files', () => {
  it('reads segments of the kernel without the symbol table', () => {
    const { files } = read('/boot/kernel/kernel text=0x1000 data=0x200+0x3000 syms=[0x8+0x17e8b8+0x8+0x197e84]')!;
    expect(files).toEqual([
      {
        line: 1,
        path: '/boot/kernel/kernel',
        segments: [
          { name: 'text', bytes: 4096 },
          { name: 'data', bytes: 512, zeroed: 12288 },
        ],
      },
    ]);
  });

  it('reads object modules and raw files', () => {
    const { files } = read('/boot/kernel/zfs.ko size 0x5bb330 at 0x2340000', '/boot/entropy size=0x1000')!;
    expect(files).toMatchObject([
      { path: '/boot/kernel/zfs.ko', bytes: 6009648, address: '0x2340000' },
      { line: 2, path: '/boot/entropy', bytes: 4096 },
    ]);
  });
});

describe('errors', () => {
  it('names the file whose dependency failed and the one that was asked for', () => {
    const { errors, files, required } = read(
      '/boot/modules/amdgpu.ko size 0x100000 at 0x2000000',
      "loading required module 'drmn'",
      '/boot/modules/drm.ko size 0x20000 at 0x2100000',
      "loading required module 'linuxkpi'",
      '/boot/kernel/linuxkpi.ko size 0x30000 at 0x2120000',
      "loading required module 'kernel'",
      "module 'kernel' exists but with wrong version",
    )!;
    expect(required.map(({ module }) => module)).toEqual(['drmn', 'linuxkpi', 'kernel']);
    expect(files.map(({ requiredBy }) => requiredBy)).toEqual([
      undefined,
      '/boot/modules/amdgpu.ko',
      '/boot/modules/amdgpu.ko',
    ]);
    expect(errors).toEqual([
      {
        line: 7,
        kind: 'wrong-version',
        name: 'kernel',
        text: "module 'kernel' exists but with wrong version",
        file: '/boot/kernel/linuxkpi.ko',
        requested: '/boot/modules/amdgpu.ko',
      },
    ]);
  });

  it.each([
    ["can't find 'vmmm'", 'not-found', 'vmmm'],
    ["don't know how to load module '/boot/modules/nvidia.ko'", 'not-found', '/boot/modules/nvidia.ko'],
    ["can't load file '/boot/kernel/vmm.ko': input/output error", 'load-failed', '/boot/kernel/vmm.ko'],
    ["Failed to load kernel 'kernel.old'", 'no-kernel', 'kernel.old'],
    ["Not loading blacklisted module 'nvidia'", 'blacklisted', 'nvidia'],
    ["warning: KLD '/boot/kernel/vmm.ko' already loaded", 'already-loaded', '/boot/kernel/vmm.ko'],
  ])('reads %s', (text, kind, name) => {
    expect(read(text)!.errors).toMatchObject([{ line: 1, kind, name, text }]);
  });
});

it('leaves other text alone', () => {
  expect(read('loading the required module by hand', "I can't find my vmm")).toBeUndefined();
  for (const line of ["kldload: can't load vmm: No such file or directory", 'pptdevs="1/0/0"', 'Loading, please wait'])
    expect(
      loader.markers.some((marker) => marker.test(line)),
      line,
    ).toBe(false);
});
