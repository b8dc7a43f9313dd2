import { describe, expect, it } from 'vitest';
import dkms from '../../../parsers/guest/dkms-status.ts';
import lsmod from '../../../parsers/guest/lsmod.ts';
import modinfo from '../../../parsers/guest/modinfo.ts';
import modprobe from '../../../parsers/guest/modprobe.ts';
import mokutil from '../../../parsers/guest/mokutil.ts';
import type { Parser } from '../../../src/model/parser.ts';

const isMarked = (parser: Parser, line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('lsmod', () => {
  it('reads a grepped excerpt, which says nothing of modules it does not show', () => {
    const { facts } = lsmod.parse('nouveau              2306048  4\ndrm_kms_helper        311296  1 nouveau\n');
    expect(facts?.hasHeader).toBe(false);
    expect(facts?.modules).toEqual([
      { line: 1, name: 'nouveau', sizeBytes: 2306048, useCount: 4, usedBy: [], state: undefined },
      { line: 2, name: 'drm_kms_helper', sizeBytes: 311296, useCount: 1, usedBy: ['nouveau'], state: undefined },
    ]);
  });

  it('reads /proc/modules', () => {
    const { facts } = lsmod.parse(
      'nvidia 56713216 12 nvidia_uvm,nvidia_modeset, Live 0x0000000000000000 (POE)\nvideo 65536 0 - Live 0x0000000000000000\n',
    );
    expect(facts?.modules).toEqual([
      expect.objectContaining({
        name: 'nvidia',
        useCount: 12,
        usedBy: ['nvidia_uvm', 'nvidia_modeset'],
        state: 'Live',
      }),
      expect.objectContaining({ name: 'video', usedBy: [], state: 'Live' }),
    ]);
  });

  it('marks rows about GPUs, not any row of numbers', () => {
    expect(isMarked(lsmod, 'nvidia_drm             90112  2')).toBe(true);
    expect(isMarked(lsmod, 'i2c_core               90112  3 drm,nvidia,i2c_piix4')).toBe(true);
    expect(isMarked(lsmod, 'total                  90112  2')).toBe(false);
    expect(isMarked(lsmod, ' 5    1 0xffffffff82f30000    4250 ums.ko')).toBe(false);
  });
});

describe('modinfo', () => {
  it('tells the flavour from the licence of the nvidia modules only', () => {
    const flavour = (name: string, license: string) =>
      modinfo.parse(`filename:       /lib/modules/6.1.0/extra/${name}.ko.xz\nlicense:        ${license}\n`).facts
        ?.modules[0]?.flavour;
    expect(flavour('nvidia', 'NVIDIA')).toBe('proprietary');
    expect(flavour('nvidia-modeset', 'Dual MIT/GPL')).toBe('open');
    expect(flavour('nvidia-uvm', 'Dual MIT/GPL')).toBeUndefined();
    expect(flavour('nouveau', 'Dual MIT/GPL')).toBeUndefined();
  });

  it('keeps several modules apart and does not guess DKMS', () => {
    const { facts } = modinfo.parse(`filename:       /lib/modules/6.1.0-9/extra/nvidia.ko.xz
version:        535.54.03
vermagic:       6.1.0-9 SMP preempt mod_unload
depends:        drm,i2c-core
filename:       (builtin)
name:           simpledrm
license:        GPL v2
`);
    expect(facts?.modules).toEqual([
      expect.objectContaining({
        line: 1,
        name: 'nvidia',
        version: '535.54.03',
        vermagic: { line: 3, text: '6.1.0-9 SMP preempt mod_unload', kernel: '6.1.0-9' },
        depends: ['drm', 'i2c-core'],
      }),
      expect.objectContaining({ line: 5, name: 'simpledrm' }),
    ]);
    expect(facts?.modules[0]?.isDkms).toBeUndefined();
  });

  it('reads what is left after grep', () => {
    expect(
      modinfo.parse('vermagic:       5.15.0-97-generic SMP mod_unload modversions \n').facts?.modules[0],
    ).toMatchObject({
      vermagic: { line: 1, kernel: '5.15.0-97-generic' },
    });
  });

  it('does not take a key in common with other texts for its own', () => {
    expect(modinfo.parse('name: value\nversion: 3\ndescription: a thing\n').facts).toBeUndefined();
  });
});

describe('modprobe and builds', () => {
  it.each([
    [
      "modprobe: ERROR: could not insert 'nvidia_uvm': Key was rejected by service",
      {
        tool: 'modprobe',
        action: 'insert',
        module: 'nvidia_uvm',
        cause: 'not-signed',
        error: 'Key was rejected by service',
      },
    ],
    ["modprobe: ERROR: could not insert 'nvidia': Operation not permitted", { cause: 'not-permitted' }],
    ["modprobe: ERROR: could not insert 'nvidia': Exec format error", { cause: 'wrong-format' }],
    ["modprobe: ERROR: could not insert 'nvidia': Invalid argument", { cause: 'invalid-argument' }],
    ["modprobe: ERROR: could not insert 'nvidia': No such device", { cause: 'no-device' }],
    [
      "modprobe: ERROR: could not insert 'nvidia': Unknown symbol in module, or unknown parameter (see dmesg)",
      { cause: 'unknown-symbol' },
    ],
    [
      'insmod: ERROR: could not insert module ./kernel-open/nvidia-drm.ko: Invalid module format',
      { tool: 'insmod', module: 'nvidia_drm', cause: 'wrong-format' },
    ],
    [
      "insmod: error inserting 'nvidia.ko': -1 No such device",
      { tool: 'insmod', module: 'nvidia', cause: 'no-device' },
    ],
    [
      'FATAL: Error inserting nvidia (/lib/modules/2.6.38-8/updates/nvidia.ko): No such device',
      { tool: 'modprobe', module: 'nvidia', cause: 'no-device' },
    ],
    [
      "modprobe: can't load module nvidia (extra/nvidia.ko): Operation not permitted",
      { module: 'nvidia', cause: 'not-permitted' },
    ],
    ['FATAL: Module nvidia not found.', { action: 'find', module: 'nvidia', cause: 'missing', kernel: undefined }],
    [
      'modprobe: FATAL: Module nvidia-current not found in directory /lib/modules/6.1.0-18-amd64',
      { action: 'find', module: 'nvidia_current', kernel: '6.1.0-18-amd64' },
    ],
    [
      'modinfo: ERROR: Module nvidia not found.',
      { tool: 'modinfo', action: 'find', module: 'nvidia', cause: 'missing' },
    ],
    ['rmmod: ERROR: Module nvidia is in use by: nvidia_uvm', { tool: 'rmmod', action: 'remove', cause: 'busy' }],
    [
      'Error! Your kernel headers for kernel 6.8.0-60-generic cannot be found at /lib/modules/6.8.0-60-generic/build',
      { tool: 'dkms', cause: 'headers-missing', kernel: '6.8.0-60-generic' },
    ],
    ['make[2]: *** [scripts/Makefile.build:243: /tmp/x/nv-drm.o] Error 1', { tool: 'make', cause: 'build-failed' }],
    [
      '/var/lib/dkms/nvidia/470.42/build/nvidia/nv.c:1200:9: error: implicit declaration of function ‘foo’',
      { tool: 'cc', action: 'build', cause: 'build-failed' },
    ],
    ["-> ERROR: Unable to load the kernel module 'nvidia.ko'.", { tool: 'nvidia-installer', action: 'insert' }],
  ])('reads: %s', (text, expected) => {
    const { facts } = modprobe.parse(`some line\n${text}\n`);
    expect(facts?.failures).toHaveLength(1);
    expect(facts?.failures[0]).toMatchObject({ line: 2, text, ...expected });
  });

  it('marks tool output, not talk about it', () => {
    expect(isMarked(modprobe, "modprobe: ERROR: could not insert 'nvidia': No such device")).toBe(true);
    expect(isMarked(modprobe, 'then I ran modprobe nvidia: error again')).toBe(false);
  });
});

describe('mokutil', () => {
  it.each([
    ['SecureBoot disabled', { secureBoot: 'disabled' }],
    ['   Secure Boot: enabled (user)', { secureBoot: 'enabled' }],
    ['EFI variables are not supported on this system', { secureBoot: 'unsupported' }],
    [
      'SecureBoot enabled\nSecureBoot validation is disabled in shim',
      { secureBoot: 'enabled', shimValidation: 'disabled' },
    ],
    ['SecureBoot disabled\nPlatform is in Setup Mode', { secureBoot: 'disabled', setupMode: true }],
  ])('reads: %s', (text, expected) => {
    expect(mokutil.parse(text).facts).toMatchObject({ line: 1, ...expected });
  });
});

describe('dkms status', () => {
  it('keeps the note that the installed module differs from the built one', () => {
    const { facts } = dkms.parse(
      'nvidia/550.120, 6.8.0-45-generic, x86_64: installed (WARNING! Diff between built and installed module!)\nzfs/2.1.5: added\n',
    );
    expect(facts?.modules[0]).toMatchObject({
      state: 'installed',
      note: '(WARNING! Diff between built and installed module!)',
    });
    expect(facts?.modules[1]).toEqual({
      line: 2,
      name: 'zfs',
      version: '2.1.5',
      kernel: undefined,
      arch: undefined,
      state: 'added',
      note: undefined,
    });
  });

  it('is not fooled by other lines with such words', () => {
    expect(isMarked(dkms, 'nvidia, 470.256.02, 5.15.0-112-generic, x86_64: installed')).toBe(true);
    expect(isMarked(dkms, 'Package nvidia-driver: installed')).toBe(false);
    expect(dkms.parse('nvidia-driver-535: installed\n').facts).toBeUndefined();
  });
});
