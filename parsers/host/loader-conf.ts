/**
 * FreeBSD boot loader configuration: /boot/loader.conf, /boot/loader.conf.local, /boot/loader.conf.d/*.conf, or
 * `grep … /boot/loader.conf*`. Read by the Lua loader (12.0 and later) by the rules of stand/lua/config.lua, see
 * loader.conf(5); `pptdevs` by the rule of the kernel (vmm(4), vmm_is_pptdev). The last line of a name wins.
 *
 * ```text
 * # passthrough
 * vmm_load="YES"
 * hw.vmm.amdvi.enable=1
 * #pptdevs="9/0/0"
 * pptdevs="12/0/0 12/0/1"   # both functions of the card
 * ```
 * ```json
 * { "modules": [{ "name": "vmm", "load": true, "line": 2 }],
 *   "devices": ["12/0/0", "12/0/1"],
 *   "pptdevs": [{ "name": "pptdevs", "line": 5, "limit": "ok",
 *                 "tokens": [{ "raw": "12/0/0", "bdf": "12/0/0", "valid": true }, { "bdf": "12/0/1" }] }],
 *   "commentedPptdevs": [{ "line": 4, "value": "9/0/0" }],
 *   "settings": [{ "name": "vmm_load", "value": "YES" },
 *                { "name": "hw.vmm.amdvi.enable", "value": "1", "quoted": false, "active": true },
 *                { "name": "pptdevs" }] }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import type { Problem } from '../../src/model/artifact.ts';
import type { Located } from '../../src/model/source.ts';
import { assignmentLine, BEFORE_NAME, COMMENT_LINE, loaderValue, MAX_SETTINGS } from '../lib/conf.ts';
import { BOOT_TUNABLE_NAME, LOADER_NAME, TUNABLE_NAME } from '../lib/conf-keys.ts';
import { splitLines } from '../lib/lines.ts';
import { PPTDEVS_NAMES, type PptdevsVariable, readPptdevs, reservedDevices } from '../lib/pptdevs.ts';

export interface LoaderSetting extends Located {
  name: string;
  value: string;
  /** the value as written, quotes included */
  raw: string;
  quoted: boolean;
  /** in force: the loader accepts the line and no later line sets the name again */
  active: boolean;
  /** why the loader skips the line */
  malformed?: string;
  comment?: string;
  /** the file that grep named */
  file?: string;
}

/** A line that was to reserve devices and does not. */
export interface UnreadPptdevs extends PptdevsVariable {
  /** `name`: no variable the kernel asks for; `malformed`: skipped by the loader; `overridden`: set again later */
  reason: 'name' | 'malformed' | 'overridden';
  detail?: string;
}

export interface LoaderConfFacts {
  /** every assignment that is not commented out, in order */
  settings: LoaderSetting[];
  /** `NAME_load` lines in force */
  modules: (Located & { name: string; load: boolean })[];
  /** pptdevs, pptdevs2 and pptdevs3 in force */
  pptdevs: PptdevsVariable[];
  /** what they reserve, decimal bus/slot/function */
  devices: string[];
  unreadPptdevs: UnreadPptdevs[];
  commentedPptdevs: PptdevsVariable[];
  /** lines with letters outside ASCII in a comment */
  nonAsciiComments: (Located & { text: string })[];
}

const LOOKS_LIKE_PPTDEVS = /^ppt_?devs?\w*$/i;
const NO_OPERATOR = /^\s*(pptdevs[23]?)[ \t]*[: \t][ \t]*(["']?\d[^#]*)/;
/** A shell script keeps such a list in a variable of its own, mostly written as devctl takes it, and expands it. */
const EXPANDED = /\$\{?ppt_?devs/i;
const MAX_PROBLEMS = 20;

export default defineParser<LoaderConfFacts>({
  kind: 'loader-conf',
  side: 'host',
  title: 'FreeBSD boot loader configuration',
  source: '/boot/loader.conf, /boot/loader.conf.local, /boot/loader.conf.d/*.conf',
  shared: [COMMENT_LINE],
  markers: [
    new RegExp(`${BEFORE_NAME}${LOADER_NAME}[ \\t]*\\+?=`),
    new RegExp(`${BEFORE_NAME}${TUNABLE_NAME}[ \\t]*=[ \\t]*"`),
    new RegExp(`${BEFORE_NAME}${BOOT_TUNABLE_NAME}[ \\t]*=`),
    // The operator forgotten.
    /^[ \t>|]*pptdevs[23]?[ \t]*:?[ \t]*["']\d/,
  ],
  commands: [/^(?:cat|more|less|head|tail|[ef]?grep)\b.*\/boot\/loader\.conf/, /^\/boot\/loader\.conf/],
  fileNames: [/(?:^|[/_-])loader\.conf(?:\.local|\.txt)?$/, /loader\.conf\.d\//],
  parse(text) {
    const problems: Problem[] = [];
    const facts: LoaderConfFacts = {
      settings: [],
      modules: [],
      pptdevs: [],
      devices: [],
      unreadPptdevs: [],
      commentedPptdevs: [],
      nonAsciiComments: [],
    };
    const last = new Map<string, LoaderSetting>();
    const unread = (reason: UnreadPptdevs['reason'], name: string, value: string, line: number, detail?: string) =>
      facts.unreadPptdevs.push({
        ...readPptdevs(name, value, line),
        reason,
        ...(detail === undefined ? {} : { detail }),
      });

    const script = EXPANDED.test(text);
    splitLines(text).forEach((raw, index) => {
      const line = index + 1;
      const hash = raw.indexOf('#');
      if (hash >= 0 && facts.nonAsciiComments.length < MAX_SETTINGS && /[^\0-\x7f]/.test(raw.slice(hash))) {
        facts.nonAsciiComments.push({ line, text: raw.slice(hash, hash + 200) });
      }
      if (facts.settings.length + facts.commentedPptdevs.length >= MAX_SETTINGS) return;
      const assignment = assignmentLine(raw, line);
      if (!assignment) {
        const bare = NO_OPERATOR.exec(raw);
        if (bare) unread('malformed', bare[1]!, loaderValue(bare[2]!.trim()).value, line, 'no = after the name');
        return;
      }
      const { name, operator, rest } = assignment;
      if (script && LOOKS_LIKE_PPTDEVS.test(name)) return;
      const value = loaderValue(rest);
      if (assignment.commented) {
        if (PPTDEVS_NAMES.includes(name)) facts.commentedPptdevs.push(readPptdevs(name, value.value, line));
        return;
      }
      const setting: LoaderSetting = {
        line,
        name,
        value: value.value,
        raw: value.raw,
        quoted: value.quoted,
        active: true,
      };
      const malformed = operator === '+=' ? 'the loader knows no +=' : value.problem;
      if (malformed !== undefined) {
        setting.malformed = malformed;
        setting.active = false;
        if (problems.length < MAX_PROBLEMS) problems.push({ line, message: `${name}: ${malformed}` });
      } else {
        const previous = last.get(name);
        if (previous) previous.active = false;
        last.set(name, setting);
      }
      if (value.comment !== undefined) setting.comment = value.comment;
      if (assignment.file !== undefined) setting.file = assignment.file;
      facts.settings.push(setting);
    });

    for (const setting of facts.settings) {
      const { name, value, line } = setting;
      if (setting.active && name.endsWith('_load')) {
        facts.modules.push({ line, name: name.slice(0, -'_load'.length), load: value.toUpperCase() === 'YES' });
      }
      if (!LOOKS_LIKE_PPTDEVS.test(name)) continue;
      if (!PPTDEVS_NAMES.includes(name)) unread('name', name, value, line);
      else if (setting.malformed !== undefined) unread('malformed', name, value, line, setting.malformed);
      else if (!setting.active) unread('overridden', name, value, line);
      else facts.pptdevs.push(readPptdevs(name, value, line));
    }
    facts.devices = reservedDevices(facts.pptdevs);
    const empty = facts.settings.length + facts.commentedPptdevs.length + facts.unreadPptdevs.length === 0;
    return { facts: empty ? undefined : facts, problems };
  },
});
