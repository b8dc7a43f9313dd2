import { describe, expect, it } from 'vitest';
import sysfs from '../../../parsers/guest/pci-sysfs.ts';
import cmdline from '../../../parsers/guest/proc-cmdline.ts';
import interrupts from '../../../parsers/guest/proc-interrupts.ts';
import iomem from '../../../parsers/guest/proc-iomem.ts';
import gpu from '../../../parsers/guest/proc-nvidia-gpu.ts';
import params from '../../../parsers/guest/proc-nvidia-params.ts';
import version from '../../../parsers/guest/proc-nvidia-version.ts';

const marked = (parser: { markers: readonly RegExp[] }, line: string): boolean =>
  parser.markers.some((marker) => marker.test(line));

describe('proc-nvidia-version', () => {
  it('reads old and new modules', () => {
    expect(
      version.parse('NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.82.00  Thu Oct 14\n').facts,
    ).toMatchObject({
      version: '470.82.00',
      flavour: 'proprietary',
      line: 1,
    });
  });

  it('says what it cannot read', () => {
    const { facts, problems } = version.parse(
      'NVRM version: something else\nGCC version:  gcc version 12.2.0 (Debian)\n',
    );
    expect(facts).toBeUndefined();
    expect(problems).toMatchObject([{ line: 1 }]);
  });

  it('is not taken for a kernel log line', () =>
    expect(marked(version, 'NVRM: loading NVIDIA UNIX x86_64')).toBe(false));
});

describe('proc-nvidia-gpu', () => {
  const one = (bdf: string, bios: string): string =>
    `Model: \t\t Tesla P40\nIRQ:   \t\t 32\nVideo BIOS: \t ${bios}\nBus Location: \t ${bdf}\nGPU Excluded:\t No\n`;

  it('separates GPUs where a label comes again', () => {
    const { gpus } = gpu.parse(
      `${one('0000:00:08.0', '86.02.23.00.01')}${one('0000:00:09.0', '??.??.??.??.??')}`,
    ).facts!;
    expect(gpus).toMatchObject([
      { bdf: '0000:00:08.0', videoBios: '86.02.23.00.01', irq: 32, line: 1 },
      { bdf: '0000:00:09.0', videoBios: null, initialised: false, line: 6, fields: { 'Video BIOS': '??.??.??.??.??' } },
    ]);
    expect(gpus[0]).not.toHaveProperty('initialised');
  });

  it('takes the address from the path of a grep', () => {
    const path = '/proc/driver/nvidia/gpus/0000:00:0a.0/information:';
    expect(gpu.parse(`${path}Model: \t\t Tesla P40\n${path}IRQ:   \t\t 0\n`).facts!.gpus).toMatchObject([
      { bdf: '0000:00:0a.0', irq: 0, model: 'Tesla P40' },
    ]);
  });

  it('has no marker for nvidia-smi -q', () => {
    expect(marked(gpu, '    GPU UUID                              : GPU-00000000-1111-2222-3333-444444444444')).toBe(
      false,
    );
    expect(marked(gpu, 'Model name:          AMD EPYC 7302')).toBe(false);
  });
});

describe('proc-nvidia-params', () => {
  it('reads the dump of /sys/module, and the last value counts', () => {
    expect(
      params.parse(
        'EnableMSI: 1\n/sys/module/nvidia/parameters/NVreg_EnableMSI:0\nNVreg_RegistryDwords = "RMa=1;b=2"\n',
      ).facts,
    ).toMatchObject({ enableMsi: 0, registryDwords: 'RMa=1;b=2', parameters: [{ line: 1 }, { line: 2 }, { line: 3 }] });
  });

  it('reads nothing from other settings', () => {
    expect(params.parse('memory: 16\nname = value\n').facts).toBeUndefined();
    expect(marked(params, 'memory: 16')).toBe(false);
  });
});

describe('proc-cmdline', () => {
  it('is recognised without a boot image', () => {
    const text = 'root=/dev/vda2 ro console=ttyS0 iommu=soft nouveau.modeset=0\n';
    expect(cmdline.recognise!(text)).toBe(true);
    expect(cmdline.parse(text).facts).toMatchObject({
      iommu: 'soft',
      nouveauModeset: '0',
      options: { ro: [] },
      line: 1,
    });
  });

  it.each(['pptdevs="1/0/0"\n', 'quiet please\n', 'two lines\nroot=/dev/vda2 ro\n', 'hw.vmm.iommu.enable: 1\n', ''])(
    'does not take %j for one',
    (text) => expect(cmdline.recognise!(text)).toBe(false),
  );

  it('is safe with names that objects have', () => {
    const { options } = cmdline.parse('root=/dev/vda ro __proto__=1 constructor=2\n').facts!;
    expect(options['__proto__']).toEqual(['1']);
    expect(options['constructor']).toEqual(['2']);
    expect('toString' in options).toBe(false);
  });
});

describe('proc-iomem', () => {
  it('knows that zeros tell nothing', () => {
    const { facts, problems } = iomem.parse('00000000-00000000 : System RAM\n00000000-00000000 : PCI Bus 0000:00\n');
    expect(facts).toEqual({ readable: false, windows: [], devices: [] });
    expect(problems).toHaveLength(1);
  });

  it('gives a range the names that stand inside it', () => {
    const { devices } = iomem.parse(
      'c0000000-cfffffff : PCI Bus 0000:00\n  c0000000-c0ffffff : 0000:00:08.0\n    c0000000-c0ffffff : nvidia\n  c1000000-c1003fff : 0000:00:09.0\n',
    ).facts!;
    expect(devices).toMatchObject([
      { bdf: '0000:00:08.0', owners: ['nvidia'], size: 2 ** 24 },
      { bdf: '0000:00:09.0', owners: [] },
    ]);
  });
});

describe('proc-interrupts', () => {
  it('adds up the CPUs of each GPU row, also in a grep', () => {
    const { facts } = interrupts.parse(
      ' 30:          0          0          7          0  IR-PCI-MSI 4194304-edge      nvidia\n 16:          1          0          0          0   IO-APIC   16-fasteoi   nouveau, uhci_hcd:usb3\n 17:          5          0          0          0   IO-APIC   17-fasteoi   snd_hda_intel\n',
    );
    expect(facts).toEqual({
      rows: 3,
      interrupts: [
        {
          irq: '30',
          total: 7,
          perCpu: [0, 0, 7, 0],
          controller: 'IR-PCI-MSI',
          msi: true,
          actions: ['nvidia'],
          line: 1,
        },
        {
          irq: '16',
          total: 1,
          perCpu: [1, 0, 0, 0],
          controller: 'IO-APIC',
          msi: false,
          actions: ['nouveau', 'uhci_hcd:usb3'],
          line: 2,
        },
      ],
    });
  });

  it('tells "no GPU row" from "nothing there"', () => {
    expect(
      interrupts.parse('            CPU0       CPU1\n  0:         44          0   IO-APIC   2-edge      timer\n').facts,
    ).toEqual({
      cpus: 2,
      rows: 1,
      interrupts: [],
    });
    expect(interrupts.parse('nothing of the kind\n').facts).toBeUndefined();
  });
});

describe('pci-sysfs', () => {
  it('reads resource lines by their place', () => {
    const zero = '0x0000000000000000 0x0000000000000000 0x0000000000000000';
    const lines = [
      '0x00000000c0000000 0x00000000c0ffffff 0x0000000000040200',
      '0x0000000000000000 0x00000003ffffffff 0x000000000014220c',
      zero,
      '0x0000000802000000 0x0000000803ffffff 0x000000000014220c',
    ];
    const expected = [
      { index: 0, start: '0xc0000000', size: 2 ** 24 },
      { index: 1, start: null, size: 2 ** 34 },
      { index: 3, start: '0x802000000', size: 2 ** 25 },
    ];
    const path = '/sys/bus/pci/devices/0000:00:08.0/resource';
    expect(sysfs.parse(`=== ${path} ===\n${lines.join('\n')}\n`).facts!.devices[0]!.resources).toMatchObject(expected);
    expect(sysfs.parse(lines.map((line) => `${path}:${line}\n`).join('')).facts!.devices[0]!.resources).toMatchObject(
      expected,
    );
  });

  it('reads greps and links, several devices', () => {
    const { devices } = sysfs.parse(
      [
        '/sys/bus/pci/devices/0000:00:08.0/irq:0',
        '/sys/bus/pci/devices/0000:00:08.0/reset_method:flr bus',
        '/sys/bus/pci/devices/0000:00:08.0/driver -> ../../../bus/pci/drivers/nouveau',
        '/sys/bus/pci/devices/0000:00:09.0/vendor: 0x8086',
        '/sys/bus/pci/devices/0000:00:09.0/device: 0x1234',
        '/sys/bus/pci/devices/0000:00:09.0/driver_override:(null)',
      ].join('\n'),
    ).facts!;
    expect(devices).toMatchObject([
      { bdf: '0000:00:08.0', irq: 0, resetMethods: ['flr', 'bus'], driver: 'nouveau', line: 1 },
      { bdf: '0000:00:09.0', pciId: '8086:1234', line: 4 },
    ]);
    expect(devices[1]).not.toHaveProperty('driverOverride');
  });

  it('takes the device, but no value, from an error of cat', () => {
    const { devices } = sysfs.parse(
      "current_link_speed = cat: '/sys/bus/pci/devices/0000:00:08.0/current_link_speed': Invalid argument\npower_state = D3hot\n",
    ).facts!;
    expect(devices).toMatchObject([{ bdf: '0000:00:08.0', powerState: 'D3hot', attributes: { power_state: 'D3hot' } }]);
    expect(devices[0]!.attributes).not.toHaveProperty('current_link_speed');
  });
});
