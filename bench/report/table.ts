import { median } from "../gather/gather.ts";
import type { Check } from "../load/checks.ts";
import type { Figures } from "../load/figures.ts";
import { type LatencySummary, STEPS } from "../load/measures.ts";

const MB = 1024 * 1024;

/** What was asked for and came out, as lines for a terminal. */
export function summaryOf(figures: Figures, checks: Check[]): string {
  return [
    table(
      ["check", "", "found"],
      checks.map((check) => [check.name, check.pass ? "ok" : "FAIL", check.found]),
    ),
    table(["measured", ""], measuredRows(figures)),
    table(
      ["step, ms", "count", "p50", "p99", "p99.9", "max"],
      [
        ...STEPS.map((step) => latencyRow(step, figures.latencies[step])),
        latencyRow("connection wait", figures.connectionWait),
      ],
    ),
    refusalsTable(figures),
    stopsTable(figures),
    ...generatorWarning(figures),
    checks.every((check) => check.pass) ? "PASS" : "FAIL",
  ].join("\n\n");
}

/** Name and value of everything measured that is not a latency. */
export function measuredRows(figures: Figures): [string, string][] {
  const { soldOutMs, lastRecordedMs, serverRssPeakBytes, serverCpuSeconds, totals, generator } = figures;
  const rate = (rate: Figures["wins"]) => `${count(rate.mean)} on average, ${count(rate.peak)} at most`;
  return [
    ["time to sell out", soldOutMs === null ? "not sold out" : seconds(soldOutMs)],
    ["last order recorded after", seconds(lastRecordedMs)],
    ["attempts/s", rate(figures.attempts)],
    ["wins/s", rate(figures.wins)],
    ["refusals/s", rate(figures.refusals)],
    ["shoppers and bots", `${count(totals.arrivals)}, of them ${count(figures.bots)} bots`],
    [
      "attempts of people, of bots",
      [figures.attemptsOf.people, figures.attemptsOf.bots].map(count).join(", "),
    ],
    ["units of people, of bots", [figures.unitsOf.people, figures.unitsOf.bots].map(count).join(", ")],
    ["attempts, wins, refusals", [totals.attempts, totals.wins, totals.refusals].map(count).join(", ")],
    ["broken connections", count(totals.broken)],
    [
      "server memory, peak",
      serverRssPeakBytes === null ? "not known" : `${count(serverRssPeakBytes / MB)} MB`,
    ],
    ["server processor time", serverCpuSeconds === null ? "not known" : `${serverCpuSeconds.toFixed(1)} s`],
    ["generator late, p50 and p99", `${generator.lateP50Ms} ms, ${generator.lateP99Ms} ms`],
    ["generator busy", `${Math.round(generator.busy * 100)} % of its core`],
  ];
}

function refusalsTable(figures: Figures): string {
  const { people, bots } = figures.refusalsByCode;
  const codes = [...new Set([...Object.keys(people), ...Object.keys(bots)])];
  codes.sort((a, b) => (people[b] ?? 0) - (people[a] ?? 0));
  const rows = codes.map((code) => [code, count(people[code] ?? 0), count(bots[code] ?? 0)]);
  return table(["refusals", "people", "bots"], rows);
}

function stopsTable({ stops }: Figures): string {
  const rows = stops.map(({ funnel, by, requests }) => [by, funnel, count(requests)]);
  return table(["stopped by", "asked for", "requests"], rows);
}

/** A sentence when the generator measured itself, nothing otherwise. */
export function generatorWarning({ generator }: Figures): string[] {
  if (!generator.bottleneck) return [];
  return [
    "The load generator was the bottleneck: it sent shoppers in late or was busy all the time. " +
      "The verdict stands, the rates and latencies are those of the generator.",
  ];
}

function latencyRow(name: string, latency: LatencySummary): string[] {
  const { p50, p99, p999, max } = latency;
  return [name, count(latency.count), ...[p50, p99, p999, max].map((ms) => ms.toFixed(1))];
}

export function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}

/** Columns as wide as their widest cell; numbers to the right. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return /^[\d.,]+$/.test(cell) ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head), widths.map((width) => "─".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** Median, least and most, with as many digits as say something. */
export function figures(rounds: readonly number[]): string[] {
  return [median([...rounds]), Math.min(...rounds), Math.max(...rounds)].map((value) =>
    value >= 100 ? value.toFixed(0) : value.toPrecision(3),
  );
}
