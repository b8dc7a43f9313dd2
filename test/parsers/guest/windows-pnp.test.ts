import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/guest/windows-pnp.ts';

const isMarked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('Windows device status', () => {
  it.each([
    ['This device cannot find enough free resources that it can use. (Code 12)', 12, 'CM_PROB_NORMAL_CONFLICT'],
    ['This device cannot start. (Code 10)', 10, 'CM_PROB_FAILED_START'],
    ['This device is disabled. (Code 22)', 22, 'CM_PROB_DISABLED'],
    ['The drivers for this device are not installed. (Code 28)', 28, 'CM_PROB_FAILED_INSTALL'],
    [
      'This device is not working properly because Windows cannot load the drivers required for this device. (Code 31)',
      31,
      'CM_PROB_FAILED_ADD',
    ],
    [
      'Windows cannot load the device driver for this hardware. The driver may be corrupted or missing. (Code 39)',
      39,
      'CM_PROB_DRIVER_FAILED_LOAD',
    ],
    ['Currently, this hardware device is not connected to the computer. (Code 45)', 45, 'CM_PROB_PHANTOM'],
    [
      'Windows cannot verify the digital signature for the drivers required for this device. (Code 52)',
      52,
      'CM_PROB_UNSIGNED_DRIVER',
    ],
  ])('reads: %s', (text, code, name) => {
    expect(parser.parse(`\n${text}\n`).facts?.messages).toEqual([{ line: 2, code, name, text }]);
    expect(isMarked(text)).toBe(true);
  });

  it('reads a code in a translated sentence', () => {
    const { facts } = parser.parse('Dieses Gerät wurde angehalten, weil es Fehler gemeldet hat. (Code 43)\n');
    expect(facts?.messages[0]).toMatchObject({ code: 43 });
  });

  it('reads the default table of Get-PnpDevice', () => {
    const { facts } = parser.parse(`
Status     Class           FriendlyName                                                                     InstanceId
------     -----           ------------                                                                     ----------
OK         Display         Microsoft Basic Display Adapter                                                  PCI\\VEN_1234&DEV_1111...
Error      Display         NVIDIA Tesla P40                                                                 PCI\\VEN_10DE&DEV_1B38&SUBSYS_11D910DE&REV_A1\\3&2411E6FE&0&38
`);
    expect(facts?.devices).toEqual([
      expect.objectContaining({ line: 4, status: 'OK', pciId: '1234:1111' }),
      expect.objectContaining({
        line: 5,
        status: 'Error',
        class: 'Display',
        name: 'NVIDIA Tesla P40',
        pciId: '10de:1b38',
        subsystemId: '10de:11d9',
        revision: '0xa1',
      }),
    ]);
  });

  it('reads pnputil, one record a device', () => {
    const { facts } = parser.parse(`Microsoft PnP Utility

Instance ID:                PCI\\VEN_10DE&DEV_1EB8&SUBSYS_12A210DE&REV_A1\\3&13C0B0C5&0&30
Device Description:         NVIDIA Tesla T4
Class Name:                 Display
Class GUID:                 {4d36e968-e325-11ce-bfc1-08002be10318}
Manufacturer Name:          NVIDIA
Status:                     Problem
Problem Code:               12 (0x0C) [CM_PROB_NORMAL_CONFLICT]
Driver Name:                oem7.inf

Instance ID:                ROOT\\BASICDISPLAY\\0000
Device Description:         Microsoft Basic Display Driver
Class Name:                 Display
Status:                     Started
Driver Name:                display.inf
`);
    expect(facts?.devices).toEqual([
      expect.objectContaining({
        line: 3,
        name: 'NVIDIA Tesla T4',
        status: 'Problem',
        pciId: '10de:1eb8',
        inf: 'oem7.inf',
        problem: { line: 9, code: 12, name: 'CM_PROB_NORMAL_CONFLICT' },
      }),
      expect.objectContaining({ line: 12, status: 'Started', instanceId: 'ROOT\\BASICDISPLAY\\0000' }),
    ]);
    expect(facts?.devices[1]?.pciId).toBeUndefined();
    expect(facts?.devices[1]?.problem).toBeUndefined();
  });

  it('reads Win32_VideoController and the NVIDIA release in its driver version', () => {
    const { facts } = parser.parse(`
Name                   : NVIDIA GeForce GTX 1060
DriverVersion          : 27.21.14.5671
ConfigManagerErrorCode : 43
PNPDeviceID            : PCI\\VEN_10DE&DEV_1C03&SUBSYS_37831458&REV_A1\\3&267A616A&0&
                         38

Name=NVIDIA Tesla P4
DriverVersion=32.0.15.8088
ConfigManagerErrorCode=0
PNPDeviceID=PCI\\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1\\3&267A616A&0&30
`);
    expect(facts?.devices).toEqual([
      expect.objectContaining({
        line: 2,
        driverVersion: '27.21.14.5671',
        nvidiaVersion: '456.71',
        pciId: '10de:1c03',
        subsystemId: '1458:3783',
        problem: { line: 4, code: 43, name: 'CM_PROB_FAILED_POST_START' },
      }),
      expect.objectContaining({ line: 8, nvidiaVersion: '580.88', pciId: '10de:1bb3' }),
    ]);
    expect(facts?.devices[1]?.problem).toBeUndefined();
  });

  it('takes CM_PROB_NONE for no problem', () => {
    const { facts } = parser.parse('FriendlyName : NVIDIA L4\nStatus : OK\nProblem : CM_PROB_NONE\n');
    expect(facts?.devices).toEqual([{ line: 1, name: 'NVIDIA L4', status: 'OK' }]);
  });

  it('reads a hardware id alone', () => {
    expect(parser.parse('PCI\\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1\n').facts?.devices).toEqual([
      {
        line: 1,
        instanceId: 'PCI\\VEN_10DE&DEV_1BB3&SUBSYS_11D810DE&REV_A1',
        pciId: '10de:1bb3',
        subsystemId: '10de:11d8',
        revision: '0xa1',
      },
    ]);
  });

  it('does not mark talk about a code', () => {
    expect(isMarked('I still get Code 43 with this card.')).toBe(false);
    expect(isMarked('Status : Error')).toBe(false);
  });
});
