/**
 * Starts a rule or a parser: `npm run new -- rule CODE STAGE`, `npm run new -- parser KIND host|guest`. The files do not
 * pass the contract tests until they are filled in; the tests say what is missing.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Stage, stageIndex, STAGES } from '../src/model/stage.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const [what, name, where] = process.argv.slice(2);

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function create(path: string, text: string): void {
  const full = join(root, path);
  if (existsSync(full)) fail(`${path} is already there`);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  console.log(`wrote ${path}`);
}

const usage = `usage: npm run new -- rule CODE STAGE
       npm run new -- parser KIND host|guest
stages: ${STAGES.join(', ')}`;

if (name === undefined || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
  fail(`${usage}\nnames are lower-case words with dashes`);

/** `linux-dmesg` is `LinuxDmesg` in the name of a type. */
const typeName = name.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());

/** A file of a bundle that holds one line of a log, on the machine that a stage is about. */
const logWith = (stage: Stage, words: string): string =>
  stageIndex(stage) < stageIndex('boot')
    ? `files: { 'host/dmesg.txt': '---<<BOOT>>---\\nFreeBSD 15.0-RELEASE-p5 GENERIC amd64\\n${words}\\n' }`
    : `files: { 'guest/vm/dmesg.txt': '[    0.000000] Linux version 6.8.0-60-generic\\n[    3.100000] ${words}\\n' }`;

const isStage = (text: string | undefined): text is Stage => (STAGES as readonly (string | undefined)[]).includes(text);

if (what === 'rule') {
  if (!isStage(where)) fail(usage);
  const taken = STAGES.find((stage) => existsSync(join(root, `src/rules/${stage}/${name}.ts`)));
  if (taken !== undefined) fail(`there is a rule ${name} already, at ${taken}: codes are never used twice`);
  create(
    `src/rules/${where}/${name}.ts`,
    `import { defineRule } from '../../model/rule.ts';

export default defineRule({
  code: '${name}',
  stage: '${where}',
  kind: 'cause',
  severity: 'error',
  title: '',
  why: '',
  fix: [],
  references: [],
  knowledge: 'seen',
  needs: [],
  patterns: {
    said: { regex: /the words of the log/, literals: ['the words of the log'] },
  },
  check({ hits }) {
    const lines = hits('said');
    return lines.length > 0 ? [{ confidence: 'likely', evidence: lines }] : [];
  },
  examples: {
    fires: [
      {
        name: 'what it looks like',
        ${logWith(where, 'the words of the log')},
        expect: { confidence: 'likely' },
      },
    ],
    silent: [
      {
        name: 'what looks like it and is none',
        ${logWith(where, 'the words of another log')},
      },
    ],
  },
});
`,
  );
} else if (what === 'parser') {
  if (where !== 'host' && where !== 'guest') fail(usage);
  create(
    `parsers/${where}/${name}.ts`,
    `/**
 * What it is; the command; versions and dialects; where the format is defined.
 *
 * \`\`\`text
 * record 1 of the format
 * \`\`\`
 * \`\`\`json
 * { "records": [{ "line": 1, "number": 1 }] }
 * \`\`\`
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface ${typeName}Facts {
  records: (Located & { number: number })[];
}

const RECORD = /^record (\\d{1,9}) of the format$/;

export default defineParser<${typeName}Facts>({
  kind: '${name}',
  side: '${where}',
  title: '',
  source: '',
  markers: [RECORD],
  parse(text) {
    const records = splitLines(text).flatMap((raw, i) => {
      const match = RECORD.exec(raw);
      return match === null ? [] : [{ line: i + 1, number: Number(match[1]) }];
    });
    return { facts: records.length === 0 ? undefined : { records }, problems: [] };
  },
});
`,
  );
} else fail(usage);

// The lists must know it before a test can say what is missing.
await import('./generate.ts');
const test =
  what === 'rule' ? `test/rules/contract.test.ts -t '^${name} '` : `test/parsers/contract.test.ts -t '/${name}.ts'`;
console.log(`now fill it in; npx vitest run ${test} says what is missing`);
