import { describe, expect, it } from 'vitest';
import acpi from '../../../parsers/host/acpi-tables.ts';

const read = (...lines: string[]) => acpi.parse(lines.join('\n'));
const ROOT = [
  '/*',
  '  RSD PTR: OEM=ALASKA, ACPI_Rev=2.0x (2)',
  '\tXSDT=0x0000000079aee0a8, length=36, cksum=145',
  ' */',
];
const MADT = [
  '/*',
  '  APIC: Length=188, Revision=3, Checksum=95,',
  '\tOEMID=ALASKA, OEM Table ID=A M I, OEM Revision=0x1072009,',
  ' */',
];

describe('presence', () => {
  it('reads the one line of a grep', () => {
    const { facts } = read('  DMAR: Length=112, Revision=1, Checksum=240,');
    expect(facts).toMatchObject({ complete: false, dmar: { line: 1, length: 112, flags: [], units: [] } });
    expect(facts!.ivrs).toBeUndefined();
  });

  it('says that a table is missing only when the dump is complete', () => {
    expect(read(...ROOT, ...MADT).facts).toMatchObject({ complete: true, dmar: null, ivrs: null });
    const excerpt = read(...MADT).facts!;
    expect(excerpt.dmar).toBeUndefined();
    expect(excerpt.tables).toEqual([
      { line: 2, signature: 'APIC', length: 188, revision: 3, oemId: 'ALASKA', oemTableId: 'A M I' },
    ]);
  });

  it('does not mix up a wrong name', () => {
    expect(read('the DMAR table has Length=12').facts).toBeUndefined();
  });

  it('keeps what acpidump complained of', () => {
    expect(read('acpidump: cannot open /dev/mem').facts!.toolErrors).toEqual([
      { line: 1, text: 'cannot open /dev/mem' },
    ]);
  });
});

describe('DMAR', () => {
  it('reads units, scopes behind bridges and reserved memory', () => {
    const { facts, problems } = read(
      '  DMAR: Length=200, Revision=1, Checksum=1,',
      '\tHost Address Width=46',
      '\tFlags=',
      '',
      '\tType=DRHD',
      '\tLength=40',
      '\tFlags=',
      '\tSegment=0',
      '\tAddress=0x00000000c7ffc000',
      '\tDevice Scope:',
      '\t\tType=PCI Sub-Hierarchy',
      '\t\tLength=8',
      '\t\tEnumerationId=0',
      '\t\tStartBusNumber=128',
      '\t\tPath={3:0}',
      '',
      '\t\tType=PCI Endpoint Device',
      '\t\tLength=10',
      '\t\tEnumerationId=0',
      '\t\tStartBusNumber=0',
      '\t\tPath={28:0,0:1}',
      '',
      '\tType=ATSR',
      '\tLength=32',
      '\tFlags={ALL_PORTS}',
      '\tSegment=0',
    );
    expect(problems).toEqual([]);
    expect(facts!.dmar).toEqual({
      line: 1,
      length: 200,
      hostAddressWidth: 46,
      flags: [],
      units: [
        {
          line: 5,
          type: 'DRHD',
          flags: [],
          segment: 0,
          address: '0xc7ffc000',
          scopes: [
            { line: 11, type: 'PCI Sub-Hierarchy', startBus: 128, path: [{ slot: 3, function: 0 }], bdf: '128/3/0' },
            {
              line: 17,
              type: 'PCI Endpoint Device',
              startBus: 0,
              path: [
                { slot: 28, function: 0 },
                { slot: 0, function: 1 },
              ],
            },
          ],
        },
        { line: 23, type: 'ATSR', flags: ['ALL_PORTS'], segment: 0, scopes: [] },
      ],
    });
  });

  it('keeps fields of other tables out', () => {
    const { facts } = read(
      '  DMAR: Length=48, Revision=1, Checksum=1,',
      '\tHost Address Width=39',
      ' */',
      '  HPET: Length=56, Revision=1, Checksum=2,',
      '\tType=DRHD',
    );
    expect(facts!.dmar!.units).toEqual([]);
  });

  it('names what it cannot read', () => {
    const { problems } = read('  DMAR: Length=48, Revision=1, Checksum=1,', '\tType=DRHD', '\tAddress=unknown');
    expect(problems).toMatchObject([{ line: 3 }]);
  });
});

describe('IVRS', () => {
  it('is present in every version, decoded or not', () => {
    expect(read('  IVRS: Length=208, Revision=2, Checksum=17,').facts!.ivrs).toEqual({
      line: 1,
      length: 208,
      structures: [],
    });
  });

  it('keeps structures as printed', () => {
    const { ivrs } = read(
      '  IVRS: Length=208, Revision=2, Checksum=17,',
      '\tType=IVHD',
      '\tLength=64',
      '\tIOMMU DeviceId=0x2, CapOffset=0x40, Base=0xfeb80000',
    ).facts!;
    expect(ivrs!.structures).toMatchObject([
      { line: 2, type: 'IVHD', fields: { Length: '64', 'IOMMU DeviceId': '0x2', Base: '0xfeb80000' } },
    ]);
  });
});
