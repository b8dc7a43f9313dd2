/**
 * DATASTORE/NAME/vm-bhyve.log: what vm-bhyve did with a guest (lib/vm-run). Lines begin with `Mon DD HH:MM:SS: ` up to
 * August 2025, later with an ISO time and `: `. Each start of the guest is one run; `restarting` begins the next.
 *
 * ```text
 * 2026-03-02T20:11:40+01:00: initialising
 * 2026-03-02T20:11:40+01:00:  [loader: uefi]
 * 2026-03-02T20:11:40+01:00:  [memory: 32G]
 * 2026-03-02T20:11:41+01:00:  [bhyve options: -c 8 -m 32G -AHPw -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd -u -S]
 * 2026-03-02T20:11:41+01:00:  [bhyve devices: -s 0,hostbridge -s 31,lpc -s 0:6:0,passthru,12/0/0]
 * 2026-03-02T20:11:41+01:00:  [bhyve console: -l com1,/dev/nmdm-render1.1A]
 * 2026-03-02T20:11:41+01:00: starting bhyve (run 1)
 * 2026-03-02T20:11:42+01:00: bhyve exited with status 4
 * 2026-03-02T20:11:42+01:00: stopped
 * ```
 * ```json
 * { "runs": [{ "line": 1, "lastLine": 9, "time": "2026-03-02T20:11:40+01:00", "loader": "uefi", "number": 1, "name": "render1",
 *     "started": true, "exitStatus": 4, "stopped": true,
 *     "command": { "line": 4, "program": "bhyve", "vcpus": 8, "memory": 34359738368, "wired": true,
 *                  "passthru": [{ "line": 5, "hostBdf": "12/0/0", "guestBdf": "0000:00:06.0" }] } }],
 *   "fatal": [], "warnings": [] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { type BhyveCommand, readBhyveArguments, shellWords, type Word } from '../lib/bhyve-command.ts';
import { splitLines } from '../lib/lines.ts';

export interface VmBhyveRun extends Located {
  lastLine: number;
  /** time of the first line, as written */
  time?: string;
  /** name of the guest, from its console device */
  name?: string;
  /** as vm-bhyve logs it: uefi, grub, bhyveload, none */
  loader?: string;
  cpu?: string;
  memoryText?: string;
  hostbridge?: string;
  uuid?: string;
  debug?: boolean;
  primaryDisk?: string;
  /** every `[key: value]` line that is not an option list */
  settings: (Located & { key: string; value: string })[];
  /** options, devices, console and install medium as one command line */
  command?: BhyveCommand;
  /** `starting bhyve (run N)` was logged */
  started: boolean;
  number?: number;
  exitStatus?: number;
  /** line of the exit status */
  exit?: Located;
  /** vm-bhyve cleaned up after the guest */
  stopped: boolean;
}

export interface VmBhyveLogFacts {
  runs: VmBhyveRun[];
  /** `fatal; …` */
  fatal: (Located & { text: string })[];
  /** `warning; …` */
  warnings: (Located & { text: string })[];
}

/**
 * `date +'%b %d %X'`, so the month is in the language of whoever started the guest: `Dec`, `Dez`, `12月`. The time is no
 * part of a syslog prefix, which has a host behind it and no colon.
 */
const LOCAL_TIME = String.raw`(?:[A-Za-z\u00c0-\u04ff]{2,9}\.?|\d{1,2} ?[\u6708\uc6d4]) [ \d]?\d \d{2}:\d{2}:\d{2}`;
const ISO_TIME = String.raw`\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:Z|[+-]\d{2}:?\d{2})?`;
const STAMP = new RegExp(`^[ \\t>]*(${LOCAL_TIME}|${ISO_TIME}): `);
const BRACKET = /^\s*\[([a-z][a-z ]{1,30}): ?(.*?)\]?\s*$/;
const OPTION_LISTS = ['bhyve options', 'bhyve devices', 'bhyve console', 'bhyve iso device'];

const MAX_RUNS = 1000;
const MAX_RECORD = 16_384;

interface Entry {
  line: number;
  lastLine: number;
  time?: string;
  text: string;
}

/** Log entries; a line without a time goes on with the entry before it when that has an open bracket. */
function entries(text: string): Entry[] {
  const found: Entry[] = [];
  let open = false;
  splitLines(text).forEach((raw, index) => {
    const line = index + 1;
    const stamp = STAMP.exec(raw);
    const last = found.at(-1);
    if (!stamp && open && last && last.text.length + raw.length < MAX_RECORD && !/^\s*\[/.test(raw)) {
      last.text += raw;
      last.lastLine = line;
    } else {
      const body = stamp ? raw.slice(stamp[0].length) : raw.replace(/^[ \t>]*/, '');
      if (body.trim() === '') return;
      found.push({ line, lastLine: line, text: body, ...(stamp ? { time: stamp[1]! } : {}) });
    }
    const current = found.at(-1)!.text;
    open = current.trimStart().startsWith('[') && !current.trimEnd().endsWith(']');
  });
  return found;
}

type Keep = (run: VmBhyveRun, value: string) => void;

const KEPT: Record<string, Keep> = {
  loader: (run, value) => (run.loader = value),
  cpu: (run, value) => (run.cpu = value),
  memory: (run, value) => (run.memoryText = value),
  hostbridge: (run, value) => (run.hostbridge = value),
  uuid: (run, value) => (run.uuid = value),
  'debug mode': (run, value) => (run.debug = !/^(?:no|off|false|0|)$/i.test(value)),
  'primary disk': (run, value) => (run.primaryDisk = value),
};

export default defineParser<VmBhyveLogFacts>({
  kind: 'vm-bhyve-log',
  side: 'host',
  title: 'log of a vm-bhyve guest',
  source: '$vm_dir/NAME/vm-bhyve.log',
  log: true,
  markers: [
    new RegExp(`^[ \\t>]*${LOCAL_TIME}: `),
    new RegExp(`^[ \\t>]*${ISO_TIME}: `),
    /^\s*\[(?:bhyve (?:options|devices|console|iso device)|com ports|debug mode|primary disk(?: dev)?): /,
    /^\s*(?:starting bhyve \(run \d+\)|bhyve exited with status \d+|fatal; \S)/,
  ],
  fileNames: [/(?:^|[/_-])vm-bhyve\.log(?:\.\d+)?$/],
  parse(text) {
    const facts: VmBhyveLogFacts = { runs: [], fatal: [], warnings: [] };
    const problems: Problem[] = [];
    let words: Word[] = [];
    let recognised = 0;

    const begin = (entry: Entry, from?: VmBhyveRun): VmBhyveRun => {
      finish();
      const run: VmBhyveRun = {
        line: entry.line,
        lastLine: entry.lastLine,
        ...(entry.time === undefined ? {} : { time: entry.time }),
        // A restart keeps the configuration that was read at the first start.
        ...(from && {
          loader: from.loader,
          cpu: from.cpu,
          memoryText: from.memoryText,
          hostbridge: from.hostbridge,
          uuid: from.uuid,
          debug: from.debug,
          primaryDisk: from.primaryDisk,
        }),
        settings: [],
        started: false,
        stopped: false,
      };
      facts.runs.push(run);
      return run;
    };
    const finish = () => {
      const run = facts.runs.at(-1);
      if (run && words.length > 0) {
        run.command = readBhyveArguments(words, 'bhyve', words[0]!.line);
        // The log leaves the guest's name off, so the last word is no name and -S is all there.
        run.command.wired = run.command.wiredCount > 0 || run.command.wired === true;
        const console = run.command.lpc.find(({ value }) => value.startsWith('/dev/nmdm'))?.value;
        const name = console === undefined ? undefined : /^\/dev\/nmdm-(.{1,200})\.\d+[AB]$/.exec(console)?.[1];
        if (name !== undefined) run.name = name;
      }
      words = [];
    };

    for (const entry of entries(text)) {
      const body = entry.text.trim();
      const bracket = BRACKET.exec(entry.text);
      const start = /^starting bhyve \(run (\d{1,6})\)/.exec(body);
      const exit = /^bhyve exited with status (\d{1,5})/.exec(body);
      const complaint = /^(fatal|warning); (.*)$/s.exec(body);
      const known =
        entry.time !== undefined || bracket !== null || start !== null || exit !== null || complaint !== null;
      if (!known || facts.runs.length >= MAX_RUNS) continue;
      recognised += 1;
      if (body === 'initialising') {
        begin(entry);
        continue;
      }
      if (complaint) {
        const list = complaint[1] === 'fatal' ? facts.fatal : facts.warnings;
        list.push({ line: entry.line, text: complaint[2]!.slice(0, 500) });
      }
      let run = facts.runs.at(-1);
      // An excerpt may begin in the middle of a start.
      if (!run && (bracket || start || exit)) run = begin(entry);
      if (!run) continue;
      if (bracket && OPTION_LISTS.includes(bracket[1]!)) {
        if (bracket[1] === 'bhyve options' && (run.started || run.exitStatus !== undefined)) run = begin(entry, run);
        words.push(...shellWords(bracket[2]!, entry.line).words);
      } else if (bracket) {
        const [key, value] = [bracket[1]!, bracket[2]!.trim()];
        run.settings.push({ line: entry.line, key, value });
        if (Object.hasOwn(KEPT, key)) KEPT[key]!(run, value);
      } else if (start) {
        if (run.started) run = begin(entry, run);
        run.started = true;
        run.number = Number(start[1]);
      } else if (exit) {
        run.exitStatus = Number(exit[1]);
        run.exit = { line: entry.line };
      } else if (body === 'stopped') run.stopped = true;
      run.lastLine = Math.max(run.lastLine, entry.lastLine);
    }
    finish();
    return { facts: recognised > 0 ? facts : undefined, problems };
  },
});
