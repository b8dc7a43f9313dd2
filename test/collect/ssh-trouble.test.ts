import { describe, expect, it } from 'vitest';
import { parseSshTarget, type SshTarget } from '../../src/collect/ssh-target.ts';
import { whyNoAnswer, whyNotAll } from '../../src/collect/ssh-trouble.ts';

const target = parseSshTarget('ssh://root@heron:2222') as SshTarget;
const nothing = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
const saying = (text: string) => ({ ...nothing, stderr: Buffer.from(text), exitStatus: 255 });

describe('why a guest gave no answer', () => {
  it.each([
    ['ssh: Could not resolve hostname heron: Name or service not known', 'failed', 'there is no host of that name'],
    ['ssh: connect to host heron port 2222: No route to host', 'failed', 'there is no way to it over the network'],
    ['ssh: connect to host heron port 2222: Connection timed out', 'timed-out', 'it does not answer'],
    ["'sh' is not recognized as an internal or external command,", 'failed', 'it has no POSIX shell (Windows guests are not collected over ssh)'],
    ['kex_exchange_identification: read: Connection reset by peer', 'failed', 'ssh says: kex_exchange_identification: read: Connection reset by peer'],
    ['', 'failed', 'its shell ended without an answer (exit status 255)'],
  ])('%j', (said, status, message) => {
    expect(whyNoAnswer(saying(said), target)).toMatchObject({ status, message });
  }); // prettier-ignore

  it('when it was not waited for', () => {
    expect(whyNoAnswer({ ...nothing, cut: 'silence' }, target).status).toBe('timed-out');
    expect(whyNoAnswer({ ...nothing, cut: 'interrupt' }, target).status).toBe('skipped');
    expect(whyNoAnswer({ ...nothing, problem: 'EMFILE' }, target).message).toBe('ssh cannot be started (EMFILE)');
  });
});

describe('why it gave no more', () => {
  it.each([
    [saying('Timeout, server heron not responding.\r\n'), 'timed-out', 'it stopped answering before everything was asked'],
    [saying('Connection to heron closed by remote host.'), 'failed', 'the connection ended before everything was asked'],
    [{ ...nothing, cut: 'time' }, 'timed-out', 'the time for all probes was over'],
    [{ ...nothing, cut: 'size' }, 'failed', 'it sent more than fits into a bundle'],
  ] as const)('%#', (session, status, message) => {
    expect(whyNotAll(session)).toMatchObject({ status, message });
  }); // prettier-ignore
});
