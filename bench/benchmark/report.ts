import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { median } from "../gather/gather.ts";
import { htmlTable } from "../report/html.ts";
import type { Machine } from "../report/machine.ts";
import { STYLE } from "../report/style.ts";
import { growthChart } from "../report/growth-chart.ts";
import { barChart, escape, spanChart, wide } from "../report/svg.ts";
import type { BenchOptions } from "./options.ts";
import type { Comparison, ScenarioResult } from "./scenarios.ts";

/** Everything one run found; this is `bench.json`. */
export interface BenchReport {
  at: string;
  machine: Machine;
  options: BenchOptions;
  results: ScenarioResult[];
}

/** Writes `bench.html` and `bench.json` into a folder named after the time, and says which. */
export async function writeBenchReport(report: BenchReport, reportsDir: string): Promise<string> {
  const folder = resolve(reportsDir, report.at.replaceAll(/[:.]/g, "-"));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "bench.html"), page(report));
  return folder;
}

function page({ at, machine, results }: BenchReport): string {
  const where = `${at}. ${machine.cpu}, ${machine.cores} cores for servers and generator together, ${machine.memoryGb} GB, ${machine.system}, Node ${machine.node}.`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Benchmark</title><style>${STYLE}</style></head><body><main>
<header><h1>Benchmark</h1><p>${escape(where)} One process of workerd is one core: none of this is a figure of Cloudflare's network.</p></header>
${results.map(section).join("\n")}
</main></body></html>
`;
}

function section(result: ScenarioResult): string {
  const { title, series, verdicts, latencies = [], text, remarks } = result;
  const rows = series.map(({ name, unit, rounds }) => [
    name,
    unit,
    ...rounds.map((value) => value.toPrecision(4)),
  ]);
  const rounds = Math.max(0, ...series.map((one) => one.rounds.length));
  const head = ["", "unit", ...Array.from({ length: rounds }, (_, round) => `round ${round + 1}`)];
  const goals = verdicts.map(({ claim, found, holds }) => [claim, found, holds ? "holds" : "missed"]);
  return `<section><h2>${escape(title)}</h2>
<div class="charts">${charts(result).join("\n")}</div>
${rows.length > 0 ? htmlTable(head, rows) : ""}
${latencies.length > 0 ? htmlTable(["latency, ms", "p50", "p99", "p99.9"], latencies.map(latencyRow)) : ""}
${text ? wide(`<pre>${escape(text)}</pre>`) : ""}
${htmlTable(["goal", "found", ""], goals)}
${remarks.map((remark) => `<p>${escape(remark)}</p>`).join("")}</section>`;
}

const latencyRow = ({
  label,
  p50,
  p99,
  p999,
}: NonNullable<ScenarioResult["latencies"]>[number]): string[] => [
  label,
  ...[p50, p99, p999].map((ms) => ms.toFixed(1)),
];

/** Of the lines of a growth. */
const COLOURS = ["--wins", "--p99", "--memory", "--cpu"];

/** A chart for each unit, so that bars can be compared; of latencies by load; of what grows. */
function charts({ series, latencies = [], growth = [], comparisons = [] }: ScenarioResult): string[] {
  const units = [...new Set(series.map(({ unit }) => unit))];
  const medians = (unit: string): Comparison => ({
    ...{ title: "Medians", unit },
    rows: series
      .filter((one) => one.unit === unit)
      .map(({ name, rounds }) => ({ label: name, value: median([...rounds]) })),
  });
  return [
    ...[...units.map(medians), ...comparisons].map(({ title, unit, rows }) =>
      barChart(
        `${title}, ${unit}`,
        [{ name: unit, colour: "--wins" }],
        rows.map(({ label, value }) => ({ label, values: [Number(value.toPrecision(3))] })),
      ),
    ),
    ...(latencies.length > 0 ? [spanChart("Latency by load, milliseconds", latencies)] : []),
    ...growth.map(({ title, x, y, lines }) =>
      growthChart(
        `${title}, ${y}`,
        x,
        lines.map((line, index) => ({ ...line, colour: COLOURS[index % COLOURS.length] as string })),
      ),
    ),
  ];
}
