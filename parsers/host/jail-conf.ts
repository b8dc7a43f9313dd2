/**
 * Jails of a FreeBSD host: /etc/jail.conf, /etc/jail.conf.d/*.conf, or the file a jail manager generates. Grammar in
 * jail.conf(5), parameters in jail(8): `name { parameter; parameter = value; parameter += "value"; }`, defaults before
 * the blocks. bhyve in a jail needs `allow.vmm`, a devfs ruleset that shows /dev/vmm and /dev/pci, and no securelevel
 * above 0.
 *
 * ```text
 * mount.devfs;
 * vmhost {
 *   devfs_ruleset = 12;
 *   securelevel = 1;
 *   allow.vmm;
 *   vnet;
 * }
 * ```
 * ```json
 * { "defaults": [{ "line": 1, "name": "mount.devfs", "value": "true" }],
 *   "jails": [{ "line": 2, "lastLine": 7, "name": "vmhost", "securelevel": 1, "devfsRuleset": 12, "allow": ["allow.vmm"],
 *               "vnet": true }] }
 * ```
 */
import type { Problem } from '../../src/model/artifact.ts';
import { defineParser } from '../../src/model/parser.ts';
import type { Located } from '../../src/model/source.ts';
import { COMMENT_LINE } from '../lib/conf.ts';

export interface JailParameter extends Located {
  name: string;
  operator: '=' | '+=';
  /** `true` for a parameter without a value, `false` for its `no…` form; several values joined by `, ` */
  value: string;
}

export interface Jail extends Located {
  lastLine: number;
  /** undefined when the text begins inside the block */
  name?: string;
  parameters: JailParameter[];
  /** -1 to 3; above 0 /dev/pci and /dev/mem cannot be opened for writing */
  securelevel?: number;
  devfsRuleset?: number;
  enforceStatfs?: number;
  /** `allow.*` parameters that are on */
  allow: string[];
  /** `allow.*` parameters that are off */
  deny: string[];
  vnet?: boolean;
}

export interface JailConfFacts {
  /** parameters outside blocks, which hold for all jails */
  defaults: JailParameter[];
  jails: Jail[];
}

/** Parameters that name the machine. */
const PERSONAL: ReadonlySet<string> = new Set(['host.hostname', 'host.hostuuid', 'host.hostid', 'host.domainname']);

/** Without one of these a text with semicolons is no jail.conf. */
const KNOWN =
  /^(?:allow\.|exec\.|mount(?:\.|$)|ip[46](?:\.|$)|vnet(?:\.|$)|host\.|path$|securelevel$|devfs_ruleset$|enforce_statfs$|persist$|children\.|osrel|sysv|interface$|jid$|depend$|command$|zfs\.|linux)/;

const MAX_PARAMETERS = 10_000;
const MAX_VALUE = 1000;
const MAX_PROBLEMS = 20;

interface Token {
  line: number;
  /** punctuation as it is, a word or a quoted string otherwise */
  text: string;
  punctuation: boolean;
}

// Comment, quoted string, punctuation, word. Lengths are bounded so that no text makes the matcher run deep.
const TOKEN =
  /(#[^\n]*|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))|"((?:[^"\\]|\\[^]){0,4000})"?|'((?:[^'\\]|\\[^]){0,4000})'?|(\+=|[{};=,])|((?:[^\s{};=,"'+#]|\+(?!=)){1,500})|\s+|[^]/g;

/** A jail parameter, variables included. Anything else before a `;` is no jail.conf. */
const PARAMETER = /^\$?[A-Za-z][\w.-]{0,99}$/;

function* tokens(text: string): Generator<Token> {
  let line = 1;
  let newline = text.indexOf('\n');
  for (const match of text.matchAll(TOKEN)) {
    for (; newline !== -1 && newline < match.index; newline = text.indexOf('\n', newline + 1)) line += 1;
    const word = match[2] ?? match[3] ?? match[5];
    if (match[4] !== undefined) yield { line, text: match[4], punctuation: true };
    else if (word !== undefined) yield { line, text: word, punctuation: false };
  }
}

const integer = (value: string): number | undefined => (/^-?\d{1,9}$/.test(value) ? Number(value) : undefined);

function summarise(jail: Jail): void {
  for (const { name, value } of jail.parameters) {
    if (name === 'securelevel') jail.securelevel = integer(value);
    else if (name === 'devfs_ruleset') jail.devfsRuleset = integer(value);
    else if (name === 'enforce_statfs') jail.enforceStatfs = integer(value);
    else if (name === 'vnet') jail.vnet = !/^(?:false|inherit|disable)$/.test(value);
    else if (name.startsWith('allow.')) (value === 'false' || value === '0' ? jail.deny : jail.allow).push(name);
  }
}

/** `allow.novmm` is `allow.vmm = false` */
function normalised(name: string, value: string | undefined): { name: string; value: string } {
  const negated = /^((?:[\w-]+\.)*)no(\w+)$/.exec(name);
  if (value === undefined && negated && /^(?:allow\.|persist|vnet|mount\.|exec\.)/.test(negated[1]! + negated[2]!)) {
    return { name: negated[1]! + negated[2]!, value: 'false' };
  }
  return { name, value: value ?? 'true' };
}

export default defineParser<JailConfFacts>({
  kind: 'jail-conf',
  side: 'host',
  title: 'FreeBSD jail configuration',
  source: '/etc/jail.conf, /etc/jail.conf.d/*.conf',
  shared: [COMMENT_LINE, /^\s*[\w.*-]{1,64}\s*\{\s*$/],
  markers: [
    /^\s*(?:securelevel|devfs_ruleset|enforce_statfs|host\.hostname|ip[46]\.addr|path|interface|osrelease|children\.max|sysv\w+|jid)\s*\+?=\s*[^;]{1,300};/,
    /^\s*(?:allow\.[\w.]+|mount\.(?:devfs|fdescfs|procfs|fstab)|exec\.(?:clean|start|stop|prestart|poststart|prestop|poststop|created|consolelog|release|system_user|jail_user|timeout)|vnet(?:\.interface)?|persist)\s*(?:\+?=\s*[^;]{1,500})?;/,
  ],
  commands: [/^(?:cat|more|less|head|tail|[ef]?grep)\b.*jail\.conf/, /^\/etc\/jail\.conf/],
  fileNames: [/(?:^|[/_-])jail\.conf(?:\.txt)?$/, /jail\.conf\.d\//],
  parse(text) {
    const problems: Problem[] = [];
    const facts: JailConfFacts = { defaults: [], jails: [] };
    let jail: Jail | undefined;
    let words: Token[] = [];
    let values: Token[] | undefined;
    let operator: JailParameter['operator'] = '=';
    let count = 0;
    let lastLine = 1;

    const flush = () => {
      const head = words[0];
      if (head && PARAMETER.test(head.text) && !PERSONAL.has(head.text) && count < MAX_PARAMETERS) {
        const value = values
          ?.map((token) => token.text)
          .join(' ')
          .replaceAll(' , ', ', ')
          .slice(0, MAX_VALUE);
        (jail?.parameters ?? facts.defaults).push({ line: head.line, operator, ...normalised(head.text, value) });
        count += 1;
      }
      words = [];
      values = undefined;
      operator = '=';
    };
    const close = (line: number) => {
      // A closing brace without an opening one: the text begins inside a block.
      jail ??= {
        line: facts.defaults[0]?.line ?? line,
        lastLine: line,
        parameters: facts.defaults.splice(0),
        allow: [],
        deny: [],
      };
      jail.lastLine = line;
      summarise(jail);
      facts.jails.push(jail);
      jail = undefined;
    };

    for (const token of tokens(text)) {
      lastLine = token.line;
      if (!token.punctuation) (values ?? words).push(token);
      else if (token.text === '{') {
        const head = words[0];
        if (head === undefined) continue;
        if (jail) close(token.line);
        jail = { line: head.line, lastLine: token.line, name: head.text, parameters: [], allow: [], deny: [] };
        words = [];
        values = undefined;
      } else if (token.text === '}') {
        if (words.length > 0) {
          if (problems.length < MAX_PROBLEMS)
            problems.push({ line: words[0]!.line, message: `${words[0]!.text.slice(0, 60)}: no ; at the end` });
          flush();
        }
        if (jail || facts.defaults.length > 0) close(token.line);
      } else if (token.text === ';') flush();
      else if (token.text === ',') values?.push({ ...token });
      else {
        operator = token.text === '+=' ? '+=' : '=';
        values = [];
      }
    }
    if (jail) close(lastLine);
    const known = [facts.defaults, ...facts.jails.map(({ parameters }) => parameters)].some((parameters) =>
      parameters.some(({ name }) => KNOWN.test(name)),
    );
    return { facts: known ? facts : undefined, problems: known ? problems : [] };
  },
});
