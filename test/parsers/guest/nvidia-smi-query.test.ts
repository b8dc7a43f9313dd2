import { describe, expect, it } from 'vitest';
import parser, { type NvidiaSmiQueryFacts } from '../../../parsers/guest/nvidia-smi-query.ts';

const facts = (text: string): NvidiaSmiQueryFacts => parser.parse(text).facts!;
const leaf = (read: NvidiaSmiQueryFacts, path: string, gpu = 0) =>
  read.gpus[gpu]?.leaves.find((candidate) => candidate.path === path);

describe('nvidia-smi -q', () => {
  it('takes the versions of 610 from their new names and drops the deprecation note', () => {
    const read = facts(`==============NVSMI LOG==============

Timestamp                                              : Mon Aug 17 09:12:40 2026
Driver Version                                         : 610.20.01 [Deprecated; will be removed in CUDA 14.0. Use KMD Version instead]
CUDA Version                                           : 13.3 [Deprecated; will be removed in CUDA 14.0. Use CUDA UMD Version instead]
KMD Version                                            : 610.20.01
CUDA UMD Version                                       : 13.3

Attached GPUs                                          : 1
GPU 00000000:00:06.0
    Display Mode                                       : Requested functionality has been deprecated
    Product Name                                       : NVIDIA L4 [Deprecated; say something else]
`);
    expect(read.timestamp).toBe('Mon Aug 17 09:12:40 2026');
    expect(read.versions).toMatchObject({ line: 6, driver: '610.20.01', cuda: '13.3' });
    expect(read.gpus[0]?.name).toBe('NVIDIA L4');
    expect(read.header.find(({ path }) => path === 'Driver Version')?.value).toMatch(/\[Deprecated; /);
    expect(leaf(read, 'Display Mode')?.value).toBe('Requested functionality has been deprecated');
  });

  it('keeps several GPUs apart and lifts retired pages, remapped rows and ECC of both generations', () => {
    const read = facts(`Attached GPUs                       : 2
GPU 0000:03:00.0
    Ecc Mode
        Current                     : Enabled
        Pending                     : Disabled
    ECC Errors
        Volatile
            Single Bit
                Device Memory       : 4
                Total               : 5
            Double Bit
                Device Memory       : 1
                Total               : 2
        Aggregate
            Double Bit
                Total               : 7
    Retired Pages
        Single Bit ECC              : 3
        Double Bit ECC              : 9
        Pending                     : Yes
GPU 00000000:82:00.0
    ECC Mode
        Current                     : Enabled
    ECC Errors
        Volatile
            SRAM Correctable        : 0
            SRAM Uncorrectable Parity : 0
            SRAM Uncorrectable SEC-DED : 1
            DRAM Uncorrectable      : 2
    Remapped Rows
        Correctable Error           : 1
        Uncorrectable Error         : 4
        Pending                     : Yes
        Remapping Failure Occurred  : No
`);
    expect(read.attachedGpus).toBe(2);
    expect(read.gpus[0]).toMatchObject({
      bdf: '0000:03:00.0',
      ecc: {
        line: 13,
        enabled: true,
        pendingEnabled: false,
        volatileCorrected: 5,
        volatileUncorrected: 2,
        aggregateUncorrected: 7,
      },
      retiredPages: { line: 20, pending: true, doubleBit: 9, singleBit: 3 },
    });
    expect(read.gpus[1]).toMatchObject({
      bdf: '0000:82:00.0',
      ecc: { line: 28, volatileUncorrected: 3, volatileCorrected: 0 },
      remappedRows: { line: 33, pending: true, failure: false, uncorrectable: 4, correctable: 1 },
    });
    expect(read.gpus[1]?.retiredPages).toBeUndefined();
  });

  it('nests by indentation, also below a key that has a value', () => {
    const read = facts(`GPU 00000000:00:06.0
    Clocks Throttle Reasons
        HW Slowdown                       : Active
            HW Thermal Slowdown           : Not Active
        Sync Boost                        : Not Active
    PCI
        GPU Link Info
            PCIe Generation
                Max                       : 3
                Current                   : 1
                Host Max                  : N/A
            Link Width
                Max                       : 16x
                Current                   : 8x
        Replays Since Reset               : 12
    Fan Speed                             : N/A
`);
    expect(leaf(read, 'Clocks Throttle Reasons/HW Slowdown/HW Thermal Slowdown')).toMatchObject({
      line: 4,
      value: 'Not Active',
    });
    expect(leaf(read, 'Clocks Throttle Reasons/Sync Boost')).toBeDefined();
    expect(leaf(read, 'Fan Speed')).toMatchObject({ line: 16, value: 'N/A' });
    expect(read.gpus[0]?.link).toMatchObject({
      widthCurrent: 8,
      widthMax: 16,
      generationCurrent: 1,
      generationMax: 3,
      replays: 12,
    });
    expect(read.gpus[0]?.link?.generationHostMax).toBeUndefined();
  });

  it('reads a paste that lost its indentation', () => {
    const read = facts(`GPU 00000000:00:06.0
Product Name                          : Tesla P40
GPU Virtualization Mode
Virtualization Mode                   : None
PCI
Device Id                             : 0x1B3810DE
GPU Link Info
PCIe Generation
Max                                   : 3
Current                               : 3
FB Memory Usage
Total                                 : 23040 MiB
BAR1 Memory Usage
Total                                 : 32768 MiB
`);
    expect(read.gpus[0]).toMatchObject({
      name: 'Tesla P40',
      pciId: '10de:1b38',
      virtualization: { mode: 'None' },
      memory: { totalMib: 23040 },
      bar1: { line: 14, totalBytes: 32 * 2 ** 30 },
      link: { generationCurrent: 3 },
    });
  });

  it('does not take the memory of a MIG instance, a process or the module for the GPU', () => {
    const read = facts(`GPU 00000000:41:00.0
    MIG Device
        Index                             : 0
        GPU Instance ID                   : 3
        Compute Instance ID               : 0
        Device Attributes
            Shared
                Multiprocessor count      : 14
        Shared FB Memory Usage
            Total                         : 5952 MiB
            Used                          : 13 MiB
    MIG Device
        Index                             : 1
        GPU Instance ID                   : 4
    FB Memory Usage
        Total                             : 24576 MiB
        Used                              : 26 MiB
    Module Power Readings
        Power Draw                        : 900.00 W
    GPU Power Readings
        Average Power Draw                : N/A
        Instantaneous Power Draw          : 31.50 W
        Current Power Limit               : 165.00 W
    Processes
        Process ID                        : 812
            Name                          : C:\\Tools\\x: y.exe
`);
    const gpu = read.gpus[0];
    expect(gpu).toMatchObject({ memory: { totalMib: 24576 }, power: { drawWatts: 31.5, limitWatts: 165 } });
    expect(gpu?.index).toBeUndefined();
    expect(gpu?.name).toBeUndefined();
    expect(leaf(read, 'Processes/Process ID/Name')?.value).toBe('C:\\Tools\\x: y.exe');
    expect(read.migDevices).toEqual([
      expect.objectContaining({
        line: 3,
        busId: '00000000:41:00.0',
        index: 0,
        gpuInstance: 3,
        computeInstance: 0,
        multiprocessors: 14,
        memory: expect.objectContaining({ totalMib: 5952, usedMib: 13 }) as unknown,
      }),
      expect.objectContaining({ line: 13, index: 1, gpuInstance: 4 }),
    ]);
  });

  it('keeps error texts as errors and shows that GSP is absent', () => {
    const read = facts(`GPU 00000000:00:07.0
    Product Name                          : Unknown Error
    GSP Firmware Version                  : N/A
    GPU Recovery Action                   : Reboot
    Temperature
        GPU Current Temp                  : GPU is lost
`);
    expect(read.gpus[0]).toMatchObject({
      hasError: true,
      gspFirmware: { line: 3, version: null },
      recovery: { line: 4, action: 'Reboot' },
      errors: [
        { line: 2, field: 'Product Name', text: 'Unknown Error' },
        { line: 6, field: 'Temperature/GPU Current Temp', text: 'GPU is lost' },
      ],
    });
    expect(read.gpus[0]?.temperature).toBeUndefined();
  });

  it('accepts a quoting margin and an excerpt without the head of its GPU', () => {
    const read = facts('  ## GPU Virtualization Mode\n  ##     Virtualization Mode         : Pass-Through\n');
    expect(read.gpus[0]?.virtualization).toEqual({ line: 2, mode: 'Pass-Through' });
  });

  it('bounds the leaves it keeps', () => {
    const rows = Array.from({ length: 4000 }, (_, i) => `    Key ${i}                  : ${i}`);
    const { facts: read } = parser.parse(`GPU 00000000:00:07.0\n${rows.join('\n')}\n`);
    expect(read?.gpus[0]?.leaves).toHaveLength(1500);
    expect(read?.gpus[0]?.leavesOmitted).toBe(2500);
  });

  it('finds nothing in other padded listings', () => {
    expect(
      parser.parse('Architecture:        x86_64\nModel name :   Xeon\nStatus       : Error\n').facts,
    ).toBeUndefined();
    expect(parser.markers.some((marker) => marker.test('CUDA Version        : 12.2'))).toBe(false);
  });
});
