import { defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

export default defineRule({
  code: 'msi-setup-failed',
  stage: 'start',
  kind: 'cause',
  severity: 'fatal',
  title: 'bhyve cannot set up MSI or MSI-X for the device',
  why:
    'When the guest switches interrupts on, the host must give the device vectors of its own. Too many vectors, MSI and MSI-X at once, or a ' +
    'device that was lost make that fail, and bhyve ends with status 1, which managers take for a normal power-off.',
  fix: [
    {
      text: 'See whether the host has interrupts left and whether MSI is switched off by a tunable.',
      command: 'vmstat -i; sysctl hw.pci.enable_msi hw.pci.enable_msix',
      on: 'host',
    },
    {
      text: 'Switch MSI and MSI-X on, if a tunable has them off.',
      file: { path: '/boot/loader.conf', lines: ['hw.pci.enable_msi="1"', 'hw.pci.enable_msix="1"'] },
      on: 'host',
      reboot: 'host',
    },
    {
      text: '"Device busy" at mapping the MSI-X table means that the host does not decode the BAR: see that it has an address, and that kernel and bhyve are of one release.',
      command: 'pciconf -lvbBceV; freebsd-version -kru',
      on: 'host',
    },
  ],
  references: ['usr.sbin/bhyve/pci_passthru.c', 'sys/amd64/vmm/io/ppt.c, ppt_setup_msi and ppt_setup_msix'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    setup: {
      regex: /vm_(?:setup|disable)_pptdev_msix?: (?<why>[A-Z][\w ]+)/,
      literals: ['vm_setup_pptdev_msi', 'vm_disable_pptdev_msi'],
    },
    table: {
      regex:
        /(?:failed to initialize MSI-X table for PCI|Failed to map (?:MSI-X table BAR|PBA page for MSI-X) on) (?<bdf>\d{1,3}\/\d{1,3}\/\d{1,3})/,
      literals: ['failed to initialize MSI-X table', 'Failed to map MSI-X table BAR', 'Failed to map PBA page'],
    },
  }),
  explains: ['vm-start-failed'],
  check({ hits }) {
    const lines = [...hits('setup'), ...hits('table')];
    return lines.length > 0 ? [{ confidence: 'confirmed', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'no vectors left',
        files: { 'host/bhyve.log': 'bhyve: vm_setup_pptdev_msi: No space left on device\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'the table cannot be mapped',
        files: {
          'host/bhyve.log':
            'bhyve: Failed to map MSI-X table BAR on 9/0/0: Device busy\nbhyve: failed to initialize MSI-X table for PCI 9/0/0: 16\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the device has neither',
        files: { 'host/bhyve.log': 'bhyve: failed to initialize MSI for PCI 9/0/0\n' },
      },
    ],
  },
});
