import { defineRule } from '../../model/rule.ts';
import { guestSubject } from '../lib/guests.ts';
import { claimsOfXids, XIDS_OF_RULES } from '../lib/xids.ts';

export default defineRule({
  code: 'gsp-rpc-timeout',
  stage: 'run',
  kind: 'cause',
  severity: 'error',
  title: "The card's own processor (GSP) stopped answering",
  why:
    'The driver sends requests to the GPU System Processor and waits. When no answer comes (Xid 119 or 120) the card is ' +
    'unusable until it is reset. Failures of the adapter after that are its consequence.',
  fix: [
    {
      text: 'Reset the card: stop its users and try nvidia-smi -r, else restart the VM after a host power cycle.',
      command: 'nvidia-smi -r -i 0',
      on: 'guest',
      reboot: 'guest',
      risk: 'in a VM the reset may not reach the card; then only a host power cycle helps',
    },
    {
      text: 'Update the driver. On Turing to Ada the proprietary module can run without this processor.',
      file: { path: '/etc/modprobe.d/nvidia.conf', lines: ['options nvidia NVreg_EnableGpuFirmware=0'] },
      on: 'guest',
      reboot: 'guest',
      verify: 'no Xid 119 or 120 under the same load',
    },
  ],
  references: ['NVIDIA Xid catalogue, Xid 119 and 120'],
  knowledge: 'source',
  needs: [],
  explains: [
    'rm-init-adapter-failed',
    'drm-device-alloc-failed',
    'gsp-boot-failure',
    'firmware-missing',
    'gpu-init-failed',
    'gpu-not-responding',
    'gpu-needs-cold-power-cycle',
    'irq-not-firing',
    'nvidia-smi-no-devices',
    'xid',
    'xid-application-fault',
  ],
  check(input) {
    const said = claimsOfXids(input, XIDS_OF_RULES['gsp-rpc-timeout']);
    if (said.length > 0) return said;
    // A row of ERR! shows a card that does not answer; on a card with a GSP a hang of it is the usual reason.
    return input.guests.flatMap((guest) =>
      guest.smi.gpus
        .filter((gpu) => gpu.failing?.value.includes('ERR!') === true)
        .map((gpu) => ({
          confidence: 'possible' as const,
          severity: 'warning' as const,
          subject: guestSubject(guest, gpu.guestBdf),
          title: "The card's own processor (GSP) may have stopped answering",
          evidence: [gpu.failing!],
          decideWith: 'dmesg | grep -E "NVRM|Xid"',
        })),
    );
  },
  examples: {
    fires: [
      {
        name: 'Xid 119 of a query',
        files: {
          'guest/vm/dmesg.txt':
            '[  410.100001] NVRM: Xid (PCI:0000:00:05): 119, pid=881, name=nvidia-smi, Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL) (0x2080a097 0x490).\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'a table of requests printed by request',
        files: {
          'guest/vm/dmesg.txt':
            '[  410.100001] NVRM: GPU0 RPC history (CPU -> GSP):\n' +
            '[  410.100101] NVRM:     entry function                   data0              data1\n',
        },
      },
    ],
  },
});
