import { describe, expect, it } from 'vitest';
import { readLogLine } from '../../../parsers/lib/lines.ts';

describe('readLogLine', () => {
  it.each([
    ['dmesg', '[   17.204511] nvidia: hello', { seconds: 17.204511 }],
    ['dmesg with caller', '[    3.000001][   T12] nvidia: hello', { seconds: 3.000001, thread: 'T12' }],
    ['dmesg with caller behind a blank', '[ 130.400000] [ C3] nvidia: hello', { seconds: 130.4, thread: 'C3' }],
    ['dmesg -d', '[    9.100000 <    0.000042>] nvidia: hello', { seconds: 9.1 }],
    ['dmesg -T', '[Wed Oct  1 08:01:02 2025] nvidia: hello', { time: 'Wed Oct  1 08:01:02 2025' }],
    ['dmesg -T, blanks collapsed', '[Wed Oct 1 08:01:02 2025] nvidia: hello', { time: 'Wed Oct 1 08:01:02 2025' }],
    ['dmesg -H', '[Oct 1 08:01] nvidia: hello', { time: 'Oct 1 08:01' }],
    ['dmesg -H delta', '[ +12.000333] nvidia: hello', { time: '+12.000333' }],
    ['dmesg -x', 'kern  :warn  : [    4.000000] nvidia: hello', { priority: 4, seconds: 4 }],
    [
      'dmesg -x iso',
      'kern  :err   : 2025-10-01T08:01:02,000123+00:00 nvidia: hello',
      { priority: 3, time: '2025-10-01T08:01:02,000123+00:00' },
    ],
    ['kmsg', '6,512,2500000,-;nvidia: hello', { priority: 6, seconds: 2.5 }],
    ['pstore', '<4>[    2.500000] nvidia: hello', { priority: 4, seconds: 2.5 }],
    ['journalctl', 'Oct 01 08:01:02 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['journalctl --no-hostname', 'Oct 01 08:01:02.000007 kernel: nvidia: hello', { program: 'kernel' }],
    ['journalctl in Polish', 'paź 01 08:01:02 box kernel: nvidia: hello', { time: 'paź 01 08:01:02', host: 'box' }],
    ['journalctl in German', 'Mär 01 08:01:02 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['journalctl in French', 'févr. 01 08:01:02 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['journalctl in Russian', 'окт 01 08:01:02 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['journalctl in Chinese', '10月 01 08:01:02 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['kern.log', 'Oct  1 08:01:02 box kernel: [   55.000000] nvidia: hello', { host: 'box', seconds: 55 }],
    [
      'journalctl -o short-full',
      'Wed 2025-10-01 08:01:02 CEST box kernel: nvidia: hello',
      { time: '2025-10-01 08:01:02 CEST', host: 'box' },
    ],
    ['journalctl -o short-unix', '1759305662.000042 box kernel: nvidia: hello', { time: '1759305662.000042' }],
    ['journalctl -o short-monotonic', '[   12.345678] box kernel: nvidia: hello', { seconds: 12.345678, host: 'box' }],
    ['rsyslog', '2025-10-01T08:01:02.5+02:00 box kernel: nvidia: hello', { host: 'box', program: 'kernel' }],
    ['program only', 'kernel: nvidia: hello', { program: 'kernel' }],
    ['quoted', '> [    4.000000] nvidia: hello', { seconds: 4 }],
    ['indented comment', '  ## [    4.000000] nvidia: hello', { seconds: 4 }],
    ['grep', 'var/log/kern.log:17:Oct  1 08:01:02 box kernel: nvidia: hello', { host: 'box' }],
  ])('takes the prefix off: %s', (_name, raw, expected) => {
    const line = readLogLine(raw);
    expect(line).toMatchObject({ ...expected, text: 'nvidia: hello' });
    expect(raw.slice(line.prefixLength)).toBe('nvidia: hello');
  });

  it.each([
    '    indented prose',
    '# a comment',
    'nvidia 0000:00:07.0: enabling device (0000 -> 0003)',
    'Region 0: Memory at c0000000',
  ])('leaves a line without prefix alone: %s', (raw) =>
    expect(readLogLine(raw)).toEqual({ text: raw, prefixLength: 0 }),
  );
});
