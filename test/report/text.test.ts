import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/model/report.ts';
import { renderText, type TextOptions } from '../../src/report/text.ts';
import { displayWidth } from '../../src/report/width.ts';
import { buildReport, evidence, finding, input, stages } from '../support/report.ts';
import * as cases from './cases.ts';

const PLAIN: TextOptions = { width: 80, color: false, unicode: true, verbose: false };

const render = (report: Report, options: Partial<TextOptions> = {}): string =>
  renderText(report, { ...PLAIN, ...options });

/** Lines of a section, without its heading. */
function section(text: string, title: string): string[] {
  const lines = text.split('\n');
  const start = lines.indexOf(title.toUpperCase());
  if (start === -1) return [];
  const end = lines.indexOf('', start);
  return lines.slice(start + 1, end).map((line) => line.trim());
}

/** The pieces stand in the text in this order. */
function expectInOrder(text: string, pieces: readonly string[]): void {
  let from = 0;
  for (const piece of pieces) {
    const found = text.indexOf(piece, from);
    expect(found, `"${piece}" after position ${from}`).toBeGreaterThanOrEqual(0);
    from = found + piece.length;
  }
}

describe('a confirmed cause', () => {
  const text = render(cases.noIrq);

  it('tells on the first screen what a reader acts on, in order', () => {
    const screen = text.split('\n').slice(0, 43).join('\n');
    expectInOrder(screen, [
      'Tesla P4 (10de:1bb3, Pascal), host 4/0/0, guest 0000:00:07.0',
      'FreeBSD 15.0-ALPHA3, Intel(R) Xeon(R) E-2236 CPU @ 3.40GHz',
      'Linux 6.8.0-51-generic, driver not shown',
      '? firmware  ✓ host  ✓ ppt',
      '✗ probe  - init  - run',
      'Stopped at probe (driver accepts the card): The NVIDIA driver finds no interrupt',
      'Cause: bhyve presents the GPU without an interrupt pin.',
      'CONFIRMED CAUSE',
      '(nvidia-intpin-missing)',
      'guest/trainer/dmesg.txt:815',
      "NVRM: Can't find an IRQ for your NVIDIA card!",
      'FIX',
      '1. On the host: Apply review D51892',
      '      make -C /usr/src/usr.sbin/bhyve all install',
      'Then: stop and start the VM.',
      'Risk: bhyve, libvmmapi and vmm.ko',
      'Check: in the guest, `setpci -s 00:07.0 3d.b` prints 01.',
      '2. In the guest: Expect the next stage',
      'NEAREST COMBINATION THAT WORKS',
      'patch: yours stock, theirs D51892 (rebuilds software):',
      'gpu: yours Tesla P4, theirs Tesla P40 (hardware work)\n',
      'But: nobody reports a working Tesla P4',
    ]);
  });

  it('gives the reason of the failure only where the verdict does not', () => {
    const { verdict } = cases.noIrq;
    const because = verdict.causes[0]!.title;
    const report = {
      ...cases.noIrq,
      verdict: { ...verdict, stages: stages({ passed: 'load', failed: 'probe', because }) },
    };
    expect(render(report)).toContain('\nStopped at probe (driver accepts the card).\n');
  });

  it('folds consequences under the cause', () => {
    expect(section(text, 'Confirmed cause')).toContain('Explains: nvidia-irq-missing');
    expect(section(text, 'Also seen').join(' ')).not.toContain('nvidia-irq-missing');
  });

  it('says what was ruled out and by which line', () => {
    expect(section(text, 'Ruled out')).toEqual([
      '- Guest memory is not wired (memory-not-wired)',
      'host/vm.conf:5  wired_memory="yes"',
    ]);
  });

  it('shows the three tables with their sources', () => {
    expect(section(text, 'GPU functions and what they are bound to')[2]).toBe(
      '4/0/0  10de:1bb3  GP104GL [Tesla P4]  ppt     named    trainer  0000:00:07.0',
    );
    expect(section(text, 'BARs')).toContain('4/0/0    1  mem64 pref   8 GiB  0x4000000000  0x800000000');
    expect(section(text, 'BARs')).toContain('4/0/0    3  mem64 pref  32 MiB  0x4200000000  none');
    expect(section(text, 'Guest driver')).toContain('from guest/trainer/dmesg.txt');
  });

  it('needs no next step', () => {
    expect(text).not.toContain('NEXT STEPS');
  });

  it('lists what could not be looked at only when verbose', () => {
    expect(text).toContain('1 check had nothing to look at');
    expect(section(render(cases.noIrq, { verbose: true }), 'Not looked at')).toContain(
      '- iommu-disabled: run `acpidump -t; sysctl hw.vmm`',
    );
  });

  it('shows every finding and input when verbose', () => {
    const verbose = render(cases.noIrq, { verbose: true });
    expect(section(verbose, 'All findings')).toContain(
      '- consequence: The NVIDIA driver finds no interrupt for the card',
    );
    expect(section(verbose, 'Looked for and not there')).toEqual(['- Guest memory is not wired (memory-not-wired)']);
    expect(section(verbose, 'All inputs')).toContain(
      'guest/trainer/dmesg.txt  trainer  linux-dmesg      901  2 KiB  parsed',
    );
  });
});

describe('an unproven case', () => {
  const text = render(cases.unproven);

  it('never sounds surer than it is', () => {
    expect(text).not.toMatch(/confirmed|likely/i);
    expect(text).toContain('POSSIBLE CAUSE (FIRST OF 3, NONE PROVEN)');
    expect(text).toContain('FIX, IF THIS IS THE CAUSE');
  });

  it('keeps the telling end of a log line that is too long', () => {
    expect(section(text, 'Possible cause (first of 3, none proven)')).toContain(
      '…NVRM: GPU 0000:00:07.0: RmInitAdapter failed! (0x31:0xffff:2650)',
    );
  });

  it('says how many of the lines it shows', () => {
    expect(text).toContain('Proof (1 of 12 lines):');
  });

  it('shows the lines of a file as they should stand', () => {
    expectInOrder(text, [
      'In /vm/trainer/trainer.conf:\n',
      '         passthru0="4/0/0=7:0"\n',
      '         bhyve_options="-s 7:0,passthru,4/0/0,rom=/vm/p4.rom"\n',
    ]);
  });

  it('lists the other candidates with their proof, or says that no line shows it', () => {
    expect(section(text, 'Other candidates')).toEqual([
      '- Possible: The driver does not know the hypervisor signature of bhyve',
      '(hypervisor-signature-native)',
      'guest/trainer/dmesg.txt:2  [    0.000000] Hypervisor detected: bhyve',
      '- Possible: The driver reads host values through the copy of config space in',
      'BAR0 (config-mirror-untrapped)',
      'No bhyve release traps this copy.',
    ]);
  });

  it('numbers the next steps and says what each result would mean', () => {
    expect(section(text, 'Next steps, cheapest first')).toEqual([
      '1. In the guest, changes nothing:',
      'dmesg | grep -i rom',
      'Decides: vbios-unreadable',
      '2. On the host, restarts the VM:',
      'bhyve -s 7:0,passthru,4/0/0,rom=/vm/p4.rom ...',
      'Why: Starts the VM with the video BIOS of the card.',
      '- the error stays: the video BIOS was not it.',
      '- another stage number: the video BIOS was missing; look at the new number.',
      'Decides: vbios-unreadable, hypervisor-signature-native',
      'Risk: a wrong file can keep the guest from starting.',
      '3. At the machine, hardware work: try the card in a physical machine with',
      'Linux and the same driver.',
      'Decides: hardware-unproven',
    ]);
  });

  it('names a few of the findings that a step decides, and all when verbose', () => {
    const decides = Array.from({ length: 9 }, (_, i) => `code-${i}`);
    const nextSteps = [{ command: 'dmesg', cost: 'look' as const, decides }];
    const report = { ...cases.unproven, verdict: { ...cases.unproven.verdict, nextSteps } };
    expect(render(report)).toContain('Decides: code-0, code-1, code-2, code-3, code-4, 4 more\n');
    expect(render(report, { verbose: true, width: 160 })).toContain('code-7, code-8\n');
  });

  it('says plainly that no working combination is known', () => {
    expect(section(text, 'Nearest combination that works')).toEqual(['None is known.']);
  });

  it('tells the failure below the driver table', () => {
    expect(section(text, 'Guest driver')).toContain(
      'Fails in trainer: RmInitAdapter 0x31 (VBIOS POST), status 0xffff (unspecified)',
    );
  });

  it('quotes what fails when the proof of the cause does not', () => {
    const failure = evidence('guest/a/dmesg.txt', 90, 'it fails here');
    const at = stages({ passed: 'probe', failed: 'init' }).map((stage) =>
      stage.id === 'init' ? { ...stage, evidence: [failure] } : stage,
    );
    const verdict = { ...cases.unproven.verdict, stages: at };
    expect(render({ ...cases.unproven, verdict })).toContain('What fails:\n    guest/a/dmesg.txt:90  it fails here\n');
  });
});

describe('a healthy report', () => {
  const text = render(cases.healthy);

  it('says that no fault was found and what was not looked at', () => {
    expect(text).toContain('The card works.\nNo fault was found in the evidence.\n');
    expect(section(text, 'Not looked at')).toEqual([
      'The evidence holds nothing about these checks. What would supply it:',
      '- 2 checks: run `acpidump -t; sysctl hw.vmm`',
      '- 1 check: run `cat bhyve.log in the folder of the VM`',
    ]);
  });

  it('names the stages that were not shown', () => {
    expect(text).toContain('Got as far as run (runs without faults). Not shown: firmware.');
  });

  it('names no cause, no fix and nothing to change', () => {
    expect(text).not.toMatch(/^(?:.*CAUSE|FIX.*|NEAREST.*|NEXT.*)$/m);
  });

  it('does not say twice that no fault was found', () => {
    const verdict = {
      ...cases.healthy.verdict,
      summary: 'The guest sees the card; no driver was tried; no fault was found in it.',
    };
    expect(render({ ...cases.healthy, verdict })).not.toContain('No fault was found in the evidence.');
  });
});

describe('a report on nothing', () => {
  const text = render(cases.nothing);

  it('says so before anything else, and what was expected', () => {
    expectInOrder(text, [
      'Nothing in the input was understood, so nothing can be said about the card.',
      'NOT UNDERSTOOD',
      '- holiday.jpg: cannot be read: not text; expected what a command printed',
      '- notes.txt: not the output of any command or file that gpudiag knows',
      'Expected: what `pciconf -lvbBceV`',
    ]);
    expect(text).not.toContain('no fault');
  });

  it('still shows the tables, with the command that would fill them', () => {
    for (const title of ['GPU functions and what they are bound to', 'BARs']) {
      expect(section(text, title)).toEqual(['not shown by the evidence: run `pciconf -lvbBceV` on the host as root']);
    }
    expect(section(text, 'Guest driver')[0]).toMatch(/^not shown by the evidence: run `dmesg`/);
  });

  it('also when there was no input at all', () => {
    const text = render(buildReport());
    expect(text).toContain('There was no input, so nothing can be said about the card.');
    expect(text).toContain('Expected: what `pciconf -lvbBceV`');
  });
});

describe('a failure without a known cause', () => {
  const failure = finding('rm-init-adapter-failed', {
    kind: 'symptom',
    role: 'independent',
    title: 'RmInitAdapter failed',
    evidence: [evidence('guest/a/dmesg.txt', 90, 'NVRM: RmInitAdapter failed! (0x26:0x56:1482)')],
  });
  const text = render(
    buildReport({
      inputs: [input('guest/a/dmesg.txt', { kind: 'linux-dmesg' })],
      findings: [failure],
      verdict: {
        outcome: 'driver-init-fails',
        summary: 'It fails.',
        stages: stages({ passed: 'probe', failed: 'init' }),
      },
    }),
  );

  it('says that nothing names the cause and shows what fails, once', () => {
    expect(section(text, 'Cause not known')).toEqual([
      'Nothing in the evidence names the cause. What fails:',
      '- RmInitAdapter failed (rm-init-adapter-failed).',
      'Proof:',
      'guest/a/dmesg.txt:90  NVRM: RmInitAdapter failed! (0x26:0x56:1482)',
    ]);
    expect(text).not.toContain('ALSO SEEN');
    expect(text).not.toContain('No fault was found');
  });

  it('says that no next step is known', () => {
    expect(section(text, 'Next steps')).toEqual(['No command or experiment is known that would decide it.']);
  });
});

describe('several causes', () => {
  const cause = (code: string, confidence: 'confirmed' | 'likely' | 'possible') => ({
    code,
    confidence,
    title: `Title of ${code}`,
    explains: [],
  });
  const withCauses = (...causes: Report['verdict']['causes']): string =>
    render(
      buildReport({
        inputs: [input('a', { kind: 'pciconf' })],
        findings: causes.map(({ code, confidence }) => finding(code, { role: 'root', confidence })),
        verdict: { causes },
      }),
    );

  it('are candidates while none of the others is confirmed', () => {
    const text = withCauses(cause('one', 'likely'), cause('two', 'possible'));
    expect(text).toContain('LIKELY CAUSE\n');
    expect(section(text, 'Other candidates')[0]).toBe('- Possible: Title of two (two)');
  });

  it('are causes when another is confirmed too', () => {
    expect(withCauses(cause('one', 'confirmed'), cause('two', 'confirmed'))).toContain('OTHER CAUSES\n');
  });

  it('are cut to a few unless verbose', () => {
    const many = Array.from({ length: 12 }, (_, i) => cause(`c${i}`, 'possible'));
    expect(withCauses(...many)).toContain('and 5 more (--verbose shows them)');
  });

  it('says so when no fix is known', () => {
    expect(section(withCauses(cause('one', 'confirmed')), 'Fix')).toEqual(['No fix is known.']);
  });

  it('names every device a cause was found at', () => {
    const text = render(
      buildReport({
        inputs: [input('a', { kind: 'pciconf' })],
        findings: ['1/0/1', '1/0/2'].map((hostBdf) => finding('one', { role: 'root', subject: { hostBdf } })),
        verdict: { causes: [cause('one', 'confirmed')] },
      }),
    );
    expect(section(text, 'Confirmed cause')).toContain('The same again: host 1/0/2: Title of one');
  });
});

describe('BARs', () => {
  const bar = { artifact: 'a', line: 1, hostBdf: '1/0/0', kind: 'mem', bits: 64, prefetchable: true } as const;
  const barsOf = (...bars: Report['overview']['bars']): string[] =>
    section(render(buildReport({ overview: { bars } })), 'BARs');

  it('marks sizes that were not seen on this machine and says why a BAR finds no room', () => {
    const lines = barsOf({
      ...bar,
      index: 1,
      sizeBytes: 32 * 2 ** 30,
      sizeFrom: 'family',
      fits: 'dropped',
      fitReason: 'the window ends before it',
    });
    expect(lines[2]).toMatch(/^1\/0\/0 +1 +mem64 pref +~32 GiB +\? +\? +dropped$/);
    expect(lines).toContain('BAR1 of 1/0/0: the window ends before it');
    expect(lines).toContain('~ size that cards of its family have; not seen on this machine');
  });

  it('explains the largest BAR of a card, and all of them when verbose', () => {
    const bars = [1, 3].map(
      (index) =>
        ({
          ...bar,
          index,
          sizeBytes: 2 ** (30 + index),
          sizeFrom: 'host',
          fits: 'dropped',
          fitReason: `reason ${index}`,
        }) as const,
    );
    expect(barsOf(...bars).filter((line) => line.includes('reason'))).toEqual(['BAR3 of 1/0/0: reason 3']);
    expect(render(buildReport({ overview: { bars } }), { verbose: true })).toContain('BAR1 of 1/0/0: reason 1');
  });

  it('tells a missing size from a size', () => {
    expect(barsOf({ ...bar, index: 0, sizeFrom: 'guest' })[2]).toMatch(/mem64 pref +\? +\? +\?$/);
  });
});

describe('inputs', () => {
  const known = input('paste.txt', { kind: 'pciconf' });

  it('that were only partly read give one line for each problem', () => {
    const report = buildReport({
      inputs: [{ ...known, status: 'partly', problems: [{ message: 'line is cut', line: 4 }] }],
    });
    expect(section(render(report), 'Not understood')).toEqual(['- paste.txt:4: line is cut']);
  });

  it('that surround known parts of a paste are no loss', () => {
    const report = buildReport({ inputs: [known, input('paste.txt', { firstLine: 9, status: 'unrecognised' })] });
    expect(render(report)).not.toContain('NOT UNDERSTOOD');
  });

  it('that were taken for a kind and could not be read say which', () => {
    const report = buildReport({ inputs: [known, input('b.txt', { kind: 'lspci', status: 'unreadable' })] });
    expect(section(render(report), 'Not understood')).toEqual([
      '- b.txt: taken for lspci, but nothing in it can be read as that',
    ]);
  });
});

describe('the matrix part', () => {
  it('tells what reports say of the combination, and which come near', () => {
    expect(section(render(cases.noIrq, { width: 120 }), 'Compatibility matrix')).toEqual([
      'Reported not to work (likely): reports of this card in a comparable configuration: 1 failing',
      '(tesla-p4-150-alpha-stock).',
      'Nearest reports:',
      '- driver does not bring the card up: tesla-p4-150-alpha-stock (evidenced): same card, same guest system; differs in',
      'FreeBSD release',
      'release: yours 15.0-ALPHA3, theirs 15.0-ALPHA2',
      'Other combinations that work:',
      '- rtx-a400-142-kvm (evidenced): same vendor (NVIDIA)',
      'About this FreeBSD release:',
      '- host not ready: DMA of passed-through devices reaches the wrong pages (release-150-mapping)',
      'Remedy: update to 15.0-RELEASE-p1.',
      'Yours counts too, also when it fails: gpudiag matrix contribute BUNDLE makes an entry of it.',
    ]);
  });

  it('names reports from other systems only when verbose, and their system', () => {
    expect(render(cases.noIrq)).not.toContain('p4-elsewhere');
    expect(render(cases.noIrq, { verbose: true })).toContain('- works, illumos: p4-elsewhere (reported): same card\n');
  });

  it('tells what each change means when verbose', () => {
    const text = render(cases.noIrq, { verbose: true, width: 120 });
    expect(text).toContain(
      '- patch: yours stock, theirs D51892 (rebuilds software): build bhyve with the review applied\n',
    );
    expect(section(text, 'Compatibility matrix')).toContain('It differs from yours in nothing that both tell.');
  });

  it('says why nothing was looked up', () => {
    const text = render(buildReport({ inputs: [input('a', { kind: 'kldstat' })] }));
    expect(section(text, 'Nearest combination that works')).toEqual([
      'Not looked up: the evidence does not show which card it is.',
    ]);
  });
});

describe('commands', () => {
  const withCommand = (command: string): string[] =>
    section(
      render(
        buildReport({
          inputs: [input('a', { kind: 'pciconf' })],
          findings: [finding('one', { role: 'root', fix: [{ text: 'Do it.', command }] })],
          verdict: { causes: [{ code: 'one', confidence: 'confirmed', title: 'T', explains: [] }] },
        }),
      ),
      'Fix',
    ).slice(1);
  const long = 'x'.repeat(60);

  it('too long for a line are broken only where a shell reads on', () => {
    expect(withCommand(`first ${long} && second ${long} | third; fourth`)).toEqual([
      `first ${long} &&`,
      `second ${long} |`,
      'third',
      'fourth',
    ]);
  });

  it('with quotes are left whole', () => {
    const command = `sh -c 'first ${long}; second ${long}'`;
    expect(withCommand(command)).toEqual([command]);
  });

  it('of several lines stay several lines', () => {
    expect(withCommand('one\ntwo')).toEqual(['one', 'two']);
  });
});

const REPORTS = Object.entries(cases);
const MODES = [60, 80, 120].flatMap((width) =>
  [true, false].flatMap((unicode) => [true, false].map((verbose) => ({ width, unicode, verbose }))),
);

describe.each(REPORTS)('%s', (_, report) => {
  it.each(MODES)('keeps to $width columns (unicode: $unicode, verbose: $verbose)', (mode) => {
    const lines = render(report, mode).split('\n');
    // Colour marks commands, which alone may be longer; apart from it both renderings are the same.
    const colored = render(report, { ...mode, color: true }).split('\n');
    expect(colored.map(stripVTControlCharacters)).toEqual(lines);
    for (const [i, line] of lines.entries()) {
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      expect(line).toBe(line.trimEnd());
      if (!mode.unicode) expect(line).toMatch(/^[\x20-\x7e]*$/);
      if (!colored[i]!.includes('\u001b[36m')) expect(displayWidth(line), line).toBeLessThanOrEqual(mode.width);
    }
  });
});

describe('colours', () => {
  it('are used only when asked for', () => {
    expect(render(cases.noIrq)).not.toContain('\u001b');
    expect(render(cases.noIrq, { color: true })).toContain('\u001b[32m✓ host\u001b[39m');
  });
});

describe('very narrow terminals', () => {
  it('get 60 columns', () => {
    expect(render(cases.noIrq, { width: 20 })).toBe(render(cases.noIrq, { width: 60 }));
  });

  it('get lists in place of tables that do not fit', () => {
    expect(section(render(cases.noIrq, { width: 60 }), 'GPU functions and what they are bound to').join(' ')).toContain(
      '- Host 4/0/0; PCI id 10de:1bb3; Function GP104GL [Tesla P4];',
    );
  });
});
