import { describe, expect, it } from 'vitest';
import { splitAtPrompts } from '../../src/bundle/prompts.ts';
import { exampleOf, identifyText, kindsIn } from '../support/identify.ts';

const known = (command: string): boolean => /^(?:pciconf|dmesg|sysctl)\b/.test(command);
const commands = (text: string) => {
  const lines = text.split('\n');
  return splitAtPrompts(lines, 0, lines.length, known).map(({ command, prompt, start, end }) => [
    command,
    prompt,
    start,
    end,
  ]);
};

describe('prompts', () => {
  it.each([
    ['root@vmhost:~ # pciconf -lv', 'pciconf -lv'],
    ['root@vmhost:/usr/home/me # ls', 'ls'],
    ['[root@vmhost ~]# ls', 'ls'],
    ['[me@box src]$ make', 'make'],
    ['me@box:~$ ls', 'ls'],
    ['me@box ~ % ls', 'ls'],
    ['me@box ~> ls', 'ls'],
    ['(venv) me@box:~/x$ ls', 'ls'],
    ['me@box ~/src (main) $ ls', 'ls'],
    ['  root@vmhost:~ # ls', 'ls'],
    ['root@vmhost:~ # sudo -n doas pciconf -lv', 'pciconf -lv'],
    ['PS C:\\Users\\me> Get-PnpDevice', 'Get-PnpDevice'],
    ['C:\\Windows\\System32>nvidia-smi', 'nvidia-smi'],
  ])('%s', (line, command) => {
    expect(commands(`${line}\nout`)).toEqual([
      [undefined, undefined, 0, 0],
      [command, 0, 1, 2],
    ]);
  });

  it.each([
    '# pciconf -lv',
    '$ pciconf -lv',
    '% dmesg',
    'vmhost# dmesg',
    '~ # sysctl hw.vmm',
    'vmhost:~ # dmesg',
    'bash-5.2$ dmesg',
    '➜  ~ dmesg',
    '❯ dmesg',
  ])('%s, because the command is known', (line) => {
    expect(commands(line).length).toBe(2);
  });

  it.each([
    '# load the passthrough driver',
    '$ 5 for a card',
    '100% of them',
    'vgapci0@pci0:1:0:0:	class=0x030000 rev=0xa1 hdr=0x00',
    'jane@example.org wrote that it works',
    'see <https://example.org/#x> for more',
    '[    1.000000] a > b',
  ])('%s is none', (line) => {
    expect(commands(line)).toEqual([[undefined, undefined, 0, 1]]);
  });

  it('an empty prompt ends what came before', () => {
    expect(commands('root@h:~ # dmesg\nout\nroot@h:~ # \nrest')).toEqual([
      [undefined, undefined, 0, 0],
      ['dmesg', 0, 1, 2],
      [undefined, 2, 3, 4],
    ]);
  });

  it('takes no time over long lines', () => {
    const started = performance.now();
    commands(`${'a@'.repeat(900)}\n`.repeat(2000));
    commands(`${'a '.repeat(100_000)}#`);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('what was typed', () => {
  it('decides where the output is no one kind', () => {
    expect(kindsIn('root@h:~ # sysctl -n hw.model\nroot@h:~ # cat /proc/cmdline\nquiet splash nomodeset\n')).toEqual([
      'proc-cmdline@3',
    ]);
  });

  it('is part of what it says: a command that prints nothing on success', () => {
    const [artifact] = identifyText('root@h:~ # devctl set driver -f pci0:1:0:0 ppt\nroot@h:~ # ls\n').artifacts;
    expect(artifact).toMatchObject({
      kind: 'devctl',
      firstLine: 1,
      text: 'root@h:~ # devctl set driver -f pci0:1:0:0 ppt',
    });
  });

  it('a bhyve command is evidence itself, and what bhyve said stands below', () => {
    const text =
      'root@h:~ # bhyve -c 2 -m 4G -S -s 0,hostbridge -s 6,passthru,1/0/0 -s 31,lpc vm1\nbhyve: PCI device at 1/0/0 is not using the ppt(4) driver\n';
    expect(kindsIn(text)).toEqual(['bhyve-argv@1', 'bhyve-log@2']);
  });

  it('a comment that begins with a command does not cut a file in two', () => {
    const text = 'vmm_load="YES"\n# sysctl hw.vmm.iommu.initialized must be 1 afterwards\npptdevs="1/0/0"\n';
    const { artifacts } = identifyText(text);
    expect(artifacts.map(({ kind, firstLine }) => [kind, firstLine])).toEqual([['loader-conf', 1]]);
    expect(artifacts[0]!.text).toBe(text);
  });

  it('a session gives its outputs, each at its first line', () => {
    const text = [
      'Hi, this is my machine.',
      'root@h:~ # uname -a',
      exampleOf('uname').trimEnd(),
      'root@h:~ # pciconf -lvb | grep -A9 ppt',
      exampleOf('pciconf').trimEnd(),
      'root@h:~ # cat /boot/loader.conf',
      exampleOf('loader-conf').trimEnd(),
      'root@h:~ # ',
    ].join('\n');
    const lines = text.split('\n');
    for (const { kind, firstLine, text: content } of identifyText(text).artifacts) {
      if (kind !== undefined) expect(content.split('\n')[0]).toBe(lines[firstLine - 1]);
    }
    expect(kindsIn(text).map((found) => found.split('@')[0])).toEqual(['uname', 'pciconf', 'loader-conf']);
  });
});
