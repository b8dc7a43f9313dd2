import type { Post } from './content/post.ts';
import { createDrawing, type TextOptions } from './text.ts';

/** A comment is wrapped at 80 columns where it is shown: what fits in 78 stays as it is. */
const WIDTH = 78;
const OPTIONS: TextOptions = { width: WIDTH, color: false, unicode: false, verbose: false };

/** A post as plain ASCII text. Only commands may be longer than the width. */
export function drawPlain(post: Post, note: string): string {
  const draw = createDrawing(OPTIONS);
  const parts = [
    [...draw.blocks([{ type: 'paragraph', text: post.title }], WIDTH)],
    draw.blocks(post.verdict, WIDTH),
    draw.block(post.identity, WIDTH),
    draw.stages(post.stages, WIDTH),
    ...post.parts.map(({ section }) => draw.section(section, WIDTH)),
    draw.blocks(
      [
        { type: 'paragraph', text: note },
        { type: 'paragraph', text: post.footer },
      ],
      WIDTH,
    ),
  ];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}
