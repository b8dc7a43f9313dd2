import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';
import { eventsOf, XIDS_OF_RULES } from '../lib/xids.ts';

export default defineRule({
  code: 'gpu-fell-off-bus',
  stage: 'run',
  kind: 'cause',
  severity: 'fatal',
  title: 'The card stopped answering on PCIe ("fallen off the bus")',
  why:
    'The driver reads a register that never changes and gets all ones: the link is down, the card lost power or overheated, ' +
    'or the host unmapped or reset it. When a BAR or power problem stands before it in the log, that is the cause.',
  fix: [
    {
      text: 'Look at the card from the host at the same moment. If it answers there, the mapping into the guest is to blame; if not, it is power, heat, seat or link.',
      command: 'pciconf -lvbce pci0:BUS:SLOT:FUNCTION',
      on: 'host',
    },
    {
      text: 'Power the machine off, seat the card again, check auxiliary power and cooling; try another slot or a lower link speed.',
      on: 'hardware',
      reboot: 'host',
      verify: 'no Xid 79 under the load that brought it',
    },
  ],
  references: ['NVIDIA Xid catalogue, Xid 79', 'open-gpu-kernel-modules, src/nvidia/arch/nvalloc/unix/src/osinit.c'],
  knowledge: 'source',
  needs: [],
  patterns: {
    xid: { regex: /Xid \((?:PCI:)?(?<bdf>[0-9a-f:.]+)[^)]{0,40}\): 79,/, literals: ['): 79,'] },
    probe: {
      regex: /The NVIDIA GPU (?<bdf>[0-9a-f:.]+).{0,80}fallen off the bus and is not responding to commands/,
      literals: ['fallen off the bus and is', 'fallen off the bus'],
    },
    said: {
      // branches before 410 said it in one sentence
      regex: /NVRM: GPU (?:at )?(?<bdf>[0-9a-f:.]+):? (?:GPU )?has fallen off the bus/,
      literals: ['has fallen off the bus'],
    },
    // Said by whatever the driver tried next, when the line that says it first is not in the excerpt.
    afterwards: {
      regex: /NVRM: .{0,80}(?:Assertion|Check) failed: GPU lost from the bus \[NV_ERR_GPU_IS_LOST\]/,
      literals: ['NV_ERR_GPU_IS_LOST'],
    },
    lost: {
      regex:
        /(?:Unable to determine the device handle for GPU\d*:? ?(?<bdf>[0-9a-f:.]+): )?GPU is lost\.\s+Reboot the system to recover this GPU/i,
      literals: ['GPU is lost'],
      kinds: ['nvidia-smi-error'],
    },
  },
  explains: [
    'driver-probe-failed',
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gpu-init-failed',
    'gpu-not-responding',
    'nvidia-smi-no-devices',
    'nvidia-smi-no-driver',
    'nvlink-error',
    'xid',
    'xid-application-fault',
    'gpu-needs-cold-power-cycle',
    'gsp-rpc-timeout',
    'gsp-boot-failure',
  ],
  check(input) {
    const lines = [...input.hits('xid'), ...input.hits('probe'), ...input.hits('said'), ...input.hits('lost')];
    lines.sort((a, b) => (a.artifact === b.artifact ? a.line - b.line : 0));
    const claims = claimsOfHits(input, lines, 'confirmed');
    if (claims.length > 0) return claims;
    // A card whose processor hangs is given up in the same words.
    return claimsOfHits(input, input.hits('afterwards'), 'likely', (guest) =>
      eventsOf(guest, XIDS_OF_RULES['gsp-rpc-timeout']).length > 0 ? undefined : {},
    );
  },
  examples: {
    fires: [
      {
        name: 'Xid 79 under load',
        files: {
          'guest/vm/dmesg.txt':
            '[ 2172.100001] NVRM: Xid (PCI:0000:00:05): 79, pid=2172, name=python3, GPU has fallen off the bus.\n' +
            '[ 2172.100101] NVRM: GPU 0000:00:05.0: GPU has fallen off the bus.\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'an old branch',
        files: { 'guest/vm/dmesg.txt': '[ 2172.100101] NVRM: GPU at 0000:00:05.0 has fallen off the bus.\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'only what comes after it',
        files: {
          'guest/vm/dmesg.txt':
            '[ 3010.500001] NVRM: GPU1 nvAssertOkFailedNoLog: Assertion failed: GPU lost from the bus [NV_ERR_GPU_IS_LOST] (0x0000000F) returned from status @ mem_mgr.c:812\n',
        },
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'an assertion of another kind',
        files: {
          'guest/vm/dmesg.txt':
            '[ 3010.500001] NVRM: GPU1 nvAssertOkFailedNoLog: Assertion failed: Invalid argument to call [NV_ERR_INVALID_ARGUMENT] (0x0000001F) returned from status @ mem_mgr.c:812\n',
        },
      },
      {
        name: 'the words in a note of another program',
        files: {
          'guest/vm/dmesg.txt':
            '[   12.000001] systemd[1]: Started watch for a GPU that has fallen off the bus.\n' +
            '[   13.880021] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:10:51 UTC 2025\n',
        },
      },
    ],
  },
});
