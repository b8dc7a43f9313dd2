import { createHash } from 'node:crypto';

/** Who a patch is from, as git writes it. */
export interface Author {
  name: string;
  /** an address that does not exist when the author gave none */
  email: string;
}

export interface PatchInput {
  author: Author;
  date: Date;
  subject: string;
  /** ends with a newline */
  message: string;
  /** new files: text that ends with a newline, paths in plain ASCII, sorted */
  files: readonly { path: string; text: string }[];
  version: string;
}

/** git-format-patch(1) writes this date for every patch; git am takes it as the mark of one. */
const MAGIC = 'Mon Sep 17 00:00:00 2001';
const NO_COMMIT = '0'.repeat(40);
const GRAPH_WIDTH = 40;

/** A mail that `git am` applies, in the form of git-format-patch(1): new files only. The same input gives the same bytes. */
export function formatPatch({ author, date, subject, message, files, version }: PatchInput): string {
  const lines = files.map(({ text }) => linesOf(text).length);
  const widest = Math.max(...files.map(({ path }) => path.length));
  const most = Math.max(...lines);
  const digits = String(most).length;
  const total = lines.reduce((sum, count) => sum + count, 0);
  return [
    `From ${NO_COMMIT} ${MAGIC}`,
    `From: ${encodeName(author.name)} <${author.email}>`,
    `Date: ${mailDate(date)}`,
    `Subject: [PATCH] ${subject}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    message.trimEnd(),
    '---',
    ...files.map(
      ({ path }, i) => ` ${path.padEnd(widest)} | ${String(lines[i]).padStart(digits)} ${bar(lines[i]!, most)}`,
    ),
    ` ${count(files.length, 'file')} changed, ${count(total, 'insertion')}(+)`,
    ...files.map(({ path }) => ` create mode 100644 ${path}`),
    '',
    ...files.flatMap(({ path, text }) => diffOf(path, text)),
    '-- ',
    `gpudiag ${version}`,
    '',
    '',
  ].join('\n');
}

function diffOf(path: string, text: string): string[] {
  const lines = linesOf(text);
  return [
    `diff --git a/${path} b/${path}`,
    'new file mode 100644',
    `index ${'0'.repeat(40)}..${blobId(text)}`,
    '--- /dev/null',
    `+++ b/${path}`,
    `@@ -0,0 +1${lines.length === 1 ? '' : `,${lines.length}`} @@`,
    ...lines.map((line) => `+${line}`),
  ];
}

const linesOf = (text: string): string[] => text.replace(/\n$/, '').split('\n');

/** The name git gives a file's content. */
const blobId = (text: string): string =>
  createHash('sha1')
    .update(`blob ${Buffer.byteLength(text)}\0${text}`)
    .digest('hex');

const bar = (lines: number, most: number): string =>
  '+'.repeat(most <= GRAPH_WIDTH ? lines : Math.max(1, Math.round((lines * GRAPH_WIDTH) / most)));

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** RFC 5322, in UTC: `Fri, 20 Nov 2026 12:00:00 +0000` */
const mailDate = (date: Date): string =>
  `${DAYS[date.getUTCDay()]!}, ${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]!} ${date.getUTCFullYear()} ` +
  `${date.toISOString().slice(11, 19)} +0000`;

/** RFC 2047 where a name is not ASCII; a quoted string where mail gives one of its signs a meaning. */
function encodeName(name: string): string {
  if (/[^\x20-\x7e]/.test(name)) return `=?UTF-8?B?${Buffer.from(name).toString('base64')}?=`;
  return /^[\w '+-]+$/.test(name) ? name : `"${name.replace(/["\\]/g, '')}"`;
}
