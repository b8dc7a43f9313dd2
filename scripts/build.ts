/** Bundles the program into dist/gpudiag.cjs and packs matrix-data into dist/matrix.json. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadMatrix } from '../src/matrix/load.ts';
import { toSnapshot } from '../src/matrix/snapshot.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

const dist = join(root, 'dist');
mkdirSync(dist, { recursive: true });

/** Files appear whole under their names, so that a program that runs meanwhile never loads half a bundle. */
const place = (name: string, text: string): void => {
  const temporary = join(dist, `${name}.${process.pid}`);
  writeFileSync(temporary, text);
  renameSync(temporary, join(dist, name));
};

place('matrix.json', JSON.stringify(toSnapshot(loadMatrix(join(root, 'matrix-data')))));
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts'],
  outfile: 'dist/gpudiag.cjs',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  define: { GPUDIAG_VERSION: JSON.stringify(version) },
  // oclif asks for these only when it runs TypeScript sources; bundled they would bring a compiler along.
  external: ['typescript', 'ts-node', 'tsx'],
  legalComments: 'eof',
  write: false,
  logLevel: 'warning',
});
place('gpudiag.cjs', outputFiles[0]!.text);
