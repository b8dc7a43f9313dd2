/**
 * A report as a post: shaped for where it goes and no longer than that place takes.
 *
 * - GitHub: comments of at most 65,536 characters (its API answers "Body is too long" above); `<details>` folds.
 * - Bugzilla: MAX_COMMENT_LENGTH is 65,535 and COMMENT_COLS 80 (Bugzilla/Constants.pm); plain text, and ASCII, because a
 *   database with three-byte UTF-8 refuses what lies above.
 * - Forum: forums.freebsd.org runs XenForo, which takes 10,000 characters unless its owner allows more (option
 *   messageMaxLength); what that forum allows is not published, so this is assumed. `[SPOILER]` folds.
 */
import type { PostPlace } from '../model/post.ts';
import type { Report } from '../model/report.ts';
import { drawBbcode } from './bbcode.ts';
import { type Post, type PostPart, postOf } from './content/post.ts';
import { drawGithub } from './markdown-github.ts';
import { drawPlain } from './plain.ts';
import { enumerate } from './words.ts';

export interface PostOptions {
  place: PostPlace;
  /** characters (UTF-16 units, so never too few); left out: what the place takes */
  limit?: number | undefined;
  /** private values were replaced before the report was made */
  redacted: boolean;
}

interface Shape {
  limit: number;
  draw: (post: Post, note: string) => string;
}

const PLACES: Record<PostPlace, Shape> = {
  github: { limit: 65_536, draw: drawGithub },
  bugzilla: { limit: 65_535, draw: drawPlain },
  forum: { limit: 10_000, draw: drawBbcode },
};

/** Draws a post and leaves out its least important parts until it fits; says which. */
export function renderPost(report: Report, { place, limit = PLACES[place].limit, redacted }: PostOptions): string {
  const { draw } = PLACES[place];
  const post = postOf(report);
  const leaving = post.parts.toSorted((a, b) => a.importance - b.importance);
  for (let left = 0; ; left += 1) {
    const out = leaving.slice(0, left);
    const parts = post.parts.filter((part) => !out.includes(part));
    const text = draw({ ...post, parts }, noteOf(out, { limit, redacted }));
    if (text.length <= limit) return text;
    if (left === leaving.length) return cut(text, limit);
  }
}

function noteOf(out: readonly PostPart[], { limit, redacted }: { limit: number; redacted: boolean }): string {
  const titles = [...new Set(out.map(({ section }) => section.title))];
  const privacy = redacted
    ? 'Private values were replaced where gpudiag knows their form.'
    : 'Private values were not replaced.';
  if (titles.length === 0) return privacy;
  return `${privacy} Left out to stay within ${limit} characters: ${enumerate(titles)}.`;
}

/** Only a head of hostile text alone is still too long; it holds no block that would have to be closed. */
const cut = (text: string, limit: number): string => `${text.slice(0, limit - 4).replace(/[\ud800-\udbff]$/, '')}...\n`;
