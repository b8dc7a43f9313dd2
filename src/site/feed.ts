import { createHash } from 'node:crypto';
import { html, type Html } from '../web/html.ts';
import type { Change, ChangeLog } from './change-log.ts';
import { KIND_WORDS } from './changes-page.ts';

/** Changes told at once: readers fetch the feed anew every hour or so. */
const TOLD = 60;

/** The name of the feed for ever, wherever a copy of it stands. */
const FEED_ID = uuidUrn('gpudiag matrix: changes');

/** What is new as an Atom feed (RFC 4287). `address` is where the site stands; without it links are relative to the feed. */
export function atomFeed({ changes }: ChangeLog, address: string, has: (page: string) => boolean): string {
  const told = changes.slice(0, TOLD);
  const updated =
    told
      .map(({ date }) => instant(date))
      .sort()
      .at(-1) ?? instant('1970');
  return html`<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<id>${FEED_ID}</id>
<title>Changes in the bhyve GPU matrix</title>
<subtitle>Which graphics cards work in FreeBSD bhyve: new reports and changed verdicts</subtitle>
<updated>${updated}</updated>
<author><name>gpudiag</name></author>
${address !== '' && html`<link rel="self" type="application/atom+xml" href="${address}feed.xml"/>\n`}<link rel="alternate" type="text/html" href="${address}changes.html"/>
${told.map((change) => entry(change, address, has))}</feed>
`.toString();
}

function entry(change: Change, address: string, has: (page: string) => boolean): Html {
  const { date, kind, title, text, page } = change;
  return html`<entry>
<id>${uuidUrn(JSON.stringify([date, kind, title, text, page]))}</id>
<title>${xml(`${KIND_WORDS[kind]}: ${title}`)}</title>
<updated>${instant(date)}</updated>
<link rel="alternate" type="text/html" href="${address}${has(page) ? page : 'changes.html'}"/>
<category term="${kind}"/>
<summary>${xml(text)}</summary>
</entry>
`;
}

/** XML has no place for these two, not even by number; other control characters `html` takes away. */
const xml = (text: string): string => text.replace(/[\ufffe\uffff]/g, ' ');

/** The beginning of the day, month or year. */
const instant = (date: string): string => `${date}${'-01-01'.slice(date.length - 4)}T00:00:00Z`;

/** A name-based UUID (RFC 9562, version 8) of the SHA-256 of a text, as a URN. */
function uuidUrn(name: string): string {
  const hex = [...createHash('sha256').update(name).digest('hex').slice(0, 32)];
  hex[12] = '8';
  hex[16] = '89ab'[Number.parseInt(hex[16]!, 16) & 3]!;
  return `urn:uuid:${hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`;
}
