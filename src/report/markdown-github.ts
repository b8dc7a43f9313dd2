import type { Post, PostPart } from './content/post.ts';
import { drawBlocks } from './markdown.ts';
import { inline } from './markdown-escape.ts';

/** A post in GitHub's Markdown. What a reader may skip is folded with `<details>`, the only HTML in it. */
export function drawGithub(post: Post, note: string): string {
  const parts = [
    `## ${inline(post.title)}`,
    drawBlocks(post.verdict),
    drawBlocks([post.identity]),
    drawBlocks([post.stages]),
    ...post.parts.map(drawPart),
    `<sub>${inline(note)} ${inline(post.footer)}</sub>`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** GitHub reads Markdown inside `<details>` only after an empty line; a summary is read as HTML, so it gets plain words. */
function drawPart({ section: { title, blocks }, folded }: PostPart): string {
  const body = drawBlocks(blocks);
  return folded
    ? `<details>\n<summary>${inline(title)}</summary>\n\n${body}\n\n</details>`
    : `### ${inline(title)}\n\n${body}`;
}
