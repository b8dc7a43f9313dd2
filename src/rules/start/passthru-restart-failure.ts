import { defineRule, type Claim } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';
import { functionAt } from '../lib/hosts.ts';

/** Exit statuses of a guest that ended by itself: reboot, power-off, halt. */
const ORDINARY = new Set([0, 1, 2]);
/** bhyve could not start it, or aborted. */
const FAILED = new Set([4, 71, 134]);

/**
 * vm-bhyve counts the runs of one start, and begins another only after the guest rebooted: nobody changed the configuration
 * in between.
 */
const again = (number: number | undefined): boolean => (number ?? 1) > 1;

export default defineRule({
  code: 'passthru-restart-failure',
  stage: 'start',
  kind: 'cause',
  severity: 'error',
  title: 'The VM runs once; after a restart of the guest the device fails until the host reboots',
  why:
    'Between two runs bhyve resets the device by FLR or, where the device has none, by a power cycle through D3. Cards without a working reset ' +
    'come back in a state that neither bhyve nor the driver can use.',
  fix: [
    { text: 'Switch the host off and on again; the device then works for one run.', on: 'hardware', reboot: 'host' },
    {
      text: 'Update a host of 13.1 or older. Its bhyve needs the memory decoding of the device, which the driver of the guest may have left off; restarts were seen to work from 13.2 on.',
      command: 'freebsd-version -kru',
      on: 'host',
    },
    {
      text: 'Shut the guest down cleanly and unload its driver first (`rmmod nvidia`, or disable the device in Windows), so that it is left in a known state.',
      on: 'guest',
    },
    {
      text: 'Look at the reset the device offers: "FLR" on its cap 10 line. Without it no setting of bhyve helps; some forks change the timing.',
      command: 'pciconf -lvc',
      on: 'host',
    },
  ],
  references: ['sys/amd64/vmm/io/ppt.c, ppt_pci_reset', 'sys/dev/pci/pci.c, pcie_flr'],
  knowledge: 'seen',
  needs: [],
  needsAny: ['bhyve-log', 'host-log'],
  patterns: onHost({
    pending: {
      regex: /pci0:(?<bus>\d{1,3}):(?<slot>\d{1,2}):(?<fn>\d): Transactions pending after FLR/,
      literals: ['Transactions pending after FLR'],
    },
    invalidation: { regex: /\[IOTLB_INV_TIMEOUT devid:0x/, literals: ['IOTLB_INV_TIMEOUT'] },
    msi: {
      regex: /failed to initialize MSI for PCI (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})/,
      literals: ['failed to initialize MSI for PCI'],
    },
  }),
  explains: ['vm-start-failed', 'device-no-msi'],
  experiments: [
    {
      command: 'power the host off and on, start the VM, shut it down, and start it again',
      on: 'host',
      cost: 'host-reboot',
      why: 'shows whether the first run after power-on differs from the second',
      decides: ['passthru-restart-failure'],
      outcomes: [
        { if: 'the first run works, the second fails', then: 'the device is not reset between runs' },
        { if: 'the first fails as well', then: 'the reset is not the cause' },
      ],
    },
  ],
  check({ host, hits }) {
    const device = [
      ...hits('pending').filter(
        ({ groups }) => functionAt(host, `${groups.bus}/${groups.slot}/${groups.fn}`)?.driver !== undefined,
      ),
      ...hits('invalidation'),
      ...hits('msi'),
    ];
    const repeats = host.vms.flatMap((vm): Claim[] => {
      const runs = vm.runs ?? [];
      const failed = runs.findIndex(
        ({ exitStatus, number }, i) =>
          FAILED.has(exitStatus ?? -1) && (i > 0 ? ORDINARY.has(runs[i - 1]!.exitStatus ?? -1) : again(number)),
      );
      if (failed === -1 || vm.passthru.length === 0) return [];
      const cards = vm.passthru.flatMap(({ hostBdf }) =>
        hostBdf === undefined ? [] : (functionAt(host, hostBdf) ?? []),
      );
      // The configuration may have been changed between the runs, so a fault of the device itself must be seen for more.
      const noReset = cards.filter(({ flr, powerState }) => flr === false || powerState === 'D3');
      return [
        {
          confidence: device.length > 0 || again(runs[failed]!.number) ? 'likely' : 'possible',
          ...(vm.name !== undefined && { subject: { vm: vm.name } }),
          evidence: [...runs.slice(Math.max(0, failed - 1), failed + 1), ...device, ...noReset],
        },
      ];
    });
    if (repeats.length > 0) return repeats;
    const pending = hits('pending');
    return pending.length > 0 ? [{ confidence: 'possible', evidence: pending, severity: 'warning' }] : [];
  },
  examples: {
    fires: [
      {
        name: 'the second run finds a device that does not answer',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 19:44:40: bhyve exited with status 0\n' +
            'Feb 02 19:44:40: restarting\n' +
            'Feb 02 19:44:41: starting bhyve (run 2)\n' +
            'Feb 02 19:44:42: bhyve exited with status 4\n',
          'host/bhyve.log':
            'bhyve: failed to initialize MSI for PCI 3/0/0\nDevice emulation initialization error: No error: 0\n',
        },
        expect: { confidence: 'likely' },
      },
      {
        name: 'an excerpt that begins at the reboot, with the months of another language',
        files: {
          'host/vm-bhyve.log':
            '10月 04 09:31:20: bhyve exited with status 0\n' +
            '10月 04 09:31:20: restarting\n' +
            '10月 04 09:31:20:  [bhyve options: -c 2 -m 8G -AHPw -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd -S]\n' +
            '10月 04 09:31:20:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 4:0,nvme,/dev/zvol/tank/desk/disk0 -s 5:0,passthru,6/0/0]\n' +
            '10月 04 09:31:20:  [bhyve console: -l com1,/dev/nmdm-desk.1A]\n' +
            '10月 04 09:31:21: starting bhyve (run 3)\n' +
            '10月 04 09:31:22: bhyve exited with status 4\n' +
            '10月 04 09:31:22: stopped\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'the first of several starts fails, the next one runs',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 18:20:03: bhyve exited with status 4\n' +
            'Feb 02 18:25:01: initialising\n' +
            'Feb 02 18:25:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:25:02: starting bhyve (run 1)\n' +
            'Feb 02 20:25:02: bhyve exited with status 1\n',
        },
      },
      {
        name: 'it fails from the first run on',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 18:20:03: bhyve exited with status 4\n',
        },
      },
    ],
  },
});
