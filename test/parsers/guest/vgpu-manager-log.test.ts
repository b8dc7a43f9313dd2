import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/guest/vgpu-manager-log.ts';

describe('vGPU manager log', () => {
  it('puts a wrapped refusal together and tells which side is too new', () => {
    const { facts } = parser.parse(
      'Incompatible Guest/Host drivers: Guest VGX version is newer than the maximum\nversion supported by the Host. Disabling vGPU.\n',
    );
    expect(facts?.incompatibilities).toEqual([
      {
        line: 1,
        text: 'Incompatible Guest/Host drivers: Guest VGX version is newer than the maximum version supported by the Host. Disabling vGPU.',
        newerSide: 'guest',
      },
    ]);
  });

  it('keeps the versions of manager and guest apart', () => {
    const prefix = 'Mar  2 11:20:08 kvm1 nvidia-vgpu-mgr[7007]:';
    const { facts } = parser.parse(`${prefix} notice: vmiop_log: ######## vGPU Manager Information: ########
${prefix} notice: vmiop_log: Driver Version: 550.54.16
${prefix} notice: vmiop_log: ######## Guest NVIDIA Driver Information: ########
${prefix} notice: vmiop_log: Driver Version: 551.61
${prefix} error: vmiop_log: (0x0): Failed to allocate something: 0x51
${prefix} error: vmiop_log: (0x0): Incompatible Guest/Host drivers: Guest VGX version(17.0) and Host VGX version(16.4) do not match.
${prefix} notice: vmiop_log: (0x0): vGPU license state: Licensed
`);
    expect(facts).toMatchObject({
      managerVersion: { line: 2, version: '550.54.16' },
      guestVersion: { line: 4, version: '551.61' },
      licenseState: { line: 7, state: 'Licensed' },
      errors: [{ line: 5, text: '(0x0): Failed to allocate something: 0x51' }],
    });
    expect(facts?.incompatibilities).toHaveLength(1);
    expect(facts?.incompatibilities[0]?.newerSide).toBeUndefined();
  });

  it('finds nothing in other logs', () => {
    expect(parser.parse('Mar  2 11:20:08 kvm1 libvirtd[12]: Driver Version: 1\n').facts).toBeUndefined();
  });
});
