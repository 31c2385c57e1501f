/** The report's style sheet; a page of its own without any other file. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1b1a17; --soft: #6c675d; --line: #e6e1d6;
  --pass: #14794a; --fail: #b3261e; --attempts: #8b8578; --wins: #14794a; --refusals: #d97706;
  --available: #d8d2c4; --held: #f0b429; --sold: #14794a; --people: #d97706; --bots: #7c5cbf;
  --p50: #14794a; --p99: #d97706; --p999: #b3261e; --memory: #2563a8; --cpu: #7c5cbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #151412; --card: #1e1c19; --ink: #f1eee7; --soft: #a49d90; --line: #35312b;
    --pass: #4cc38a; --fail: #ff8a80; --attempts: #8f897c; --wins: #4cc38a; --refusals: #f5a524;
    --available: #4a453c; --held: #f0b429; --sold: #4cc38a; --people: #f5a524; --bots: #b197f0;
    --p50: #4cc38a; --p99: #f5a524; --p999: #ff8a80; --memory: #7db4f0; --cpu: #b197f0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1320px; margin: 0 auto; padding: 56px 24px 96px; }
header { display: grid; gap: 12px; border-bottom: 1px solid var(--line); padding-bottom: 32px; }
.verdict { font-size: 15px; font-weight: 700; letter-spacing: .08em; color: var(--card); padding: 4px 14px; border-radius: 99px; justify-self: start; }
.verdict.pass { background: var(--pass); } .verdict.fail { background: var(--fail); }
h1 { font-size: clamp(30px, 5vw, 52px); line-height: 1.08; letter-spacing: -.025em; font-weight: 650; margin: 8px 0 0; text-wrap: balance; }
header p { color: var(--soft); margin: 0; max-width: 75ch; }
.warning { color: var(--fail); font-weight: 600; }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 280px), 1fr)); gap: 28px 24px; margin: 40px 0; }
.numbers dt { color: var(--soft); font-size: 14px; } .numbers dd { margin: 0; font-size: 32px; font-weight: 600; letter-spacing: -.02em; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 586px), 1fr)); gap: 20px; }
figure, section { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 20px 22px; min-width: 0; }
figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 20px; margin-bottom: 12px; }
h2 { font-size: 16px; font-weight: 650; margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--soft); font-size: 13px; } .legend i { display: inline-block; width: 10px; height: 10px; border-radius: 3px; margin-right: 6px; }
.charts figure:first-child { grid-column: 1 / -1; }
.wide { overflow-x: auto; } svg { width: 100%; min-width: 540px; height: auto; display: block; } .grid { stroke: var(--line); } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.area { opacity: .9; } .tick { fill: var(--soft); font-size: 14px; } .label { fill: var(--ink); font-size: 15px; } .span { stroke: var(--line); stroke-width: 5; stroke-linecap: round; }
section { margin-top: 20px; overflow-wrap: break-word; } section > * + * { margin-top: 12px; } pre { margin: 0; font-size: 13px; }
table { border-collapse: collapse; width: 100%; font-size: 15px; }
th { text-align: left; font-weight: 500; color: var(--soft); font-size: 13px; } td, th { padding: 8px 16px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; } td.number, th.number { text-align: right; } .ok { color: var(--pass); font-weight: 650; } .no { color: var(--fail); font-weight: 650; }
footer { color: var(--soft); font-size: 14px; margin-top: 32px; display: grid; gap: 6px; } code { font-size: 13px; overflow-wrap: anywhere; }
td:first-child, th:first-child { position: sticky; left: 0; background: var(--card); }
@media (max-width: 640px) {
  main { padding: 32px 16px 64px; } figure, section { padding: 16px; }
  section figure { border: 0; padding: 0; } td, th { padding-right: 12px; }
}
`;
