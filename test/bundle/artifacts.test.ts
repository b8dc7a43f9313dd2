import { describe, expect, it } from 'vitest';
import { identify } from '../../src/bundle/artifacts.ts';
import { LIMITS } from '../../src/bundle/limits.ts';
import { diagnoseTexts } from '../support/diagnose.ts';
import { EXAMPLES, exampleOf, identifyText, kindsIn } from '../support/identify.ts';
import fc from '../support/property.ts';

const PCICONF = [
  'ppt0@pci0:1:0:0:\tclass=0x030200 rev=0xa1 hdr=0x00 vendor=0x10de device=0x1bb3 subvendor=0x10de subdevice=0x11d8',
  "    vendor     = 'NVIDIA Corporation'",
  "    device     = 'GP104GL [Tesla P4]'",
  '    class      = display',
  '    subclass   = 3D',
];
const IRQ = "[    3.436925] NVRM: Can't find an IRQ for your NVIDIA card!";
const DMESG = [
  '[    0.000000] Linux version 6.8.0-45-generic (buildd@lcy02) #45-Ubuntu SMP PREEMPT_DYNAMIC',
  '[    0.000000] DMI: FreeBSD BHYVE/BHYVE, BIOS 14.0 10/17/2021',
  '[    0.900000] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200',
  '[    3.430000] nvidia: loading out-of-tree module taints kernel.',
  IRQ,
];

describe('line numbers of evidence', () => {
  const above = ['Hello,', '', 'this is what I have:', ''];
  const text = [...above, ...PCICONF, '', ...DMESG, ''].join('\n');
  const line = above.length + PCICONF.length + 2 + DMESG.indexOf(IRQ);

  it.each<[string, string | Buffer, number]>([
    ['as it is', text, line],
    ['with CRLF', text.replaceAll('\n', '\r\n'), line],
    ['with CR', text.replaceAll('\n', '\r'), line],
    ['from UTF-16 with BOM', Buffer.from(`\ufeff${text}`, 'utf16le'), line],
    ['from UTF-16 BE', Buffer.from(text, 'utf16le').swap16(), line],
    ['with BOM', `\ufeff${text}`, line],
    ['in colour', text.replaceAll('NVRM', '\u001b[31mNVRM\u001b[0m'), line],
    ['quoted', text.replace(/^/gm, '> '), line],
    ['in a fence', text.replace('this is what I have:', '```'), line],
    ['behind a prompt', text.replace('this is what I have:', 'root@h:~ # cat all'), line],
    ['in an nvidia-bug-report', bugReport(text), line + 12],
  ])('%s', (_name, content, expected) => {
    const report = diagnoseTexts({ 'all.txt': content });
    const finding = report.findings.find(({ code, state }) => code === 'nvidia-irq-missing' && state === 'present');
    expect(finding?.evidence[0]).toMatchObject({ artifact: 'all.txt', line: expected, quote: IRQ });
  });

  it('hold for every artifact of every mixture', () => {
    const mixture = fc.array(
      fc.tuple(fc.constantFrom(...EXAMPLES), fc.constantFrom('', '\n', 'And then\n\n', '```\n', 'root@h:~ # x\n')),
      {
        minLength: 1,
        maxLength: 6,
      },
    );
    fc.assert(
      fc.property(mixture, (parts) => {
        const content = parts.map(([{ text: example }, before]) => before + example).join('');
        const lines = content.split('\n');
        for (const { text: piece, firstLine } of identifyText(content).artifacts) {
          piece
            .replace(/\n$/, '')
            .split('\n')
            .forEach((line, i) => {
              const original = lines[firstLine - 1 + i];
              expect(line).toBe(original === '```' ? '' : original);
            });
        }
      }),
      { numRuns: 200 },
    );
  });
});

/** A bug report with `text` as a section; the text begins at line 13. */
function bugReport(text: string): string {
  const rule = '_'.repeat(44);
  return [
    rule,
    '',
    'Start of NVIDIA bug report log file.  Please include this file, along',
    'with a detailed description of your problem, when reporting a graphics',
    'driver bug via the NVIDIA Linux forum',
    '',
    'nvidia-bug-report.sh Version: 34275561',
    '',
    rule,
    '',
    '*** /var/log/all',
    '*** ls: -rw-r--r-- 1 root root 2000 2026-11-21 10:00:00.000000000 +0100 /var/log/all',
    text,
    rule,
    'End of NVIDIA bug report log file.',
    '',
  ].join('\n');
}

describe('containers', () => {
  it('what stands above one in a paste is read too', () => {
    const above = exampleOf('loader-conf');
    const found = kindsIn(`${above}\n${bugReport(DMESG.join('\n'))}`);
    expect(found[0]).toBe('loader-conf@1');
    expect(found).toContain(`linux-dmesg@${above.split('\n').length + 13}`);
  });

  it('says that the end of one is missing', () => {
    const { problems } = identifyText(bugReport(DMESG.join('\n')).replace(/End of.*\n/, ''));
    expect(problems.map(({ message }) => message).join()).toMatch(/end of the bug report is missing/);
    expect(identifyText(bugReport(DMESG.join('\n'))).problems).toEqual([]);
  });

  it('inside itself without end is read once', () => {
    let nested = DMESG.join('\n');
    for (let i = 0; i < 20; i += 1) nested = bugReport(nested);
    expect(identifyText(nested).artifacts.length).toBeGreaterThan(0);
  });
});

describe('the side', () => {
  const sideIn = (path: string, text: string) =>
    identifyText(text, path).artifacts.map(({ side, guest }) => [side, guest]);

  it('is told from content', () => {
    expect(sideIn('a.txt', exampleOf('pciconf'))).toEqual([['host', undefined]]);
    expect(sideIn('a.txt', exampleOf('linux-dmesg'))).toEqual([['guest', undefined]]);
    expect(sideIn('a.txt', 'Linux vm1 6.8.0-45-generic #45-Ubuntu SMP x86_64 GNU/Linux\n')).toEqual([
      ['guest', undefined],
    ]);
    expect(sideIn('a.txt', exampleOf('uname'))).toEqual([['host', undefined]]);
  });

  it('of a FreeBSD guest is told from where the bundle keeps it', () => {
    const text = exampleOf('pciconf');
    expect(sideIn('guest/desk/pciconf.txt', text)).toEqual([['guest', 'desk']]);
    expect(sideIn('my-bundle/guest/desk/pciconf.txt', text)).toEqual([['guest', 'desk']]);
    expect(sideIn('guest/pciconf.txt', text)).toEqual([['guest', undefined]]);
    expect(sideIn('host/pciconf.txt', text)).toEqual([['host', undefined]]);
  });

  it('is not overruled by a wrong folder where only a guest prints this', () => {
    expect(sideIn('host/lspci.txt', exampleOf('nvidia-smi-table'))).toEqual([['guest', undefined]]);
  });
});

describe('a file', () => {
  it('that describes the bundle is no evidence', () => {
    const manifest = Buffer.from('{"schemaVersion": 1, "tool": {"name": "gpudiag"}, "probes": []}');
    expect(identify({ path: 'manifest.json', bytes: manifest, sha256: '' })).toBeUndefined();
    expect(identify({ path: 'b/manifest.json', bytes: manifest, sha256: '' })).toBeUndefined();
    expect(identifyText('{"name": "app"}', 'manifest.json').artifacts).toMatchObject([{ kind: undefined }]);
  });

  it('counts its lines as an editor does', () => {
    expect(identifyText('a\nb\n').lines).toBe(2);
    expect(identifyText('a\nb').lines).toBe(2);
    expect(identifyText('a').lines).toBe(1);
  });

  it('with too many lines is read at its end, where a log is newest', () => {
    const many = LIMITS.lines + 5;
    const file = identifyText(`\n${'a\n'.repeat(many - 2)}${IRQ}`);
    expect(file.lines).toBe(many);
    expect(file.problems).toEqual([{ message: 'has more than 3000000 lines; the last ones were read', line: 6 }]);
    expect(file.artifacts).toMatchObject([{ kind: 'linux-dmesg', firstLine: 6 }]);
    const enough = identifyText(`\n${'a\n'.repeat(LIMITS.lines - 2)}${IRQ}`);
    expect(enough.problems).toEqual([]);
    expect(enough.artifacts).toMatchObject([{ firstLine: 1 }]);
  });

  it('that cannot be used says what was expected', () => {
    const file = identifyText(Buffer.alloc(0));
    expect(file).toMatchObject({ unreadable: true, artifacts: [], lines: 0 });
    expect(file.problems).toEqual([
      { message: 'is empty; expected the text a command printed, a configuration file or a log' },
    ]);
  });

  it('of any bytes throws nothing', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 600 }),
        fc.constantFrom(...EXAMPLES),
        fc.nat(600),
        (noise, { text }, at) => {
          const bytes = Buffer.concat([Buffer.from(text).subarray(0, at), noise, Buffer.from(text)]);
          const file = identifyText(bytes);
          for (const { firstLine } of file.artifacts) expect(firstLine).toBeGreaterThanOrEqual(1);
        },
      ),
      { numRuns: 200 },
    );
  });
});

it('one file with everything is as good as one file each', () => {
  const files = { 'host/pciconf.txt': PCICONF.join('\n'), 'guest/vm/dmesg.txt': DMESG.join('\n') };
  const codes = (report: ReturnType<typeof diagnoseTexts>) =>
    report.findings.filter(({ state }) => state === 'present').map(({ code, confidence }) => `${code} ${confidence}`);
  const together = diagnoseTexts({ 'x.txt': `${PCICONF.join('\n')}\n${DMESG.join('\n')}\n` });
  expect(codes(together)).toEqual(codes(diagnoseTexts(files)));
  expect(codes(together)).toContain('nvidia-irq-missing confirmed');
});
