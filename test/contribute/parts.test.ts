import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createAsker, Cancelled } from '../../src/cli/contribute-ask.ts';
import { apiBase, hostOf, isRepositoryName } from '../../src/contribute/address.ts';
import { freeText, patchOf, questionsFor, reporterOf } from '../../src/contribute/answers.ts';
import { cutEvidence, type EvidenceFile, MAX_EVIDENCE, withSafePaths } from '../../src/contribute/evidence.ts';
import { excerpt } from '../../src/contribute/excerpt.ts';
import { formatPatch } from '../../src/contribute/patch.ts';
import { type Claim, observationFromDiagnosis } from '../../src/matrix/observation-from-diagnosis.ts';
import { diagnoseFull, MATRIX } from '../support/diagnose.ts';

describe('an excerpt', () => {
  const text = ['head', 'a', 'b', 'dev:', '  one', '  two  ', '\tthree', 'c', 'd', ''].join('\n');
  it.each<[string, number[], number, string]>([
    ['the first line and the cited one', [9], 0, 'head|d'],
    ['lines around it', [8], 1, 'head|dev:|  one|  two|\tthree|c|d'],
    ['the whole record of an indented line', [6], 0, 'head|dev:|  one|  two|\tthree'],
    ['nothing beyond the text', [99], 1, 'head'],
    ['everything', [], Infinity, 'head|a|b|dev:|  one|  two|\tthree|c|d'],
  ])('keeps %s', (_name, cited, context, kept) => {
    expect(excerpt(text, new Set(cited), context)).toBe(`${kept.replaceAll('|', '\n')}\n`);
  });
});

describe('evidence', () => {
  const DMESG = [
    'Linux version 6.8.0 (x) #1 SMP',
    'DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
    'pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200 PCIe Endpoint',
    'nvidia: loading out-of-tree module taints kernel.',
    'nvidia-nvlink: Nvlink Core is being initialized, major device number 235',
    ...Array.from({ length: 400 }, (_, i) => `usb ${i}: new device found`),
    "NVRM: Can't find an IRQ for your NVIDIA card!",
    'nvidia: probe of 0000:00:06.0 failed with error -1',
  ].map((line, i) => `[    ${(i / 100).toFixed(6)}] ${line}`);
  const analyse = (files: readonly EvidenceFile[]) =>
    observationFromDiagnosis(
      diagnoseFull(Object.fromEntries(files.map(({ path, text }) => [path, text]))),
      MATRIX.tables,
    );

  it('is a small part from which the same claim follows', () => {
    const evidence = cutEvidence([{ path: 'guest/g/dmesg.txt', text: `${DMESG.join('\n')}\n` }], undefined, analyse);
    if ('why' in evidence) throw new Error(evidence.why);
    expect(evidence.complete).toBe(true);
    expect(evidence.claim).toMatchObject({ outcome: 'driver-init-fails', failedStage: 'probe' });
    expect(evidence.files).toHaveLength(1);
    expect(evidence.files[0]!.text.split('\n').length).toBeLessThan(20);
    expect(analyse(evidence.files)).toMatchObject({ claim: evidence.claim });
  });

  /** A claim that needs as many bytes as are said. */
  const needs = (bytes: number) => (files: readonly EvidenceFile[]) => ({
    claim: {
      outcome: 'works',
      summary: String(files.reduce((sum, { text }) => sum + text.length, 0) >= bytes),
    } as unknown as Claim,
    refs: [{ artifact: 'host/a.txt', line: 1 }],
  });
  const text = `${'x'.repeat(99)}\n`.repeat(2000);

  it.each([
    [10_000, true],
    [100_000, false],
  ])('that would need %i bytes is complete: %s, and never larger than it may be', (bytes, complete) => {
    const files = [{ path: 'host/a.txt', text: text.slice(0, bytes) }];
    const evidence = cutEvidence(files, undefined, needs(bytes));
    if ('why' in evidence) throw new Error(evidence.why);
    expect(evidence.complete).toBe(complete);
    expect(evidence.files.reduce((sum, file) => sum + file.text.length, 0)).toBeLessThan(MAX_EVIDENCE);
  });

  it('has paths that git, mail and all file systems take', () => {
    const paths = ['host/a b.txt', 'host/a;b.txt', 'guest/$(id)/-rf', '.git/config', 'a'.repeat(300), 'host/ä.txt'];
    const { files } = withSafePaths(paths.map((path) => ({ path, text: '' })));
    expect(files.map(({ path }) => path.slice(0, 20))).toEqual([
      'host/a-b.txt',
      'host/a-b.txt-2',
      'guest/$(id)/-rf'.replace('$(id)', 'id-').replace('-rf', 'rf'),
      'git/config',
      'a'.repeat(20),
      'host/txt',
    ]);
    for (const { path } of files) expect(path).toMatch(/^[A-Za-z0-9._+/-]{1,200}$/);
  });
});

describe('what evidence tells', () => {
  it.each([
    [{ 'a.txt': 'Hello\n' }, 'no graphics card'],
    [
      { 'guest/g/dmesg.txt': 'NVRM: loading NVIDIA UNIX x86_64 Kernel Module  570.172.08  Tue Jul 8\n' },
      'shows neither',
    ],
  ])('%j makes no entry', (files, why) => {
    expect(observationFromDiagnosis(diagnoseFull(files), MATRIX.tables)).toEqual({
      why: expect.stringContaining(why) as string,
    });
  });
});

describe('answers', () => {
  it.each([
    ['stock', { patch: 'stock' }],
    ['d51892', { patch: 'D51892', review: 'D51892' }],
    ['Forum-NVIDIA-patch', { patch: 'forum-nvidia-patch' }],
    ['D99999', { patch: 'other', review: 'D99999', patchDetail: 'D99999' }],
    ['932a2499fd87', { patch: 'other', commit: '932a2499fd87' }],
    ['my own, by hand', { patch: 'other', patchDetail: 'my own, by hand' }],
    [' ', {}],
  ])('patch %j', (said, expected) => expect(patchOf(said, MATRIX.tables)).toEqual(expected));

  it.each([
    ['Jane', { name: 'Jane' }],
    ["Łukasz O'Neil, Jr.", { name: "Łukasz O'Neil, Jr." }],
    ['jane <jane@example.org>', { name: 'jane', email: 'jane@example.org' }],
  ])('reporter %j', (said, expected) => expect(reporterOf(said)).toEqual(expected));

  it.each(['', 'a\nFrom: b', '-x', '\u001b[2Jx', '<script>', 'Jane <no address>', 'x'.repeat(60), 'a\u202eb', '@all'])(
    'reporter %j is refused',
    (said) => expect(() => reporterOf(said)).toThrow(/^.{5,200}$/),
  );

  it('free text is one line without control characters, not endless', () => {
    expect(freeText(' a\n\u001b[2J b\u202e ')).toBe('a [2J b');
    expect(freeText(' \n ')).toBeUndefined();
    expect(() => freeText('x'.repeat(1001))).toThrow(/at most 1000/);
  });

  it('are asked for at most five times, and only where nothing tells', () => {
    const claim = { bhyve: { patch: 'unknown' }, outcome: 'vm-wont-start' } as Claim;
    const told = { ...claim, bhyve: { patch: 'stock' }, outcome: 'works' } as Claim;
    expect(questionsFor(claim, new Set(), false)).toHaveLength(5);
    expect(questionsFor(claim, new Set(), true)).toHaveLength(4);
    expect(questionsFor(told, new Set(['reporter']), false)).toHaveLength(2);
  });

  it('come from a terminal; its end means no more, Ctrl-C stops', async () => {
    const [input, output] = [new PassThrough(), new PassThrough()];
    const asker = createAsker(input, output);
    const first = asker.ask('name? ');
    input.write('Jane\n');
    expect(await first).toBe('Jane');
    const second = asker.ask('more? ');
    input.end('a\nb\n');
    // Pasted lines answer the questions that follow.
    expect([await second, await asker.ask('and? ')]).toEqual(['a', 'b']);
    const third = asker.ask('else? ');
    expect([await third, await asker.ask('really? ')]).toEqual(['', '']);
    expect(String(output.read())).toContain('name? ');

    const terminal = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
    const screen = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
    const stopped = createAsker(terminal, screen);
    const pending = stopped.ask('name? ');
    terminal.write('\u0003');
    await expect(pending).rejects.toThrow(Cancelled);
    stopped.close();
  });
});

describe('addresses', () => {
  it.each([
    ['https://api.github.com', 'github.com'],
    ['https://git.example.org/api/v3', 'git.example.org'],
    ['http://127.0.0.1:8080', '127.0.0.1'],
    ['http://localhost:1', 'localhost'],
  ])('%s is taken; gh knows it as %s', (text, host) => {
    const base = apiBase(text);
    expect(base instanceof URL && hostOf(base)).toBe(host);
  });
  it.each([
    'http://api.github.com',
    'http://127.0.0.1.example',
    'https://a:b@x.example',
    'https://x/?a',
    'x',
    'ftp://x',
  ])('%s is not', (text) => expect(apiBase(text)).toHaveProperty('problem'));
  it('repositories are OWNER/NAME', () => {
    expect(['a/b', 'Lab-1/x.y_z'].every(isRepositoryName)).toBe(true);
    expect(['a', 'a/b/c', '../b', 'a/..', '-a/b', 'a/b?c', 'a/b\n'].some(isRepositoryName)).toBe(false);
  });
});

describe('a patch', () => {
  const patch = (name: string, files = [{ path: 'a.txt', text: 'x\n' }]) =>
    formatPatch({
      author: { name, email: 'a@example.org' },
      date: new Date('2026-11-05T01:02:03Z'),
      subject: 's',
      message: 'm\n',
      files,
      version: '1.0',
    });

  it.each([
    ['Jane Doe', 'From: Jane Doe <a@example.org>'],
    ["O'Neil, J. Jr.", `From: "O'Neil, J. Jr." <a@example.org>`],
    ['Łu', 'From: =?UTF-8?B?xYF1?= <a@example.org>'],
  ])('is from %s', (name, line) => expect(patch(name).split('\n')[1]).toBe(line));

  it('is what git format-patch would write', () => {
    expect(patch('J')).toBe(
      [
        'From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001',
        'From: J <a@example.org>',
        'Date: Thu, 5 Nov 2026 01:02:03 +0000',
        'Subject: [PATCH] s',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=UTF-8',
        'Content-Transfer-Encoding: 8bit',
        '',
        'm',
        '---',
        ' a.txt | 1 +',
        ' 1 file changed, 1 insertion(+)',
        ' create mode 100644 a.txt',
        '',
        'diff --git a/a.txt b/a.txt',
        'new file mode 100644',
        'index 0000000000000000000000000000000000000000..587be6b4c3f93f93c489c0111bba5596147a26cb',
        '--- /dev/null',
        '+++ b/a.txt',
        '@@ -0,0 +1 @@',
        '+x',
        '-- ',
        'gpudiag 1.0',
        '',
        '',
      ].join('\n'),
    );
  });
});
