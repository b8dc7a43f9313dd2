/**
 * A bhyve command line: typed at a prompt, in a shell script (lines joined by `\`), in `ps axww`, in a syslog line of a
 * manager, or a piece of one (`-s 7,passthru,1/0/0 \`). Options in bhyve(8), the loaders in bhyveload(8) and
 * grub-bhyve(8). Simple variables that the same script sets are filled in.
 *
 * ```text
 * bhyve -c 4,sockets=1 -m 8G -AHP -S \
 *   -s 0,hostbridge -s 31,lpc -l com1,stdio \
 *   -s 6:0,passthru,12/0/0,rom=/vm/roms/card.rom \
 *   -l bootrom,/usr/local/share/uefi-firmware/BHYVE_UEFI.fd \
 *   render1
 * ```
 * ```json
 * { "commands": [{ "line": 1, "lastLine": 5, "program": "bhyve", "name": "render1", "vcpus": 4, "sockets": 1,
 *     "memory": 8589934592, "memoryText": "8G", "wired": true, "wiredCount": 1,
 *     "bootrom": "/usr/local/share/uefi-firmware/BHYVE_UEFI.fd",
 *     "passthru": [{ "line": 3, "slot": "6:0", "guestBdf": "0000:00:06.0", "selector": "12/0/0", "hostBdf": "12/0/0",
 *                    "rom": "/vm/roms/card.rom" }] }],
 *   "running": [] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import {
  type BhyveCommand,
  type BhyveProgram,
  readBhyveArguments,
  shellWords,
  type Word,
} from '../lib/bhyve-command.ts';
import { assignmentLine, shellValue } from '../lib/conf.ts';
import { splitLines } from '../lib/lines.ts';
import { dictionary } from '../lib/records.ts';

export interface BhyveArgvFacts {
  commands: BhyveCommand[];
  /** machines seen in a process list under the title that bhyve gives itself */
  running: (Located & { name: string; pid?: number })[];
}

// The program's name, then an option, a variable or the end of a line that goes on.
const PROGRAM = /(?:^|[\s"'(/`])(bhyve|bhyveload|grub-bhyve)(?=\s+(?:-[A-Za-z]|"?\$|\\\s*$))/;
const TITLE = /^\s*(?:[A-Za-z_][\w.-]*\s+)?(?:(\d{1,7})\s(?:.*\s)?)?bhyve: (\S{1,64}) \(bhyve\)\s*$/;
const PIECE = /(?:^|[\s"'])(-s\s*\d{1,3}(?::\d{1,3}){0,2},[a-z])/;
const STARTS_WITH_OPTION = /^\s*-(?:[A-Za-z]{1,8}\s|[A-Za-z]{1,8}$|s\s*\d|[clmkoUGKf]\s*\S)/;

const MAX_COMMANDS = 200;
const MAX_LINE = 65_536;
const MAX_VARIABLES = 200;
const MAX_VALUE = 4000;
const MAX_PROBLEMS = 20;

type Variables = Record<string, string>;

/** `$NAME` and `${NAME}` of variables set before; others stay as they are */
function substitute(text: string, variables: Variables): string {
  if (!text.includes('$')) return text;
  const result = text.replace(/\$(?:\{(\w{1,60})\}|(\w{1,60}))/g, (whole, braced?: string, plain?: string) => {
    const name = braced ?? plain;
    return (name === undefined ? undefined : variables[name]) ?? whole;
  });
  return result.slice(0, MAX_VALUE);
}

/** The rest of a line from `start`, up to the quote that stands right before it when there is one. */
function within(text: string, start: number): string {
  const quote = text[start - 1];
  if (quote !== '"' && quote !== "'") return text.slice(start);
  const end = text.indexOf(quote, start);
  return text.slice(start, end < 0 ? undefined : end);
}

export default defineParser<BhyveArgvFacts>({
  kind: 'bhyve-argv',
  side: 'host',
  title: 'bhyve command lines',
  source: "ps axww -o pid,command | grep '[b]hyve', or the script that starts the guest",
  markers: [
    /(?:^|[\s"'(/`])(?:bhyve|bhyveload|grub-bhyve)\s+(?:\S.*\s)?-(?:s\s*\d{1,3}(?::\d{1,3}){0,2},|c\s*(?:cpus=)?\d|m\s*\d|M\s*\d|l\s*(?:bootrom|com\d)|k\s*\S*[/.]|o\s*[\w.]+=|r\s*(?:hd|cd))/,
    /(?:^|[\s"'(/`])(?:bhyve|bhyveload|grub-bhyve)(?:\s+-[A-Za-z]+)*\s*\\\s*$/,
    /^\s*-s\s*\d{1,3}(?::\d{1,3}){0,2},[a-z][\w-]*/,
    /^\s*-l\s*(?:bootrom|com\d|tpm),\S/,
    /\bpci_passthru_args=/,
    /\bbhyve: \S+ \(bhyve\)\s*$/,
  ],
  commands: [/^(?:ps|pgrep)\b.*bhyve/],
  fileNames: [/(?:^|[/_-])bhyve[_-]?(?:cmd|argv|command|args)[\w.-]*$/],
  parse(text) {
    const lines = splitLines(text);
    const facts: BhyveArgvFacts = { commands: [], running: [] };
    const problems: Problem[] = [];
    const variables: Variables = dictionary<string>();
    let variableCount = 0;

    for (let index = 0; index < lines.length && facts.commands.length < MAX_COMMANDS; index += 1) {
      const raw = lines[index]!;
      if (raw.length > MAX_LINE) continue;
      const title = TITLE.exec(raw);
      if (title) {
        facts.running.push({
          line: index + 1,
          name: title[2]!,
          ...(title[1] === undefined ? {} : { pid: Number(title[1]) }),
        });
        continue;
      }
      const program = PROGRAM.exec(raw);
      const piece = program ? null : PIECE.exec(raw);
      if (!program && !piece) {
        const assignment = assignmentLine(raw, index + 1);
        if (assignment && !assignment.commented && variableCount < MAX_VARIABLES) {
          variables[assignment.name] = substitute(shellValue(lines, index, assignment.rest).value, variables);
          variableCount += 1;
        }
        continue;
      }

      const first = index;
      const words: Word[] = [];
      let rest = program
        ? raw.slice(program.index + program[0].length)
        : within(raw, piece!.index + piece![0].length - piece![1]!.length);
      for (;;) {
        const read = shellWords(substitute(rest, variables), index + 1);
        words.push(...read.words);
        const next = lines[index + 1];
        if (read.ended || next === undefined || next.length > MAX_LINE || PROGRAM.test(next)) break;
        // Forum software drops the backslashes or wraps a line: an option at the start of the next line goes on.
        if (!read.continued && !STARTS_WITH_OPTION.test(next)) break;
        index += 1;
        rest = next;
      }
      const command = readBhyveArguments(words, program?.[1] as BhyveProgram | undefined, first + 1);
      if (
        program &&
        command.slots.length + command.config.length + command.configFiles.length === 0 &&
        command.name === undefined
      ) {
        continue;
      }
      facts.commands.push(command);
      for (const problem of command.problems) {
        if (problems.length < MAX_PROBLEMS) problems.push({ line: command.line, message: problem });
      }
    }
    return { facts: facts.commands.length + facts.running.length > 0 ? facts : undefined, problems };
  },
});
