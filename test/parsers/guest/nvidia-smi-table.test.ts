import { describe, expect, it } from 'vitest';
import parser, { type NvidiaSmiTableFacts } from '../../../parsers/guest/nvidia-smi-table.ts';

const facts = (text: string): NvidiaSmiTableFacts => {
  const { facts: read, problems } = parser.parse(text);
  expect(problems).toEqual([]);
  return read!;
};

const isMarked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('nvidia-smi table', () => {
  it('reads the two-line form of driver 340, with its four-digit domain and process table', () => {
    const read = facts(`
+------------------------------------------------------+
| NVIDIA-SMI 340.108    Driver Version: 340.108        |
|-------------------------------+----------------------+----------------------+
| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |
| Fan  Temp  Perf  Pwr:Usage/Cap|         Memory-Usage | GPU-Util  Compute M. |
|===============================+======================+======================|
|   0  GeForce 8400 GS     Off  | 0000:02:00.0     N/A |                  N/A |
| 40%   51C    P8    N/A /  N/A |      3MiB /   511MiB |     N/A      Default |
+-------------------------------+----------------------+----------------------+

+-----------------------------------------------------------------------------+
| Compute processes:                                               GPU Memory |
|  GPU       PID  Process name                                     Usage      |
|=============================================================================|
|    0      2210  ./bench --all                                        61MiB  |
|    1            Not Supported                                               |
+-----------------------------------------------------------------------------+
`);
    expect(read.versions).toMatchObject({ line: 3, smi: '340.108', driver: '340.108' });
    expect(read.versions?.cuda).toBeUndefined();
    expect(read.gpus).toHaveLength(1);
    expect(read.gpus[0]).toMatchObject({
      line: 8,
      name: 'GeForce 8400 GS',
      busId: '0000:02:00.0',
      bdf: '0000:02:00.0',
      persistenceMode: false,
      performanceState: 'P8',
      temperature: { line: 9, current: 51 },
      memory: { usedMib: 3, totalMib: 511, totalBytes: 511 * 2 ** 20 },
      computeMode: 'Default',
      hasError: false,
    });
    expect(read.gpus[0]?.ecc).toBeUndefined();
    expect(read.gpus[0]?.power).toBeUndefined();
    expect(read.processes).toEqual([
      expect.objectContaining({ line: 16, gpu: 0, pid: 2210, name: './bench --all', usedMib: 61 }),
    ]);
  });

  it('reads the form before 319: index with a dot, units apart, ECC as two counters', () => {
    const read = facts(`
| NVIDIA-SMI 2.285.05   Driver Version: 285.05         |
| Nb.  Name                     | Bus Id        Disp.  | Volatile ECC SB / DB |
| Fan   Temp   Power Usage /Cap | Memory Usage         | GPU Util. Compute M. |
|===============================+======================+======================|
| 0.  Tesla M2070               | 0000:06:00.0  Off    |         3          1 |
|  N/A   N/A    P0    N/A /  N/A |   1%   10MB / 5375MB |    0%     Default    |
|-------------------------------+----------------------+----------------------|
`);
    expect(read.gpus[0]).toMatchObject({
      index: 0,
      name: 'Tesla M2070',
      bdf: '0000:06:00.0',
      memory: { usedMib: 10, totalMib: 5375 },
      ecc: { volatileUncorrected: 1, enabled: true },
    });
  });

  it('reads MIG instances, their BAR1 and the processes in them', () => {
    const read = facts(`
+-----------------------------------------------------------------------------------------+
| NVIDIA-SMI 550.54.15              Driver Version: 550.54.15      CUDA Version: 12.4     |
|-----------------------------------------+------------------------+----------------------+
|   2  NVIDIA A30                     On  |   00000000:41:00.0 Off |                   On |
| N/A   33C    P0             31W /  165W |      51MiB /  24576MiB |     N/A      Default |
|                                         |                        |              Enabled |
+-----------------------------------------+------------------------+----------------------+

+-----------------------------------------------------------------------------------------+
| MIG devices:                                                                            |
+------------------+----------------------------------+-----------+-----------------------+
| GPU  GI  CI  MIG |                     Memory-Usage |        Vol|      Shared           |
|      ID  ID  Dev |                       BAR1-Usage | SM     Unc| CE ENC DEC OFA JPG    |
|                  |                                  |        ECC|                       |
|==================+==================================+===========+=======================|
|  2    5   0   1  |              13MiB /  5952MiB    | 14      0 |  1   0    1    0    0 |
|                  |                 0MiB /  8191MiB  |           |                       |
+------------------+----------------------------------+-----------+-----------------------+

|    2    5    0       4242      C   python3 -m serve                           1801MiB |
`);
    expect(read.gpus[0]).toMatchObject({ migMode: 'Enabled', ecc: { enabled: true }, persistenceMode: true });
    expect(read.gpus[0]?.ecc?.volatileUncorrected).toBeUndefined();
    expect(read.gpus[0]?.utilization).toBeUndefined();
    expect(read.migDevices).toEqual([
      expect.objectContaining({
        line: 17,
        gpu: 2,
        gpuInstance: 5,
        computeInstance: 0,
        index: 1,
        multiprocessors: 14,
        memory: expect.objectContaining({ usedMib: 13, totalMib: 5952 }) as unknown,
        bar1: expect.objectContaining({ line: 18, totalMib: 8191 }) as unknown,
      }),
    ]);
    expect(read.processes[0]).toMatchObject({
      gpu: 2,
      gpuInstance: 5,
      computeInstance: 0,
      pid: 4242,
      type: 'C',
      name: 'python3 -m serve',
      usedMib: 1801,
    });
  });

  it('keeps every cell that reads ERR! as an error, and no value for it', () => {
    const read = facts(`
|   3  ERR!                On   | 00000000:8A:00.0 Off |                 ERR! |
|ERR!  ERR! ERR!    ERR! / ERR! |      0MiB / 46068MiB |    ERR!      Default |
|                               |                      |                 ERR! |
+-------------------------------+----------------------+----------------------+
|   4  NVIDIA A40          On   | 00000000:8B:00.0 Off |                  Off |
| N/A   41C    P0    ERR! / 300W |      0MiB / 46068MiB |      0%      Default |
`);
    const [lost, sensor] = read.gpus;
    expect(lost).toMatchObject({ index: 3, busId: '00000000:8A:00.0', hasError: true, memory: { totalMib: 46068 } });
    expect(lost?.name).toBeUndefined();
    expect(lost?.errors.map(({ field, line }) => `${line} ${field}`)).toEqual([
      '2 name',
      '2 ECC',
      '3 fan',
      '3 temperature',
      '3 performance state',
      '3 power draw',
      '3 power limit',
      '3 utilization',
      '4 MIG mode',
    ]);
    expect(sensor).toMatchObject({
      name: 'NVIDIA A40',
      hasError: true,
      power: { limitWatts: 300 },
      ecc: { enabled: false },
    });
    expect(sensor?.errors).toEqual([{ line: 7, field: 'power draw', text: 'ERR!' }]);
  });

  it('reads the banner of 610 and of WSL, and keeps what stands where the CUDA version should', () => {
    const banner = (text: string) => facts(`| ${text} |\n`).versions;
    expect(
      banner('NVIDIA-SMI 610.20                 KMD Version: 610.20.01     CUDA UMD Version: 13.3    '),
    ).toMatchObject({
      smi: '610.20',
      driver: '610.20.01',
      cuda: '13.3',
    });
    expect(banner('NVIDIA-SMI 535.104.05   Driver Version: 537.13   CUDA Version: 12.2')).toMatchObject({
      smi: '535.104.05',
      driver: '537.13',
    });
    expect(banner('NVIDIA-SMI 550.90   Driver Version: 550.90   CUDA Version: Not Found ')).toMatchObject({
      cudaText: 'Not Found',
    });
    expect(banner('NVIDIA-SMI 550.90   Driver Version: 550.90   CUDA Version: N/A ')).toMatchObject({
      cudaText: 'N/A',
    });
    expect(banner('NVIDIA-SMI 550.90   Driver Version: 550.90   CUDA Version: N/A ')?.cuda).toBeUndefined();
  });

  it('reads the driver model where Windows shows it', () => {
    const gpu = facts('|   0  NVIDIA RTX A4000             TCC   |   00000000:05:00.0 Off |                  Off |\n')
      .gpus[0];
    expect(gpu).toMatchObject({ name: 'NVIDIA RTX A4000', driverModel: 'TCC' });
    expect(gpu?.persistenceMode).toBeUndefined();
  });

  it('reads a quoted, indented excerpt that begins in the middle of a GPU', () => {
    const read = facts(`>     | N/A   61C    P0    70W /  75W |   7601MiB /  7680MiB |    100%      Default |
>     +-------------------------------+----------------------+----------------------+
>     |   1  Tesla P4            Off  | 00000000:00:07.0 Off |                    2 |
`);
    expect(read.gpus[0]).toMatchObject({ line: 1, memory: { totalMib: 7680 }, utilization: { gpuPercent: 100 } });
    expect(read.gpus[0]?.busId).toBeUndefined();
    expect(read.gpus[1]).toMatchObject({ line: 3, index: 1, ecc: { volatileUncorrected: 2 } });
  });

  it('keeps the infoROM warning with the address in normal form', () => {
    const read = facts('WARNING: infoROM is corrupted at gpu 0003:00:00.0\n');
    expect(read.warnings).toEqual([
      { line: 1, text: 'WARNING: infoROM is corrupted at gpu 0003:00:00.0', bdf: '0003:00:00.0' },
    ]);
  });

  it('says which GPU row it could not read', () => {
    const { problems } = parser.parse(
      '| NVIDIA-SMI 535.54   Driver Version: 535.54 |\n|   0  Tesla P4 Off | 0000000:00 | 0 |\n',
    );
    expect(problems).toEqual([{ message: 'a row of the GPU table could not be read', line: 2 }]);
  });

  it('marks its own lines and no other table', () => {
    expect(isMarked('| N/A   61C    P0    70W /  75W |   7601MiB /  7680MiB |    100%      Default |')).toBe(true);
    expect(isMarked('|  No running processes found                                                 |')).toBe(true);
    expect(isMarked('| GPU | Memory | Result |')).toBe(false);
    expect(isMarked('+--------------------+-----------+')).toBe(false);
    expect(isMarked('My nvidia-smi shows 4MiB / 7680MiB, is that normal?')).toBe(false);
  });
});
