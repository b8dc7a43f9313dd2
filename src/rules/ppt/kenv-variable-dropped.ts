import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

/** 40 functions: longer than the 257 characters that the kernel takes. */
const MANY = Array.from({ length: 40 }, (_, i) => `${128 + (i >> 2)}/0/${i & 3}`).join(' ');

export default defineRule({
  code: 'kenv-variable-dropped',
  stage: 'ppt',
  kind: 'cause',
  severity: 'error',
  title: 'The kernel dropped the pptdevs variable of the loader',
  why:
    'A variable of the loader whose NAME=VALUE is longer than the kernel takes is dropped as a whole, with one line in the boot messages. ' +
    'No device of it is reserved then.',
  fix: [
    {
      text: 'Spread the devices over pptdevs, pptdevs2 and pptdevs3, and name only those that are passed.',
      file: { path: '/boot/loader.conf', lines: ['pptdevs="1/0/0 1/0/1"', 'pptdevs2="2/0/0 2/0/1"'] },
      on: 'host',
      reboot: 'host',
      verify: '`kenv pptdevs` shows the value, and `pciconf -l` the devices as pptN',
    },
  ],
  references: ['sys/kern/kern_environment.c, init_dynamic_kenv', 'vmm(4)'],
  knowledge: 'source',
  needs: ['host-log'],
  patterns: onHost({
    dropped: {
      regex:
        /WARNING: (?:too long kenv string|malformed static env value|too many kenv strings), ignoring (?<variable>[\w.]{1,60})/,
      literals: ['too long kenv string', 'malformed static env value', 'too many kenv strings'],
    },
  }),
  explains: ['pptdevs-missing', 'device-not-ppt', 'device-assign-failed', 'vm-start-failed'],
  check({ hits }) {
    const lines = hits('dropped');
    const own = lines.filter(({ groups }) => /^pptdevs\d?$/.test(groups.variable ?? ''));
    if (own.length > 0) return [{ confidence: 'confirmed', evidence: own }] satisfies Claim[];
    if (lines.length === 0) return [];
    const names = [...new Set(lines.map(({ groups }) => groups.variable))].slice(0, 3).join(', ');
    return [
      {
        kind: 'notice',
        severity: 'info',
        confidence: 'confirmed',
        title: `The kernel dropped loader variables: ${names}`.slice(0, 90),
        evidence: lines,
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a value that is too long',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\n' +
            `WARNING: too long kenv string, ignoring pptdevs=${MANY}\n`,
        },
        expect: { kind: 'cause', confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the devices are there',
        files: {
          'host/dmesg.txt':
            'FreeBSD 14.2-RELEASE releng/14.2-n269506-c8918d6c7412 GENERIC amd64\nppt0 mem 0xdd000000-0xddffffff at device 0.0 on pci4\n',
        },
      },
    ],
  },
});
