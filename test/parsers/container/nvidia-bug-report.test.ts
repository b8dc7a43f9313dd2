import { describe, expect, it } from 'vitest';
import container from '../../../parsers/container/nvidia-bug-report.ts';

const RULE = '_'.repeat(44);
const REPORT = `
${RULE}

Start of NVIDIA bug report log file.  Please include this file, along
with a detailed description of your problem.

nvidia-bug-report.sh Version: 35801008

Date: Sat Mar  8 10:04:51 CET 2025
uname: Linux guest 6.8.0-60-generic #63-Ubuntu SMP x86_64 GNU/Linux
command line flags:

${RULE}

*** /proc/cmdline
*** ls: -r--r--r-- 1 root root 0 2025-03-08 10:04:51.000000000 +0100 /proc/cmdline
BOOT_IMAGE=/vmlinuz root=/dev/vda2

${RULE}

*** /proc/driver/nvidia/./gpus/0000:00:06.0/information
*** ls: -r--r--r-- 1 root root 0 2025-03-08 10:04:51.000000000 +0100 /proc/driver/nvidia/./gpus/0000:00:06.0/information
Model: 		 Tesla P4

${RULE}

*** /var/log/nvidia-installer.log does not exist

${RULE}

Skipping dmidecode output (dmidecode not found)

${RULE}

/usr/bin/lspci -d "10de:*" -v -xxx

00:06.0 3D controller: NVIDIA Corporation GP104GL [Tesla P4] (rev a1)

/usr/bin/lspci -nn

00:06.0 3D controller [0302]: NVIDIA Corporation GP104GL [Tesla P4] [10de:1bb3] (rev a1)

${RULE}

Scanning kernel log files for NVIDIA kernel messages:

  journalctl -b -0:
Mar 08 10:00:01 guest kernel: nvidia-nvlink: Nvlink Core is being initialized, major device number 238

  journalctl -b -2:
Mar 01 10:00:01 guest kernel: NVRM: GPU 0000:00:06.0: RmInitAdapter failed! (0x31:0xffff:2767)

${RULE}

dmesg:

[    0.000000] Linux version 6.8.0-60-generic

${RULE}

/usr/bin/nvidia-debugdump -D

${Array.from({ length: 8 }, (_, i) => String(i).repeat(76)).join('\n')}

${RULE}
/etc/issue
Ubuntu 24.04

${RULE}

End of NVIDIA bug report log file.
`;

const { sections, problems } = container.split(REPORT);
const lines = REPORT.split('\n');

describe('nvidia-bug-report.log', () => {
  it('is recognised whole, and without its beginning', () => {
    expect(container.recognise(REPORT)).toBe(true);
    expect(container.recognise(REPORT.slice(REPORT.indexOf(RULE, 400)))).toBe(true);
    expect(container.recognise(`notes\n${RULE}\nmore notes\n${RULE}\n`)).toBe(false);
  });

  it('names sections by file or command and leaves out what is absent, skipped or encoded', () => {
    expect(sections.map(({ heading }) => heading)).toEqual([
      'uname -a',
      '/proc/cmdline',
      '/proc/driver/nvidia/gpus/0000:00:06.0/information',
      '/usr/bin/lspci -d "10de:*" -v -xxx',
      '/usr/bin/lspci -nn',
      'journalctl -b -0',
      'journalctl -b -2',
      'dmesg',
      '/etc/issue',
      undefined,
    ]);
    expect(problems).toEqual([]);
  });

  it('keeps line numbers true', () => {
    for (const { heading, firstLine, text } of sections) {
      const shown = text.split('\n')[0];
      if (heading === 'uname -a') expect(lines[firstLine - 1]).toBe(`uname: ${shown}`);
      else expect(lines[firstLine - 1]).toBe(shown);
    }
  });

  it('keeps the boots of the journal apart', () => {
    const boots = sections.filter(({ heading }) => heading?.startsWith('journalctl'));
    expect(boots.map(({ kind, earlierBoot }) => [kind, earlierBoot])).toEqual([
      ['linux-dmesg', undefined],
      ['linux-dmesg', 2],
    ]);
    expect(boots[0]?.text).not.toContain('RmInitAdapter');
  });

  it('says that the end is missing', () => {
    const cut = container.split(REPORT.slice(0, REPORT.indexOf('dmesg:')));
    expect(cut.problems).toEqual([
      { message: expect.stringContaining('end of the bug report is missing') as string, line: 54 },
    ]);
    expect(cut.sections.at(-1)?.heading).toBe('journalctl -b -2');
  });

  it('finds no sections in an empty text', () => {
    expect(container.split('').sections).toEqual([]);
  });
});
