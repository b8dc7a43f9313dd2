import { describe, expect, it } from 'vitest';
import parser, { type NvidiaSmiCsvFacts } from '../../../parsers/guest/nvidia-smi-csv.ts';

const facts = (text: string): NvidiaSmiCsvFacts => parser.parse(text).facts!;
const isMarked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('nvidia-smi CSV', () => {
  it('lifts the fields of a GPU from the names of the properties', () => {
    const read =
      facts(`name, pci.bus_id, pci.device_id, vbios_version, pcie.link.gen.current, pcie.link.width.max, memory.used [MiB], ecc.mode.current, ecc.errors.uncorrected.volatile.total, retired_pages.pending, remapped_rows.pending, power.draw [W], driver_version
Tesla P40, 00000000:00:07.0, 0x1B3810DE, 86.02.23.00.01, 1, 16, 12 MiB, Enabled, 4, Yes, [N/A], 49.20 W, 570.124.06
`);
    expect(read.versions).toMatchObject({ line: 2, driver: '570.124.06' });
    expect(read.gpus[0]).toMatchObject({
      line: 2,
      name: 'Tesla P40',
      bdf: '0000:00:07.0',
      pciId: '10de:1b38',
      vbiosVersion: '86.02.23.00.01',
      link: { generationCurrent: 1, widthMax: 16 },
      memory: { usedBytes: 12 * 2 ** 20 },
      ecc: { volatileUncorrected: 4, enabled: true },
      retiredPages: { pending: true },
      power: { drawWatts: 49.2 },
    });
    expect(read.gpus[0]?.remappedRows).toBeUndefined();
    expect(read.rows[0]?.unavailable).toEqual(['remapped_rows.pending']);
  });

  it('takes bare numbers of `nounits` in the unit of the header', () => {
    const read = facts('index, memory.total [MiB], fan.speed [%]\n0, 7680, 35\n');
    expect(read.units).toEqual({ 'memory.total': 'MiB', 'fan.speed': '%' });
    expect(read.gpus[0]?.memory?.totalBytes).toBe(7680 * 2 ** 20);
  });

  it('keeps a lost GPU apart from values that do not exist', () => {
    const read = facts('index, name, temperature.gpu\n0, Tesla P4, [Not Supported]\n1, Tesla P4, [GPU is lost]\n');
    expect(read.gpus.map(({ hasError }) => hasError)).toEqual([false, true]);
    expect(read.gpus[1]?.errors).toEqual([{ line: 3, field: 'temperature.gpu', text: '[GPU is lost]' }]);
    expect(read.rows.map(({ unavailable }) => unavailable)).toEqual([['temperature.gpu'], ['temperature.gpu']]);
    expect(read.rows[0]?.values['temperature.gpu']).toBe('[Not Supported]');
  });

  it('takes an error line between rows as an error, and the rows after it still', () => {
    const { facts: read, problems } = parser.parse(
      'index, name, pstate\n0, NVIDIA A40, P8\nUnable to determine the device handle for GPU1: 0000:0C:00.0: GPU is lost.  Reboot the system to recover this GPU\n2, NVIDIA A40, P8\n',
    );
    expect(problems).toEqual([]);
    expect(read?.errors).toEqual([expect.objectContaining({ line: 3, id: 'gpu-lost', gpu: 1, bdf: '0000:0c:00.0' })]);
    expect(read?.gpus.map(({ index }) => index)).toEqual([0, 2]);
  });

  it('puts a process name with a comma together again and makes no GPU of a process', () => {
    const read = facts('pid, process_name, used_gpu_memory [MiB]\n991, /opt/run, fast/main, 120 MiB\n');
    expect(read.rows[0]?.values).toEqual({
      pid: '991',
      process_name: '/opt/run, fast/main',
      used_gpu_memory: '120 MiB',
    });
    expect(read.gpus).toEqual([]);
  });

  it('says which row does not fit its header', () => {
    const { facts: read, problems } = parser.parse('index, name, pstate\n0, Tesla P4\n');
    expect(read?.rows).toEqual([]);
    expect(problems).toEqual([{ message: 'a row has 2 values, the header names 3', line: 2 }]);
  });

  it('is safe from keys of the prototype', () => {
    const read = facts('constructor, driver_version, hasOwnProperty\n2, 535.54, 3\n');
    expect(read.rows[0]?.values['constructor']).toBe('2');
    expect(Object.keys(read.rows[0]!.values)).toEqual(['constructor', 'driver_version', 'hasOwnProperty']);
  });

  it('recognises a header of any length', () => {
    const columns = ['index', 'driver_version', ...Array.from({ length: 400 }, (_, i) => `clocks.property_${i}`)];
    expect(parser.recognise?.(`\n${columns.join(', ')}\n${columns.map(() => '1').join(', ')}\n`)).toBe(true);
    expect(parser.recognise?.('date, name, driver_versions\n')).toBe(false);
  });

  it('knows headers and nothing else', () => {
    expect(isMarked('driver_version')).toBe(true);
    expect(isMarked('index, name, uuid')).toBe(true);
    expect(isMarked('name, memory.total [MiB]')).toBe(true);
    expect(isMarked('id, name, date')).toBe(false);
    expect(isMarked('I looked at driver_version, and it is old')).toBe(false);
    expect(isMarked('Tesla P4, 535.54')).toBe(false);
  });
});
