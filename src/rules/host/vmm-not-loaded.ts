import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { VMM_REFUSED } from '../lib/cpu.ts';

export default defineRule({
  code: 'vmm-not-loaded',
  stage: 'host',
  kind: 'cause',
  severity: 'fatal',
  title: 'vmm.ko is not loaded',
  why:
    'Without vmm.ko there is no /dev/vmm and no ppt driver: no VM starts and no device is reserved. For passthrough it ' +
    'must be loaded by the boot loader, before the drivers of the host take the devices.',
  fix: [
    {
      text: 'Let the boot loader load it.',
      file: { path: '/boot/loader.conf', lines: ['vmm_load="YES"'] },
      on: 'host',
      reboot: 'host',
      verify: '`kldstat` lists vmm.ko; `pciconf -l` shows the reserved devices as pptN',
    },
    {
      text: 'For VMs without passthrough it is enough to load it now; if that fails, dmesg says why.',
      command: 'kldload vmm',
      on: 'host',
    },
  ],
  references: ['vmm(4)', 'bhyve(8)'],
  knowledge: 'source',
  needs: [],
  needsAny: ['host-modules', 'bhyve-log'],
  patterns: onHost({
    create: {
      regex: /(?:vm_create|vm_open|\/dev\/vmmctl)[^\n]{0,40}: No such file or directory/,
      literals: ['vm_create', 'vm_open', '/dev/vmmctl'],
    },
    manager: VMM_REFUSED.unable,
    inKernel: VMM_REFUSED.inKernel,
  }),
  explains: ['device-not-ppt', 'device-assign-failed', 'vm-start-failed'],
  experiments: [
    {
      command: 'kldstat -v; sysctl hw.vmm',
      on: 'host',
      cost: 'look',
      why: 'shows whether vmm is in the kernel',
      decides: ['vmm-not-loaded'],
      outcomes: [
        { if: 'no hw.vmm', then: 'vmm is not loaded' },
        { if: 'hw.vmm is there', then: 'only the VM itself is gone: create it anew by starting it' },
      ],
    },
  ],
  check({ host, hits }) {
    const lines = [...hits('create'), ...hits('manager')];
    const reserved = host.functions.filter(({ driver }) => driver === 'ppt');
    const seen = host.vmmLoaded?.value === true ? [host.vmmLoaded] : reserved;
    const loaded = [...seen, ...hits('inKernel')];
    if (loaded.length > 0) return [{ state: 'absent', against: loaded }];
    if (lines.length > 0) {
      // vm_open also fails so when only the VM is gone; the missing module is then seen elsewhere or not at all.
      const proven =
        (host.vmmLoaded?.value === false && hits('create').length > 0) ||
        hits('create').some(({ text }) => /vm_create|vmmctl/.test(text));
      // The manager tried to load it: why that failed is not known, and a posted list of modules may be cut.
      const listed = host.vmmLoaded?.value === false ? 'likely' : 'possible';
      return [
        {
          confidence: proven ? 'confirmed' : listed,
          evidence: [...lines, ...(host.vmmLoaded ? [host.vmmLoaded] : [])],
        },
      ];
    }
    const wanted = [
      ...host.pptdevs.filter(({ bdf }) => bdf !== undefined),
      ...host.vms.flatMap(({ passthru }) => passthru),
    ];
    if (host.vmmLoaded === undefined || wanted.length === 0) return [];
    return [{ confidence: 'likely', evidence: [host.vmmLoaded, ...wanted] }];
  },
  examples: {
    fires: [
      {
        name: 'bhyve without vmm',
        files: { 'host/bhyve.log': 'vm_create: No such file or directory\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the kernel has no hw.vmm although a device is to be reserved',
        files: {
          'host/sysctl.txt': "sysctl: unknown oid 'hw.vmm'\n",
          'host/loader.conf': 'pptdevs="7/0/0 7/0/1"\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the module is in the kernel, and vm-bhyve says that it cannot load it',
        files: {
          'host/terminal.txt':
            '/usr/local/sbin/vm: ERROR: unable to load vmm.ko!\n' +
            "kldload: can't load vmm: module already loaded or in kernel\n",
        },
      },
      {
        name: 'no vmm on a host that does not use bhyve',
        files: {
          'host/kldstat.txt':
            'Id Refs Address                Size Name\n' +
            ' 1   64 0xffffffff80200000  1d34a58 kernel\n' +
            ' 2    1 0xffffffff82a18000   5a2d8b0 nvidia.ko\n',
        },
      },
      {
        name: 'a missing disk prints the same last words',
        files: {
          'host/bhyve.log':
            'bhyve: Could not open backing file: /vm/web/disk0.img: No such file or directory\n' +
            'Device emulation initialization error: No such file or directory\n',
        },
      },
    ],
  },
});
