/** Bundles the program into dist/gpudiag.cjs and packs matrix-data into dist/matrix.ndjson. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import ts from 'typescript';
import { loadMatrix } from '../src/matrix/load.ts';
import { toSnapshot } from '../src/matrix/snapshot.ts';
import { dataDate } from './data-date.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  version: string;
  repository?: { url: string };
};
/** `OWNER/NAME` on GitHub */
const repositoryName = /github\.com[/:]([\w.-]+\/[\w.-]+?)(?:\.git)?$/.exec(repository?.url ?? '')?.[1] ?? '';

const dist = join(root, 'dist');
mkdirSync(dist, { recursive: true });

/** Files appear whole under their names, so that a program that runs meanwhile never loads half a bundle. */
const place = (name: string, text: string): void => {
  const temporary = join(dist, `${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, join(dist, name));
};

/**
 * What oclif asks for and never uses here: it looks for commands in folders and plugins, draws spinners and traces itself.
 * Left in, it is a tenth of the program that every start reads.
 */
const UNUSED: Record<string, string> = {
  'cli-spinners': 'module.exports = { dots2: { frames: [] }, line: { frames: [] } };',
  debug:
    'const silent = Object.assign(() => undefined, { enabled: false, extend: () => silent }); module.exports = () => silent;',
  minimatch: 'module.exports = {};',
  tinyglobby: 'module.exports = {};',
};

/** The examples of a rule are its tests and a third of its source; the program never reads them. */
function withoutExamples(path: string, source: string): string {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest);
  let cut: { start: number; end: number } | undefined;
  const visit = (node: ts.Node): void => {
    if (cut === undefined && ts.isPropertyAssignment(node) && node.name.getText(file) === 'examples') {
      cut = { start: node.getFullStart(), end: node.getEnd() };
    } else ts.forEachChild(node, visit);
  };
  visit(file);
  if (cut === undefined) throw new Error(`${path}: a rule without examples`);
  const rest = source.slice(cut.end).replace(/^\s*,/, '');
  return source.slice(0, cut.start) + rest;
}

const leaveOut: Plugin = {
  name: 'leave-out',
  setup(bundler) {
    bundler.onResolve({ filter: new RegExp(`^(?:${Object.keys(UNUSED).join('|')})$`) }, ({ path }) => ({
      path,
      namespace: 'unused',
    }));
    bundler.onLoad({ filter: /./, namespace: 'unused' }, ({ path }) => ({ contents: UNUSED[path]! }));
    bundler.onLoad({ filter: /[/\\]src[/\\]rules[/\\][a-z]+[/\\][a-z0-9-]+\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      return { contents: source.includes('defineRule(') ? withoutExamples(path, source) : source, loader: 'ts' };
    });
  },
};

place('matrix.ndjson', toSnapshot(loadMatrix(join(root, 'matrix-data'))));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/gpudiag.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  define: {
    GPUDIAG_VERSION: JSON.stringify(version),
    GPUDIAG_MATRIX_RELEASED: JSON.stringify(dataDate()),
    GPUDIAG_REPOSITORY: JSON.stringify(repositoryName),
  },
  // oclif asks for the first three only when it runs TypeScript sources; bundled they would bring a compiler along. undici is
  // half as large as all the rest: the two commands that use the network load it from where npm put it.
  external: ['typescript', 'ts-node', 'tsx', 'undici'],
  plugins: [leaveOut],
  legalComments: 'eof',
  write: false,
  logLevel: 'warning',
});
place('gpudiag.cjs', outputFiles[0]!.text);
