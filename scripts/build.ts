/** Bundles the program into dist/gpudiag.cjs and packs matrix-data into dist/matrix.json. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadMatrix } from '../src/matrix/load.ts';
import { toSnapshot } from '../src/matrix/snapshot.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };

rmSync(join(root, 'dist'), { recursive: true, force: true });
mkdirSync(join(root, 'dist'));
writeFileSync(join(root, 'dist/matrix.json'), JSON.stringify(toSnapshot(loadMatrix(join(root, 'matrix-data')))));
await build({
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
  legalComments: 'linked',
  logLevel: 'warning',
});
