import { type Claim, defineRule } from '../../model/rule.ts';
import { onHost } from '../lib/bhyve-lines.ts';

/** Registers of KVM's clock: a guest uses them when it believes to run under KVM. */
const KVM_CLOCK = /^0?x?(?:11|12|4b564d0[0-9])$/i;

export default defineRule({
  code: 'msr-access-unknown',
  stage: 'boot',
  kind: 'notice',
  severity: 'info',
  title: 'The guest used processor registers (MSR) that bhyve does not know',
  why: 'Drivers probe registers and go on without them; bhyve tells of it and, with -w, answers zero. Only a guest that stops right after such a line was stopped by it.',
  fix: [
    {
      text: 'If the guest stops there, let bhyve ignore unknown registers.',
      file: { path: 'NAME.conf', lines: ['bhyve_options="-w"'] },
      on: 'host',
      reboot: 'vm-restart',
    },
  ],
  references: ['usr.sbin/bhyve/vmexit.c, vmexit_rdmsr', 'bhyve(8), -w'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    access: {
      regex: /(?:rd|wr)msr to register (?<register>(?:0x)?[0-9a-f]+)(?:\([^)]{0,40}\))? on vcpu \d+/,
      literals: ['rdmsr to register', 'wrmsr to register'],
    },
  }),
  check({ hits }): Claim[] {
    const lines = hits('access');
    if (lines.length === 0) return [];
    const clock = lines.some(({ groups }) => KVM_CLOCK.test(groups.register ?? ''));
    return [
      {
        confidence: 'confirmed',
        evidence: lines,
        count: lines.length,
        ...(clock && {
          detail:
            'Among them are the registers of the KVM clock: the guest believes to run under KVM, as with a vmm.ko whose signature was patched. Add no-kvmclock to its kernel command line.',
        }),
      },
    ];
  },
  examples: {
    fires: [
      {
        name: 'a read of an unknown register',
        files: { 'host/bhyve.log': 'rdmsr to register 0x140 on vcpu 3\n' },
        expect: { severity: 'info' },
      },
    ],
    silent: [{ name: 'an I/O port', files: { 'host/bhyve.log': 'Unhandled inl 0x4d0 at 0xffffffff81a0b1c2\n' } }],
  },
});
