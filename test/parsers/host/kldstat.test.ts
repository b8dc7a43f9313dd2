import { expect, it } from 'vitest';
import parser from '../../../parsers/host/kldstat.ts';

it('reads sizes in hexadecimal and with units', () => {
  const { files } = parser.parse(
    ' 1   10 0xffffffff80200000  1f000000 kernel\n 2    1 0xffffffff82000000     3.5M vmm.ko\n',
  ).facts!;
  expect(files).toMatchObject([{ size: 0x1f000000 }, { size: 3.5 * 2 ** 20, name: 'vmm.ko', line: 2 }]);
});

it('puts modules under their file, also without tabs', () => {
  const { files } = parser.parse(
    'Id Refs Address                Size Name\n 2    1 0xffffffff82000000   3df128 vmm.ko (/boot/modules/vmm.ko)\n  Contains modules:\n     Id Name\n    512 pci/ppt\n    513 vmm\n',
  ).facts!;
  expect(files).toMatchObject([
    { path: '/boot/modules/vmm.ko', modules: [{ id: 512, name: 'pci/ppt', line: 5 }, { name: 'vmm' }] },
  ]);
});

it('reads a bare list of names', () => {
  expect(parser.parse('nvidia-modeset.ko\nvmm.ko').facts).toMatchObject({ names: ['nvidia-modeset.ko', 'vmm.ko'] });
});
