import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLedger, readOrders } from "../../../bench/benchmark/readings.ts";
import { writeBenchReport } from "../../../bench/benchmark/report.ts";
import type { ScenarioResult } from "../../../bench/benchmark/scenarios.ts";
import { expectReportsFolder } from "../../../bench/report/folder.ts";
import { growthChart } from "../../../bench/report/growth-chart.ts";
import { describeMachine } from "../../../bench/report/machine.ts";
import { barChart } from "../../../bench/report/svg.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spike-bench-report-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const RESULTS: ScenarioResult[] = [
  {
    ...{ name: "wins", title: "Every request a distinct winner", verdicts: [], remarks: ["<quiet>"] },
    series: [
      { name: "ours: wins acknowledged", unit: "1/s", rounds: [3_000, 3_200, 3_100] },
      { name: "ours: CPU per 1,000 recorded", unit: "CPU s per 1,000", rounds: [0.28, 0.27, 0.29] },
    ],
  },
  {
    ...{ name: "latency", title: "Latency of a win by load", verdicts: [], remarks: [], series: [] },
    latencies: [{ label: "1000 wins/s", p50: 7.25, p99: 95, p999: 130 }],
  },
  {
    ...{ name: "ledger", title: "Ledgers", remarks: [], series: [] },
    ...readLedger({
      verdicts: [{ claim: "the same within 20 %", found: "1.3 times", holds: false }],
      growth: [
        { size: 1_000, perSecond: 50_000, cpuMs: 0.0163 },
        { size: 1_000_000, perSecond: 48_000, cpuMs: 0.017 },
      ],
    }),
  },
];

describe("the benchmark's report", () => {
  it("shows throughput, latencies, CPU and growth as charts that are also words, each with its unit", async () => {
    const options = { quick: false, only: null, reportsDir: folder, json: false };
    const report = { at: "2026-11-27T12:00:00.000Z", machine: describeMachine(), options, results: RESULTS };
    const written = await writeBenchReport(report, folder);
    expect((await readdir(written)).toSorted()).toEqual(["bench.html", "bench.json"]);
    expect(JSON.parse(await readFile(join(written, "bench.json"), "utf8"))).toEqual(report);
    const page = await readFile(join(written, "bench.html"), "utf8");
    for (const words of [
      "Medians, 1/s; ours: wins acknowledged 3,100",
      "Medians, CPU s per 1,000; ours: CPU per 1,000 recorded 0.28",
      "Latency by load, milliseconds; 1000 wins/s p50 7.25 ms, p99 95 ms, p99.9 130 ms",
      "CPU µs a reservation; CPU µs a reservation 16.3 at 1,000, 17 at 1,000,000",
      "the same within 20 %",
    ]) {
      expect(page).toContain(words);
    }
    expect(page).toContain("&lt;quiet&gt;");
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it("draws no growth where a quick run measured none, and judges all the same", () => {
    const verdicts = [{ claim: "a batch is worth it", found: "24 times", holds: true }];
    expect(readLedger({ verdicts })).toEqual({ verdicts });
  });

  it("draws what each way of recording gives, by batch", () => {
    const rate = (ordersPerSecond: number) => ({ ordersPerSecond, cpuMicros: 1 });
    const one = (batch: number) => ({
      ...{ store: "d1" as const, batch, plain: [rate(100), rate(300), rate(200)] },
      ...{ consumer: [rate(90)], withLedger: [] },
    });
    expect(readOrders({ verdicts: [], series: [one(1), one(100)] }).growth?.[0]?.lines).toEqual([
      {
        name: "d1, plain",
        points: [
          { x: 1, y: 200 },
          { x: 100, y: 200 },
        ],
      },
      {
        name: "d1, consumer",
        points: [
          { x: 1, y: 90 },
          { x: 100, y: 90 },
        ],
      },
    ]);
  });
});

describe("charts", () => {
  it("make room for long labels, and scale to what is below one", () => {
    const label = "ours: last order recorded after the last win of all";
    const chart = barChart("CPU", [{ name: "s", colour: "--wins" }], [{ label, values: [0.25] }]);
    const [, width = "", x = ""] = /width="([\d.]+)".*class="tick" x="([\d.]+)"/.exec(chart) ?? [];
    expect(chart).toContain(label);
    // The only bar is the longest: it ends where its value begins.
    expect(Number(width)).toBeGreaterThan(100);
    expect(Number(x)).toBeGreaterThan(label.length * 6);
    const endless = barChart(
      "Long",
      [{ name: "s", colour: "--wins" }],
      [{ label: "x".repeat(200), values: [1] }],
    );
    expect(endless).toContain(`${"x".repeat(53)}…</text>`);
  });

  it("draw growth with one size, or none", () => {
    for (const points of [[], [{ x: 1, y: 2 }]]) {
      const chart = growthChart("Growth", "gates", [{ name: "cost", colour: "--wins", points }]);
      expect(chart).not.toMatch(/NaN|Infinity|undefined/);
    }
  });
});

describe("the folder of reports", () => {
  it("is made before anything is measured, or the command says why it cannot be", async () => {
    await expectReportsFolder(join(folder, "new", "reports"));
    expect(await readdir(join(folder, "new"))).toEqual(["reports"]);
    await writeFile(join(folder, "file"), "");
    await expect(expectReportsFolder(join(folder, "file"))).rejects.toThrow(/cannot be written/);
    await expect(expectReportsFolder(join(folder, "file", "reports"))).rejects.toThrow(/cannot be written/);
  });
});
