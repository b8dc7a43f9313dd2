import { expect, it } from 'vitest';
import parser from '../../../parsers/host/sysctl.ts';

it('types values and keeps large numbers as text', () => {
  expect(
    parser.parse('hw.ncpu: 16\nkern.vm_guest: none\nhw.vmm.vmx.cr0_ones_mask: 9223372036854775808\nhw.vmm.maxcpu=32')
      .facts,
  ).toMatchObject({
    values: [{ value: 16 }, { value: 'none' }, { value: '9223372036854775808' }, { name: 'hw.vmm.maxcpu', value: 32 }],
    vmmLoaded: true,
  });
});

it('joins values over several lines up to a blank one', () => {
  const { values } = parser.parse('kern.version: FreeBSD 14.3-RELEASE\n    GENERIC\n\nunrelated\nhw.ncpu: 2').facts!;
  expect(values).toMatchObject([{ value: 'FreeBSD 14.3-RELEASE\n    GENERIC' }, { value: 2, line: 5 }]);
});

it.each(["sysctl: unknown oid 'hw.vmm': No such file or directory", "sysctl: unknown oid 'hw.vmm.iommu'"])(
  '%s means vmm is not loaded',
  (text) => {
    expect(parser.parse(text).facts).toMatchObject({ vmmLoaded: false, values: [] });
  },
);

it('says nothing of vmm when it was not asked for', () => {
  expect(parser.parse('hw.ncpu: 2').facts!.vmmLoaded).toBeUndefined();
});
