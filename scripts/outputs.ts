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

/**
 * What a document may ask for: nothing that writes, nothing whose output differs between machines or runs. Only a beginning is
 * shown with `| head -n 20`, or up to a heading with `| sed '/^HEADING/,$d'`.
 */
const ALLOWED = new RegExp(
  [
    String.raw`^gpudiag (?<args>(?:analyze|explain|parse|preflight|matrix list|matrix show)`,
    String.raw`(?: (?:[\w./:,][\w./:,-]*|--(?:all|fail-on|format|gpu|guest|json|loader|memory|outcome|release|slot|verbose|vm)))*)`,
    String.raw`(?: \| (?:head -n (?<lines>[1-9]\d{0,2})|sed '\/\^(?<heading>[A-Z ]+)\/,\$d'))?$`,
  ].join(''),
);
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
  const allowed = ALLOWED.exec(command)?.groups;
  if (allowed === undefined) throw new Error(`not a command that documents may quote: ${command}`);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(ROOT, 'bin/run.js'), ...allowed.args!.split(' ')],
    {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, COLUMNS: '80', NO_COLOR: '1', LC_ALL: 'C.UTF-8' },
    },
  );
  // 1: findings, which is what the examples are for.
  if ((status !== 0 && status !== 1) || stderr !== '') throw new Error(`${command} exits with ${status}: ${stderr}`);
  const lines = stdout.split('\n');
  const { lines: limit, heading } = allowed;
  const end =
    limit !== undefined
      ? Number(limit)
      : heading === undefined
        ? -1
        : lines.findIndex((line) => line.startsWith(heading));
  if (heading !== undefined && end === -1) throw new Error(`${command}: no line begins with ${heading}`);
  return lines.slice(0, end).join('\n').trimEnd();
}
