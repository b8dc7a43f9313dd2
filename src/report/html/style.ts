/** What the theme does not know: the ladder, quotes, the picture and the excerpts. */
export const STYLE = `
.top { padding-top: .9rem; }
.brand { margin: 0 0 .25rem; color: var(--faint); font-size: .85rem; font-weight: 600; }
.top h1 { font-size: 1.7rem; margin-bottom: .35rem; }
.verdict { font-size: 1.1rem; max-width: 60rem; }
.strong { font-weight: 600; } p.good, p.strong { font-weight: 600; }
.verdict .strong { font-weight: 400; }
main > * + *, .rest > * + * { margin-top: 1.75rem; }
footer { margin-top: 2.5rem; padding-bottom: 2rem; font-size: .85rem; }
.fields { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(16rem, 100%), 1fr)); gap: .5rem 1.5rem; }
.fields dt { color: var(--faint); font-size: .85rem; } .fields > div { min-width: 0; }
main > .progress { margin-top: .5rem; padding: .8rem 1.1rem; } main > .pair { margin-top: 1rem; } .progress > p { margin-bottom: .4rem; }
.ladder { display: grid; grid-template-columns: repeat(11, minmax(0, 1fr)); list-style: none; padding: 0; margin: 0 0 .75rem; }
.ladder li { position: relative; display: flex; flex-direction: column; align-items: center; gap: .25rem; margin: 0; font-size: .85rem; }
.ladder li::before { content: ""; position: absolute; left: -50%; right: 50%; top: calc(.875rem - 1px); border-top: 2px solid var(--line); }
.ladder li:first-child::before { display: none; }
.ladder .passed::before { border-color: var(--good); }
.ladder .failed::before { border-color: var(--bad); }
.ladder svg { position: relative; z-index: 1; width: 1.75rem; height: 1.75rem; padding: .35rem; border-radius: 50%; fill: none; stroke: currentColor; stroke-width: 2.2; stroke-linecap: round; stroke-linejoin: round; background: var(--sunk); color: var(--faint); }
.ladder .passed svg { background: var(--good-soft); color: var(--good); }
.ladder .failed svg { background: var(--bad); color: var(--surface); }
.ladder .at-risk svg { background: var(--warn-soft); color: var(--warn); }
.ladder .failed { font-weight: 700; color: var(--bad); }
.ladder .unknown, .ladder .not-reached { color: var(--faint); }
.stages div { display: grid; grid-template-columns: 6.5rem minmax(0, 1fr); gap: .5rem; margin-top: .3rem; } .stages { margin: .5rem 0 0; font-size: .9rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem; align-items: start; }
.pair > * { min-width: 0; } .pair > :first-child:nth-last-child(n+2) { border-top: 3px solid var(--bad); } .pair > :nth-child(2) { border-top: 3px solid var(--good); }
.quotes { list-style: none; padding: 0; }
.quotes li { margin-bottom: .4rem; padding: .3rem .6rem; background: var(--sunk); border-radius: 4px; line-height: 1.4; }
.quotes code { display: block; white-space: pre-wrap; } .place { font: .8rem/1.4 var(--mono); overflow-wrap: anywhere; }
a.code { color: inherit; text-decoration-color: var(--edge); text-decoration-style: dotted; }
ol pre, ul pre { margin-bottom: .5rem; } li > p { margin-bottom: .3rem; } li + li { margin-top: .3rem; }
.cards { list-style: none; padding: 0; margin: 0; }
.card h2 .faint { font-weight: 400; font-size: .9rem; }
.space { display: grid; grid-template-columns: minmax(0, 27rem) minmax(0, 1fr); gap: 1.5rem; } .space figure { margin: 0; } .space + .space { margin-top: 1rem; }
.map { display: block; width: 100%; height: auto; margin-bottom: .5rem; font: 10px var(--sans); }
.map text { fill: var(--text); } .map .side { font-weight: 600; font-size: 11px; } .map .band, .map .end { fill: var(--faint); } .map .band { font-weight: 600; }
.map .name { font-weight: 600; } .map text.misfit { fill: var(--bad); } .map text.affected { fill: var(--warn); }
.map .window { fill: var(--sunk); stroke: var(--edge); stroke-width: 1; } .map .edge, .map .tick, .map .break { fill: none; stroke: var(--edge); stroke-width: 1; } .map .tick { stroke-width: .6; }
.map .bar { stroke: var(--surface); stroke-width: .5; } .map .fits { fill: var(--good); } .map .misfit { fill: var(--bad); } .map .affected { fill: var(--warn); }
.map text.fits { fill: var(--text); } .map .ribbon { opacity: .22; }
figcaption { font-size: .85rem; } figcaption p { margin-bottom: .3rem; } .key { white-space: nowrap; margin-right: .6rem; } .key::before { content: ""; display: inline-block; width: .7rem; height: .7rem; margin-right: .3rem; border-radius: 2px; background: var(--good); }
.key.misfit::before { background: var(--bad); } .key.affected::before { background: var(--warn); }
.tables > * + * { margin-top: 1.25rem; } td.right { white-space: nowrap; }
.excluded > ul, .excluded details ul { columns: 2 26rem; column-gap: 2rem; } .excluded li { break-inside: avoid; }
.excluded .quotes { columns: auto; } .excluded .quotes code { display: inline; }
.findings, .matches { list-style: none; padding: 0; } .findings > li { border-bottom: 1px solid var(--line); margin: 0; padding: .35rem 0; }
.findings details > :not(summary) { margin-left: 1rem; } .findings summary { overflow-wrap: anywhere; }
.findings > li:target { background: var(--warn-soft); }
.folded summary h2 { display: inline; } details { margin-bottom: .5rem; } details > summary + * { margin-top: .6rem; } .card > .pair + h3 { margin-top: 1rem; }
.file { font: 600 .9rem var(--mono); margin: 1rem 0 .35rem; overflow-wrap: anywhere; }
.lines { padding: .4rem 0; font-size: .8rem; line-height: 1.45; } .line { display: grid; grid-template-columns: 5ch minmax(0, 1fr); gap: 1ch; padding: 0 .6rem; }
.line .n { color: var(--faint); text-align: right; user-select: none; } .quoted { background: var(--warn-soft); } .quoted .n { color: var(--warn); }
.line:target { outline: 2px solid var(--focus); outline-offset: -2px; }
@media screen and (max-width: 50rem) {
  .top h1 { font-size: 1.35rem; } .verdict { font-size: 1rem; }
  .ladder { grid-template-columns: repeat(4, minmax(0, 1fr)); row-gap: .6rem; } .ladder li { font-size: .8rem; }
  .ladder li:nth-child(4n+1)::before { left: 0; } .ladder li:nth-child(4n)::after { content: ""; position: absolute; left: 50%; right: 0; top: calc(.875rem - 1px); border-top: 2px solid var(--line); } .ladder li.passed::after { border-color: var(--good); }
  .space { grid-template-columns: minmax(0, 1fr); } .panel { padding: .8rem; }
}
@media print {
  .top { padding-top: 0; } main > * + *, .rest > * + * { margin-top: .9rem; } footer { margin-top: 1rem; padding: 0; }
  .pair { grid-template-columns: 1fr 1fr; gap: .6rem; } .pair .panel { break-inside: auto; }
  .fields { grid-template-columns: 1fr 1fr 1fr; } .rest { columns: 2; column-gap: 1.5rem; } .excluded > ul { columns: 1; }
  .space { grid-template-columns: 17rem minmax(0, 1fr); } td, th { padding: .15rem .4rem .15rem 0; }
  .scroll { overflow: visible; } .tables table { font-size: .78rem; }
  .sources, .findings, .folded, section:has(> .findings), main details { display: none; }
  .ladder { grid-template-columns: repeat(11, minmax(0, 1fr)); }
  .tables > * { break-inside: avoid; }
  .matches li:nth-child(n+3) { display: none; }
}
`;
