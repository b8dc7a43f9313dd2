/**
 * `freebsd-version -kru`: installed kernel, running kernel, userland, always in this order (bin/freebsd-version,
 * freebsd-version(1)); without options the userland alone. Collectors put labels before the values. The kernel may lag
 * behind the userland by patch levels, because not every patch touches it.
 *
 * ```text
 * 14.3-RELEASE-p2
 * 14.3-RELEASE
 * 14.3-RELEASE-p4
 * ```
 * ```json
 * { "installedKernel": { "line": 1, "release": { "text": "14.3-RELEASE-p2", "patch": 2 } },
 *   "runningKernel": { "line": 2, "release": { "text": "14.3-RELEASE", "patch": 0 } },
 *   "userland": { "line": 3, "release": { "text": "14.3-RELEASE-p4" } } }
 * ```
 */
import { defineParser } from '../../src/model/parser.ts';
import { type FreeBsdRelease, parseRelease } from '../../src/model/release.ts';
import type { Located } from '../../src/model/source.ts';
import { splitLines } from '../lib/lines.ts';

export interface ReleaseLine extends Located {
  release: FreeBsdRelease;
}

export interface FreeBsdVersionFacts {
  installedKernel?: ReleaseLine;
  runningKernel?: ReleaseLine;
  userland?: ReleaseLine;
  /** lines whose meaning the text does not tell (two lines without labels) */
  unlabelled: ReleaseLine[];
}

const LINE =
  /^\s*(?:([A-Za-z][A-Za-z ()/-]{1,40}?)\s*[:=]\s*)?(\d{1,2}\.\d{1,2}-(?:RELEASE|STABLE|CURRENT|PRERELEASE|ALPHA\d*|BETA\d*|RC\d*)(?:-p\d{1,3})?)\s*$/;

type Part = 'installedKernel' | 'runningKernel' | 'userland';

const LABELS: { regex: RegExp; part: Part }[] = [
  { regex: /userland|\bworld\b|^u$|user/i, part: 'userland' },
  { regex: /running|current kernel|^r$|uname/i, part: 'runningKernel' },
  { regex: /kernel|installed|^k$/i, part: 'installedKernel' },
];

const IN_ORDER: readonly Part[] = ['installedKernel', 'runningKernel', 'userland'];

export default defineParser<FreeBsdVersionFacts>({
  kind: 'freebsd-version',
  side: 'host',
  title: 'FreeBSD releases of kernel and userland',
  source: 'freebsd-version -kru',
  markers: [
    /^\s*(?:(?:(?:installed|running) kernel|kernel|userland|installed|running)\s*[:=]\s*)?\d{1,2}\.\d{1,2}-(?:RELEASE|STABLE|CURRENT|PRERELEASE|ALPHA\d*|BETA\d*|RC\d*)(?:-p\d{1,3})?\s*$/,
  ],
  commands: [/^(?:\S*\/)?freebsd-version\b/],
  fileNames: [/(?:^|[/_-])freebsd-version[\w.-]*$/],
  parse(text) {
    const facts: FreeBsdVersionFacts = { unlabelled: [] };
    splitLines(text).forEach((raw, index) => {
      const match = LINE.exec(raw);
      const release = match ? parseRelease(match[2]!) : undefined;
      if (!release) return;
      const entry: ReleaseLine = { line: index + 1, release };
      const label = match![1];
      const part = label === undefined ? undefined : LABELS.find(({ regex }) => regex.test(label))?.part;
      if (part !== undefined && facts[part] === undefined) facts[part] = entry;
      else if (label === undefined) facts.unlabelled.push(entry);
    });
    const { unlabelled } = facts;
    const labelled = IN_ORDER.some((part) => facts[part] !== undefined);
    if (!labelled && unlabelled.length === IN_ORDER.length) {
      IN_ORDER.forEach((part, at) => (facts[part] = unlabelled[at]!));
      facts.unlabelled = [];
    } else if (!labelled && unlabelled.length === 1) {
      facts.userland = unlabelled[0]!;
      facts.unlabelled = [];
    }
    const found = IN_ORDER.some((part) => facts[part] !== undefined) || facts.unlabelled.length > 0;
    return { facts: found ? facts : undefined, problems: [] };
  },
});
