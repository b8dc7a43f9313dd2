import { defineRule } from '../../model/rule.ts';
import { claimsOfHits } from '../lib/guests.ts';

export default defineRule({
  code: 'module-kernel-abi-mismatch',
  stage: 'load',
  kind: 'cause',
  severity: 'error',
  title: 'The driver module was built for another kernel',
  why:
    'A kernel module fits exactly the kernel it was compiled for. After a kernel update, or when DKMS did not rebuild, ' +
    'the kernel refuses it: a symbol has another version or the version magic differs.',
  fix: [
    {
      text: 'Install the headers of the running kernel and rebuild the module.',
      command: 'dkms autoinstall -k "$(uname -r)" && modprobe nvidia',
      on: 'guest',
      verify: '`modinfo -F vermagic nvidia` begins with the output of `uname -r`',
    },
    {
      text: 'If an old module is still in the initial RAM disk, rebuild that too and reboot.',
      command: 'update-initramfs -u',
      on: 'guest',
      reboot: 'guest',
    },
  ],
  references: ['modprobe(8)', 'dkms(8)'],
  knowledge: 'seen',
  needs: ['guest-log'],
  patterns: {
    symbol: {
      regex: /\bnvidia[\w-]*: (?:disagrees about version of symbol|Unknown symbol) (?<symbol>\S+)/,
      literals: ['disagrees about version of symbol', 'Unknown symbol'],
    },
    magic: {
      regex: /\bnvidia[\w-]*: version magic '[^']*' should be '/,
      literals: ['version magic'],
    },
    format: {
      regex:
        /(?:could not|Failed to) insert (?:module )?'?nvidia[\w-]*'?: (?:Exec format error|Invalid module format)|nvidia[\w.-]*\.ko[\w.]*: (?:Exec format error|Invalid module format)/,
      literals: ['Exec format error', 'Invalid module format'],
    },
    freebsd: {
      regex: /KLD (?:file )?nvidia[\w-]*\.ko: depends on kernel - not available or (?:wrong version|version mismatch)/,
      literals: ['depends on kernel - not available'],
      kinds: ['freebsd-dmesg'],
      side: 'guest',
    },
  },
  explains: ['nvidia-smi-no-driver', 'gpu-not-present', 'module-missing'],
  check(input) {
    const lines = [...input.hits('symbol'), ...input.hits('magic'), ...input.hits('format'), ...input.hits('freebsd')];
    // An unknown symbol alone also comes from a missing companion module; a version disagreement does not.
    const sure = lines.some(({ text, pattern }) => pattern !== 'symbol' || text.includes('disagrees about version'));
    return claimsOfHits(input, lines, sure ? 'confirmed' : 'likely');
  },
  examples: {
    fires: [
      {
        name: 'a FreeBSD guest with a module of another release',
        files: {
          'guest/vm/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            'KLD nvidia.ko: depends on kernel - not available or version mismatch\n',
        },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'a symbol has another version',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010203] nvidia: disagrees about version of symbol module_layout\n' +
            '[    5.010204] nvidia: Unknown symbol module_layout (err -22)\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'another module misses a symbol',
        files: {
          'guest/vm/dmesg.txt':
            '[    5.010203] snd_example: Unknown symbol snd_card_new (err -2)\n' +
            '[    5.121719] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  550.90.07  Fri May 31 09:35:42 UTC 2024\n',
        },
      },
    ],
  },
});
