import { describe, expect, it } from 'vitest';
import { isMixedLog } from '../../src/diagnose/mixed.ts';
import { diagnoseTexts } from '../support/diagnose.ts';

const plain = "[    3.436925] NVRM: Can't find an IRQ for your NVIDIA card!";
const syslog = (host: string): string =>
  `Nov 21 10:00:01 ${host} kernel: [    3.436925] NVRM: Can't find an IRQ for your NVIDIA card!`;

describe('a log put together by hand', () => {
  it.each<[string, string[], boolean]>([
    ['one tool', [plain, plain], false],
    ['one host', [syslog('a'), syslog('a')], false],
    ['two hosts', [syslog('a'), syslog('b')], true],
    ['two hosts, the second far down', [syslog('a'), ...Array<string>(5000).fill('[    1.0] usb'), syslog('b')], true],
    ['two tools of one machine', [plain, syslog('a')], false],
    ['three kinds of prefixes', [plain, syslog('a'), "NVRM: Can't find an IRQ for your NVIDIA card!"], true],
    ['continuation lines', [plain, '               NVRM: BAR1 is 0M @ 0x0 (PCI:0000:00:06.0)'], false],
    ['other machines in lines that are not the driver', [syslog('a'), 'Nov 21 10:00:01 b sshd[1]: hello'], false],
    ['nothing of the driver', ['a', 'b', ''], false],
  ])('%s', (_name, lines, mixed) => {
    expect(isMixedLog(lines.join('\n'))).toBe(mixed);
  });

  it('takes no time over long lines', () => {
    const started = performance.now();
    isMixedLog(`${'NVRM: '.repeat(200_000)}\n`);
    isMixedLog(`${'NVRM: x '.repeat(50)}\n`.repeat(5000));
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('confirms nothing', () => {
    const one = diagnoseTexts({ 'guest/a/dmesg.txt': `${plain}\n` });
    const two = diagnoseTexts({ 'guest/a/dmesg.txt': `${syslog('a')}\n${syslog('b')}\n` });
    const confidence = (report: typeof one) =>
      report.findings.find(({ code, state }) => code === 'nvidia-irq-missing' && state === 'present')?.confidence;
    expect(confidence(one)).toBe('confirmed');
    expect(confidence(two)).toBe('likely');
    expect(two.inputs[0]!.problems[0]!.message).toMatch(/more than one machine/);
  });

  it('casts no doubt on another log in the same file', () => {
    const refused = 'bhyve: passthru requires guest memory to be wired\n';
    const report = diagnoseTexts({ 'all.txt': `${refused}\n${syslog('a')}\n${syslog('b')}\n` });
    const confidence = (code: string) =>
      report.findings.find((one) => one.code === code && one.state === 'present')?.confidence;
    expect(confidence('memory-not-wired')).toBe('confirmed');
    expect(confidence('nvidia-irq-missing')).toBe('likely');
  });
});
