import { describe, expect, it } from 'vitest';
import { EXAMPLES, exampleOf, identifyText, kindsIn } from '../support/identify.ts';
import fc from '../support/property.ts';

type Example = (typeof EXAMPLES)[number];

/** Puts examples one below the other, the way of `between`; returns the text and what must be told from it. */
function concatenate(examples: readonly Example[], between: 'nothing' | 'blank' | 'prompt' | 'fence' | 'prose') {
  let text = '';
  let line = 1;
  const expected: string[] = [];
  const add = (piece: string): void => {
    text += piece;
    line += piece.split('\n').length - 1;
  };
  examples.forEach(({ kind, text: example }, i) => {
    if (between === 'blank' && i > 0) add('\n');
    if (between === 'prompt') add('root@box:~ # some-command --with args\n');
    if (between === 'fence') add('And this is what I get:\n\n```\n');
    if (between === 'prose') add(i > 0 ? '\nAnd this is the next thing that I looked at:\n\n' : '');
    expected.push(`${kind}@${line}`);
    add(example);
    if (between === 'fence') add('```\n\n');
  });
  return { text, expected };
}

/**
 * Two files of which nothing between tells where one ends and the other begins, because the first lines of the second, or
 * the last ones of the first, may stand in either: `vmm_load="YES"` is a line of loader.conf and of a dump of the kernel
 * environment. A blank line, a prompt or a fence is enough to tell.
 */
const SEAMLESS = new Set(['kenv loader-conf', 'loader-conf kenv']);

const pairs = EXAMPLES.flatMap((first) =>
  EXAMPLES.filter((second) => second !== first).map((second) => [first, second] as const),
);

describe('the kind of a text', () => {
  it.each(EXAMPLES.map(({ kind, text }) => [kind, text]))('%s is told from its example', (kind, text) => {
    expect(kindsIn(text)).toEqual([`${kind}@1`]);
    expect(kindsIn(text.trimEnd())).toEqual([`${kind}@1`]);
  });

  it.each(['blank', 'prompt', 'fence', 'prose'] as const)(
    'is told in every pair of kinds, with %s between',
    (between) => {
      const wrong: string[] = [];
      for (const pair of pairs) {
        const { text, expected } = concatenate(pair, between);
        const found = kindsIn(text);
        const same = between === 'prose' ? sameKinds(found, expected) : found.join() === expected.join();
        if (!same) wrong.push(`${expected.join(' ')}: got ${found.join(' ')}`);
      }
      expect(wrong).toEqual([]);
    },
  );

  it('is told in every pair of kinds with nothing between', () => {
    const wrong: string[] = [];
    for (const pair of pairs) {
      const { text, expected } = concatenate(pair, 'nothing');
      const found = kindsIn(text);
      if (found.join() !== expected.join()) wrong.push(pair.map(({ kind }) => kind).join(' '));
    }
    expect(wrong).toEqual([...SEAMLESS]);
  });

  it.each(['blank', 'prompt', 'fence'] as const)('is told among three, with %s between', (between) => {
    const three = fc.uniqueArray(fc.constantFrom(...EXAMPLES), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(three, (examples) => {
        const { text, expected } = concatenate(examples, between);
        expect(kindsIn(text)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('is told in every three of kinds with nothing between', () => {
    // The outer two count as well: a line between them is a quote in one file that goes on.
    const tellable = (...kinds: readonly string[]): boolean => !SEAMLESS.has(kinds.join(' '));
    const wrong: string[] = [];
    for (const [first, second] of pairs) {
      for (const third of EXAMPLES) {
        const [a, b, c] = [first.kind, second.kind, third.kind];
        if (
          third === first ||
          third === second ||
          ![
            [a, b],
            [b, c],
            [a, c],
          ].every((two) => tellable(...two))
        )
          continue;
        const { text, expected } = concatenate([first, second, third], 'nothing');
        const found = kindsIn(text);
        if (found.join() !== expected.join()) wrong.push(`${expected.join(' ')}: got ${found.join(' ')}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('does not need a name, and a wrong one does no harm', () => {
    for (const { kind, text } of EXAMPLES) {
      for (const name of ['a1.txt', 'dmesg.txt', 'pciconf.txt', 'nvidia-smi.csv', 'x/cmdline', 'vm.conf', 'uname']) {
        expect(kindsIn(text, name), name).toEqual([`${kind}@1`]);
      }
    }
  });

  it('is told by a name where the content is no one kind', () => {
    const arguments_ = 'quiet splash nvidia-drm.modeset=1 root=UUID=0c1d\n';
    expect(kindsIn(arguments_, 'guest/a/cmdline')).toEqual(['proc-cmdline@1']);
  });

  it('tells two logs apart that stand in one file', () => {
    const text = `${exampleOf('freebsd-dmesg')}${exampleOf('linux-dmesg')}`;
    const file = identifyText(text);
    expect(file.artifacts.map(({ kind, side }) => [kind, side])).toEqual([
      ['freebsd-dmesg', 'host'],
      ['linux-dmesg', 'guest'],
    ]);
  });
});

const sameKinds = (found: readonly string[], expected: readonly string[]): boolean =>
  found.map((place) => place.split('@')[0]).join() === expected.map((place) => place.split('@')[0]).join();

describe('a line of another kind', () => {
  const dmesg = [
    '[    0.000000] Linux version 6.8.0-45-generic (buildd@lcy02) (gcc) #45-Ubuntu SMP',
    '[    1.100000] pci 0000:00:06.0: [10de:1bb3] type 00 class 0x030200',
    '[    2.200000] nvidia: loading out-of-tree module taints kernel.',
    '[    2.300000] NVRM: loading NVIDIA UNIX x86_64 Kernel Module  535.183.01',
  ];

  it('inside a log is a quote', () => {
    const [a, b, c, d] = dmesg;
    expect(kindsIn([a, b, 'SecureBoot enabled', c, d].join('\n'))).toEqual(['linux-dmesg@1']);
  });

  it('inside a log is an artifact when blank lines set it apart', () => {
    const [a, b, c, d] = dmesg;
    expect(kindsIn([a, b, '', 'SecureBoot enabled', '', c, d].join('\n'))).toEqual([
      'linux-dmesg@1',
      'mokutil@4',
      'linux-dmesg@6',
    ]);
  });

  it('at the end of a log is an artifact, unless a logger stamped it', () => {
    expect(kindsIn([...dmesg, 'SecureBoot enabled'].join('\n'))).toEqual(['linux-dmesg@1', 'mokutil@5']);
    const stamped = '[    9.000000] systemd[1]: bhyve: PCI device at 1/0/0 is not using the ppt(4) driver';
    expect(kindsIn([...dmesg, stamped].join('\n'))).toEqual(['linux-dmesg@1']);
  });

  it('does not vanish in a long text of another kind', () => {
    const long = Array.from(
      { length: 300 },
      (_, i) => `[   ${String(i % 60).padStart(2)}.000000] usb 1-1: message ${i}`,
    );
    expect(kindsIn([...long, 'pptdevs="1/0/0 1/0/1"', 'vmm_load="YES"'].join('\n'))).toEqual([
      'linux-dmesg@1',
      'loader-conf@301',
    ]);
  });
});
