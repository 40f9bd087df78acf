/** How a report looks: on a phone and wide, light, dark and in print. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #f6f7f9; --panel: #fff; --ink: #1a1d23; --soft: #565d6b; --line: #dde1e8; --track: #e6e9ef;
  --accent: #3b5bdb; --second: #a3550b; --good: #17693f; --bad: #a8202e; --doubt: #fff0d6; --doubt-ink: #6b4200;
  --heat-1: #eef2ff; --heat-2: #dbe4ff; --heat-3: #bac8ff; --heat-4: #748ffc; --heat-ink: #10131a;
  --wrong-1: #fff4e0; --wrong-2: #ffe3b3; --wrong-3: #ffc978; --wrong-ink: #2b1c00;
  --mono: ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14161a; --panel: #1d2026; --ink: #eceef2; --soft: #a7afbd; --line: #343a45; --track: #2b303a;
    --accent: #91a7ff; --second: #ffb86b; --good: #7bd8a8; --bad: #ff9aa2; --doubt: #4a3719; --doubt-ink: #ffdfa8;
    --heat-1: #20263a; --heat-2: #28335a; --heat-3: #33437f; --heat-4: #4659b0; --heat-ink: #eef1ff;
    --wrong-1: #2e2518; --wrong-2: #4a3719; --wrong-3: #6b4d17; --wrong-ink: #fff3dd;
  }
}
*, ::before, ::after { box-sizing: border-box; }
html { font: 16px/1.55 system-ui, sans-serif; background: var(--ground); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 64rem; padding: clamp(1.25rem, 4vw, 3rem) clamp(0.75rem, 3vw, 2rem) 4rem; overflow-wrap: break-word; }
h1, h2, h3, h4, p, dl, dd, ol, ul, figure, pre { margin: 0; }
header { margin: 0 0.25rem 1.75rem; }
h1 { font-size: clamp(1.6rem, 5vw, 2.25rem); line-height: 1.2; letter-spacing: -0.025em; text-wrap: balance; }
h2, h3, h4 { font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; line-height: 1.35; }
h2.over, h3.over { margin: 1rem 0.25rem 0; font-size: 0.9375rem; font-weight: 600; color: var(--soft); letter-spacing: 0; }
section > h2.over, h3.over { margin-bottom: 0.625rem; }
.kicker { font-size: 0.8125rem; color: var(--soft); margin-bottom: 0.25rem; }
.soft { color: var(--soft); font-size: 0.9375rem; }
a { color: var(--accent); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
main, .stack { display: grid; gap: 1rem; }
main > *, .stack > * { min-width: 0; }
.panel { padding: clamp(1rem, 3vw, 1.5rem); border: 1px solid var(--line); border-radius: 0.875rem; background: var(--panel); display: grid; gap: 0.875rem; }
.panel > * { min-width: 0; }
.verdict dl { display: grid; gap: 0.875rem; }
.verdict div { display: grid; gap: 0.125rem; }
.verdict dt { font-size: 0.8125rem; color: var(--soft); }
.verdict dd { max-width: 68ch; text-wrap: pretty; }
@media (min-width: 44rem) { .verdict div { grid-template-columns: 9rem 1fr; gap: 1rem; } .verdict dt { padding-top: 0.2rem; } }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.25rem, 1fr)); gap: 0.75rem; }
.tiles > div { padding: 0.875rem 1rem; border: 1px solid var(--line); border-radius: 0.875rem; background: var(--panel); }
.tiles dt { font-size: 0.8125rem; color: var(--soft); }
.tiles dd { font-size: 1.5rem; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; line-height: 1.3; }
.tiles small { display: block; font-size: 0.75rem; font-weight: 400; letter-spacing: 0; color: var(--soft); min-height: 1.3em; }
table { border-collapse: collapse; font-size: 0.875rem; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: 0.375rem; font-size: 0.8125rem; }
th, td { padding: 0.375rem 0.75rem 0.375rem 0; text-align: left; vertical-align: baseline; font-weight: 400; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--soft); font-size: 0.75rem; vertical-align: bottom; line-height: 1.3; }
tbody tr { border-top: 1px solid var(--line); }
tbody th { font-weight: 550; min-width: 5.5rem; }
caption, th[scope="row"], .index td, td bdi { overflow-wrap: anywhere; }
td.soft { font-size: inherit; }
th.number, td.number { text-align: right; white-space: nowrap; }
thead th.number { white-space: normal; }
.rivals tbody tr:first-child th, .rivals tbody tr:first-child td.number:not(.soft) { font-weight: 700; }
.rivals + .rivals { margin-top: 0.5rem; }
.wide { width: 11rem; min-width: 5rem; padding-left: 0.5rem; vertical-align: middle; }
.narrow { width: auto; }
.narrow th, .narrow td { padding-right: 2rem; }
.scrolling { overflow-x: auto; border-radius: 0.25rem; }
svg { display: block; width: 100%; height: auto; }
svg.chart { max-width: 30rem; font: 12px system-ui, sans-serif; }
svg.grid { max-width: 24rem; }
svg.bar { height: 1rem; width: 10rem; max-width: 100%; }
svg path, svg line { fill: none; stroke-linecap: round; stroke-linejoin: round; }
.axis text { fill: var(--soft); font-variant-numeric: tabular-nums; }
.rule { stroke: var(--line); stroke-width: 1; }
.base { stroke: var(--soft); stroke-width: 1; }
path.line { stroke: var(--accent); stroke-width: 2; }
path.second { stroke: var(--second); stroke-width: 2; stroke-dasharray: 5 4; }
path.faint { stroke: var(--accent); stroke-width: 1; opacity: 0.3; }
.mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 4; }
circle.dot { fill: var(--accent); fill-opacity: 0.55; stroke: var(--accent); stroke-width: 1; }
circle.best { fill: var(--panel); stroke: var(--accent); stroke-width: 2.5; }
text.note { fill: var(--ink); font-weight: 600; }
path.track { stroke: var(--track); stroke-width: 4; }
path.fill { stroke: var(--accent); stroke-width: 4; }
path.whisker { stroke: var(--ink); stroke-width: 1.25; stroke-linecap: butt; }
svg.grid .ground { fill: var(--ground); stroke: var(--line); }
svg.grid path.heat-1 { fill: var(--wrong-2); } svg.grid path.heat-2 { fill: var(--wrong-3); }
svg.grid path.heat-3 { fill: var(--second); } svg.grid path.heat-4 { fill: var(--bad); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: 1.5rem; align-items: start; }
.charts > * { min-width: 0; }
figcaption { margin-top: 0.5rem; font-size: 0.8125rem; color: var(--soft); max-width: 30rem; text-wrap: pretty; }
.matrix { width: auto; }
.matrix th, .matrix td { padding: 0.25rem; border: 1px solid var(--panel); }
.matrix td { min-width: 2.125rem; height: 2.125rem; text-align: center; vertical-align: middle; border-radius: 0.25rem; }
.matrix tr { border: 0; }
.matrix tbody th { min-width: 0; text-align: right; padding-right: 0.5rem; vertical-align: middle; max-width: 9rem; }
.matrix thead th { vertical-align: bottom; text-align: left; color: var(--ink); font-size: 0.8125rem; }
.matrix thead th + th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; padding: 0.5rem 0.25rem 0.25rem; max-height: 9rem; vertical-align: top; }
.matrix thead span { color: var(--soft); font-size: 0.75rem; white-space: nowrap; }
td.right { font-weight: 700; }
td.heat-1 { background: var(--heat-1); color: var(--heat-ink); } td.heat-2 { background: var(--heat-2); color: var(--heat-ink); }
td.heat-3 { background: var(--heat-3); color: var(--heat-ink); } td.heat-4 { background: var(--heat-4); color: var(--heat-ink); }
td.wrong-1 { background: var(--wrong-1); color: var(--wrong-ink); } td.wrong-2 { background: var(--wrong-2); color: var(--wrong-ink); }
td.wrong-3 { background: var(--wrong-3); color: var(--wrong-ink); }
.none { color: var(--soft); font-weight: 400; }
.mistakes { padding-left: 1.75rem; display: grid; gap: 0.875rem; }
.mistakes li::marker { color: var(--soft); font-size: 0.8125rem; font-variant-numeric: tabular-nums; }
.mistakes .text { max-width: 68ch; overflow-wrap: anywhere; }
.mistakes .soft { font-size: 0.8125rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
details.task[open] { padding-bottom: 1.5rem; }
.mistakes strong { color: var(--ink); font-weight: 600; }
.badge { display: inline-block; padding: 0.0625rem 0.5rem; border-radius: 1rem; font-size: 0.75rem; font-weight: 600; white-space: nowrap; border: 1px solid currentColor; }
.doubt { background: var(--doubt); color: var(--doubt-ink); }
.passed { color: var(--good); } .missed { color: var(--bad); } .unjudged { color: var(--soft); }
.warnings { padding: 0.75rem 1rem 0.75rem 2rem; border-radius: 0.5rem; background: var(--doubt); color: var(--doubt-ink); font-size: 0.875rem; }
.facts { font-size: 0.875rem; }
.facts > div { display: grid; gap: 0 1rem; padding: 0.375rem 0; border-top: 1px solid var(--line); }
.facts > div:first-child { border-top: 0; }
.facts dt { color: var(--soft); overflow-wrap: anywhere; }
dd { overflow-wrap: anywhere; }
dd.hash, pre { font-family: var(--mono); font-size: 0.8125rem; }
@media (min-width: 44rem) { .facts > div { grid-template-columns: 14rem 1fr; } }
.index td, .index th { padding-block: 0.625rem; vertical-align: top; }
.index { table-layout: fixed; }
.index thead th:first-child { width: 26%; } .index thead th:nth-child(2) { width: 24%; } .index thead th:last-child { width: 15%; }
.index small { display: block; font-size: 0.75rem; font-weight: 400; color: var(--soft); max-width: 30ch; line-height: 1.4; margin-top: 0.25rem; text-wrap: pretty; }
.index th small { max-width: 36ch; }
.index td .soft { font-size: 0.8125rem; }
.index svg { margin-top: 0.125rem; max-width: 10rem; }
small.hash { font-family: var(--mono); }
@media (max-width: 44rem) {
  .index, .index tbody, .index tr, .index td, .index tbody th { display: block; }
  .index thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .index tr { padding: 0.75rem 0; }
  .index td, .index tbody th { padding: 0.1875rem 0; width: auto; }
  .index tbody th { font-size: 1rem; }
  .index td[data-label] { display: grid; grid-template-columns: 5.5rem 1fr; }
  .index td[data-label] > * { grid-column: 2; }
  .index td[data-label]::before { content: attr(data-label); color: var(--soft); font-size: 0.8125rem; grid-column: 1; grid-row: 1; }
}
details.task { display: block; padding-block: 0.875rem; }
details.task > summary h2 { display: inline; margin-right: 0.5rem; }
details.task > .stack { margin-top: 1rem; scroll-margin-top: 4rem; }
details.task .panel { background: none; border-radius: 0; border-width: 1px 0 0; padding-inline: 0; }
details > summary { cursor: pointer; font-size: 0.9375rem; font-weight: 550; padding: 0.25rem 0; }
details > summary::marker { color: var(--soft); }
details[open] > summary { margin-bottom: 0.5rem; }
main > div > details { padding: 0.5rem 0.25rem; }
pre { padding: 0.875rem 1rem; border-radius: 0.5rem; background: var(--ground); border: 1px solid var(--line); overflow-x: auto; line-height: 1.7; user-select: all; }
@media (max-width: 30rem) {
  .wide { display: none; }
  table:not(.matrix) th, table:not(.matrix) td { padding-right: 0.5rem; }
  table { font-size: 0.8125rem; }
  tbody th { min-width: 4.5rem; }
  .matrix td { min-width: 1.625rem; height: 1.875rem; padding: 0.125rem; }
  .matrix tbody th { max-width: 6rem; overflow-wrap: anywhere; }
  .matrix thead span { white-space: normal; }
}
@media print {
  :root {
    color-scheme: light;
    --ground: #fff; --panel: #fff; --ink: #000; --soft: #444; --line: #bbb; --track: #ddd;
    --accent: #3b5bdb; --second: #a3550b; --good: #17693f; --bad: #a8202e; --doubt: #fff; --doubt-ink: #000;
    --heat-1: #eef2ff; --heat-2: #dbe4ff; --heat-3: #bac8ff; --heat-4: #748ffc; --heat-ink: #10131a;
    --wrong-1: #fff4e0; --wrong-2: #ffe3b3; --wrong-3: #ffc978; --wrong-ink: #2b1c00;
  }
  html { font-size: 11pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  body { max-width: none; padding: 0; }
  .panel, .tiles > div { border-radius: 0; break-inside: avoid-page; }
  figure, tr, li { break-inside: avoid; }
  .scrolling, pre { overflow: visible; white-space: pre-wrap; }
  h1, h2, h3 { break-after: avoid; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`
