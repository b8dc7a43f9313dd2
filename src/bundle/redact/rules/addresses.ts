import { SHAPES } from '../words.ts';
import { isBuildCluster, isNobody, isPublicDomain } from '../vocabulary.ts';
import { type BlockRule, type RedactionRule, sticky } from './rule.ts';

const OCTET = String.raw`(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`;

/** Words before a row of numbers that make it a version. */
const VERSION_WORD =
  /(?:(?<![a-z])(?:ver|fw|bios|vbios|rev|kernel|linux|build|api|nvm|edk2|package|pkg|rom|microcode|dkms|module|plugin|tool|agent)|version|driver|firmware|release|revision)["')\]]?[ \t]{0,12}(?:[:=>]|is)?[ \t"'(<v]{0,12}$/i;
/** What follows a version and not an address: `2.6.32.71-generic`, `1.2.3.4_1`, `1.2.3.4.txz` */
const VERSION_TAIL = /^(?:-[A-Za-z]|[+~_]|\.[A-Za-z](?!n-addr))/;
/** BSD tools write the port behind a dot. */
const PORT_TAIL = /^\.([1-9]\d{0,4})(?![\d.]*\d)/;

/** Tells an address from a version of four numbers. */
function isAddress(text: string, match: RegExpExecArray): boolean {
  const start = match.index;
  const end = start + match[0].length;
  const tail = text.slice(end, end + 12);
  if (VERSION_TAIL.test(tail)) return false;
  const port = PORT_TAIL.exec(tail);
  if (/^\.\d/.test(tail) && port === null) return false;
  // `94.12.75.40.11`: five numbers of two digits are the version of a VBIOS.
  if (port !== null && /^\d\d(?:\.\d\d){4}$/.test(match[0] + tail.slice(0, port[0].length))) return false;
  return !VERSION_WORD.test(text.slice(Math.max(0, start - 40), start));
}

const isHex = (char: string | undefined): boolean => char !== undefined && /^[0-9a-f]$/i.test(char);

/** An IPv6 address is too free a form for one expression: the run of its characters is taken and checked. */
const ipv6: BlockRule = {
  id: 'ipv6',
  wraps: true,
  on: [SHAPES.groupColon],
  find(text, word, _, emit) {
    const before = text[word - 1];
    if (before === '.' || before === '_' || (before === ':' && (isHex(text[word - 2]) || text[word - 2] === ':')))
      return;
    const run = /^[0-9a-f:]{3,45}/i.exec(text.slice(word, word + 46))?.[0].replace(/(?<!:):$/, '');
    if (run === undefined || !isIpv6(run)) return;
    const after = text[word + run.length];
    if (after !== undefined && /[\w:]/.test(after)) return;
    emit(word, word + run.length, 'ipv6');
  },
};

/** Addresses in use begin with a full group: global (2000::/3), unique local, link-local, multicast. */
function isIpv6(text: string): boolean {
  if (!/^(?:[23][0-9a-f]{3}|f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]|ff[0-9a-f]{2}):/i.test(text)) return false;
  const groups = text.split(':');
  if (!groups.every((group) => group.length <= 4)) return false;
  const gaps = text.split('::').length - 1;
  if (text.includes(':::') || gaps > 1) return false;
  return gaps === 1 ? groups.length <= 8 : groups.length === 8;
}

/** An e-mail address around an `@`: what stands before it is collected backwards. */
const email: BlockRule = {
  id: 'email',
  wraps: true,
  on: [SHAPES.at],
  find(text, word, _, emit) {
    const sign = word + text.slice(word, word + 65).indexOf('@');
    if (sign < word) return;
    let start = word;
    while (start > 0 && sign - start < 64 && /[\w.+%-]/.test(text[start - 1]!)) start -= 1;
    while (start < word && /[.%-]/.test(text[start]!)) start += 1;
    // `scheme://user:password@host`: see url-credentials.
    if (/:\/\/[^\s/@]{0,128}$/.test(text.slice(Math.max(0, start - 132), start))) return;
    const domain = /^@(?:[A-Za-z0-9][\w-]{0,62}\.){1,6}([A-Za-z]{2,24})(?![\w@-]|\.\w)/.exec(
      text.slice(sign, sign + 260),
    );
    if (domain === null || NO_TOP_LEVEL.test(domain[1]!)) return;
    const end = sign + domain[0].length;
    const name = text.slice(start, sign);
    const host = text.slice(sign + 1, end);
    if (isBuildCluster(name, host) || (isNobody(name.toLowerCase()) && isPublicDomain(host.toLowerCase()))) return;
    if (LOCAL_TOP_LEVEL.test(domain[1]!)) {
      emit(start, sign, 'user');
      emit(sign + 1, end, 'host');
    } else emit(start, end, 'email');
  },
};

/** Units of systemd (`modprobe@loop.service`), shared objects and snapshots have an `@` too. */
const NO_TOP_LEVEL =
  /^(?:service|socket|timer|mount|automount|target|slice|scope|device|path|swap|conf|cfg|so|ko|txt|log|daily|weekly|hourly|monthly)$/i;
const LOCAL_TOP_LEVEL = /^(?:lan|local|localdomain|internal|home|intranet)$/i;

/** Addresses of machines and people. */
export const ADDRESS_RULES: readonly RedactionRule[] = [
  {
    id: 'ipv4',
    wraps: true,
    on: [SHAPES.numberDot],
    pattern: sticky(String.raw`(?<![\w.]|[A-Za-z0-9][-_~+])(?<ipv4>${OCTET}(?:\.${OCTET}){3})(?!\w)`),
    accept: isAddress,
  },
  {
    id: 'mac',
    wraps: true,
    on: [SHAPES.byteColon],
    pattern: sticky(
      String.raw`(?<![0-9a-f:.]:|[\w.])(?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?:(?::[0-9a-f]{2}){2})?)(?![:\w]|-[0-9a-f])`,
      'i',
    ),
  },
  {
    id: 'mac-dashes',
    wraps: true,
    on: [SHAPES.byteDash],
    pattern: sticky(String.raw`(?<![\w.-])(?<mac>[0-9a-f]{2}(?:-[0-9a-f]{2}){5})(?![\w-])`, 'i'),
  },
  {
    id: 'mac-dots',
    wraps: true,
    on: [SHAPES.quadDot],
    pattern: sticky(String.raw`(?<![\w.-])(?<mac>[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w.-])`, 'i'),
    // three groups of decimal digits are a version
    accept: (_, match) => /[a-f]/i.test(match[0]),
  },
  {
    id: 'mac-bare',
    on: ['ether', 'mac', 'macaddr', 'macaddress', 'hwaddr', 'lladdr', 'address'],
    pattern: sticky(
      String.raw`(?:ether|mac(?:[ _-]?addr(?:ess)?)?|hwaddr|lladdr|(?<=(?:physical|permaddr|hardware|mac) )address)["']?[ \t.]{0,40}[:= ][ \t]{0,20}["']?(?<mac>[0-9a-f]{12})(?![\w.-])`,
      'i',
    ),
  },
  {
    id: 'mac-interface-name',
    on: [SHAPES.interfaceName],
    pattern: sticky(String.raw`(?:en|wl|ww)x(?<mac>[0-9a-f]{12})(?!\w)`, 'i'),
  },
  {
    id: 'mac-infiniband',
    on: ['infiniband'],
    pattern: sticky(String.raw`infiniband (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){19})(?![:\w])`, 'i'),
  },
  ipv6,
  email,
];
