import { describe, expect, it } from 'vitest';
import command from '../../../parsers/guest/nvidia-smi-command.ts';
import list from '../../../parsers/guest/nvidia-smi-list.ts';
import version from '../../../parsers/guest/nvidia-smi-version.ts';

describe('nvidia-smi -L', () => {
  it('takes brackets in a name as part of it, and MIG UUIDs of both forms', () => {
    const { facts } = list.parse(`GPU 0: NVIDIA Foo (Bar) (UUID: GPU-11111111-2222-3333-4444-555555555555)
  MIG 1g.5gb+me   Device  0: (UUID: MIG-GPU-11111111-2222-3333-4444-555555555555/7/0)
GPU 10: NVIDIA L4 (UUID: GPU-aaaaaaaa-2222-3333-4444-555555555555)
`);
    expect(facts?.gpus).toEqual([
      expect.objectContaining({ line: 1, index: 0, name: 'NVIDIA Foo (Bar)' }),
      expect.objectContaining({ line: 3, index: 10, uuid: 'GPU-aaaaaaaa-2222-3333-4444-555555555555' }),
    ]);
    expect(facts?.migDevices).toEqual([
      expect.objectContaining({
        line: 2,
        gpu: 0,
        profile: '1g.5gb+me',
        uuid: 'MIG-GPU-11111111-2222-3333-4444-555555555555/7/0',
      }),
    ]);
  });

  it('does not take the head of a log for a list', () => {
    expect(list.parse('GPU 00000000:00:06.0\n').facts).toBeUndefined();
  });
});

describe('nvidia-smi --version', () => {
  it('takes the new names of 610, not the notes behind the old ones', () => {
    const { facts } = version.parse(`NVIDIA-SMI version  : 610.20
NVML version        : 610.20
DRIVER version      : Deprecated, see "KMD version" instead
CUDA version        : Deprecated, see "CUDA UMD version" instead
KMD version         : 610.20.01
CUDA UMD version    : 13.3
`);
    expect(facts).toEqual({
      line: 1,
      smi: '610.20',
      nvml: '610.20',
      driver: '610.20.01',
      cuda: '13.3',
      cudaText: undefined,
    });
  });
});

describe('nvidia-smi query command', () => {
  it('reads it behind a path and with quotes', () => {
    const { facts } = command.parse(
      'C:\\Windows\\System32\\nvidia-smi.exe --format=csv --query-compute-apps="pid,used_memory"\n',
    );
    expect(facts?.commands).toEqual([
      { line: 1, query: 'compute-apps', properties: ['pid', 'used_memory'], format: ['csv'] },
    ]);
  });

  it('leaves other uses alone', () => {
    expect(command.parse('nvidia-smi -q -d MEMORY\nrun nvidia-smi and look at query-gpu\n').facts).toBeUndefined();
  });
});
