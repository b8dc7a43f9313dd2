import { defineRule } from '../../model/rule.ts';
import { INIT_ERROR, onHost } from '../lib/bhyve-lines.ts';
import { standing } from '../lib/hosts.ts';

export default defineRule({
  code: 'vm-start-failed',
  stage: 'start',
  kind: 'symptom',
  severity: 'error',
  title: 'bhyve ended before the guest ran',
  why:
    'These lines say that the start failed and no more. "Device emulation initialization error" echoes the error number of the last system call ' +
    'and comes after every failure of any device; the reason stands in the lines before it, if they were kept.',
  fix: [],
  references: ['usr.sbin/bhyve/bhyverun.c', 'bhyve(8), EXIT STATUS', 'vm(8), debug'],
  knowledge: 'source',
  needs: ['bhyve-log'],
  patterns: onHost({
    init: INIT_ERROR,
    memory: {
      regex: /(?:[Uu]nable to setup memory \(\d+\)|vm_setup_memory: [A-Z])/,
      literals: ['nable to setup memory', 'vm_setup_memory: '],
    },
    create: {
      regex: /(?:vm_create|vm_open|vm_reinit): [A-Z][\w ]+|virtual machine cannot be booted/,
      literals: ['vm_create: ', 'vm_open: ', 'vm_reinit: ', 'virtual machine cannot be booted'],
    },
    exit: {
      regex: /bhyve exited with status (?<status>4|71|134|139)\b/,
      literals: ['bhyve exited with status'],
      kinds: ['vm-bhyve-log'],
    },
    fatal: { regex: /: fatal; (?<what>.+)/, literals: ['fatal; '], kinds: ['vm-bhyve-log'] },
    abort: {
      regex: /Assertion failed: .{1,200}(?: function \w+, file \S*\.c| file \S*\.c, line \d+)/,
      literals: ['Assertion failed: '],
      kinds: ['bhyve-log'],
    },
    assign: {
      regex: /passthru requires guest memory to be wired/,
      literals: ['passthru requires guest memory to be wired'],
    },
  }),
  check({ host, hits }) {
    const lines = [...hits('assign'), ...hits('memory'), ...hits('create'), ...hits('abort'), ...hits('init')];
    const logged = standing(host, [...hits('fatal'), ...hits('exit')]);
    const all = [...lines, ...logged];
    return all.length > 0 ? [{ confidence: 'confirmed', evidence: all }] : [];
  },
  examples: {
    fires: [
      {
        name: 'the echo alone',
        files: { 'host/bhyve.log': 'Device emulation initialization error: Device busy\n' },
        expect: { confidence: 'confirmed' },
      },
      {
        name: 'vm-bhyve keeps only the status',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 18:20:03: bhyve exited with status 4\n',
        },
        expect: { confidence: 'confirmed' },
      },
    ],
    silent: [
      {
        name: 'the guest was powered off',
        files: {
          'host/vm-bhyve.log':
            'Feb 02 18:20:01: initialising\n' +
            'Feb 02 18:20:01:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 6:0,passthru,3/0/0]\n' +
            'Feb 02 18:20:02: starting bhyve (run 1)\n' +
            'Feb 02 19:31:47: bhyve exited with status 1\n',
        },
      },
    ],
  },
});
