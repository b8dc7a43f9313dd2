/**
 * The modules DKMS keeps: `dkms status` (man dkms(8)). DKMS 2 separates module and version by a comma, DKMS 3 by a
 * slash; kernel and architecture are missing while a module is only added.
 *
 * ```text
 * nvidia/535.183.01, 6.5.0-41-generic, x86_64: installed
 * nvidia, 470.256.02, 5.15.0-112-generic, x86_64: built
 * nvidia-current/525.147.05: added
 * ```
 * ```json
 * {
 *   "modules": [
 *     {
 *       "line": 1,
 *       "name": "nvidia",
 *       "version": "535.183.01",
 *       "kernel": "6.5.0-41-generic",
 *       "arch": "x86_64",
 *       "state": "installed"
 *     },
 *     { "line": 2, "version": "470.256.02", "state": "built" },
 *     { "line": 3, "name": "nvidia-current", "state": "added" }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';
import { unquote } from '../lib/margin.ts';

export interface DkmsModule extends Located {
  name: string;
  version: string;
  kernel?: string;
  arch?: string;
  /** added, built, installed, broken, installed-weak */
  state: string;
  /** what follows the state: `(WARNING! Diff between built and installed module!)`, `(original_module exists)` */
  note?: string;
}

export interface DkmsStatusFacts extends Located {
  modules: DkmsModule[];
}

const MAX_MODULES = 300;
const WORD = String.raw`[\w.+~:-]{1,80}`;
const ROW = new RegExp(
  String.raw`^\s*(${WORD})(?:/|, )(${WORD}?)(?:, (${WORD}), (${WORD}?))?: (added|built|installed(?:-weak)?|broken)\b\s*(\S.*)?$`,
);

export default defineParser<DkmsStatusFacts>({
  kind: 'dkms-status',
  side: 'guest',
  title: 'modules kept by DKMS',
  source: 'dkms status',
  markers: [
    new RegExp(
      String.raw`^[\s>#]*[\w.+-]{1,80}(?:/|, )\d[\w.+~-]{0,60}(?:, ${WORD}, [\w-]{2,12})?: (?:added|built|installed(?:-weak)?|broken)\b(?!:)`,
    ),
  ],
  commands: [/\bdkms status\b/],
  fileNames: [/^dkms-status\b/i],
  parse(text) {
    const modules: DkmsModule[] = [];
    for (const [index, raw] of splitLines(text).entries()) {
      const row = raw.length > 1000 ? null : ROW.exec(unquote(raw));
      if (!row || modules.length >= MAX_MODULES) continue;
      const [, name, version, kernel, arch, state, note] = row;
      modules.push({
        line: index + 1,
        name: name!,
        version: version!,
        kernel,
        arch,
        state: state!,
        note: note?.trim(),
      });
    }
    return { facts: modules[0] && { line: modules[0].line, modules }, problems: [] };
  },
});
