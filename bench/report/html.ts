import { STEPS } from "../load/measures.ts";
import type { Outage } from "../rehearsal/database-away.ts";
import type { RehearsalReport } from "./report.ts";
import { STYLE } from "./style.ts";
import { count, generatorWarning, measuredRows, seconds } from "./table.ts";
import { barChart, escape, type Series, spanChart, timeChart, wide } from "./svg.ts";

const MS_PER_SECOND = 1_000;
const BYTES_PER_MB = 1024 * 1024;

/** The report as one HTML file that needs nothing else. */
export function reportPage(report: RehearsalReport): string {
  const { options, figures, pass } = report;
  const what = report.kind === "rehearsal" ? "Rehearsal" : "Crash test";
  const title = `${what}: ${count(options.users)} shoppers, ${count(options.stock)} units`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><main>
<header><span class="verdict ${pass ? "pass" : "fail"}">${pass ? "PASS" : "FAIL"}</span>
<h1>${escape(title)}</h1>
<p>${escape(`${report.at}, ${options.arrival} arrival, seed ${options.seed}. ${machineLine(report)}`)}</p>
${generatorWarning(figures)
  .map((warning) => `<p class="warning">${escape(warning)}</p>`)
  .join("")}</header>
${headline(report)}
<div class="charts">${charts(report).join("\n")}</div>
${checksSection(report)}
${contradictionsSection(report)}
${latencySection(report)}
<section><h2>Measured</h2>${htmlTable(["", ""], measuredRows(figures))}</section>
<footer>${report.remarks.map((remark) => `<div>${escape(remark)}</div>`).join("")}
<code>${escape(JSON.stringify(options))}</code></footer>
</main></body></html>
`;
}

function machineLine({ machine }: RehearsalReport): string {
  return `${machine.cpu}, ${machine.cores} cores shared by server and generator, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`;
}

function headline({ figures }: RehearsalReport): string {
  const { soldOutMs, serverRssPeakBytes } = figures;
  const memory = serverRssPeakBytes === null ? "–" : `${count(serverRssPeakBytes / BYTES_PER_MB)} MB`;
  const numbers: [string, string][] = [
    ["time to sell out", soldOutMs === null ? "–" : seconds(soldOutMs)],
    ["last order recorded after", seconds(figures.lastRecordedMs)],
    ["wins/s, best second", count(figures.wins.peak)],
    ["attempts/s, best second", count(figures.attempts.peak)],
    ["p99 of a purchase", seconds(figures.latencies.purchase.p99)],
    ["server memory, peak", memory],
  ];
  return `<dl class="numbers">${numbers
    .map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`)
    .join("")}</dl>`;
}

function charts({ timeline, stock, usage, figures, outage }: RehearsalReport): string[] {
  const perSecond = (name: "attempts" | "wins" | "refusals"): Series => ({
    name,
    colour: `--${name}`,
    points: timeline.map((entry) => ({ x: entry.second, y: entry[name] })),
  });
  const units = (name: "sold" | "held" | "available"): Series => ({
    name,
    colour: `--${name}`,
    points: stock.map((sample) => ({ x: sample.atMs / MS_PER_SECOND, y: sample[name] })),
  });
  const memory: Series = {
    name: "resident memory, MB",
    colour: "--memory",
    points: usage.map(({ atMs, rssBytes }) => ({
      x: atMs / MS_PER_SECOND,
      y: (rssBytes ?? 0) / BYTES_PER_MB,
    })),
  };
  return [
    timeChart("Each second", [perSecond("attempts"), perSecond("refusals"), perSecond("wins")]),
    timeChart("Stock", [units("sold"), units("held"), units("available")], { filled: true }),
    spanChart(
      "Latency",
      STEPS.filter((step) => figures.latencies[step].count > 0).map((step) => ({
        label: step,
        ...figures.latencies[step],
      })),
    ),
    refusalsChart(figures.refusalsByCode),
    ...(figures.stops.length > 0 ? [stopsChart(figures.stops)] : []),
    ...(outage ? [backlogChart(outage)] : []),
    ...(usage.length > 0 ? [timeChart("Server memory", [memory])] : []),
  ];
}

/** How far the database was behind: up while it is away, down when it is back. */
function backlogChart({ backlog, leftMs, backMs }: Outage): string {
  const title = `Orders not recorded; database away from ${seconds(leftMs)} to ${seconds(backMs)}`;
  const points = backlog.map(({ atMs, orders }) => ({ x: atMs / MS_PER_SECOND, y: orders }));
  return timeChart(title, [{ name: "backlog", colour: "--held", points }], { filled: true });
}

function refusalsChart({ people, bots }: RehearsalReport["figures"]["refusalsByCode"]): string {
  const codes = [...new Set([...Object.keys(people), ...Object.keys(bots)])];
  const rows = codes.map((code) => ({ label: code, values: [people[code] ?? 0, bots[code] ?? 0] }));
  rows.sort((a, b) => (b.values[0] ?? 0) - (a.values[0] ?? 0));
  const parts = [
    { name: "people", colour: "--people" },
    { name: "bots", colour: "--bots" },
  ];
  return barChart("Refusals", parts, rows);
}

function stopsChart(stops: RehearsalReport["figures"]["stops"]): string {
  const filters = [...new Set(stops.map(({ by }) => by))];
  const of = (filter: string, wanted: string) =>
    stops.find(({ by, funnel }) => by === filter && funnel === wanted)?.requests ?? 0;
  const rows = filters.map((label) => ({ label, values: [of(label, "token"), of(label, "purchase")] }));
  const parts = [
    { name: "asked for a token", colour: "--people" },
    { name: "purchases", colour: "--bots" },
  ];
  return barChart("What stopped them, filter by filter", parts, rows);
}

function checksSection({ checks }: RehearsalReport): string {
  const rows = checks.map(
    (check) =>
      `<tr><td class="${check.pass ? "ok" : "no"}">${check.pass ? "ok" : "FAIL"}</td>` +
      `<td>${escape(check.name)}</td><td>${escape(check.found)}</td></tr>`,
  );
  return `<section><h2>Checks</h2>${wide(`<table><tbody>${rows.join("")}</tbody></table>`)}</section>`;
}

function contradictionsSection({ contradictions }: RehearsalReport): string {
  if (contradictions.length === 0) return "";
  const rows = contradictions.map(({ kind, detail }): [string, string] => [kind, detail]);
  return `<section><h2>Contradictions</h2>${htmlTable(["kind", "detail"], rows)}</section>`;
}

function latencySection({ figures }: RehearsalReport): string {
  const rows = STEPS.map((step) => {
    const { count: times, p50, p99, p999, max } = figures.latencies[step];
    return [step, count(times), ...[p50, p99, p999, max].map((ms) => ms.toFixed(1))];
  });
  const head = ["step, milliseconds", "count", "p50", "p99", "p99.9", "max"];
  return `<section><h2>Latency, waiting for a connection included</h2>${htmlTable(head, rows)}</section>`;
}

/** Rows of text as an HTML table; numbers to the right, without a head where its cells are empty. */
export function htmlTable(head: string[], rows: string[][]): string {
  const cell = (wanted: "td" | "th", text: string, column: number) => {
    // A column without a name has no head to be read aloud.
    const tag = text === "" ? "td" : wanted;
    return `<${tag}${column > 0 && head.length > 2 ? ' class="number"' : ""}>${escape(text)}</${tag}>`;
  };
  const line = (tag: "td" | "th", cells: string[]) =>
    `<tr>${cells.map((text, column) => cell(tag, text, column)).join("")}</tr>`;
  const header = head.some(Boolean) ? `<thead>${line("th", head)}</thead>` : "";
  return wide(`<table>${header}<tbody>${rows.map((row) => line("td", row)).join("")}</tbody></table>`);
}
