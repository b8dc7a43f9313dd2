import { describe, expect, it } from 'vitest';
import parser from '../../../parsers/guest/nvidia-smi-error.ts';
import { readSmiError } from '../../../parsers/lib/nvidia-smi-errors.ts';

const isMarked = (line: string): boolean => parser.markers.some((marker) => marker.test(line));

describe('nvidia-smi errors', () => {
  it.each([
    [
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest",
      { id: 'driver-unreachable' },
    ],
    ['NVIDIA-SMI has failed because it couldn’t communicate with the NVIDIA driver.', { id: 'driver-unreachable' }],
    ['No devices were found', { id: 'no-devices' }],
    ['No devices found.', { id: 'no-devices' }],
    [
      'Failed to initialize NVML: Driver/library version mismatch',
      { id: 'version-mismatch', reason: 'Driver/library version mismatch' },
    ],
    ['Failed to initialize NVML: Unknown Error', { id: 'nvml-init-failed', reason: 'Unknown Error' }],
    ['Failed to initialize NVML: Insufficient Permissions', { id: 'permission-denied' }],
    ['Failed to initialize NVML: GPU access blocked by the operating system', { id: 'access-blocked' }],
    ["NVIDIA-SMI couldn't find libnvidia-ml.so library in your system.", { id: 'library-missing' }],
    ["NVIDIA-SMI couldn't find nvml.dll library in your system.", { id: 'library-missing' }],
    [
      'nvidia-container-cli: initialization error: nvml error: driver/library version mismatch: unknown',
      { id: 'version-mismatch' },
    ],
    ['nvidia-container-cli: initialization error: nvml error: driver not loaded: unknown', { id: 'driver-not-loaded' }],
    [
      'nvidia-container-cli: initialization error: load library failed: libnvidia-ml.so.1: cannot open shared object file',
      { id: 'library-missing', reason: 'libnvidia-ml.so.1: cannot open shared object file' },
    ],
    ['nvidia-container-cli: device error: unknown device id: 3', { id: 'container-failed' }],
    [
      'Unable to determine the device handle for GPU 0000:04:00.0: Unknown Error',
      { id: 'device-handle', busId: '0000:04:00.0', bdf: '0000:04:00.0', reason: 'Unknown Error', gpu: undefined },
    ],
    [
      'Unable to determine the device handle for GPU0000:2A:00.0: Unknown Error',
      { id: 'device-handle', bdf: '0000:2a:00.0', gpu: undefined },
    ],
    [
      'Unable to determine the device handle for GPU3: 0000:5E:00.0: Not Found',
      { gpu: 3, bdf: '0000:5e:00.0', reason: 'Not Found' },
    ],
    [
      'Unable to determine the device handle for GPU2: Unknown Error',
      { gpu: 2, bdf: undefined, reason: 'Unknown Error' },
    ],
    [
      'Unable to determine the device handle for gpu 0000:08:00.0: GPU is lost.  Reboot the system to recover this GPU',
      { id: 'gpu-lost', bdf: '0000:08:00.0' },
    ],
    [
      'Unable to determine the device handle for GPU 0000:00:06.0: The NVIDIA kernel module detected an issue with GPU interrupts.Consult the "Common Problems" Chapter of the NVIDIA Driver README for',
      { id: 'gpu-interrupts', bdf: '0000:00:06.0' },
    ],
    ['Field "memory.size" is not a valid field to query.', { id: 'bad-field', reason: 'memory.size' }],
    ['bash: nvidia-smi: command not found', { id: 'command-missing' }],
    ["'nvidia-smi' is not recognized as an internal or external command,", { id: 'command-missing' }],
  ])('reads: %s', (text, expected) => {
    expect(readSmiError(text, 7)).toMatchObject({ line: 7, ...expected });
    expect(parser.parse(`${text}\n`).facts?.errors).toHaveLength(1);
    expect(isMarked(text)).toBe(true);
  });

  it('keeps the version of the library and a noted exit status', () => {
    const { facts } = parser.parse(
      'Failed to initialize NVML: Driver/library version mismatch\nNVML library version: 580.95\nexit status: 18\n',
    );
    expect(facts).toMatchObject({
      libraryVersion: { line: 2, version: '580.95' },
      exitStatus: { line: 3, status: 18 },
    });
  });

  it('does not take talk for output', () => {
    expect(isMarked('It says no devices were found, what now?')).toBe(false);
    expect(isMarked('No devices were found on the PCI bus scan')).toBe(false);
    expect(parser.parse('exit=0\n').facts).toBeUndefined();
  });
});
