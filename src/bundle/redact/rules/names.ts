import { isBuildCluster, isVocabulary } from '../vocabulary.ts';
import { SHAPES } from '../words.ts';
import { type BlockRule, HOST, type RedactionRule, SEPARATOR, sticky, USER } from './rule.ts';

const BLANK = 32;
const MONTH = '(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)';
const TIME = String.raw`\d\d:\d\d:\d\d(?:[.,]\d{1,9})?`;
const ZONE = String.raw`(?:Z|[+-]\d\d:?\d\d)?(?: [A-Z]{3,5})?`;
/** `kernel:`, `sshd[812]:`, `systemd-udevd[3]:` after a host name */
const TAG = String.raw` (?:[\w./()-]{1,48}(?:\[\d{1,8}\])?:(?:\s|$)|last message repeated )`;

/**
 * The host name of syslog lines: behind the time and before the tag. Stands on every line of a log, so it is done without
 * making any object. A word of the message itself (`... 12:01 starting bhyve: ...`) is taken for a host only before a tag
 * that is sure to be one.
 */
function syslogRule(id: string, on: readonly string[], time: string): BlockRule {
  const stamp = new RegExp(`${time} `, 'y');
  const name = new RegExp(HOST, 'y');
  const tag = new RegExp(TAG, 'y');
  const sureTag = /(?: kernel| [\w./()-]{1,48}\[\d{1,8}\]):/y;
  const ends = (expression: RegExp, text: string, from: number): number => {
    expression.lastIndex = from;
    return expression.test(text) ? expression.lastIndex : -1;
  };
  /** the name on the line before, which is mostly the name on this line */
  let latest = { name: '', isWord: false };
  return {
    id,
    on,
    find(text, word, _, emit) {
      const start = ends(stamp, text, word);
      if (start === -1) return;
      let end = start + latest.name.length;
      if (latest.name === '' || text.charCodeAt(end) !== BLANK || !text.startsWith(latest.name, start)) {
        end = ends(name, text, start);
        if (end === -1) return;
        const found = text.slice(start, end);
        latest = { name: found, isWord: isVocabulary(found.toLowerCase()) };
      }
      if (ends(tag, text, end) === -1 || (latest.isWord && ends(sureTag, text, end) === -1)) return;
      emit(start, end, 'host');
    },
  };
}

/** `pci0` in `vgapci0@pci0:1:0:0` is no host, nor are unit addresses of a device tree (`serial@21f0000`). */
const NO_HOST = String.raw`(?!pci\d*(?:[:\s]|$)|[0-9a-f]{5,16}\b(?![.-]))`;

const COMMANDS =
  'acpidump|bhyve|bhyvectl|bhyveload|cat|cbsd|cd|cp|devctl|dkms|dmesg|dmidecode|doas|echo|exit|find|freebsd-update|freebsd-version|grep|ifconfig|journalctl|kenv|kldload|kldstat|kldunload|less|ls|lsmod|lspci|make|modinfo|modprobe|mokutil|nano|nvidia-\\w+|pciconf|pkg|ps|reboot|rm|service|shutdown|ssh|su|sudo|sysctl|sysrc|tail|top|uname|vi|vim|virsh|vm|zfs|zpool';

/** Host and user names: prompts, logs, system information, paths. */
export const NAME_RULES: readonly RedactionRule[] = [
  {
    id: 'prompt',
    on: [SHAPES.at],
    at: 'line',
    pattern: sticky(
      String.raw`[ \t>|]{0,12}(?:\([\w.-]{1,40}\)[ \t]?)?\[?(?<user>${USER})@${NO_HOST}(?<host>${HOST})(?:[: ][^#$%>\n]{0,120})?\]?[ \t]{0,2}[#$%>](?=\s|$)`,
    ),
  },
  {
    id: 'prompt-kali',
    on: [SHAPES.at],
    at: 'line',
    pattern: sticky(String.raw`[^\w\n]{0,12}(?<user>${USER})\u327f(?<host>${HOST})\)`),
  },
  {
    id: 'prompt-host',
    on: [SHAPES.prompt],
    at: 'line',
    pattern: sticky(
      String.raw`[ \t>|]{0,12}(?<host>[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,62}){0,4})(?::[~/][^\s#$%]{0,120}[ ]?[#$%](?=\s|$)|[#$%][ ](?=(?:${COMMANDS})(?:\s|$)))`,
    ),
    notWords: true,
  },
  {
    id: 'prompt-powershell',
    on: ['computername', 'pscomputername', 'clientname', 'userdomain', 'csname'],
    pattern: sticky(
      String.raw`(?:COMPUTERNAME|PSComputerName|CLIENTNAME|USERDOMAIN|CSName)${SEPARATOR}"?(?<host>${HOST})`,
      'i',
    ),
  },
  syslogRule(
    'syslog',
    'jan feb mar apr may jun jul aug sep oct nov dec'.split(' '),
    String.raw`${MONTH} [ \d]\d ${TIME}(?: <[\w.]{1,24}>)?`,
  ),
  syslogRule('syslog-iso', [SHAPES.yearDash], String.raw`\d{4}-\d\d-\d\d[T ]${TIME}${ZONE}`),
  {
    id: 'journal-monotonic',
    on: ['kernel'],
    at: 'line',
    pattern: sticky(String.raw`(?:<\d{1,3}>)?\[[ ]{0,8}\d{1,8}\.\d{6}\] (?<host>${HOST}) kernel:`),
  },
  {
    id: 'syslog-rfc5424',
    on: [SHAPES.yearDash],
    at: 'line',
    pattern: sticky(String.raw`<\d{1,3}>1 \d{4}-\d\d-\d\dT${TIME}(?:Z|[+-]\d\d:\d\d) (?<host>${HOST}) [\w.-]`),
  },
  {
    id: 'uname',
    on: ['freebsd', 'linux', 'netbsd', 'openbsd', 'darwin', 'dragonfly', 'midnightbsd'],
    pattern: sticky(
      String.raw`(?:FreeBSD|Linux|NetBSD|OpenBSD|Darwin|DragonFly|MidnightBSD) (?<host>${HOST}) (?=\d{1,2}\.\d{1,3}[.-]\S{1,60}(?:\s|$))`,
    ),
    accept: (text, { index, 0: found, groups }) =>
      !isVocabulary(groups!.host!.toLowerCase()) ||
      /^\S{1,64} (?:#\d|FreeBSD )/.test(text.slice(index + found.length, index + found.length + 80)),
  },
  {
    id: 'kernel-builder',
    on: [SHAPES.at],
    at: 'line',
    // `root@host:/usr/obj/...` of FreeBSD, `Linux version 6.8.12 (user@host) (gcc ...)` of Linux
    pattern: sticky(
      String.raw`[^\n@]{0,300}?(?<![\w.-])(?<user>${USER})@${NO_HOST}(?<host>${HOST})(?::/(?:usr/)?(?:obj|src|home|build)\b|\) \()`,
    ),
    accept: (_, { groups }) => !isBuildCluster(groups!.user!, groups!.host!),
  },
  {
    id: 'ssh-target',
    on: ['ssh', 'scp', 'sftp', 'rsync', 'mosh'],
    pattern: sticky(
      String.raw`(?:ssh|scp|sftp|rsync|mosh)[ \t](?:[^\n@]{0,200}?[ \t/])?(?<user>${USER})@${NO_HOST}(?<host>${HOST})`,
    ),
  },
  {
    id: 'hostname-setting',
    on: ['hostname', 'nodename', 'host', 'computer'],
    // Behind a colon the name must be all there is: `hostname: lookup failed` is a message.
    pattern: sticky(
      String.raw`(?:hostname|nodename|host[ _.-]name|computer[ _]?name)(?:${SEPARATOR}\\{0,3}["'<](?<host>${HOST})|=(?<host_2>${HOST})|>(?<host_4>${HOST})(?=<)|[ \t]{0,60}:[ \t]{0,60}(?<host_3>${HOST})\.?[ \t]{0,20}(?=[\n,;}]|$))`,
      'i',
    ),
  },
  {
    id: 'hostname-set',
    on: ['hostname'],
    pattern: sticky(
      String.raw`hostname(?: set)? to <(?<host>${HOST})>|(?<=\S[ \t]|\n|^)(?:host-name|hostname)[ \t]"(?<host_2>${HOST})"`,
      'i',
    ),
  },
  {
    id: 'login-banner',
    on: ['login'],
    at: 'line',
    pattern: sticky(String.raw`[ \t>|]{0,12}(?<host>[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,62}){0,4}) login:`),
    notWords: true,
  },
  {
    id: 'getty-banner',
    on: ['freebsd'],
    pattern: sticky(String.raw`FreeBSD/\w{3,10} \((?<host>${HOST})\) \(tty\w{1,6}\)`),
  },
  {
    id: 'kernel-ip-argument',
    on: ['ip'],
    pattern: sticky(String.raw`ip=[\d.]{0,15}:[\d.]{0,15}:[\d.]{0,15}:[\d.]{0,15}:(?<host>${HOST}):`),
  },
  {
    id: 'module-signer',
    on: ['signer', 'cert', 'cn'],
    pattern: sticky(
      String.raw`(?:signer:[ \t]{0,20}|cert '|CN ?= ?)(?<host>${HOST}) Secure Boot Module Signature`,
      'i',
    ),
    notWords: true,
  },
  {
    id: 'cloud-host-name',
    on: ['ip'],
    pattern: sticky(String.raw`(?<host>ip(?:-\d{1,3}){4}(?:\.[\w-]{1,62}){0,5})(?![\w-])`),
  },
  {
    id: 'resolver',
    on: ['search', 'domain'],
    at: 'line',
    pattern: sticky(
      String.raw`[ \t>|]{0,12}(?:search|domain)[ \t]{1,20}(?<domain>[A-Za-z0-9-]{1,62}(?:\.[A-Za-z0-9-]{1,62}){1,5})[ \t]{0,20}(?:\n|$)`,
    ),
  },
  {
    id: 'domain-name',
    on: ['domainname', 'domain'],
    pattern: sticky(
      String.raw`domain[ _.-]?name${SEPARATOR}\\{0,3}["']?(?<domain>[A-Za-z0-9-]{1,62}(?:\.[A-Za-z0-9-]{1,62}){1,5})`,
      'i',
    ),
  },

  {
    id: 'home-path',
    on: ['home'],
    pattern: sticky(String.raw`(?<=[\\/]|%2F)home(?:\/{1,2}|\\\/|%2F)(?<user>${USER})`, 'i'),
  },
  {
    id: 'users-path',
    on: ['users'],
    pattern: sticky(
      String.raw`(?<=[\\/]|%2F|%5C)Users(?:\/|\\{1,4}|%2F|%5C)(?<user>${USER}(?: [\w.\u00c0-\u024f-]{1,62}){1,3}(?=[\\/])|${USER})`,
      'i',
    ),
  },
  {
    id: 'tilde-path',
    on: [SHAPES.tilde],
    pattern: sticky(String.raw`(?<=[\s"'=:(]~)(?<user>${USER})(?=\/)`),
    notWords: true,
  },
  {
    id: 'mailbox-path',
    on: ['mail', 'tabs', 'media'],
    pattern: sticky(
      String.raw`(?<=\/var\/(?:spool\/)?)mail\/(?<user>${USER})|(?<=\/cron\/)tabs\/(?<user_2>${USER})|(?<=\/run\/)media\/(?<user_3>${USER})\/`,
    ),
  },
  {
    id: 'user-setting',
    on: ['user', 'username', 'logname'],
    pattern: sticky(
      [
        String.raw`(?:USER|LOGNAME|USERNAME|user)=["']?(?<user>${USER})`,
        String.raw`[Uu]ser(?:_?[Nn]ame)?\\{0,3}"[ \t]{0,8}:[ \t]{0,8}\\{0,3}"(?<user_2>${USER})`,
        String.raw`[Uu]ser[ _]?[Nn]ame[ \t]{0,40}[:=][ \t]{0,40}(?<user_3>${USER})(?=[\s"',;:&\\)\]]|$)`,
      ].join('|'),
    ),
    notWords: true,
  },
  {
    id: 'registered-owner',
    on: ['registered'],
    pattern: sticky(
      String.raw`Registered (?:Owner|Organization)[ \t]{0,40}:[ \t]{1,40}(?<user>\S[^\n]{0,80}\S)[ \t]{0,40}(?:\n|$)`,
    ),
    notWords: true,
  },
  {
    id: 'id-output',
    on: ['uid', 'gid', 'euid', 'egid'],
    pattern: sticky(String.raw`e?[ug]id=\d{1,10}\((?<user>${USER})\)`),
  },
  {
    id: 'account-log',
    on: ['sudo', 'doas', 'su', 'for', 'user', 'by'],
    pattern: sticky(
      [
        String.raw`sudo(?:\[\d{1,8}\])?:[ \t]{1,12}(?<user>${USER}) : (?:TTY|PWD|command)`,
        String.raw`su(?:\[\d{1,8}\])?: (?<user_2>${USER}) to (?<user_3>${USER}) on `,
        String.raw`for (?:invalid user |illegal user |user )?(?<user_4>${USER})(?:\(uid=\d{1,10}\))? (?:from [\d.:a-f]{3,45} port|by (?=[\w.-]{0,32}\(uid=))`,
        String.raw`user (?<user_5>${USER})(?:\(uid=\d{1,10}\))? (?:from [\d.:a-f]{3,45} port|by )`,
        String.raw`by (?<user_6>${USER})\(uid=\d`,
        String.raw`(?<=session (?:opened|closed) for )user (?<user_7>${USER})`,
      ].join('|'),
    ),
  },
  {
    id: 'passwd-line',
    on: ['nologin', 'sh', 'bash', 'zsh', 'csh', 'tcsh', 'fish', 'false'],
    at: 'line',
    pattern: sticky(
      String.raw`[ \t>|]{0,12}(?<user>${USER}):[^:\n]{0,120}:\d{1,10}:\d{1,10}:(?:[^:\n]{0,40}:\d{1,12}:\d{1,12}:)?(?:(?<user_2>[^:\n,]{3,80})[^:\n]{0,80})?:/`,
    ),
  },
  {
    id: 'file-owner',
    on: [
      'rw',
      'rwx',
      'rwxr',
      'drwx',
      'drwxr',
      'drwxrwxr',
      'drwxrwxrwx',
      'lrwxr',
      'lrwxrwxrwx',
      'rwxrwxr',
      'rwxrwxrwx',
      'crw',
      'brw',
      'srw',
      'srwx',
      'srwxrwxrwx',
      'r',
    ],
    at: 'line',
    pattern: sticky(
      String.raw`[^\n]{0,24}?[-dlbcsp][r-][w-][xsS-][r-][w-][xsS-][r-][w-][xtT-][+@.]?[ \t]{1,8}\d{1,8}[ \t]{1,8}(?<user>${USER})[ \t]{1,16}(?<user_2>${USER})[ \t]{1,16}[\d-]`,
    ),
  },
];
