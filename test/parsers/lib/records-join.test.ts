import { describe, expect, it } from 'vitest';
import { joinRecord, recordReader } from '../../../parsers/lib/records-join.ts';

/** All records of a text, as the walk of a parser sees them. */
function records(lines: string[]): string[] {
  const read = recordReader(lines);
  const texts: string[] = [];
  for (let i = 0; i < lines.length;) {
    const record = read(i);
    texts.push(record.text);
    i = record.last + 1;
  }
  return texts;
}

describe('joinRecord', () => {
  it('joins indented lines without a stamp, from whichever line it is asked', () => {
    const lines = [
      '[   21.000000] usb 1-1: new device',
      '[   22.000000] NVRM: This PCI I/O region assigned to your NVIDIA device is invalid:',
      '               NVRM: BAR3 is 0M @ 0x0 (PCI:0000:00:08.0)',
      '[   22.000100] nvidia: probe of 0000:00:08.0 failed with error -1',
    ];
    const whole = {
      first: 1,
      last: 2,
      text: 'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid: BAR3 is 0M @ 0x0 (PCI:0000:00:08.0)',
    };
    expect(joinRecord(lines, 1)).toEqual(whole);
    expect(joinRecord(lines, 2)).toEqual(whole);
    expect(joinRecord(lines, 3)).toMatchObject({ first: 3, last: 3 });
  });

  it('gives one text however the branch wraps the message', () => {
    const wraps = [
      [
        '[    8.1] NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38)',
        '[    8.1] NVRM: installed in this system is not supported by open',
        '[    8.1] NVRM: nvidia.ko because it does not include the required GPU',
        '[    8.1] NVRM: System Processor (GSP).',
      ],
      [
        'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38) installed in this',
        'NVRM: system is not supported by open nvidia.ko because it does not',
        'NVRM: include the required',
        'NVRM: GPU System Processor (GSP).',
      ],
    ];
    for (const lines of wraps) {
      expect(records(lines)).toEqual([
        'NVRM: The NVIDIA GPU 0000:00:08.0 (PCI ID: 10de:1b38) installed in this system is not supported by open nvidia.ko because it does not include the required GPU System Processor (GSP).',
      ]);
    }
  });

  it('joins sentences that follow within a known message, and nothing that begins another', () => {
    expect(
      records([
        "NVRM: Can't find an IRQ for your NVIDIA card!",
        'NVRM: Please check your BIOS settings.',
        'NVRM: [Plug & Play OS] should be set to NO',
        'NVRM: [Assign IRQ to VGA] should be set to YES',
        'NVRM: None of the NVIDIA devices were initialized.',
      ]),
    ).toEqual([
      "NVRM: Can't find an IRQ for your NVIDIA card! Please check your BIOS settings. [Plug & Play OS] should be set to NO [Assign IRQ to VGA] should be set to YES",
      'NVRM: None of the NVIDIA devices were initialized.',
    ]);
  });

  it('keeps repeats and neighbours of single lines apart', () => {
    const lines = [
      '[    5.0] NVRM: GPU 0000:00:08.0: RmInitAdapter failed! (0x26:0x56:1400)',
      '[    5.1] NVRM: GPU 0000:00:08.0: rm_init_adapter failed, device minor number 0',
      '[    5.2] NVRM: GPU 0000:00:08.0: RmInitAdapter failed! (0x26:0x56:1400)',
      '[    5.3] NVRM: failed to copy vbios to system memory.',
      '[    5.4] NVRM: GPU0 kgspInitRm_IMPL: something else',
    ];
    expect(records(lines)).toHaveLength(5);
  });

  it('joins the lines of an API mismatch, twice when it stands there twice', () => {
    const one = [
      'NVRM: API mismatch: the client has the version 545.29.06, but',
      'NVRM: this kernel module has the version 545.23.08.  Please',
      'NVRM: make sure that this kernel module and all NVIDIA driver',
      'NVRM: components have the same version.',
    ];
    const joined = records([...one, ...one]);
    expect(joined).toHaveLength(2);
    expect(joined[1]).toMatch(/545\.29\.06, but this kernel module has the version 545\.23\.08\. Please make sure/);
  });

  it('does not join pieces whose stamps are far apart', () => {
    expect(
      records([
        '[   10.0] NVRM: The NVIDIA GPU 0000:00:08.0',
        '[   90.0] NVRM: (PCI ID: 10de:1b38) installed in this system has',
      ]),
    ).toHaveLength(2);
  });

  it('keeps the rows of an RPC history apart', () => {
    expect(
      records([
        'NVRM: GPU0 RPC history (CPU -> GSP):',
        'NVRM:     entry function                   data0',
        'NVRM:      0    76   GSP_RM_CONTROL        0x01',
        'NVRM:     -1    10   FREE                  0x02',
      ]),
    ).toHaveLength(4);
  });

  it('joins behind a quoting margin', () => {
    expect(
      records([
        '  ## [    7.0] NVRM: The NVIDIA GeForce GT 9999 GPU installed in this system is',
        '  ##           NVRM:  supported through the NVIDIA 470.xx Legacy drivers. Please',
        '  ##           NVRM:  visit http://www.nvidia.com/object/unix.html for more',
        '  ##           NVRM:  information.  The 550.54.14 NVIDIA driver will ignore',
        '  ##           NVRM:  this GPU.  Continuing probe...',
      ]),
    ).toEqual([
      'NVRM: The NVIDIA GeForce GT 9999 GPU installed in this system is supported through the NVIDIA 470.xx Legacy drivers. Please visit http://www.nvidia.com/object/unix.html for more information. The 550.54.14 NVIDIA driver will ignore this GPU. Continuing probe...',
    ]);
  });

  it('joins what a window wrapped, but not a line of another program', () => {
    expect(
      records([
        '[  100.000000] NVRM: Xid (PCI:0000:00:08): 31, pid=77, name=python3, Ch 00000010, intr',
        '00000000. MMU Fault',
        '[  101.000000] NVRM: Xid (PCI:0000:00:08): 43, pid=77, name=python3, Ch 00000010',
      ]),
    ).toEqual([
      'NVRM: Xid (PCI:0000:00:08): 31, pid=77, name=python3, Ch 00000010, intr 00000000. MMU Fault',
      'NVRM: Xid (PCI:0000:00:08): 43, pid=77, name=python3, Ch 00000010',
    ]);
    expect(
      records([
        '[  100.000000] pci 0000:00:08.0: BAR 1 [mem 0x800000000-0x80fffffff 64bit pref]',
        '2025-10-01T08:01:02.000000001 [vmm:vcpu 0] read_config BAR1 -> 0xc',
      ]),
    ).toHaveLength(2);
  });

  it('reads the newline that rsyslog and kmsg encode', () => {
    const text =
      'NVRM: This PCI I/O region assigned to your NVIDIA device is invalid: BAR1 is 0M @ 0x0 (PCI:0000:00:08.0)';
    expect(records([text.replace(': BAR1', ':#012NVRM: BAR1')])).toEqual([text]);
    expect(records([text.replace(': BAR1', ':\\x0aNVRM: BAR1')])).toEqual([text]);
  });

  it('takes the message out of a line of another program', () => {
    expect(
      joinRecord(['node7 | ERROR: check failed: [ 12.000001] NVRM: Xid (PCI:0001:00:00): 48, pid=9'], 0).text,
    ).toBe('NVRM: Xid (PCI:0001:00:00): 48, pid=9');
  });

  it('stops at an empty line and at an elision', () => {
    expect(records(['NVRM: The NVIDIA GPU 0000:00:08.0', '...', 'NVRM: (PCI ID: 10de:1b38)'])).toHaveLength(3);
    expect(records(['[ 1.0] nvidia-nvlink: up', '', '[ 2.0] NVRM: x'])).toHaveLength(3);
  });

  it('leaves indented lines of a log without stamps alone', () => {
    expect(
      records([
        'CPU: Some Processor (3000.00-MHz K8-class CPU)',
        '  Origin="GenuineIntel"  Id=0x906ed',
        '  VT-x: PAT,HLT',
      ]),
    ).toHaveLength(3);
  });

  it('is quick on hostile lines', () => {
    const lines = Array.from({ length: 400 }, (_, i) =>
      i % 2 === 0 ? `${' '.repeat(8000)}x` : `NVRM:${'. '.repeat(4000)}${'(['.repeat(50)}`,
    );
    const before = performance.now();
    for (let i = 0; i < lines.length; i += 1) joinRecord(lines, i);
    expect(performance.now() - before).toBeLessThan(3_000);
  });

  it('bounds what it gives', () => {
    const endless = ['[    1.000000] head', ...Array.from({ length: 500 }, () => `          ${'x'.repeat(3000)}`)];
    const record = joinRecord(endless, 0);
    expect(record.last).toBeLessThan(12);
    expect(record.text.length).toBeLessThanOrEqual(8192);
  });
});
