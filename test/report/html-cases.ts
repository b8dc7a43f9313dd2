import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { addMatrix } from '../../src/matrix/report-part.ts';
import { renderHtml } from '../../src/report/html/report.ts';
import { diagnoseFull, MATRIX } from '../support/diagnose.ts';
import { globSync, ROOT } from '../support/files.ts';

/** Inputs for the HTML report, written by hand in the real formats. */

const gpu = (unit: string, bus: number, device: string, name: string, bars: string): string =>
  `${unit}@pci0:${bus}:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x${device} subvendor=0x10de subdevice=0x11d8\n` +
  `    vendor     = 'NVIDIA Corporation'\n    device     = '${name}'\n    class      = display\n    subclass   = 3D\n` +
  `${bars}    cap 05[68] = MSI supports 1 message, 64 bit \n`;

const bar = (register: string, bits: 32 | 64, base: string, size: number): string =>
  `    bar   [${register}] = type ${bits === 32 ? 'Memory' : 'Prefetchable Memory'}, range ${bits}, base ${base}, size ${size}, enabled\n`;

/**
 * A VM with two cards, without UEFI firmware: bhyve has room for one BAR1 of 32 GiB, says nothing of the other, and the
 * guest cannot use the second card.
 */
export const TWO_CARDS: Readonly<Record<string, string>> = {
  'host/uname.txt': 'FreeBSD lab7 14.3-RELEASE FreeBSD 14.3-RELEASE releng/14.3-n271432-8c9ce319fef7 GENERIC amd64\n',
  'host/loader.conf': 'vmm_load="YES"\npptdevs="65/0/0 101/0/0"\n',
  'host/sysctl-vmm.txt': 'hw.vmm.iommu.enable: 1\nhw.vmm.iommu.initialized: 1\n',
  'host/pciconf.txt': ['65', '101']
    .map((bus, i) => {
      const base = ['0x5', '0x7'][i]!;
      return gpu(
        `ppt${i}`,
        Number(bus),
        '1b38',
        'GP102GL [Tesla P40]',
        bar('10', 32, ['0xb2000000', '0xb6000000'][i]!, 2 ** 24) +
          bar('14', 64, `${base}800000000`, 2 ** 35) +
          bar('1c', 64, `${base}7fe000000`, 2 ** 25),
      );
    })
    .join(''),
  'host/vm/train/train.conf':
    'loader="grub"\ncpu=8\nmemory=24G\ndisk0_type="nvme"\npassthru0="65/0/0=6:0"\npassthru1="101/0/0=7:0"\n',
  'guest/train/dmesg.txt': `[    0.000000] Linux version 6.8.0-55-generic (buildd@lcy02-amd64-095) #57-Ubuntu SMP
[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021
[    0.401120] pci 0000:00:06.0: [10de:1b38] type 00 class 0x030200 PCIe Endpoint
[    0.401710] pci 0000:00:06.0: BAR 0 [mem 0xc2000000-0xc2ffffff]
[    0.401903] pci 0000:00:06.0: BAR 1 [mem 0x800000000-0xfffffffff 64bit pref]
[    0.402118] pci 0000:00:06.0: BAR 3 [mem 0xc0000000-0xc1ffffff 64bit pref]
[    0.403120] pci 0000:00:07.0: [10de:1b38] type 00 class 0x030200 PCIe Endpoint
[    0.403710] pci 0000:00:07.0: BAR 0 [mem 0xc5000000-0xc5ffffff]
[    0.404118] pci 0000:00:07.0: BAR 3 [mem 0xc3000000-0xc4ffffff 64bit pref]
[    2.904417] nvidia: loading out-of-tree module taints kernel.
[    3.036912] nvidia-nvlink: Nvlink Core is being initialized, major device number 237
[    3.040017] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:
               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:07.0)
[    3.041880] nvidia: probe of 0000:00:07.0 failed with error -1
[    3.041937] NVRM: The NVIDIA probe routine failed for 1 device(s).
[    3.148302] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.133.20  Sun Mar 23 02:55:32 UTC 2025
`,
};

/** What a log may hold to become a part of the page, to run in it, or to look like something else. */
export const HOSTILE_LINES = [
  '</code></pre><script>document.title = "owned"; alert(1)</script>',
  "\"><img src=x onerror=\"document.title='owned'\">' onmouseover='alert(2)",
  '\u001b[31mred\u001b[0m \u202e gnirts desrever \u2066 and \u200b zero width',
  '<svg onload=alert(3)><style>*{display:none}</style><a href="javascript:alert(4)">x</a>',
  '&lt;b&gt; &amp; ]]> <!-- <base href="https://evil.example/">',
] as const;

/** The same host with hostile text in every place that reaches the page: names, paths and the lines beside a quote. */
export const HOSTILE: Readonly<Record<string, string>> = {
  ...TWO_CARDS,
  'host/pciconf.txt': TWO_CARDS['host/pciconf.txt']!.replaceAll('[Tesla P40]', '<img src=x onerror=alert(5)>'),
  'guest/train/dmesg.txt': TWO_CARDS['guest/train/dmesg.txt']!.replace(/ +NVRM: BAR1.*\n/, (line) =>
    [...HOSTILE_LINES.slice(0, 3), line.trimEnd(), ...HOSTILE_LINES.slice(3), ''].join('\n'),
  ),
  'host/"><script>alert(6)</script>.txt': 'hw.vmm.iommu.initialized: 1\n',
};

/** All files of a folder below the root of the repository, as path -> content. */
export const filesOf = (folder: string): Record<string, Buffer> =>
  Object.fromEntries(
    globSync(folder, '')
      .filter((path) => statSync(join(ROOT, path)).isFile())
      .map((path) => [path.slice(folder.length + 1), readFileSync(join(ROOT, path))]),
  );

/** The page for texts given as path -> content, as `analyze` makes it. */
export function pageOf(files: Readonly<Record<string, string | Buffer>>): string {
  const diagnosis = diagnoseFull(files);
  return renderHtml(addMatrix(diagnosis, MATRIX), {
    artifacts: diagnosis.reading.artifacts.map(({ artifact }) => artifact),
    redacted: false,
  });
}
