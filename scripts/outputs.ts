/**
 * Outputs of the program quoted in the documentation. A block between `<!-- output: COMMAND -->` and `<!-- /output -->` holds
 * what COMMAND prints, for an analysis of the shipped examples or a look into the embedded matrix; `npm run generate` writes
 * it anew, and a test fails when it is stale. Runs the built program (`npm run build`).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What a document may ask for: nothing that writes, nothing whose output differs between machines or runs. */
const WORD = String.raw`[\w./:,][\w./:,-]*|"[\w. ]+"`;
const FLAG =
  '--(?:all|by|driver|fail-on|for|format|gpu|guest|json|limit|list|loader|memory|outcome|patch|quiet|release|search|slot|verbose|vm)';
const COMMANDS =
  'analyze|bundle inspect|bundle verify|compare|explain|matrix (?:list|match|retest|show|verdicts)|parse|preflight';
const ALLOWED = new RegExp(`^gpudiag (?<args>(?:${COMMANDS})(?: (?:${WORD}|${FLAG}))*)(?: \\| (?<filter>.+))?$`);

/** How a part is shown, as a shell would cut it out; undefined when the part is not there. */
const FILTERS: readonly { is: RegExp; part: (lines: string[], asked: string) => string[] | undefined }[] = [
  { is: /^head -n ([1-9]\d{0,2})$/, part: (lines, count) => lines.slice(0, Number(count)) },
  {
    // up to a heading
    is: /^sed '\/\^([A-Z ]+)\/,\$d'$/,
    part: (lines, heading) => {
      const end = lines.findIndex((line) => line.startsWith(heading));
      return end === -1 ? undefined : lines.slice(0, end);
    },
  },
  {
    // from a heading to the next empty line
    is: /^sed -n '\/\^([A-Z ]+)\/,\/\^\$\/p'$/,
    part: (lines, heading) => {
      const start = lines.findIndex((line) => line.startsWith(heading));
      return start === -1 ? undefined : lines.slice(start, lines.indexOf('', start));
    },
  },
];
const BLOCK = /^(<!-- output: (.+?) -->\n)[\s\S]*?^(<!-- \/output -->)/gm;

/** Documents that may hold blocks, as paths in the repository. */
export function documents(): string[] {
  const inDocs = existsSync(join(ROOT, 'docs')) ? readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`) : [];
  return ['README.md', 'CONTRIBUTING.md', ...inDocs].filter(
    (path) => path.endsWith('.md') && existsSync(join(ROOT, path)),
  );
}

/** The commands whose output a document quotes. */
export const commandsOf = (document: string): string[] =>
  [...document.matchAll(BLOCK)].map(([, , command]) => command!);

/**
 * A document with its blocks filled in anew.
 * @throws Error when a command is not one of those allowed, or does not do what it should
 */
export const withOutputs = (document: string): string =>
  document.replace(BLOCK, (_, open: string, command: string, close: string) => {
    const text = `$ ${command}\n${outputOf(command)}`;
    const longest = Math.max(2, ...(text.match(/`{3,}/g) ?? []).map((ticks) => ticks.length));
    const fence = '`'.repeat(longest + 1);
    return `${open}\n${fence}console\n${text}\n${fence}\n\n${close}`;
  });

/** What a command prints on a terminal of 80 columns without colours. */
function outputOf(command: string): string {
  const { args, filter } = ALLOWED.exec(command)?.groups ?? {};
  const cut = filter === undefined ? undefined : FILTERS.find(({ is }) => is.test(filter));
  if (args === undefined || (filter !== undefined && cut === undefined)) {
    throw new Error(`not a command that documents may quote: ${command}`);
  }
  const words = [...args.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'bin/run.js'), ...words], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, COLUMNS: '80', NO_COLOR: '1', LC_ALL: 'C.UTF-8', GPUDIAG_CONFIG: '' },
  });
  // 1: findings, which is what the examples are for.
  if ((status !== 0 && status !== 1) || stderr !== '') throw new Error(`${command} exits with ${status}: ${stderr}`);
  const lines = stdout.split('\n');
  const shown = cut === undefined ? lines.slice(0, -1) : cut.part(lines, cut.is.exec(filter!)![1]!);
  if (shown === undefined) throw new Error(`${command}: no line begins so`);
  return shown.join('\n').trimEnd();
}
