/**
 * Starts a rule or a parser: `npm run new -- rule CODE STAGE`, `npm run new -- parser KIND host|guest`. The files do not
 * pass the contract tests until they are filled in; the tests say what is missing.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STAGES } from '../src/model/stage.ts';

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

if (name === undefined || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name)) fail(`${usage}\nnames are lower-case words with dashes`);

if (what === 'rule') {
  if (where === undefined || !(STAGES as readonly string[]).includes(where)) fail(usage);
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
  examples: { fires: [], silent: [] },
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
 * \`\`\`
 *
 * \`\`\`json
 * {}
 * \`\`\`
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface Facts {
  records: (Located & { text: string })[];
}

export default defineParser<Facts>({
  kind: '${name}',
  side: '${where}',
  title: '',
  source: '',
  markers: [],
  parse(text) {
    const records = splitLines(text).map((line, i) => ({ line: i + 1, text: line }));
    return { facts: records.length === 0 ? undefined : { records }, problems: [] };
  },
});
`,
  );
} else fail(usage);

console.log('now: npm run generate, fill it in, and npx vitest run until the contract test is content');
