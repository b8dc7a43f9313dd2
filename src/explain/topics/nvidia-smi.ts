import type { SmiErrorId } from '../../../parsers/lib/nvidia-smi-errors.ts';
import type { Topic } from '../../model/topic.ts';
import { partsOf, topicOf } from './topic.ts';

interface ExitCode {
  code: number;
  title: string;
  meaning: string;
  /** errors of nvidia-smi that end with it */
  errors?: readonly SmiErrorId[];
  /** codes of findings that report it */
  findings?: readonly string[];
}

const OF_NVML = 'The manual page does not list it; it is the value of NVML.';

/** nvidia-smi(1), section RETURN VALUE, and the values of NVML's nvmlReturn_t that it passes on without naming them. */
const EXIT_CODES: readonly ExitCode[] = [
  {
    code: 0,
    title: 'success',
    meaning: 'The query was answered. Of several cards one may still have failed: read the output.',
  },
  {
    code: 2,
    title: 'invalid argument',
    meaning: 'A flag or a field of a query does not exist in this version of nvidia-smi.',
    errors: ['bad-field'],
    findings: ['smi-field-error'],
  },
  {
    code: 3,
    title: 'not available on this card',
    meaning: 'The card or its driver does not offer what was asked for.',
  },
  {
    code: 4,
    title: 'no permission',
    meaning: 'The user may not do this, or a container or control group keeps the device files away.',
    errors: ['permission-denied'],
    findings: ['nvml-access-denied'],
  },
  {
    code: 6,
    title: 'nothing found',
    meaning:
      'The driver module is loaded, and no card came through its initialisation. The reason stands in the kernel log of the guest.',
    errors: ['no-devices'],
    findings: ['nvidia-smi-no-devices'],
  },
  {
    code: 8,
    title: 'external power is missing',
    meaning: 'The card reports that its power cables are not connected or give too little.',
    errors: ['gpu-not-powered'],
    findings: ['power-cable-missing'],
  },
  {
    code: 9,
    title: 'the driver is not loaded',
    meaning:
      'nvidia-smi cannot talk to the kernel module: it is not loaded, or it let go of every card when it probed them. The reason stands in the kernel log of the guest.',
    errors: ['driver-unreachable', 'driver-not-loaded'],
    findings: ['nvidia-smi-no-driver', 'module-missing'],
  },
  {
    code: 10,
    title: 'interrupts do not arrive',
    meaning: 'The kernel module found a problem with the interrupts of the card; the kernel log says more.',
    errors: ['gpu-interrupts'],
    findings: ['irq-not-firing'],
  },
  {
    code: 12,
    title: 'libnvidia-ml is missing',
    meaning: 'The user-space part of the driver is not installed, or not visible inside a container.',
    errors: ['library-missing'],
    findings: ['nvml-library-missing'],
  },
  {
    code: 13,
    title: 'a function is missing in NVML',
    meaning: 'nvidia-smi and libnvidia-ml come from different versions of the driver.',
    findings: ['driver-library-mismatch'],
  },
  {
    code: 14,
    title: 'the infoROM is damaged',
    meaning: 'The memory in which the board keeps its identity and error counts cannot be trusted.',
    findings: ['inforom-corrupted'],
  },
  {
    code: 15,
    title: 'the card fell off the bus',
    meaning:
      'The card no longer answers on PCIe. Stopping the VM, and often only a cold start of the host, brings it back.',
    errors: ['gpu-lost'],
    findings: ['gpu-fell-off-bus'],
  },
  {
    code: 16,
    title: 'the card needs a reset',
    meaning: `An error left the card in a state that only a reset clears. ${OF_NVML}`,
  },
  {
    code: 17,
    title: 'blocked by the operating system',
    meaning: `A control group, a container or WSL keeps the card away. ${OF_NVML}`,
    errors: ['access-blocked'],
    findings: ['nvml-access-denied'],
  },
  {
    code: 18,
    title: 'driver and library do not match',
    meaning: `The package was updated while the old kernel module stayed loaded; reload the module or restart the guest. ${OF_NVML}`,
    errors: ['version-mismatch'],
    findings: ['driver-library-mismatch'],
  },
  { code: 20, title: 'not enough memory', meaning: `The driver could not get memory. ${OF_NVML}` },
  {
    code: 255,
    title: 'unknown error',
    meaning: 'Any other failure. The line that nvidia-smi prints and the kernel log say more.',
    errors: ['nvml-init-failed', 'device-handle'],
  },
];

export const nvidiaSmiTopics = (): Topic[] =>
  EXIT_CODES.map(({ code, title, meaning, findings = [] }) =>
    topicOf({
      id: `nvidia-smi:${code}`,
      type: 'nvidia-smi',
      title,
      lead: `nvidia-smi exits with ${code}`,
      parts: partsOf({ '': meaning, 'Findings:': findings.join(', ') }),
      references: ['nvidia-smi(1), RETURN VALUE'],
      related: findings,
      data: { exit: code, meaning, findings },
    }),
  );

/** The exit code of an error that nvidia-smi printed: `nvidia-smi:9`. */
export function exitCodeOf(error: SmiErrorId): string | undefined {
  const entry = EXIT_CODES.find(({ errors }) => errors?.includes(error));
  return entry && `nvidia-smi:${entry.code}`;
}
