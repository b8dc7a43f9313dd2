import type { Host, HostFunction, PassthruEntry, PptEntry, Vm } from '../../model/host.ts';
import type { LogHit } from '../../model/pattern.ts';
import type { Ref } from '../../model/source.ts';
import { functionAt } from './hosts.ts';

/** A host device that the configuration or a refused start names for passthrough. */
export interface MeantDevice {
  bdf: string;
  /** entries of pptdevs that reserve it */
  reserved: PptEntry[];
  passed: { vm: Vm; entry: PassthruEntry }[];
  /** lines with which bhyve refused it */
  refused: LogHit[];
  /** what the listing believed last shows at the address */
  fn?: HostFunction;
}

/** @param refused hits of NOT_ASSIGNED, if the caller has them */
export function meantDevices(host: Host, refused: readonly LogHit[] = []): MeantDevice[] {
  const devices = new Map<string, MeantDevice>();
  const device = (bdf: string): MeantDevice => {
    let known = devices.get(bdf);
    if (known === undefined) {
      const fn = functionAt(host, bdf);
      known = { bdf, reserved: [], passed: [], refused: [], ...(fn && { fn }) };
      devices.set(bdf, known);
    }
    return known;
  };
  for (const hit of refused) if (hit.groups.bdf !== undefined) device(hit.groups.bdf).refused.push(hit);
  for (const vm of host.vms) {
    for (const entry of vm.passthru) {
      const bdf = entry.hostBdf ?? host.functions.find(({ unit }) => unit === entry.pptName)?.bdf;
      if (bdf !== undefined) device(bdf).passed.push({ vm, entry });
    }
  }
  for (const entry of host.pptdevs) if (entry.bdf !== undefined) device(entry.bdf).reserved.push(entry);
  return [...devices.values()];
}

/** Lines that name a device for passthrough, the strongest first. */
export const namedAt = ({ refused, passed, reserved }: MeantDevice): Ref[] => [
  ...refused,
  ...passed.map(({ entry }) => entry),
  ...reserved,
];

/** Refusals of devices that are on ppt: the reason is another one. */
export const refusedOnPpt = (host: Host, refused: readonly LogHit[]): LogHit[] =>
  refused.filter(({ groups }) => groups.bdf !== undefined && functionAt(host, groups.bdf)?.driver === 'ppt');

/** Why a meant device is not on ppt, as far as the evidence tells. */
export type Obstacle =
  /** a pptdevs line was to name it, and the kernel cannot read that line */
  | 'unreadable'
  /** there is no pptdevs line in force at all */
  | 'no-entry'
  /** loader.conf names it, but the running kernel does not have that yet */
  | 'reboot'
  /** vmm is loaded too late, or a driver that is loaded as early has the device */
  | 'host-driver'
  /** none of these */
  | 'unknown';

export interface Unbound extends MeantDevice {
  obstacle: Obstacle;
  /** lines that show the obstacle */
  shownBy: Ref[];
}

/** Meant devices that are not on ppt in the listing believed last, or that bhyve refused and no listing shows. */
export function unboundDevices(host: Host, refused: readonly LogHit[] = []): Unbound[] {
  return meantDevices(host, refused)
    .filter(({ fn, refused: lines }) => (fn === undefined ? lines.length > 0 : fn.driver !== 'ppt'))
    .map((device) => ({ ...device, ...obstacleOf(host, device) }));
}

function obstacleOf(host: Host, device: MeantDevice): Pick<Unbound, 'obstacle' | 'shownBy'> {
  const { bdf, reserved, fn } = device;
  if (reserved.length > 0) {
    const running = reserved.some((entry) => entry.running === true);
    // The environment of the running kernel was read as a whole and lacks what the file says.
    if (!running && host.kenvRead !== undefined) return { obstacle: 'reboot', shownBy: reserved };
    const driver = earlierDriver(host, fn);
    if (driver !== undefined) return { obstacle: 'host-driver', shownBy: driver };
    // `vm passthru` is what people run before they reboot; a full pciconf of the same moment would say so too.
    if (!running && fn?.via === 'vm-passthru') return { obstacle: 'reboot', shownBy: reserved };
    return { obstacle: 'unknown', shownBy: [] };
  }
  const pending = host.pptdevsConfigured.filter((entry) => entry.bdf === bdf);
  if (pending.length > 0) return { obstacle: 'reboot', shownBy: pending };
  const broken = unreadableEntries(host).filter(({ intended }) => intended === undefined || intended.includes(bdf));
  if (broken.length > 0) return { obstacle: 'unreadable', shownBy: broken };
  if (host.pptdevs.length === 0 && host.loaderConfRead !== undefined) {
    return {
      obstacle: 'no-entry',
      shownBy: host.pptdevsCommented.length > 0 ? host.pptdevsCommented : [host.loaderConfRead],
    };
  }
  return { obstacle: 'unknown', shownBy: [] };
}

/** Entries of pptdevs from which the kernel takes no device, or fewer than the writer meant. */
const unreadableEntries = (host: Host): PptEntry[] => [
  ...host.pptdevs.filter(({ bdf, intended }) => bdf === undefined || intended !== undefined),
  // A line that a later one replaces is often left over on purpose.
  ...host.pptdevsUnread.filter(({ reason }) => reason !== 'overridden'),
];

/** Kernel modules whose drivers attach to graphics cards before ppt when loaded as early. */
const GPU_MODULE = /^(?:nvidia(?:-modeset|-drm)?|i915kms|amdgpu|radeonkms|drm)$/;

/**
 * Lines that show that a native driver had the device first: vmm loaded only after boot (rc.conf), or a driver that the
 * loader loads too and that is named by the listing.
 */
function earlierDriver(host: Host, fn: HostFunction | undefined): Ref[] | undefined {
  if (fn === undefined || fn.driver === null) return undefined;
  const late = host.modulesConfigured.filter(({ value }) => value === 'vmm');
  if (host.vmmLoad === undefined && late.length > 0) return [...late, fn];
  if (!/^(?:vgapci|nvidia)$/.test(fn.driver)) return undefined;
  const native = host.modulesConfigured.filter(({ value }) => GPU_MODULE.test(value));
  return host.vmmLoad === undefined && native.length > 0 ? [...native, fn] : undefined;
}
