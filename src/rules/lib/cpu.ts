import type { Host, HostCpu } from '../../model/host.ts';
import type { LogHit, LogPattern } from '../../model/pattern.ts';
import type { Claim } from '../../model/rule.ts';
import { passthroughMeant, standing } from './hosts.ts';

/** What cannot follow when vmm finds no usable virtualization: it does not load, so nothing is reserved or started. */
export const BROKEN_WITHOUT_VMM = [
  'vmm-not-loaded',
  'device-not-ppt',
  'device-assign-failed',
  'vm-start-failed',
] as const;

/** What says that vmm found no usable virtualization, the same for both vendors. The error number is a hint only. */
export const VMM_REFUSED = {
  manager: {
    regex: /kernel vmm not initialised \(no VT-x|virtualization is not supported or is disabled/,
    literals: ['kernel vmm not initialised (no VT-x', 'virtualization is not supported or is'],
  },
  notConfigured: {
    regex:
      /(?:vm_create|kldload: can't load (?:\S*\/)?vmm(?:\.ko)?): Device not configured|MOD_LOAD \(vmm, [^)]{1,60}\) error 6\b/,
    literals: ['vm_create: Device not configured', "kldload: can't load ", 'MOD_LOAD (vmm, '],
  },
  /**
   * vm-bhyve 1.3 to 1.7.4 asks whether the module is initialised (kldstat -m), loads it when not, and says this when that
   * fails. With vmm.ko in the kernel all the time it means that the module refused this machine.
   */
  unable: { regex: /unable to load vmm\.ko/, literals: ['unable to load vmm.ko'] },
  inKernel: {
    regex: /kldload: can't load (?:\S*\/)?vmm(?:\.ko)?: module already loaded or in kernel/,
    literals: ["kldload: can't load "],
  },
} satisfies Record<string, LogPattern>;

/** The lines by which vmm refuses the processor without naming a reason. */
export function refusals(host: Host, hits: (name: keyof typeof VMM_REFUSED) => readonly LogHit[]): LogHit[] {
  const unable = standing(host, hits('unable'));
  const there = hits('inKernel').length > 0 || host.vmmLoaded?.value === true;
  const contradiction = there && unable.length > 0 ? [...unable, ...hits('inKernel')] : [];
  return [...standing(host, hits('manager')), ...hits('notConfigured'), ...contradiction];
}

/**
 * How to speak of a property of the processor that its own line shows: the cause on a host that is meant to pass
 * devices or loads vmm, a notice on any other, where nothing fails by it.
 */
export const weigh = (host: Host): Pick<Claim, 'kind' | 'severity'> =>
  passthroughMeant(host).length > 0 || host.vmmLoad !== undefined ? {} : { kind: 'notice', severity: 'warning' };

/** The processor's line of virtualization features was read and is in force. */
export const usable = (cpu: HostCpu | undefined, vendor: HostCpu['vendor']): cpu is HostCpu & { features: string[] } =>
  cpu?.vendor === vendor && cpu.features !== undefined && !cpu.disabledInBios;
