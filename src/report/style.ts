/**
 * Style sheet of every report: light and dark, narrow and wide, print. Colours are custom properties, and charts refer to
 * them, so that one inline SVG serves both themes. The three tables differ in lightness as well as hue; `--series-N` tell up
 * to eight systems apart, which also have symbols of their own.
 */
export const STYLE_SHEET = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --panel: #f5f6f8; --ink: #1b1f27; --quiet: #565e6c; --line: #d5d9e0;
  --real: #24467a; --synthetic: #c2571a; --holdout: #8a93a3; --scale-low: #eef2f8; --scale-high: #24467a;
  --hold: #a3141d; --review: #8a5a00; --release: #17663a; --alarm-paper: #a3141d; --alarm-ink: #ffffff;
  --series-1: #24467a; --series-2: #c2571a; --series-3: #17663a; --series-4: #7a3b8f; --series-5: #8a6a00; --series-6: #0f7c8a; --series-7: #a3245a; --series-8: #5c6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171c; --panel: #1d2128; --ink: #e7eaf0; --quiet: #a2abba; --line: #363c47;
    --real: #8db4f0; --synthetic: #f0995c; --holdout: #79828f; --scale-low: #1d2430; --scale-high: #8db4f0;
    --hold: #ff8a8f; --review: #f0c060; --release: #7fd6a4; --alarm-paper: #7d1219; --alarm-ink: #ffffff;
    --series-1: #8db4f0; --series-2: #f0995c; --series-3: #7fd6a4; --series-4: #cf9be0; --series-5: #e3c45a; --series-6: #63cbd8; --series-7: #f08fb5; --series-8: #a5adb9;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 3.5rem; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
main, .page-head { max-width: 72rem; margin: 0 auto; padding: 0 1.25rem; }
.banner { position: sticky; top: 0; z-index: 2; background: var(--alarm-paper); color: var(--alarm-ink); padding: .4rem 1.25rem; text-align: center; font-weight: 600; }
.banner.open { background: var(--panel); color: var(--ink); border-bottom: 1px solid var(--line); }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1.6rem 0 .4rem; }
h2 { font-size: 1.35rem; margin: 2.4rem 0 .6rem; padding-top: .6rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 1.4rem 0 .3rem; }
p { max-width: 46rem; } code { overflow-wrap: anywhere; } .quiet { color: var(--quiet); }
a { color: var(--real); }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(13.5rem, 1fr)); gap: .8rem; padding: 0; list-style: none; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .7rem .9rem; }
.card .name { color: var(--quiet); font-size: .9rem; } .card .value { font-size: 1.5rem; font-variant-numeric: tabular-nums; }
.card .rest { color: var(--quiet); font-size: .85rem; }
figure { margin: 1rem 0; } figcaption { color: var(--quiet); font-size: .9rem; max-width: 46rem; }
figure .scroll, .table-scroll { overflow-x: auto; }
svg { max-width: 100%; height: auto; } .wide svg { max-width: none; }
code { overflow-wrap: anywhere; } .table-scroll code { overflow-wrap: normal; }
table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .25rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number, th.number { text-align: right; }
caption { text-align: left; color: var(--quiet); font-size: .9rem; padding-bottom: .3rem; }
details { margin: .6rem 0; } summary { cursor: pointer; color: var(--real); }
summary:focus-visible, a:focus-visible, .table-scroll:focus-visible { outline: 3px solid var(--synthetic); outline-offset: 2px; }
.verdict { border-left: .5rem solid var(--quiet); background: var(--panel); padding: .8rem 1.1rem; margin: 1rem 0; }
.verdict.HOLD { border-color: var(--hold); } .verdict.REVIEW { border-color: var(--review); } .verdict.RELEASE { border-color: var(--release); }
.verdict strong.word { font-size: 1.5rem; letter-spacing: .03em; }
.HOLD .word { color: var(--hold); } .REVIEW .word { color: var(--review); } .RELEASE .word { color: var(--release); }
.verdict p { margin: .2rem 0; max-width: none; } .verdict ul { margin: .3rem 0; padding-left: 1.2rem; }
.halves { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2rem; } .hashes code { font-size: .8em; } .risks { width: 100%; }
.signature { width: 100%; } .signature td { height: 2.4rem; width: 38%; border-bottom: 1px solid var(--ink); } .signature th { white-space: nowrap; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(21rem, 1fr)); gap: 1rem; } .grid > * { min-width: 0; }
.grid.pairs { grid-template-columns: repeat(auto-fill, minmax(30rem, 1fr)); } .grid.pairs svg { max-width: 100%; }
@media (max-width: 46rem) { figure svg { max-width: none; } .grid:not(.pairs) svg { max-width: 100%; } .grid.pairs { grid-template-columns: 1fr; } }
@media (max-width: 34rem) { html { scroll-padding-top: 7rem; } .rules td:last-child { min-width: 14rem; } h1 { font-size: 1.5rem; } .grid, .halves { grid-template-columns: 1fr; } .signature th { white-space: normal; } th, td { padding: .2rem .4rem; } }
@media print {
  :root { --paper: #fff; --panel: #f5f6f8; --ink: #000; --quiet: #444; --line: #bbb; --real: #24467a; --synthetic: #c2571a; --holdout: #8a93a3; --scale-low: #eef2f8; --scale-high: #24467a; --hold: #a3141d; --review: #8a5a00; --release: #17663a; --series-1: #24467a; --series-2: #c2571a; --series-3: #17663a; --series-4: #7a3b8f; --series-5: #8a6a00; --series-6: #0f7c8a; --series-7: #a3245a; --series-8: #5c6470; }
  @page { size: A4; margin: 14mm 14mm 13mm; }
  body { font-size: 10.5pt; } .banner { display: none; } main { max-width: none; padding: 0; } figure, .card, table, .verdict { break-inside: avoid; } h2, h3 { break-after: avoid; } .sheet { break-after: page; }
  details > *:not(summary) { display: revert; } .table-scroll, figure .scroll { overflow: visible; }
  .sheet { font-size: 8.2pt; line-height: 1.28; } .sheet h1 { font-size: 14pt; margin: 0 0 1.5mm; } .sheet p { max-width: none; margin: .6mm 0; }
  .sheet h2 { font-size: 9.6pt; margin: 1.5mm 0 .3mm; padding-top: .7mm; } .sheet ul { margin: .5mm 0; padding-left: 5mm; }
  .sheet table { font-size: 8pt; } .sheet th, .sheet td { padding: .35mm 2mm; } .sheet caption { font-size: 7.6pt; padding-bottom: 0; }
  .sheet .verdict { margin: 0 0 2mm; padding: 1mm 3mm; } .sheet .verdict strong.word { font-size: 14pt; } .sheet .halves { gap: 0 6mm; }
  .sheet .hashes { font-size: 7.2pt; } .sheet .hashes code { font-size: 6.6pt; } .sheet .signature td { height: 8mm; min-width: 0; }
}
/* Browsers without page margin boxes repeat the banner over the top line instead. */
@supports (-moz-appearance: none) or (font: -apple-system-body) {
  @media print { .banner { display: block; position: fixed; top: 0; left: 0; right: 0; font-size: 8pt; padding: 0 4mm; } main { padding-top: 6mm; } }
}
`;
