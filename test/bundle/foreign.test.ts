import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { globSync, ROOT } from '../support/files.ts';
import { identifyText, kindsIn } from '../support/identify.ts';
import fc from '../support/property.ts';

describe('prose, programs and documents are nothing', () => {
  it.each([
    [
      'a forum post',
      `I bought the card last week and put it into my server. The guest boots, but the driver does not see the GPU.
Has anyone got this to work with FreeBSD 15? I set the two lines in loader.conf and loaded vmm, then rebooted.
I also tried memory = 8 GB and cpu = 4; the loader was no help. See https://forums.freebsd.org/threads/1234/
PS: the power limit is 75 W, bus 1, slot 0, device 0x1bb3 (rev a1). Thanks!`,
    ],
    [
      'a mail',
      `From: someone@example.org
Subject: Re: passthrough of a GPU
Date: Sat, 21 Nov 2026 10:00:00 +0100

Hello,
the address width of your IOMMU is 39 bits, so it cannot reach that BAR.
Kernel driver: none. Vendor: unknown. Model: the small one.
-- 
Kind regards`,
    ],
    [
      'JSON',
      `{
  "name": "gpu", "memory": "32G", "console": "comconsole", "driver": {"version": "535.183.01"},
  "devices": [{"path": "/dev/nvidia0", "class": "0x030200"}], "hostname": "box"
}`,
    ],
    [
      'HTML',
      `<!DOCTYPE html>
<html><head><title>GPU passthrough</title></head>
<body class="page"><p>Put <code>vmm_load="YES"</code> into <em>/boot/loader.conf</em>.</p>
<table><tr><td>GPU</td><td>0</td></tr></table></body></html>`,
    ],
    [
      'C',
      `static int
ppt_attach(device_t dev)
{
	struct pptdev *ppt;

	ppt = device_get_softc(dev);
	path = strdup(name);
	if (ppt->vm != NULL)
		return (EBUSY);
	device_printf(dev, "attached\\n");
	return (0);
}`,
    ],
    [
      'Python',
      `import sys

class Console:
    def __init__(self, loader=None, debug=False):
        loader = loader or find_loader(sys.path)
        self.memory = 1024
        console = Console()
        hostname = socket.gethostname()
        path = normalise(path)
        return self`,
    ],
    [
      'TypeScript',
      `export function open(path: string): void {
  let memory = 4096;
  path = normalise(path);
  const console = { log: () => undefined };
  persist;
}`,
    ],
    ['a shell script', `#!/bin/sh\nset -e\nfor i in 1 2 3; do\n  echo "$i: done"\ndone\nexit 0\n`],
    ['CSV', 'name,age,city\nAnna,31,Berlin\nBen,27,Rome\n'],
    ['YAML', 'version: 2\njobs:\n  build:\n    memory: 8G\n    steps:\n      - run: make\n'],
    ['Markdown', '# Title\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```sh\nmake && make install\n```\n'],
    [
      'a listing',
      'total 12\n-rw-r--r-- 1 root wheel 120 Nov 21 10:00 a.txt\ndrwxr-xr-x 2 root wheel 512 Nov 21 10:00 b\n',
    ],
    ['one word', 'hello'],
  ])('%s', (_name, text) => {
    expect(kindsIn(text)).toEqual([]);
    expect(identifyText(text).artifacts.map(({ kind, firstLine }) => [kind, firstLine])).toEqual([[undefined, 1]]);
  });

  it.each(
    ['LICENSE', 'package.json', 'package-lock.json', 'tsconfig.json', ...globSync('schemas', '.json')].map((file) => [
      file,
    ]),
  )('%s of this repository', (file) => {
    expect(kindsIn(readFileSync(join(ROOT, file)))).toEqual([]);
  });

  it('the sources of this repository and of what it is built with', () => {
    const files = [
      ...['src/model', 'src/report', 'src/cli', 'src/matrix', 'commands', 'scripts'].flatMap((folder) =>
        globSync(folder, '.ts'),
      ),
      ...['.js', '.d.ts', '.md', '.json'].flatMap((ending) => globSync('node_modules/@oclif/core', ending)),
      ...globSync('node_modules/papaparse', '.js'),
      ...globSync('node_modules/cli-table3', '.md'),
    ];
    expect(files.length).toBeGreaterThan(200);
    const wrong = files.flatMap((file) => {
      const found = kindsIn(readFileSync(join(ROOT, file)));
      return found.length === 0 ? [] : [`${file}: ${found.join(' ')}`];
    });
    expect(wrong).toEqual([]);
  });

  it('random words', () => {
    const word = fc.constantFrom(
      'the',
      'gpu',
      'driver',
      'bus',
      '0x10de',
      '1/0/0',
      'NVIDIA',
      'error',
      'is',
      'and',
      'memory',
      '32',
      'vm',
      'not',
      'found',
      'Kernel',
      'PCI',
      'of',
      '-',
      '=',
      ':',
    );
    const sentence = fc.array(word, { minLength: 4, maxLength: 14 }).map((words) => `I ${words.join(' ')} today.`);
    fc.assert(
      fc.property(fc.array(sentence, { minLength: 1, maxLength: 12 }), (lines) => {
        expect(kindsIn(lines.join('\n'))).toEqual([]);
      }),
      {
        numRuns: 300,
      },
    );
  });
});

describe('evidence among foreign text is found', () => {
  it('a setting in prose', () => {
    expect(kindsIn('My loader.conf has this line:\n\npptdevs="1/0/0 1/0/1"\n\nand nothing else.\n')).toEqual([
      'loader-conf@1',
    ]);
  });

  it('a driver message in prose', () => {
    const line = "[    3.436925] NVRM: Can't find an IRQ for your NVIDIA card!";
    expect(kindsIn(`The guest says\n${line}\nand then nothing.\n`)).toEqual(['linux-dmesg@1']);
  });
});
