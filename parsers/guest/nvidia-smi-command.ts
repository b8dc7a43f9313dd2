/**
 * A query command of nvidia-smi as typed or noted next to its output: `nvidia-smi --query-gpu=... --format=csv`. It
 * tells what a CSV without a header means. The properties are listed by `nvidia-smi --help-query-gpu`.
 *
 * ```text
 * nvidia-smi --query-gpu=index,name,memory.total --format=csv,noheader,nounits
 * ```
 * ```json
 * {
 *   "commands": [
 *     {
 *       "line": 1,
 *       "query": "gpu",
 *       "properties": ["index", "name", "memory.total"],
 *       "format": ["csv", "noheader", "nounits"]
 *     }
 *   ]
 * }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface SmiCommand extends Located {
  /** what is queried: gpu, compute-apps, accounted-apps, supported-clocks, retired-pages, remapped-rows */
  query: string;
  properties: string[];
  format: string[];
}

export interface NvidiaSmiCommandFacts extends Located {
  commands: SmiCommand[];
}

const MAX_COMMANDS = 100;
const MAX_PROPERTIES = 500;
const MARKER = /(?:^|[\s/\\])nvidia-smi(?:\.exe)?["']? (?:[^|;]{0,400} )?--query-[a-z-]{2,20}[= ]/;
const QUERY = /--query-([a-z-]{2,20})[= ]["']?([\w.,]+)/;
const FORMAT = /--format[= ]["']?([\w,]+)/;

export default defineParser<NvidiaSmiCommandFacts>({
  kind: 'nvidia-smi-command',
  side: 'guest',
  title: 'nvidia-smi query command',
  source: 'the command line of nvidia-smi --query-gpu',
  markers: [MARKER],
  fileNames: [/^query-gpu-command\b/i],
  // with all properties the line is too long to be tested by itself
  recognise: (text) => splitLines(text).some((line) => MARKER.test(line)),
  parse(text) {
    const commands: SmiCommand[] = [];
    for (const [index, raw] of splitLines(text).entries()) {
      const query = MARKER.test(raw) ? QUERY.exec(raw) : null;
      if (!query || commands.length >= MAX_COMMANDS) continue;
      commands.push({
        line: index + 1,
        query: query[1]!,
        properties: query[2]!.split(',').filter(Boolean).slice(0, MAX_PROPERTIES),
        format: FORMAT.exec(raw)?.[1]?.split(',').filter(Boolean) ?? [],
      });
    }
    return { facts: commands[0] && { line: commands[0].line, commands }, problems: [] };
  },
});
