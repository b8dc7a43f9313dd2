/**
 * FreeBSD system configuration: /etc/rc.conf, /etc/rc.conf.local, /etc/rc.conf.d/*, or `sysrc -a` (`name: value`).
 * Shell assignments, read by sh(1); defaults and meanings in rc.conf(5), `vm_*` in vm-bhyve's rc script.
 *
 * ```text
 * kld_list="i915kms nmdm"
 * kld_list+=" if_bridge"
 * vm_enable="YES"   # vm-bhyve
 * vm_dir="zfs:tank/guests"
 * ```
 * ```json
 * { "kldList": ["i915kms", "nmdm", "if_bridge"],
 *   "vmEnable": true,
 *   "vmDir": "zfs:tank/guests",
 *   "settings": [{ "name": "kld_list", "active": false }, { "name": "kld_list", "operator": "+=", "active": true },
 *                { "name": "vm_enable", "value": "YES", "line": 3 }, { "name": "vm_dir" }] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { assignmentLine, BEFORE_NAME, COMMENT_LINE, isYes, MAX_SETTINGS, shellValue } from '../lib/conf.ts';
import { RC_NAME } from '../lib/conf-keys.ts';
import { splitLines } from '../lib/lines.ts';

export interface RcSetting extends Located {
  name: string;
  operator: '=' | '+=';
  value: string;
  raw: string;
  quoted: boolean;
  /** the last line that sets the name */
  active: boolean;
  comment?: string;
  file?: string;
}

export interface RcConfFacts {
  settings: RcSetting[];
  /** kernel modules loaded by rc(8), after device drivers have attached; `+=` added up */
  kldList: string[];
  /** vm-bhyve is switched on */
  vmEnable?: boolean;
  /** vm-bhyve's datastore as written, `zfs:pool/vm` or a path */
  vmDir?: string;
  /** guests that start with the host */
  vmList?: string[];
  /** vm-bhyve's check for VT-d or AMD-Vi is switched off */
  vmDisableHostChecks?: boolean;
  /** assignments that are commented out */
  commented: (Located & { name: string; value: string })[];
}

const SYSRC_LINE = new RegExp(`^\\s*(${RC_NAME}): (.*)$`);
const MAX_PROBLEMS = 20;

const words = (value: string): string[] => value.split(/\s+/).filter((word) => word !== '');

export default defineParser<RcConfFacts>({
  kind: 'rc-conf',
  side: 'host',
  title: 'FreeBSD system configuration',
  source: '/etc/rc.conf, /etc/rc.conf.local, sysrc -a',
  shared: [COMMENT_LINE],
  markers: [
    new RegExp(`${BEFORE_NAME}${RC_NAME}[ \\t]*\\+?=`),
    new RegExp(
      `^\\s*(?:kld_list|vm_(?:dir|list)|(?!nextboot_)[a-z]\\w*_enable): (?:\\S+/|zfs:|YES|NO|\\w+(?: \\w+)*$)`,
    ),
  ],
  commands: [/^(?:cat|more|less|head|tail|[ef]?grep)\b.*\/etc\/rc\.conf/, /^\/etc\/rc\.conf/, /^sysrc -[a-z]*a/],
  fileNames: [/(?:^|[/_-])rc\.conf(?:\.local|\.txt)?$/, /rc\.conf\.d\//],
  parse(text) {
    const problems: Problem[] = [];
    const facts: RcConfFacts = { settings: [], kldList: [], commented: [] };
    const effective = new Map<string, string>();
    const last = new Map<string, RcSetting>();
    const lines = splitLines(text);
    for (
      let index = 0;
      index < lines.length && facts.settings.length + facts.commented.length < MAX_SETTINGS;
      index += 1
    ) {
      const line = index + 1;
      const raw = lines[index]!;
      const assignment = assignmentLine(raw, line);
      if (assignment?.commented) {
        facts.commented.push({ line, name: assignment.name, value: shellValue([raw], 0, assignment.rest).value });
        continue;
      }
      const printed = assignment ? null : SYSRC_LINE.exec(raw);
      if (!assignment && !printed) continue;
      const setting: RcSetting = {
        line,
        name: assignment?.name ?? printed![1]!,
        operator: assignment?.operator ?? '=',
        value: printed?.[2] ?? '',
        raw: printed?.[2] ?? '',
        quoted: false,
        active: true,
      };
      if (assignment) {
        const { lastIndex, problem, ...read } = shellValue(lines, index, assignment.rest);
        Object.assign(setting, read);
        if (assignment.file !== undefined) setting.file = assignment.file;
        const complaint = assignment.spaced ? 'sh allows no blanks around =' : problem;
        if (complaint !== undefined && problems.length < MAX_PROBLEMS) {
          problems.push({ line, message: `${setting.name}: ${complaint}` });
        }
        index = lastIndex;
      }
      const previous = last.get(setting.name);
      if (previous) previous.active = false;
      last.set(setting.name, setting);
      const before = setting.operator === '+=' ? (effective.get(setting.name) ?? '') : '';
      effective.set(setting.name, before + setting.value);
      facts.settings.push(setting);
    }

    facts.kldList = words(effective.get('kld_list') ?? '');
    const [enable, dir, list, unchecked] = ['enable', 'dir', 'list', 'disable_host_checks'].map((name) =>
      effective.get(`vm_${name}`),
    );
    if (enable !== undefined) facts.vmEnable = isYes(enable);
    if (dir !== undefined) facts.vmDir = dir;
    if (list !== undefined) facts.vmList = words(list);
    if (unchecked !== undefined) facts.vmDisableHostChecks = isYes(unchecked);
    return { facts: facts.settings.length + facts.commented.length > 0 ? facts : undefined, problems };
  },
});
