import type { Host } from '../../model/host.ts';
import type { Ref } from '../../model/source.ts';
import { formatSize } from '../../model/size.ts';
import { isAmd } from '../../rules/lib/hosts.ts';
import {
  asRisk,
  byLoaderLines,
  check,
  type Context,
  type Inspect,
  isPresent,
  ofFinding,
  requirement,
} from './context.ts';

const LISTING = 'pciconf -lvbBceV';

/** What the firmware of the host has to have done. */
export const FIRMWARE: readonly Inspect[] = [
  requirement({
    title: 'The firmware offers an IOMMU',
    codes: ['iommu-disabled'],
    decideWith: 'acpidump -t',
    solvedBy: 'firmware',
  }),
  requirement({
    title: 'Every memory BAR of the card has an address on the host',
    codes: ['host-bar-unassigned', 'above-4g-decoding-off'],
    proof: placedBars,
    decideWith: LISTING,
    solvedBy: 'firmware',
  }),
  others('firmware'),
];

/** What the kernel of the host has to have. */
export const HOST: readonly Inspect[] = [
  architecture,
  requirement({
    title: 'The processor has what vmm needs',
    codes: ['cpu-no-vmx', 'cpu-no-ept', 'cpu-no-svm', 'cpu-no-npt'],
    decideWith: 'dmesg',
    solvedBy: 'firmware',
  }),
  vmmLoaded,
  requirement({
    title: 'vmm may use the IOMMU',
    codes: ['iommu-tunable-off', 'amdvi-not-enabled'],
    decideWith: 'sysctl hw.vmm',
    solvedBy: byLoaderLines,
  }),
  release,
  requirement({
    title: 'The card offers MSI or MSI-X, which bhyve needs',
    codes: ['device-no-msi'],
    decideWith: LISTING,
    solvedBy: 'hardware',
  }),
  requirement({
    title: 'Kernel, vmm and user land are of one release',
    codes: ['vmm-kernel-mismatch'],
    proof: oneRelease,
    decideWith: 'freebsd-version -kru',
    solvedBy: 'update',
  }),
  restrictions,
  others('host'),
];

/** Codes that the checks above look at, or that are about what has happened and not about what is. */
const LOOKED_AT = new Set([
  ...['iommu-disabled', 'host-bar-unassigned', 'above-4g-decoding-off'],
  ...['cpu-no-vmx', 'cpu-no-ept', 'cpu-no-svm', 'cpu-no-npt'],
  ...['vmm-not-loaded', 'iommu-tunable-off', 'amdvi-not-enabled', 'vmm-iommu-mapping-bug', 'device-no-msi'],
  ...['vmm-kernel-mismatch', 'jail-privilege', 'vmm-reload'],
]);

/** A module of another kernel that the host loads: a fault of the host, and none of passthrough. */
const BESIDE = new Set(['kmod-kernel-mismatch']);

/** Whatever else the rules of a stage find. */
function others(stage: 'firmware' | 'host'): Inspect {
  return (context) =>
    context.meant
      .filter((finding) => finding.stage === stage && isPresent(finding) && !LOOKED_AT.has(finding.code))
      .map((finding) => (BESIDE.has(finding.code) ? asRisk(ofFinding(finding, context)) : ofFinding(finding, context)));
}

/** The driver ppt is in sys/amd64/vmm; vmm of other processors passes no devices. */
function architecture(context: Context): ReturnType<Inspect> {
  const { architecture: machine } = context.host;
  return machine === undefined || machine.value === 'amd64'
    ? []
    : [
        check(context, 'will-fail', `This host is ${machine.value}, and bhyve passes devices on amd64 only`, {
          shownBy: [machine],
          solvedBy: 'hardware',
        }),
      ];
}

function placedBars({ card }: Context): Ref[] {
  const bars = card?.functions.flatMap((fn) => fn.bars.filter(({ kind }) => kind === 'mem')) ?? [];
  return bars.every(({ base }) => base !== undefined) ? bars : [];
}

function vmmLoaded(context: Context): ReturnType<Inspect> {
  const { host } = context;
  const title = 'vmm is loaded';
  const reserved = host.functions.filter(({ driver }) => driver === 'ppt');
  if (host.vmmLoaded?.value === true) return [check(context, 'ready', title, { shownBy: [host.vmmLoaded] })];
  if (reserved.length > 0) return [check(context, 'ready', title, { shownBy: reserved })];
  const late = host.modulesConfigured.filter(({ value }) => value === 'vmm');
  if (host.vmmLoaded !== undefined) {
    return [
      check(context, 'will-fail', 'vmm is not loaded', {
        ...(host.vmmLoad !== undefined && { detail: 'loader.conf names it, so the next boot loads it.' }),
        code: 'vmm-not-loaded',
        shownBy: [host.vmmLoaded, ...(host.vmmLoad ? [host.vmmLoad] : [])],
        solvedBy: byLoaderLines(context),
      }),
    ];
  }
  if (host.vmmLoad === undefined && late.length > 0) {
    return [
      check(context, 'will-fail', 'vmm is loaded too late to reserve a device', {
        detail: 'rc.conf loads it after the drivers of the host have taken their devices.',
        code: 'host-driver-holds-device',
        shownBy: late,
        solvedBy: 'lines',
      }),
    ];
  }
  return [
    check(context, 'not-known', title, {
      decideWith: 'kldstat -v; sysctl hw.vmm',
      decideOn: 'host',
      shownBy: host.vmmLoad ? [host.vmmLoad] : [],
    }),
  ];
}

/** 15.0 before p1 maps guest memory wrongly (EN-25:20); whether what came before the release does is not established. */
function release(context: Context): ReturnType<Inspect> {
  const { host, meant } = context;
  const found = meant.filter((finding) => finding.code === 'vmm-iommu-mapping-bug' && isPresent(finding));
  if (host.release === undefined) {
    return [
      check(context, 'not-known', 'This release passes devices without a known fault', {
        decideWith: 'freebsd-version -kru',
        decideOn: 'host',
      }),
    ];
  }
  const { major, minor, branch, text } = host.release.value;
  const shownBy = [host.release];
  if (found.length > 0) {
    const finding = ofFinding(found[0]!, context, 'update');
    // That the card is on ppt is only planned; the release alone shows the fault.
    const evidence = context.quoter.evidence(shownBy, 'for');
    return [{ ...finding, evidence, verdict: found[0]!.confidence === 'possible' ? 'at-risk' : 'will-fail' }];
  }
  if (major === 15 && minor === 0 && branch !== 'RELEASE') {
    return [
      check(context, 'at-risk', `${text} may map guest memory wrongly for passed devices`, {
        detail:
          'Errata notice EN-25:20 repairs this in 15.0-RELEASE-p1 and in stable/15 of 15 December 2025. Whether this build has the fault is not known.',
        code: 'vmm-iommu-mapping-bug',
        inferred: true,
        shownBy,
        solvedBy: 'update',
        decideWith: 'uname -v',
        decideOn: 'host',
      }),
    ];
  }
  return [check(context, 'ready', `No fault of ${text} is known that breaks passthrough on every host`, { shownBy })];
}

function oneRelease({ host: { release: running, userland, installedKernel } }: Context): Ref[] {
  const parts = [running, userland, installedKernel].filter((part) => part !== undefined);
  const names = new Set(parts.map(({ value }) => `${value.major}.${value.minor}-${value.branch}`));
  return userland !== undefined && names.size === 1 ? parts : [];
}

/** What keeps bhyve from the device although everything is there. Unusual, so nothing is said while nothing shows it. */
function restrictions(context: Context): ReturnType<Inspect> {
  const { host } = context;
  const checks: ReturnType<Inspect> = [];
  for (const limit of [host.securelevel, host.jailSecurelevel]) {
    if (limit === undefined || limit.value <= 0) continue;
    checks.push(
      check(context, 'will-fail', `securelevel ${limit.value} keeps bhyve from /dev/pci`, {
        code: 'jail-privilege',
        shownBy: [limit],
      }),
    );
  }
  if (host.jailed?.value === true) {
    checks.push(
      check(context, 'at-risk', 'bhyve runs in a jail, which needs a right of its own for passthrough', {
        detail: 'From FreeBSD 15.1 on that is allow.vmm_ppt; before, a jail cannot pass devices at all.',
        code: 'jail-privilege',
        shownBy: [host.jailed],
      }),
    );
  }
  if (host.nestedUnder !== undefined) {
    checks.push(
      check(context, 'at-risk', `The host is itself a guest (${host.nestedUnder.value})`, {
        detail: 'Its hypervisor would have to give it the card and a virtual IOMMU.',
        shownBy: [host.nestedUnder],
      }),
    );
  }
  return [...checks, ...memory(context)];
}

/** A guest with a passed device keeps all its memory in place, so the host loses it while the VM runs. */
function memory(context: Context): ReturnType<Inspect> {
  const { host, plan } = context;
  if (host.memoryBytes === undefined || plan.memoryFrom === 'assumed') return [];
  const [guest, total] = [plan.memoryBytes, host.memoryBytes.value];
  const sizes = `${formatSize(guest)} for the guest, ${formatSize(total)} in the host`;
  const shownBy = [host.memoryBytes];
  if (guest >= total)
    return [
      check(context, 'will-fail', `The host has less memory than the guest is to get: ${sizes}`, {
        shownBy,
        solvedBy: 'vm-config',
      }),
    ];
  if (guest > total * TIGHT) {
    return [
      check(context, 'at-risk', `The guest leaves the host little memory: ${sizes}`, {
        detail: 'All of it is wired; ZFS may have to be limited (vfs.zfs.arc.max).',
        shownBy,
        solvedBy: 'vm-config',
      }),
    ];
  }
  return [check(context, 'ready', `The host has memory enough: ${sizes}`, { shownBy })];
}

const TIGHT = 0.85;

/** Whether the line for AMD hosts is needed; undefined when the processor is not known. */
export const needsAmdLine = (host: Host): boolean | undefined =>
  isAmd(host) ? true : host.cpu === undefined ? undefined : false;
