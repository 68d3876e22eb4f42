"""The look of the page of a run, light and dark."""

STYLE = """
:root{--paper:#f6f5f1;--card:#fff;--ink:#1d2327;--soft:#5c666d;--rule:#e2e0d8;--good:#1b7f4b;--bad:#b3261e;
--t1:#1f6f8b;--t2:#7a5ba6;--t3:#8a8d3a;--t4:#c27a12;--t5:#b3261e;--t6:#6c757d;--band:#f3e3bf}
@media (prefers-color-scheme:dark){:root{--paper:#14181b;--card:#1c2226;--ink:#e8eaec;--soft:#9aa5ad;--rule:#2d353b;
--good:#5fcf94;--bad:#ff8a80;--t1:#6cc3df;--t2:#bda0e8;--t3:#c8cb6a;--t4:#f0b252;--t5:#ff8a80;--t6:#9aa5ad;--band:#3a3220}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1180px;margin:0 auto;padding:28px 20px 60px}
h1{font-size:26px;line-height:1.25;margin:2px 0 10px;font-weight:650;letter-spacing:-.01em}
h2{font-size:17px;margin:34px 0 12px;font-weight:650}
.what{margin:0;color:var(--soft);font-size:13px;letter-spacing:.02em}
.note{color:var(--soft);font-size:13px;max-width:78ch;margin:10px 0 0}
.verdict{display:inline-block;margin:0;padding:5px 14px 5px 10px;border-radius:99px;font-weight:600;
border:1.5px solid currentColor}
.good .verdict,.verdict.good,tr.good td:first-child{color:var(--good)}
.verdict.bad,tr.bad td,td.bad{color:var(--bad)}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin-top:22px}
@media(max-width:760px){.tiles{grid-template-columns:repeat(2,1fr)}}
.tiles div,figure,table{background:var(--card);border:1px solid var(--rule);border-radius:10px}
.tiles div{padding:12px 14px}
.tiles small,.tiles em{display:block;color:var(--soft);font-size:12.5px;font-style:normal}
.tiles strong{font-size:25px;font-weight:650;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,430px),1fr));gap:14px}
figure{margin:0;padding:12px 12px 6px}
figcaption{font-size:13.5px;display:flex;flex-wrap:wrap;gap:2px 8px;align-items:baseline;margin-bottom:4px}
figcaption i{font-style:normal;color:var(--soft)}
.keys{margin-left:auto;display:flex;flex-wrap:wrap;gap:0 12px;font-size:12px;color:var(--soft)}
.key::before{content:"";display:inline-block;width:12px;height:3px;border-radius:2px;background:currentColor;margin-right:5px;vertical-align:middle}
.key.t1::before{background:var(--t1)}.key.t2::before{background:var(--t2)}.key.t3::before{background:var(--t3)}
.key.t4::before{background:var(--t4)}.key.t5::before{background:var(--t5)}.key.t6::before{background:var(--t6)}
svg{display:block;width:100%;height:auto}
.grid{stroke:var(--rule);stroke-width:1}
.tick{fill:var(--soft);font-size:10.5px;font-variant-numeric:tabular-nums}
.band{fill:var(--band);opacity:.55}.bandname{fill:var(--soft);font-size:10.5px}
.limit{stroke:var(--bad);stroke-width:1;stroke-dasharray:4 4}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.area{opacity:.14}
.line.t1{stroke:var(--t1)}.line.t2{stroke:var(--t2)}.line.t3{stroke:var(--t3)}
.line.t4{stroke:var(--t4)}.line.t5{stroke:var(--t5)}.line.t6{stroke:var(--t6)}
.area.t1{fill:var(--t1)}.area.t3{fill:var(--t3)}.area.t5{fill:var(--t5)}
.wide{overflow-x:auto}
table{border-collapse:separate;border-spacing:0;width:100%;font-size:13.5px}
th,td{text-align:left;padding:6px 12px;border-top:1px solid var(--rule);white-space:nowrap}
thead th{border-top:0;color:var(--soft);font-weight:500;font-size:12.5px}
td:nth-child(2){white-space:normal}
.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:12.5px ui-monospace,"SF Mono",Menlo,Consolas,monospace}
tr.sum td{font-weight:650;background:color-mix(in srgb,var(--rule) 35%,transparent)}
.bar{width:200px;min-width:120px;height:14px}
.bar .fill{fill:var(--t1);opacity:.35}.bar .mark{fill:var(--t1)}.whisker{stroke:var(--t1);stroke-width:1.5;opacity:.7}
"""
