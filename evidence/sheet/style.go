package sheet

// style is the style sheet of the page. It is part of the format: a change to
// it is a new version of the contact sheets.
const style = `:root { color-scheme: light; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: #fff; color: #16191c; font: 16px/1.5 "Noto Sans", "Segoe UI", "Helvetica Neue", Arial, "Noto Sans Gurmukhi", "Noto Naskh Arabic", sans-serif; }
.masthead, main, .end, .skip { max-width: 50rem; margin: 0 auto; padding: 0 1.5rem; }
.skip { padding-top: .5rem; font-size: .875rem; }
.masthead { padding-top: 1.5rem; }
.service { margin: 0; font-size: .875rem; color: #4a5157; }
h1 { margin: .25rem 0 .25rem; font-size: 2rem; line-height: 1.2; letter-spacing: -.01em; }
.exhibit { margin: 0 0 1.5rem; padding-bottom: 1rem; border-bottom: 3px solid #16191c; }
.sep { padding: 0 .25rem; color: #4a5157; }
h2 { margin: 2rem 0 .5rem; font-size: 1.25rem; line-height: 1.3; }
h2.part { margin-top: 3rem; padding-top: .5rem; border-top: 3px solid #16191c; font-size: 1.5rem; }
h3 { margin: .25rem 0 .75rem; font-size: 1.2rem; line-height: 1.3; }
h4 { margin: 0 0 .25rem; font-size: .8125rem; font-weight: 700; letter-spacing: .04em; }
p { margin: 0 0 .75rem; }
a { color: #0b3d70; }
.warning, .limits { margin: 0 0 1rem; padding: 1rem 1.25rem .25rem; border: 1px solid #16191c; }
.warning { border-width: 3px; }
.warning h2, .limits h2 { margin: 0 0 .25rem; font-size: 1.125rem; }
table { border-collapse: collapse; width: 100%; margin: 0 0 1rem; }
th, td { padding: .35rem .75rem .35rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid #c9ced2; font-weight: 400; overflow-wrap: anywhere; }
.facts th { width: 13rem; color: #4a5157; }
thead th { font-weight: 700; border-bottom: 2px solid #16191c; overflow-wrap: normal; }
.codes th, .verdicts tbody th { font-weight: 700; white-space: nowrap; }
.schedule, .continuity { font-size: .8125rem; }
.schedule td, .schedule th, .continuity td, .continuity th { padding-right: .75rem; overflow-wrap: normal; }
.continuity td { height: 1.75rem; }
.schedule td:nth-child(4), .schedule td:nth-child(5), .schedule td:nth-child(6), .schedule tbody th, .continuity tbody th { white-space: nowrap; }
.code { font-family: "Noto Sans Mono", "DejaVu Sans Mono", Consolas, Menlo, monospace; font-size: .92em; overflow-wrap: anywhere; }
.facts .code { font-size: .85em; }
article { margin: 0 0 2.5rem; padding-top: .75rem; border-top: 2px solid #16191c; }
.running { display: flex; flex-wrap: wrap; gap: 0 1.5rem; margin: 0 0 .5rem; font-size: .8125rem; color: #4a5157; }
.number { font-variant-numeric: tabular-nums; }
h3 .number { margin-right: .5rem; }
.statement { margin: 0 0 1rem; padding: .15rem 0 .15rem; }
.statement h4 .number { display: inline-block; min-width: 2.5rem; }
.client-words { border-left: 7px double #16191c; padding-left: 15px; }
.client-summary { border-left: 2px solid #16191c; padding-left: 20px; }
.third-party { border-left: 3px dashed #16191c; padding-left: 19px; }
.observed { border-left: 4px dotted #16191c; padding-left: 18px; }
.opinion { border-left: 8px solid #7b848b; padding-left: 14px; }
.action, .closed { padding-left: 22px; }
.said { margin: 0 0 .5rem; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; unicode-bidi: plaintext; text-align: start; }
.aside { margin: 0 0 .35rem; font-size: .875rem; color: #4a5157; }
.text { unicode-bidi: isolate; white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.translation, .corrected, .disputed { margin: .5rem 0 .5rem; padding: .5rem .75rem .1rem; border: 1px solid #7b848b; }
.corrected { border-width: 2px; border-style: solid; }
.disputed { border-width: 3px; border-style: double; }
.box { display: inline-block; width: 4em; margin: 0 .45em 0 .1em; border: 1px solid #16191c; background: #16191c; color: #fff; font: 700 .75em/1.5 "Noto Sans", "Segoe UI", Arial, sans-serif; text-align: center; unicode-bidi: isolate; white-space: nowrap; vertical-align: baseline; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.cp { unicode-bidi: isolate; border: 1px dotted #4a5157; padding: 0 .1em; font: .75em/1.3 "Noto Sans Mono", "DejaVu Sans Mono", Consolas, Menlo, monospace; white-space: nowrap; }
.legend { list-style: none; margin: 0 0 .75rem; padding: 0; }
.legend li { margin: 0 0 .4rem; padding-top: .1rem; padding-bottom: .1rem; }
.label { font-weight: 700; }
.legend .label { display: inline-block; min-width: 12.5rem; font-size: .8125rem; letter-spacing: .04em; }
.steps li { margin: 0 0 .75rem; }
.end { margin-top: 3rem; margin-bottom: 2rem; padding-top: .75rem; border-top: 3px solid #16191c; font-size: .875rem; color: #4a5157; }
.hide { position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; border: 0; }
table caption.hide { position: absolute; }
@media (max-width: 40rem) {
  .masthead, main, .end, .skip { padding-left: 1rem; padding-right: 1rem; }
  .facts th { width: 38%; }
  #schedule, #continuity { overflow-x: auto; }
  .legend .label { display: block; }
}
@media print {
  body { font-size: 10pt; line-height: 1.38; }
  .masthead, main, .end, .skip { max-width: none; padding-left: 0; padding-right: 0; }
  .masthead { padding-top: 0; }
  .skip, nav { display: none; }
  a { color: inherit; text-decoration: none; }
  h2 { margin-top: 1.25rem; }
  .front { font-size: 9pt; line-height: 1.3; }
  .front h2 { margin-top: .75rem; }
  .front .warning h2, .front .limits h2 { margin-top: 0; }
  h1 { font-size: 20pt; }
  th, td { padding-top: .2rem; padding-bottom: .2rem; }
  .exhibit { margin-bottom: 1rem; padding-bottom: .6rem; }
  .warning, .limits { margin-bottom: .75rem; padding: .6rem 1rem 0; }
  .legend li { margin-bottom: .1rem; }
  h2, h3, h4, .running, thead { break-after: avoid; }
  h2.part { margin-top: 0; }
  .sheet { break-before: page; }
  article { break-inside: auto; }
  tr, .statement, .translation, .corrected, .disputed, .box, .warning, .limits, .front .legend, .codes, .verdicts { break-inside: avoid; }
  .facts { break-before: avoid; break-inside: avoid; }
  p, .text { orphans: 3; widows: 3; }
  .end { display: none; }
}
@page { size: A4; margin: 20mm 17mm 20mm; font: 8pt "Noto Sans", Arial, sans-serif; color: #16191c; }
`

// draftStyle and draftNote mark the page of a draft, on screen and on every
// printed page. A draft is no part of a bundle, and its form not of the format.
const (
	draftStyle = `body::before { content: "DRAFT"; position: fixed; inset: 0; z-index: 1; display: flex; align-items: center; justify-content: center; font: 700 22vmin "Noto Sans", Arial, sans-serif; letter-spacing: .1em; color: rgb(160 0 0 / .16); transform: rotate(-35deg); pointer-events: none; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.isdraft { margin: 0; padding: .5rem 1.5rem; background: #7a0000; color: #fff; font-weight: 700; text-align: center; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
@page { @top-center { content: "DRAFT"; } }
`
	draftNote = `<p class="isdraft" role="note">DRAFT. Nothing is recorded, approved or handed over. Not for use as evidence.</p>
`
)
