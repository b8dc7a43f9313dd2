import { defineRule } from '../../model/rule.ts';
import { NOT_ASSIGNED, onHost } from '../lib/bhyve-lines.ts';
import { functionAt } from '../lib/hosts.ts';
import { unboundDevices } from '../lib/meant.ts';

export default defineRule({
  code: 'pptdevs-reboot-pending',
  stage: 'ppt',
  kind: 'notice',
  severity: 'info',
  title: 'loader.conf reserves a device that the running kernel has not reserved',
  why:
    'pptdevs is read once, when the host boots. A device that loader.conf names and the listing shows on another driver is ' +
    'reserved after the next boot, unless the listing is simply older than the file.',
  fix: [
    {
      text: 'Reboot the host, then look at the listing again.',
      command: 'pciconf -l',
      on: 'host',
      reboot: 'host',
      verify: 'the device is pptN',
    },
  ],
  references: ['vmm(4), pptdevs'],
  knowledge: 'source',
  needs: ['loader-conf'],
  patterns: onHost({ notAssigned: NOT_ASSIGNED }),
  explains: ['device-not-ppt', 'device-assign-failed'],
  check({ host, hits }) {
    const running = host.kenvRead !== undefined || host.pptdevs.some((entry) => entry.running === true);
    const told = new Set(running ? host.pptdevs.flatMap(({ bdf }) => bdf ?? []) : []);
    const pending = host.pptdevsConfigured.flatMap((entry) => {
      const fn = entry.bdf === undefined ? undefined : functionAt(host, entry.bdf);
      if (entry.bdf === undefined || fn?.driver === 'ppt' || told.has(entry.bdf)) return [];
      if (running) return [entry, ...(fn ? [fn] : [])];
      return fn === undefined ? [] : [entry, fn];
    });
    if (pending.length === 0) return [];
    const refused = unboundDevices(host, hits('notAssigned')).filter(
      ({ refused: lines, obstacle }) => lines.length > 0 && obstacle === 'reboot',
    );
    if (refused.length === 0) return [{ confidence: running ? 'confirmed' : 'possible', evidence: pending }];
    return [
      {
        kind: 'cause',
        severity: 'error',
        confidence: running ? 'confirmed' : 'likely',
        evidence: [...pending, ...refused.flatMap(({ refused: lines }) => lines)],
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'the table shows the state before the reboot',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="8/0/0 8/0/1"\n',
          'host/vm-passthru.txt':
            'DEVICE     BHYVE ID     READY        DESCRIPTION\n' +
            'vgapci0    8/0/0        No           TU106 [GeForce RTX 2070]\n' +
            'hdac0      8/0/1        No           TU106 High Definition Audio Controller\n',
        },
        expect: { kind: 'notice', severity: 'info' },
      },
    ],
    silent: [
      {
        name: 'reserved',
        files: {
          'host/loader.conf': 'vmm_load="YES"\npptdevs="8/0/0 8/0/1"\n',
          'host/vm-passthru.txt':
            'DEVICE     BHYVE ID     READY        DESCRIPTION\n' +
            'ppt0       8/0/0        Yes          TU106 [GeForce RTX 2070]\n' +
            'ppt1       8/0/1        Yes          TU106 High Definition Audio Controller\n',
        },
      },
    ],
  },
});
