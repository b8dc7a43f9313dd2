/**
 * What nvidia-smi and the container tools print instead of output. The texts are those of nvidia-smi(1), NVML's
 * nvmlErrorString() and libnvidia-container; the exit status is in nvidia-smi(1), section RETURN VALUE.
 */
import { normaliseLinuxBdf } from '../../src/model/bdf.ts';
import type { Located } from '../../src/model/source.ts';

export type SmiErrorId =
  | 'driver-unreachable'
  | 'no-devices'
  | 'version-mismatch'
  | 'driver-not-loaded'
  | 'permission-denied'
  | 'access-blocked'
  | 'nvml-init-failed'
  | 'library-missing'
  | 'gpu-lost'
  | 'gpu-interrupts'
  | 'gpu-not-powered'
  | 'device-handle'
  | 'container-failed'
  | 'bad-field'
  | 'command-missing';

export interface SmiError extends Located {
  id: SmiErrorId;
  /** the line as written, trimmed */
  text: string;
  /** what follows the general part: `Unknown Error`, `Driver/library version mismatch` */
  reason?: string;
  /** index of the GPU, where the line names one */
  gpu?: number;
  /** address of the GPU as written and in normal form */
  busId?: string;
  bdf?: string;
}

/** First match wins: the more telling texts stand before the general ones. */
const TEXTS: readonly { id: SmiErrorId; regex: RegExp }[] = [
  { id: 'driver-unreachable', regex: /NVIDIA-SMI has failed because it (?:could\s?n.?t|could not) communicate/i },
  { id: 'library-missing', regex: /NVIDIA-SMI could\s?n.?t find \S+ library|NVIDIA-SMI could not find \S+ library/i },
  { id: 'permission-denied', regex: /NVIDIA-SMI has failed because you are not/i },
  { id: 'no-devices', regex: /^\s*No devices (?:were )?found\.?\s*$/ },
  {
    id: 'version-mismatch',
    regex: /(?:Failed to initialize NVML|nvml error): (?<reason>driver\/library version mismatch)/i,
  },
  {
    id: 'driver-not-loaded',
    regex: /(?:Failed to initialize NVML|nvml error): (?<reason>driver (?:is )?not loaded)/i,
  },
  { id: 'permission-denied', regex: /(?:Failed to initialize NVML|nvml error): (?<reason>insufficient permissions)/i },
  { id: 'access-blocked', regex: /(?:Failed to initialize NVML|nvml error): (?<reason>.{0,80}blocked by .{0,80})/i },
  { id: 'nvml-init-failed', regex: /(?:Failed to initialize NVML|nvml error): (?<reason>\S.{0,200})/i },
  {
    id: 'library-missing',
    regex: /nvidia-container-cli: .{0,80}load library failed: (?<reason>\S.{0,200})/,
  },
  { id: 'container-failed', regex: /nvidia-container-cli: (?<reason>\S.{0,300})/ },
  { id: 'gpu-interrupts', regex: /(?<reason>The NVIDIA kernel module detected an issue with GPU interrupts)/ },
  { id: 'gpu-lost', regex: /Unable to determine the device handle for GPU.{0,60}: (?<reason>GPU is lost\b.{0,80})/i },
  { id: 'gpu-not-powered', regex: /\bGPU.{0,60}(?<reason>is not powered|external power cables)/i },
  { id: 'device-handle', regex: /Unable to determine the device handle for GPU.{0,60}: (?<reason>[A-Z].{0,200})/i },
  { id: 'device-handle', regex: /Unable to determine the device handle for GPU/i },
  { id: 'bad-field', regex: /^\s*Field "(?<reason>[^"]{1,100})" is not a valid field to query/ },
  {
    id: 'command-missing',
    regex: /nvidia-smi(?:\.exe)?'?: (?:command )?not found|'nvidia-smi(?:\.exe)?' (?:is not recogni[sz]ed|not found)/,
  },
];

/** The GPU in `... handle for GPU3: 0000:5F:00.0: ...`; the index, the blank and the address may each be missing. */
const DEVICE = /handle for GPU\s?(?:(\d{1,3})(?::|$))?\s?([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])?/i;

export function readSmiError(raw: string, line: number): SmiError | undefined {
  for (const { id, regex } of TEXTS) {
    const match = regex.exec(raw);
    if (!match) continue;
    const [, index, busId] = DEVICE.exec(raw) ?? [];
    return {
      line,
      id,
      text: raw.trim().slice(0, 500),
      reason: match.groups?.['reason']?.trim(),
      gpu: index === undefined ? undefined : Number(index),
      busId,
      bdf: busId === undefined ? undefined : normaliseLinuxBdf(busId),
    };
  }
  return undefined;
}
