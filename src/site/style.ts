/** What the pages of the site have beyond the theme. One sheet for all, so that they look alike. */
export const STYLE = `
.top { padding-top: .8rem; }
.places { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; align-items: baseline; margin-bottom: 1.2rem; padding-bottom: .6rem; border-bottom: 1px solid var(--line); font-size: .9rem; }
.places ul { display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; margin: 0; padding: 0; list-style: none; } .places li { margin: 0; }
.places a { display: inline-block; padding: .25rem 0; text-decoration: none; } .places a:hover { text-decoration: underline; }
.places [aria-current] { color: var(--text); font-weight: 600; box-shadow: 0 2px var(--focus); }
.places .brand { color: var(--text); font-weight: 700; margin-right: auto; }
.above { margin-bottom: .25rem; font-size: .9rem; }
.top h1 { font-size: 1.7rem; overflow-wrap: anywhere; }
.lead { max-width: 48rem; font-size: 1.05rem; }
.counts { display: flex; flex-wrap: wrap; gap: .35rem .4rem; align-items: center; font-size: .9rem; } .counts a { margin-left: .5rem; }
html { scroll-padding-top: 3.5rem; }
main { outline: 0; } main > * + * { margin-top: 1.75rem; }
.about { margin: 1rem 0 1.75rem; } .about > p { margin: .75rem 0 0; max-width: 48rem; }
footer { margin-top: 2.5rem; padding-bottom: 2rem; font-size: .85rem; }
small { font-size: .85em; color: var(--faint); font-weight: 400; }
a.chip { text-decoration: underline; text-decoration-color: transparent; } a.chip:hover, a.chip:focus-visible { text-decoration-color: currentColor; }
h2 { overflow-wrap: anywhere; }
.filters, .choices { display: grid; gap: .6rem .8rem; } .filters { margin-top: .5rem; } .choices { grid-template-columns: repeat(6, minmax(0, 1fr)); }
.filters p { margin: 0; min-width: 0; } .filters label { display: block; font-size: .85rem; font-weight: 600; } .more { margin: 0; min-width: 0; } .more > summary { display: none; }
.filters input, .filters select, .filters button { min-height: 2.25rem; font: inherit; font-size: 1rem; color: var(--text); background: var(--page); border: 1px solid var(--edge); border-radius: 6px; padding: .2rem .6rem; }
.filters select { text-overflow: ellipsis; } .filters input, .filters select { width: 100%; } .filters button { cursor: pointer; background: var(--sunk); }
.filters .told { display: flex; flex-wrap: wrap; gap: .3rem 1.2rem; align-items: center; } #told { margin-right: auto; font-weight: 600; }
main > .filters + .matrix { margin-top: 1rem; }
.matrix { width: 100%; table-layout: fixed; overflow-wrap: anywhere; }
.matrix thead th:nth-child(1) { width: 17%; } .matrix thead th:nth-child(2) { width: 22%; } .matrix thead th:nth-child(3) { width: 17%; }
.matrix thead th { position: sticky; top: 0; z-index: 1; background: var(--page); padding-left: .6rem; box-shadow: inset 0 -1px var(--edge); }
.matrix td { padding: .35rem .6rem; line-height: 1.4; }
.matrix tbody th { padding: .9rem .6rem .3rem; color: var(--text); font-size: 1rem; border-bottom-color: var(--edge); }
.matrix tbody th small { margin-left: .4rem; white-space: normal; } .matrix tbody tr:hover > td { background: var(--sunk); }
.matrix td > .chip { margin-right: .35rem; } @media screen and (min-width: 60rem) { .matrix td > .chip { min-width: 9.5rem; text-align: center; } } .matrix td > p, .matrix td > ul { margin: .3rem 0 0; } .matrix tr:target > td { background: var(--warn-soft); }
.chip { overflow-wrap: anywhere; max-width: 100%; } .behind { font-size: .9em; }
.id { overflow-wrap: anywhere; font-variant-ligatures: none; }
[hidden] { display: none; }
.fields { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(14rem, 100%), 1fr)); gap: .5rem 1.5rem; margin-bottom: 0; }
.fields > div { min-width: 0; overflow-wrap: anywhere; } .fields dt { color: var(--faint); font-size: .85rem; }
.terms > div { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: .2rem 1rem; padding: .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); gap: 1rem; align-items: start; } .pair .fields { grid-template-columns: repeat(auto-fill, minmax(min(10rem, 100%), 1fr)); } .fields > :has(a, code) { grid-column: 1 / -1; }
.reports { padding: 0; list-style: none; } .reports > li { margin-bottom: .75rem; overflow-wrap: anywhere; } .reports p, .reports ul { margin-bottom: .4rem; } .reports > li > :last-child { margin-bottom: 0; }
.reports h3 .chip { margin-left: .3rem; } h2 .faint { font-weight: 400; font-size: .9rem; }
.changes { padding: 0; list-style: none; } .changes > li { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .2rem 1rem; padding: .5rem 0; margin: 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.changes p { margin: 0; } .changes time { color: var(--faint); font-variant-numeric: tabular-nums; } .changes .faint { font-size: .9rem; }
details { margin-bottom: .75rem; } summary { overflow-wrap: anywhere; } details > pre { margin-top: .4rem; font-size: .8rem; }
@media screen and (max-width: 60rem) { .choices { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
@media screen and (max-width: 40rem) {
  .top h1 { font-size: 1.4rem; } .lead { font-size: 1rem; } .panel { padding: .8rem; }
  .choices { grid-template-columns: repeat(2, minmax(0, 1fr)); } .more > summary { display: list-item; padding: .2rem 0; font-weight: 600; }
  .places { font-size: .85rem; } .places ul { gap: .2rem .8rem; }
  .about .fields { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .matrix { font-size: .82rem; } .matrix td, .matrix th, .matrix thead th, .matrix tbody th { padding-left: .2rem; padding-right: .2rem; }
  .matrix thead th:nth-child(1) { width: 21%; } .matrix thead th:nth-child(2) { width: 21%; } .matrix thead th:nth-child(3) { width: 20%; }
  .matrix thead th { font-size: .8rem; }
  .chip { border-radius: .7rem; line-height: 1.35; } .filters .told { font-size: .85rem; gap: .3rem .6rem; } .filters button { font-size: inherit; } #told { flex-basis: 100%; }
  .matrix td > small { display: block; } .lead { margin-bottom: .6rem; }
  .terms > div, .changes > li { grid-template-columns: minmax(0, 1fr); }
}
@media print {
  .places ul, .above, .filters { display: none; } .places { margin-bottom: .5rem; padding-bottom: .2rem; }
  main > * + * { margin-top: .9rem; } footer { margin-top: 1rem; padding: 0; }
  .matrix thead th { position: static; } .matrix td { padding: .12rem .4rem; } .matrix tbody th { padding: .5rem .4rem .12rem; break-after: avoid; }
  .pair { grid-template-columns: 1fr 1fr; } .reports > li { break-inside: avoid; }
}
`;
