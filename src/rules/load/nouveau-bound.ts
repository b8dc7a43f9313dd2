import type { Guest } from '../../model/guest.ts';
import { type Claim, defineRule } from '../../model/rule.ts';
import type { Ref } from '../../model/source.ts';
import { BDF, claimsOfHits, guestSubject, hitsOf, NO_DRIVER, notBuiltByDkms } from '../lib/guests.ts';

/** Where a listing or the kernel says that nouveau drives the card, while no other card is driven by something else. */
function heldByNouveau(guest: Guest): Ref[] {
  const held = guest.gpus.filter(({ driver }) => /^nouveau$|^nova_?core$/i.test(driver?.value ?? ''));
  const otherwise = guest.gpus.some(({ driver }) => /^(?:nvidia|vfio-pci$)/.test(driver?.value ?? ''));
  if (otherwise || guest.driver.loaded !== undefined || guest.smi.gpus.length > 0) return [];
  const shown = held.flatMap(({ driver }) => (driver === undefined ? [] : [driver]));
  return shown.length > 0 || guest.driver.nouveau === undefined ? shown : [guest.driver.nouveau];
}

/** The nvidia module is on disk for this kernel: `lspci -k` lists what could drive the card. */
const hasModule = (guest: Guest): boolean =>
  guest.gpus.some(
    ({ driverCandidates }) => driverCandidates?.value.some((name) => /^nvidia(?!fb)/.test(name)) === true,
  );

export default defineRule({
  code: 'nouveau-bound',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'Another driver holds the card, so the NVIDIA module cannot take it',
  why:
    'The kernel gives a PCI device to one driver. When nouveau, nova or another driver took the card first, the NVIDIA ' +
    'module is loaded but its probe routine is never called, and it unloads again.',
  fix: [
    {
      text: 'Keep nouveau (and nova, which follows it) from loading and rebuild the initial RAM disk, then reboot the guest.',
      file: {
        path: '/etc/modprobe.d/blacklist-nouveau.conf',
        lines: ['blacklist nouveau', 'options nouveau modeset=0', 'blacklist nova_core'],
      },
      on: 'guest',
    },
    {
      text: 'Rebuild the initial RAM disk (Debian and Ubuntu; `dracut --force` on Fedora and its kin).',
      command: 'update-initramfs -u',
      on: 'guest',
      reboot: 'guest',
      verify: '`lspci -k` names nvidia as the driver in use',
    },
  ],
  references: [
    'open-gpu-kernel-modules, kernel-open/nvidia/nv.c',
    'NVIDIA driver README, "Interaction with the Nouveau driver"',
  ],
  knowledge: 'source',
  needs: [],
  needsAny: ['guest-log', 'guest-pci'],
  patterns: {
    notCalled: {
      regex: /The NVIDIA probe routine was not called for (?<count>\d+) device/,
      literals: ['The NVIDIA probe routine was not called'],
    },
    nouveau: {
      regex: new RegExp(
        String.raw`nouveau ${BDF}: (?:NVIDIA \w+|Detected an? NV|unknown chipset|fb|DRM|enabling device|vgaarb)`,
      ),
      literals: ['nouveau '],
    },
    vfio: {
      regex: new RegExp(String.raw`NVRM: GPU ${BDF} is already bound to (?:vfio-pci|pci-stub)`),
      literals: ['is already bound to'],
    },
    // Recent branches name the driver: nouveau, or its successor nova, whose driver is called NovaCore.
    boundTo: {
      regex: new RegExp(String.raw`NVRM: GPU ${BDF} is already bound to (?!vfio-pci|pci-stub|nvidia)(?<driver>[\w-]+)`),
      literals: ['is already bound to'],
    },
    framebuffer: { regex: /\b(?:nvidiafb|rivafb): /, literals: ['nvidiafb: ', 'rivafb: '] },
    noDriver: NO_DRIVER,
    notLoadable: {
      regex:
        /could not insert '?nvidia|Module nvidia[\w-]{0,40} not found|could not find module by name='nvidia|Bad return status for module build|nvidia[\w-]{0,40}: version magic/,
      literals: [
        'could not insert',
        'Module nvidia',
        'could not find module by name',
        'Bad return status for module build',
        'version magic',
      ],
    },
  },
  explains: ['nvidia-smi-no-driver', 'nvidia-smi-no-devices', 'gpu-not-present', 'driver-probe-failed'],
  check(input) {
    const named = input.hits('nouveau');
    // vfio-pci and the framebuffer drivers have findings of their own.
    const others = input.hits('vfio').length + input.hits('framebuffer').length;
    const bound = input.hits('boundTo');
    const said = claimsOfHits(
      input,
      [...bound, ...input.hits('notCalled')],
      named.length > 0 || bound.length > 0 ? 'confirmed' : 'likely',
      (guest, own) => (others > 0 ? undefined : { evidence: [...own, ...hitsOf(guest, named)] }),
    );
    if (said.length > 0 || others > 0) return said;
    // Without a word of the NVIDIA module: nouveau has the card, and somebody wants the other driver.
    return input.guests.flatMap((guest): Claim[] => {
      const held = heldByNouveau(guest);
      const wanted = hitsOf(guest, input.hits('noDriver'));
      if (held.length === 0 || (wanted.length === 0 && !hasModule(guest))) return [];
      // A module that is missing or does not load leaves the card to nouveau; that has findings of its own.
      if (hitsOf(guest, input.hits('notLoadable')).length > 0 || notBuiltByDkms(guest) !== undefined) return [];
      return [{ confidence: 'likely', subject: guestSubject(guest), evidence: [...held, ...wanted] }];
    });
  },
  examples: {
    fires: [
      {
        name: 'nouveau took the card at boot',
        files: {
          'guest/vm/dmesg.txt':
            '[    1.810331] nouveau 0000:00:05.0: NVIDIA GP104 (134000a1)\n' +
            '[   14.201155] nvidia-nvlink: Nvlink Core is being initialized, major device number 510\n' +
            '[   14.203412] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n' +
            '[   14.203413] NVRM: This can occur when another driver was loaded and\n' +
            '               NVRM: obtained ownership of the NVIDIA device(s).\n' +
            '[   14.203414] NVRM: No NVIDIA devices probed.\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the successor of nouveau took it',
        files: {
          'guest/vm/dmesg.txt':
            '[   33.400001] nvidia-nvlink: Nvlink Core is being initialized, major device number 509\n' +
            '[   33.402201] NVRM: GPU 0000:00:06.0 is already bound to NovaCore.\n' +
            '[   33.403301] NVRM: No NVIDIA devices probed.\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the listing shows nouveau, and nvidia-smi finds no module',
        files: {
          'guest/vm/nvidia-smi.txt':
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that the latest NVIDIA driver is installed and running.\n",
          'guest/vm/lspci.txt':
            '00:07.0 VGA compatible controller [0300]: NVIDIA Corporation GP106 [GeForce GTX 1060 3GB] [10de:1c02] (rev a1)\n' +
            '\tSubsystem: Gigabyte Technology Co., Ltd Device [1458:3724]\n' +
            '\tKernel driver in use: nouveau\n' +
            '\tKernel modules: nvidiafb, nouveau\n',
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'both modules are there, and nouveau has the card',
        files: {
          'guest/vm/lspci.txt':
            '00:07.0 VGA compatible controller: NVIDIA Corporation TU106 [GeForce RTX 2060] (rev a1)\n' +
            '\tKernel driver in use: nouveau\n' +
            '\tKernel modules: nouveau, nvidia_drm, nvidia\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'a desktop that is content with nouveau',
        files: {
          'guest/vm/lspci.txt':
            '01:00.0 VGA compatible controller: NVIDIA Corporation GF119 [GeForce GT 610] (rev a1)\n' +
            '\tKernel driver in use: nouveau\n' +
            '\tKernel modules: nvidiafb, nouveau\n',
        },
      },
      {
        name: 'nouveau has a second card; the one that is meant works',
        files: {
          'guest/vm/lspci.txt':
            '01:00.0 VGA compatible controller: NVIDIA Corporation GF119 [GeForce GT 610] (rev a1)\n' +
            '\tKernel driver in use: nouveau\n' +
            '\tKernel modules: nouveau, nvidia_drm, nvidia\n' +
            '06:00.0 3D controller: NVIDIA Corporation TU104GL [Tesla T4] (rev a1)\n' +
            '\tKernel driver in use: nvidia\n' +
            '\tKernel modules: nouveau, nvidia_drm, nvidia\n',
        },
      },
      {
        name: 'nouveau drives the card and nobody tried the NVIDIA module',
        files: { 'guest/vm/dmesg.txt': '[    1.810331] nouveau 0000:00:05.0: NVIDIA GP104 (134000a1)\n' },
      },
      {
        name: 'held for passthrough by vfio-pci',
        files: {
          'guest/box/dmesg.txt':
            '[  101.100001] NVRM: GPU 0000:0a:00.0 is already bound to vfio-pci.\n' +
            '[  101.100432] NVRM: The NVIDIA probe routine was not called for 1 device(s).\n',
        },
      },
    ],
  },
});
