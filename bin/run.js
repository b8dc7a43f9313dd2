#!/usr/bin/env node
import module from 'node:module';

const require = module.createRequire(import.meta.url);

/**
 * A folder for compiled code that nobody else can write to, because what lies there is run: the user's own, in a home that
 * is the user's own too. Undefined where there is none, and for root, who has more to lose by a planted file than by a
 * twentieth of a second.
 */
function ownCache() {
  const wanted = process.env.GPUDIAG_CACHE;
  if (wanted === 'off') return undefined;
  const { lstatSync, mkdirSync, statSync } = require('node:fs');
  const { homedir } = require('node:os');
  try {
    const uid = process.getuid?.();
    if (uid === undefined || uid === 0 || statSync(homedir()).uid !== uid) return undefined;
    const folder = wanted || `${process.env.XDG_CACHE_HOME || `${homedir()}/.cache`}/gpudiag`;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const info = lstatSync(folder);
    return info.isDirectory() && info.uid === uid && (info.mode & 0o077) === 0 ? folder : undefined;
  } catch {
    return undefined;
  }
}

if (process.argv.length === 3 && process.argv[2] === '--version') {
  // Answered before anything is loaded: scripts ask this often.
  const { version } = require('../package.json');
  process.stdout.write(`gpudiag ${version} node-${process.version} ${process.platform}-${process.arch}\n`);
} else {
  // Node 22.8 and later keep what they compiled; starting is the larger part of a short run.
  const cache = module.enableCompileCache === undefined ? undefined : ownCache();
  if (cache !== undefined) module.enableCompileCache(cache);
  await require('../dist/gpudiag.cjs').main();
}
