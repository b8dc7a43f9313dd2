import { SHAPES } from '../words.ts';
import { type BlockRule, HOST, type RedactionRule, SEPARATOR, sticky, valueOf } from './rule.ts';

/** Longest private key block that is looked for: a 16384-bit RSA key has 13 KB. */
const MAX_BLOCK = 32 * 1024;
/** A block whose end is missing: lines of base64 only. */
const BASE64_LINES = /^(?:[ \t>|]{0,12}[A-Za-z0-9+/=]{16,128}(?:\n|$)){1,400}/;

/** The lines between BEGIN and END; also when the block stands on one line with `\n` in it, or is cut off. */
const privateKeyBlock: BlockRule = {
  id: 'private-key-block',
  on: ['begin'],
  find(text, word, _, emit) {
    const begin = /^BEGIN ((?:[A-Z0-9]{1,12} ){0,3}PRIVATE KEY(?: BLOCK)?)-----(?:\\n|\n)?/.exec(
      text.slice(word, word + 80),
    );
    if (begin === null || !text.startsWith('-----', word - 5)) return;
    const start = word + begin[0].length;
    const rest = text.slice(start, start + MAX_BLOCK);
    const end = rest.indexOf(`-----END ${begin[1]!}`);
    const body = end === -1 ? (BASE64_LINES.exec(rest)?.[0] ?? '') : rest.slice(0, end);
    const size = body.replace(/(?:\\n|[\s>|])+$/, '').length;
    if (size > 0) emit(start, start + size, 'key');
  },
};

/** base64 of at least `shortest` characters, also wrapped by a terminal. */
const blob = (group: string, shortest: number): string =>
  String.raw`(?<${group}>[A-Za-z0-9+/]{${shortest},8192}(?:\n(?![/])[A-Za-z0-9+/]{20,8192}){0,60}={0,2})`;

const COOKIES = sticky(String.raw`cookie:[ \t]{0,8}(?=[^\s"'])`, 'i');
/** `name=value` or a value alone, up to the next semicolon. */
const COOKIE = sticky(String.raw`(?:[^=;\s"']{1,128}=)?(?<value>[^;\n"']{0,1024})(?:;[ \t]{0,8}|)`);
const MAX_COOKIES = 64;

/** The value of each cookie, because it may stand alone elsewhere. */
const cookieHeader: BlockRule = {
  id: 'cookie-header',
  on: ['cookie'],
  find(text, word, _, emit) {
    COOKIES.lastIndex = word;
    if (!COOKIES.test(text)) return;
    let at = COOKIES.lastIndex;
    for (let count = 0; count < MAX_COOKIES; count += 1) {
      COOKIE.lastIndex = at;
      const match = COOKIE.exec(text);
      if (match === null || match[0] === '') return;
      const [start, end] = match.indices!.groups!.value!;
      if (end - start >= 4) emit(start, end, 'token');
      at = COOKIE.lastIndex;
    }
  },
};

/** Keys, tokens, passwords, Wi-Fi names, licence strings. */
export const CREDENTIAL_RULES: readonly RedactionRule[] = [
  privateKeyBlock,
  {
    id: 'ssh-public-key',
    on: [SHAPES.prefix],
    pattern: sticky(
      String.raw`(?=AAAA(?:[BCEFGHI][23]?Nz|E2Vj|G[Nn]Nr|InNr))${blob('key', 40)}(?:[ \t](?<user>[A-Za-z_][\w.-]{0,62})@(?<host>[A-Za-z0-9][\w.-]{0,252}))?`,
    ),
  },
  {
    id: 'ssh-fingerprint',
    on: ['sha256', 'md5'],
    pattern: sticky(
      String.raw`SHA256:(?<key>[A-Za-z0-9+/]{43})=?(?!\w)|MD5:(?<key_2>[0-9a-f]{2}(?::[0-9a-f]{2}){15})(?!\w)`,
    ),
  },
  {
    id: 'wireguard-key',
    on: ['privatekey', 'publickey', 'presharedkey', 'private', 'public', 'preshared', 'peer'],
    pattern: sticky(
      String.raw`(?:(?:private|public|pre-?shared)[ _-]?key["']?[ \t]{0,20}[:=]|peer:)[ \t]{0,20}["']?(?<key>[A-Za-z0-9+/]{43}=)`,
      'i',
    ),
  },
  {
    id: 'age-key',
    on: ['age'],
    pattern: sticky(String.raw`AGE-SECRET-KEY-(?<key>[A-Z0-9]{20,80})`),
  },

  {
    id: 'authorization-header',
    on: ['authorization', 'bearer'],
    pattern: sticky(
      String.raw`authorization(?:\\{0,3}["'])?[ \t]{0,8}[:=][ \t]{0,8}\\{0,3}["']?(?:(?:basic|bearer|token|digest|apikey)[ \t]{1,8})?(?<token>[\w.~+/=:-]{6,4096})|bearer[ \t]{1,8}(?=[^\s\d]{0,200}\d)(?<token_2>[\w.~+/-]{16,4096}={0,2})`,
      'i',
    ),
  },
  cookieHeader,
  {
    id: 'aws-access-key',
    wraps: true,
    on: [SHAPES.prefix],
    pattern: sticky(String.raw`(?<!\w)(?<token>(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16})(?!\w)`),
  },
  {
    id: 'json-web-token',
    wraps: true,
    on: [SHAPES.prefix],
    pattern: sticky(String.raw`(?<token>eyJ[\w-]{10,2048}\.[\w-]{4,8192}(?:\.[\w-]{0,2048})?)`),
  },
  {
    id: 'google-api-key',
    wraps: true,
    on: [SHAPES.prefix],
    pattern: sticky(String.raw`(?<token>AIza[\w-]{35})(?![\w-])`),
  },
  {
    id: 'prefixed-token',
    wraps: true,
    on: [
      'ghp',
      'gho',
      'ghu',
      'ghs',
      'ghr',
      'github',
      'glpat',
      'gldt',
      'npm',
      'hf',
      'nvapi',
      'xoxb',
      'xoxp',
      'xoxa',
      'xoxr',
      'xapp',
      'sk',
      'rk',
      'pk',
      'tskey',
      'dop',
      'pypi',
      'ya29',
      'shpat',
    ],
    pattern: sticky(
      String.raw`(?<!\w)(?<token>gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|gl(?:pat|dt)-[\w-]{16,64}|npm_[A-Za-z0-9]{30,64}|hf_[A-Za-z0-9]{20,64}|nvapi-[\w-]{20,128}|xox[abpr]-[\w-]{10,255}|xapp-[\w-]{10,255}|[srp]k[-_](?:live|test|proj|ant|svcacct)?[-_]?[\w-]{20,255}|tskey-[\w-]{16,128}|dop_v1_[0-9a-f]{40,80}|pypi-[\w-]{20,255}|ya29\.[\w-]{20,512}|shpat_[0-9a-f]{20,64})`,
    ),
  },
  {
    id: 'token-setting',
    on: [
      'token',
      'apikey',
      'accesskey',
      'secretkey',
      'secret',
      'clientsecret',
      'authtoken',
      'accesstoken',
      'sessionid',
      'webhook',
    ],
    pattern: sticky(
      String.raw`(?:(?:auth|access|refresh|session|client|bot|api)?[ _-]?token|(?:api|access|secret)[ _-]?key|client[ _-]?secret|secret|session[ _-]?id)${SEPARATOR}${valueOf('token', 8)}`,
      'i',
    ),
  },
  {
    id: 'key-setting',
    on: [
      'api',
      'access',
      'secret',
      'client',
      'session',
      'host',
      'encryption',
      'master',
      'shared',
      'pre',
      'key',
      'wpa',
      'wep',
    ],
    pattern: sticky(
      String.raw`(?:(?:api|access|secret|client|session|host|encryption|master|shared|pre-?shared)[ _-](?:access[ _-])?(?:key|secret|token)|(?<=_)(?<!sig_)key|(?:wpa|wep)[ _-](?:psk|key)\d?)${SEPARATOR}${valueOf('token', 8)}`,
      'i',
    ),
  },
  {
    id: 'webhook-url',
    on: ['hooks', 'webhooks'],
    pattern: sticky(
      String.raw`(?:hooks\.slack\.com\/services|discord(?:app)?\.com\/api\/webhooks)\/(?<token>[\w/-]{10,200})|webhooks\/(?<token_2>\d{8,24}\/[\w-]{20,128})`,
    ),
  },

  {
    id: 'password-setting',
    on: [
      'password',
      'passwd',
      'passphrase',
      'passcode',
      'psk',
      'userpassword',
      'adminpassword',
      'rootpassword',
      'authkey',
      'pass',
      'pw',
      'pwd',
      'vncpasswd',
      'credential',
      'credentials',
    ],
    pattern: sticky(
      String.raw`(?:password|passwd|passphrase|passcode|psk|userpassword|adminpassword|rootpassword|authkey|vncpasswd|credentials?|(?:pass|pw|pwd)(?==["']?[^\s/~"'][^\s/\\]))${SEPARATOR}(?:\{\w{1,12}\})?${valueOf('password', 2)}`,
      'i',
    ),
    accept: (text, match) => !(match[0].includes(':') && NSSWITCH.test(text.slice(match.index, match.index + 40))),
  },
  {
    id: 'password-argument',
    on: ['password', 'passwd', 'pass', 'passphrase', 'sshpass', 'token', 'secret'],
    // `--password X`, `sshpass -p X`
    pattern: sticky(
      String.raw`(?<=(?:^|[\s"'=,])--?(?:\w{1,20}-)?)(?:password|passwd|pass|passphrase|secret|token)[ \t]{1,4}["']?(?<password>[^\s"'-][^\s"']{1,199})|sshpass[ \t]{1,4}-p[ \t]{0,4}["']?(?<password_2>[^\s"']{2,200})`,
    ),
  },
  {
    id: 'password-of-openssl',
    on: ['pass', 'passin', 'passout'],
    pattern: sticky(String.raw`pass(?:in|out)?[ \t]{1,4}pass:(?<password>[^\s"']{2,200})`),
  },
  {
    id: 'netrc',
    on: ['machine', 'login'],
    pattern: sticky(
      String.raw`(?:machine[ \t]{1,8}\S{1,255}[ \t\n]{1,8})?login[ \t]{1,8}(?<user>\S{1,128})[ \t\n]{1,8}password[ \t]{1,8}(?<password>\S{2,200})`,
    ),
  },
  {
    id: 'curl-user',
    on: ['curl', 'wget', 'fetch'],
    pattern: sticky(
      String.raw`curl[ \t][^\n]{0,160}?(?<=[ \t])(?:-u|--user)[ \t=]{0,4}["']?(?<user>[^\s:"']{1,64}):(?<password>[^\s"']{2,128})|wget[ \t][^\n]{0,160}?--password=(?<password_2>[^\s"']{2,128})`,
    ),
  },
  {
    id: 'url-credentials',
    on: [SHAPES.url],
    pattern: sticky(
      String.raw`[a-z0-9]{1,16}:\/\/(?:(?<token>(?=[^\s/:@]{0,255}\d)[\w-]{20,255})|(?<user>[^\s/:@"'<>?#]{1,128}))(?::(?<password>[^\s@/"'<>]{1,256}))?@(?<host>${HOST})?`,
      'i',
    ),
  },
  {
    id: 'password-hash',
    on: [SHAPES.crypt],
    pattern: sticky(
      String.raw`(?<=\$)(?:1|2[abxy]?|5|6|7|y|gy|md5|sha1|argon2\w{1,2})\$(?<password>[./A-Za-z0-9$=,+-]{16,256})`,
    ),
  },

  {
    id: 'wifi-name',
    on: ['ssid', 'essid'],
    pattern: sticky(
      [
        String.raw`e?ssid[ \t]{0,8}\d{0,3}[ \t]{0,40}[:=]?[ \t]{0,20}\\{0,3}"(?<ssid>[^"\\\n]{1,64})\\{0,3}"`,
        String.raw`e?ssid${SEPARATOR}\\{0,3}"(?<ssid_8>[^"\\\n]{1,64})\\{0,3}"`,
        String.raw`e?ssid[ \t]{0,8}[:=]?[ \t]{0,20}'(?<ssid_2>[^'\n]{1,64})'`,
        String.raw`ssid[ \t]{1,8}(?<ssid_3>[^\s"'][^\n"']{0,62}?)(?=[ \t]{1,8}channel[ \t]{1,8}\d)`,
        String.raw`ssid(?:[ \t]\d{1,3})?[ \t]{0,40}:[ \t]{1,20}(?<ssid_4>[^\s"'][^\n"']{0,62}?)[ \t]{0,20}(?=\n|$)`,
        String.raw`ssid[ \t]{1,4}(?<ssid_5>[^\s"':=]{1,64})(?=[ \t]{1,4}(?:DHCP|SYNCDHCP|WPA|mode|wepmode|weptxkey|wepkey|bssid|up|inet)\b|["'])`,
        String.raw`ssid=(?<ssid_6>[^\s"',;]{1,64})`,
        String.raw`<ssid>(?<ssid_7>[^<\n]{1,64})`,
      ].join('|'),
      'i',
    ),
    accept: (_, { groups }) =>
      !/^(?:any|off|hidden|associated|channel|bssid|broadcast)$/i.test(Object.values(groups!).find(Boolean) ?? ''),
  },
  {
    id: 'wifi-profile',
    on: ['profile', 'name'],
    pattern: sticky(
      String.raw`(?:All User|Current User) Profile[ \t]{1,20}:[ \t](?<ssid>\S[^\n]{0,62})|(?<=<SSID>\s{0,40}<hex>[0-9A-Fa-f]{2,64}<\/hex>\s{0,40}<)name>(?<ssid_2>[^<\n]{1,64})`,
      'i',
    ),
  },

  {
    id: 'product-key',
    wraps: true,
    on: [SHAPES.fiveDash],
    pattern: sticky(
      String.raw`(?<![\w-])(?<licence>[A-Z0-9]{5}(?:-[A-Z0-9]{5}){4}|\d{5}-\d{5}-\d{5}-[A-Z]{2}[A-Z0-9]{3})(?![\w-])`,
    ),
  },
  {
    id: 'licence-setting',
    on: [
      'license',
      'licence',
      'product',
      'activation',
      'registration',
      'licensekey',
      'licencekey',
      'productkey',
      'activationkey',
    ],
    pattern: sticky(
      String.raw`(?:licen[cs]e|product|activation|registration)[ _-]?(?:key|code|string|number|token)${SEPARATOR}${valueOf('licence', 4)}`,
      'i',
    ),
  },
  {
    id: 'licence-signature',
    on: ['sign', 'sign2'],
    pattern: sticky(String.raw`SIGN2?=[ \t]{0,4}"?(?<licence>[0-9A-F][0-9A-F ]{11,400}[0-9A-F])`),
  },
];

/** `passwd: files sss` of nsswitch.conf and its like */
const NSSWITCH = /^passwd:[ \t]+(?:files|compat|db|nis|sss|systemd|ldap|winbind|cache)\b/;
