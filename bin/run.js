#!/usr/bin/env node
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Answered before anything is loaded: scripts ask this often.
  const { version } = require('../package.json');
  process.stdout.write(`gpudiag ${version} node-${process.version} ${process.platform}-${process.arch}\n`);
} else {
  await require('../dist/gpudiag.cjs').main();
}
