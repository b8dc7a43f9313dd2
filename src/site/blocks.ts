import { type Content, html, type Html } from '../web/html.ts';

/** Pairs of a name and what is told; those of which nothing is told are left out. */
export const fields = (items: readonly (readonly [label: string, content: Content])[]): Html => {
  const told = items.filter(
    ([, content]) => content !== undefined && content !== null && content !== false && content !== '',
  );
  return html`<dl class="fields">${told.map(([label, content]) => html`<div><dt>${label}</dt><dd>${content}</dd></div>\n`)}</dl>`;
};

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `256 MiB`; with two decimals where it is not even */
export function bytes(count: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(count) / 10)));
  return `${Number((count / 1024 ** power).toFixed(2))} ${UNITS[power]}`;
}
