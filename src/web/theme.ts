/**
 * How every page looks: system fonts, light and dark as the reader's system is, paper. Colours are named by what they
 * say; each text colour has a contrast of at least 4.5 to 1 on `--page`, on `--surface` and on its own soft ground.
 */
export const THEME = `
:root {
  color-scheme: light dark;
  --page: #f6f7f8; --surface: #ffffff; --sunk: #eff1f3; --line: #d5d9de; --edge: #767f8a;
  --text: #1a1e23; --faint: #545d68; --link: #0a5aa8; --focus: #0a5aa8;
  --good: #17692f; --good-soft: #e0f2e4; --bad: #b3202a; --bad-soft: #fce5e5; --warn: #7a4a00; --warn-soft: #fbefd5;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, "Noto Sans Mono", "DejaVu Sans Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #121519; --surface: #1a1e24; --sunk: #232930; --line: #363d46; --edge: #8b95a1;
    --text: #e7eaed; --faint: #a7b0bb; --link: #82bcff; --focus: #82bcff;
    --good: #6dcf83; --good-soft: #16321f; --bad: #ff8f8f; --bad-soft: #431d20; --warn: #e8b84e; --warn-soft: #382b10;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.5 var(--sans); overflow-wrap: break-word; }
h1, h2, h3, h4 { margin: 0 0 .5rem; line-height: 1.25; text-wrap: balance; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; } h3 { font-size: 1rem; } h4 { font-size: .95rem; }
p, ul, ol, dl, pre, table, figure { margin: 0 0 .75rem; }
ul, ol { padding-left: 1.4rem; } li { margin-bottom: .3rem; }
dd { margin: 0; } dt { font-weight: 600; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 2px; }
code, pre { font-family: var(--mono); font-size: .875em; direction: ltr; unicode-bidi: isolate; }
code { overflow-wrap: anywhere; }
pre { padding: .6rem .75rem; background: var(--sunk); border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 8; }
pre code { font-size: inherit; }
table { border-collapse: collapse; font-size: .9rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem; }
th, td { padding: .3rem .75rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; }
.right { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; max-width: 100%; margin-bottom: .75rem; } .scroll > table { margin: 0; }
.wrap { max-width: 70rem; margin: 0 auto; padding: 0 1rem; }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.1rem; }
.faint { color: var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); } .warn { color: var(--warn); }
.chip { display: inline-block; padding: .05rem .5rem; border-radius: 1rem; font-size: .8rem; font-weight: 600; background: var(--sunk); color: var(--faint); }
.chip.good { background: var(--good-soft); color: var(--good); }
.chip.bad { background: var(--bad-soft); color: var(--bad); }
.chip.warn { background: var(--warn-soft); color: var(--warn); }
.unseen { padding: 0 .2em; border-radius: 3px; background: var(--warn-soft); color: var(--warn); font-size: .85em; }
summary { cursor: pointer; }
.visually-hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: .5rem; top: -4rem; padding: .4rem .8rem; background: var(--surface); border: 1px solid var(--edge); border-radius: 6px; z-index: 1; }
.skip:focus { top: .5rem; }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print {
  @page { margin: 10mm 12mm; }
  :root { --page: #fff; --sunk: #f1f2f3; }
  html { font-size: 11px; }
  body { line-height: 1.35; }
  .wrap { max-width: none; padding: 0; }
  .skip, .screen-only { display: none; }
  .panel { padding: .5rem .7rem; break-inside: avoid; }
  h1, h2, h3, h4, summary { break-after: avoid; }
  pre, tr, li { break-inside: avoid; }
  a { color: inherit; text-decoration: none; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;
