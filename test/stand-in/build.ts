import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Machine } from '../../src/collect/machine.ts';
import type { Privilege } from '../../src/collect/probe.ts';
import type { Answer, Description } from './describe.ts';

/**
 * Puts a stand-in machine into a folder: `root/` with its files, `bin/` with a POSIX script for every command, which
 * prints what `answers/` holds for the arguments it is given.
 */
export function buildStandIn(
  folder: string,
  { files, commands, scripts = {} }: Description,
  privilege: Privilege,
): Machine {
  const root = join(folder, 'root');
  const bin = join(folder, 'bin');
  const answers = join(folder, 'answers');
  for (const part of [root, bin, answers]) mkdirSync(part, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  const byName = new Map<string, string[]>();
  Object.entries(commands).forEach(([line, given], i) => {
    const [name = '', ...rest] = line.split(' ');
    const answer: Answer = typeof given === 'object' && 'root' in given ? given[privilege] : given;
    const { stdout = '', stderr = '', exit = 0 } = typeof answer === 'string' ? { stdout: answer } : answer;
    writeFileSync(join(answers, `${i}.out`), stdout);
    writeFileSync(join(answers, `${i}.err`), stderr);
    const cases = byName.get(name) ?? [];
    cases.push(
      `${quote(rest.join(' '))}) /bin/cat ${quote(join(answers, `${i}.out`))}; /bin/cat ${quote(join(answers, `${i}.err`))} >&2; exit ${exit} ;;`,
    );
    byName.set(name, cases);
  });
  for (const [name, cases] of byName) {
    const usage = `*) echo "${name}: unexpected arguments: $*" >&2; exit 64 ;;`;
    writeFileSync(join(bin, name), `#!/bin/sh\ncase "$*" in\n${[...cases, usage].join('\n')}\nesac\n`, { mode: 0o755 });
  }
  for (const [name, body] of Object.entries(scripts))
    writeFileSync(join(bin, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return { root, path: [bin], privilege };
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
