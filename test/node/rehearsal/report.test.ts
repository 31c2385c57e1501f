import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { judge } from "../../../bench/load/checks.ts";
import { figuresOf } from "../../../bench/load/figures.ts";
import { stopsIn } from "../../../bench/load/funnel.ts";
import { Measures } from "../../../bench/load/measures.ts";
import { describeMachine } from "../../../bench/report/machine.ts";
import type { RehearsalReport } from "../../../bench/report/report.ts";
import { escape, niceTicks, timeChart } from "../../../bench/report/svg.ts";
import { summaryOf, table } from "../../../bench/report/table.ts";
import { writeReport } from "../../../bench/report/write.ts";
import { readOptions } from "../../../bench/rehearsal/options.ts";
import { flawless, STARTS_AT } from "./evidence.ts";

function reportOf(tamper: (evidence: ReturnType<typeof flawless>) => void = () => {}): RehearsalReport {
  const evidence = flawless();
  tamper(evidence);
  const measures = new Measures(STARTS_AT, () => STARTS_AT + 100);
  measures.count("wins");
  measures.step("purchase", 12);
  measures.refuse("<b>sold_out</b>", "people");
  const generator = { busy: 0.2, lateP50Ms: 1, lateP99Ms: 2, lateMaxMs: 3, bottleneck: false };
  const usage = [{ atMs: 0, rssBytes: 2 ** 27, cpuSeconds: 1.5 }];
  const sale = {
    spikeId: "s",
    startsAt: STARTS_AT,
    evidence,
    measures,
    usage,
    generator,
    bots: 1,
    stops: [{ funnel: "purchase", by: "challenge", requests: 14 }],
    tookMs: 5_000,
  };
  const options = readOptions(["--seed", "1", "--users", "12", "--stock", "10"]);
  if (options === "help") throw new Error("asked for help");
  const checks = judge(evidence);
  return {
    kind: "rehearsal",
    at: new Date(STARTS_AT).toISOString(),
    machine: describeMachine(),
    options,
    remarks: ["a <remark>"],
    pass: checks.every((check) => check.pass),
    checks,
    figures: figuresOf(sale, 1_000),
    contradictions: evidence.notes.contradictions,
    timeline: measures.timeline(),
    stock: evidence.samples,
    usage,
  };
}

it("writes a page that stands alone, and the same as JSON", async () => {
  const folder = await mkdtemp(join(tmpdir(), "spike-report-"));
  try {
    const report = reportOf();
    const written = await writeReport(report, folder);
    expect(written).toBe(join(folder, "2026-11-11T12-00-00-000Z"));
    const page = await readFile(join(written, "report.html"), "utf8");
    expect(page).toContain(">PASS<");
    expect(page).toContain("12 shoppers, 10 units");
    expect(page).toContain("prefers-color-scheme: dark");
    expect(page.match(/<svg /g)).toHaveLength(6);
    expect(page).not.toMatch(/<script|src=|href=|url\(|NaN|undefined|Infinity/);
    expect(page).not.toContain("<b>sold_out");
    expect(page).not.toContain("<remark>");
    expect(page).toMatch(/What stopped them, filter by filter.*challenge/s);
    expect(JSON.parse(await readFile(join(written, "report.json"), "utf8"))).toEqual(report);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("ends with the verdict, and shows what failed", () => {
  const good = reportOf();
  expect(summaryOf(good.figures, good.checks)).toMatch(/\nPASS$/);
  const bad = reportOf(({ orders }) => orders.pop());
  const summary = summaryOf(bad.figures, bad.checks);
  expect(summary).toMatch(/\nFAIL$/);
  expect(summary).toMatch(/every 202 is in the database, as told\s+FAIL\s+12 given, 1 missing/);
});

it("says which filter stopped how many", () => {
  const { figures, checks } = reportOf();
  expect(summaryOf(figures, checks)).toMatch(
    /stopped by\s+asked for\s+requests\n.*\nchallenge\s+purchase\s+14/,
  );
});

it("reads from the server's metrics which filter of one sale stopped how many", () => {
  const of = (spike: string, outcome: string, reason: string) =>
    `spike_funnel_outcomes_total{spike="${spike}",funnel="token",outcome="${outcome}",reason="${reason}"}`;
  const metrics = [
    "# TYPE spike_funnel_outcomes_total counter",
    `${of("mine", "stopped", "phase")} 3`,
    `${of("mine", "stopped", "sold_out")} 40`,
    `${of("mine", "refused", "limit_reached")} 5`,
    `${of("mine", "passed", "")} 7`,
    `${of("other", "stopped", "phase")} 9`,
    'spike_funnel_attempts_total{spike="mine",funnel="token"} 55',
  ].join("\n");
  expect(stopsIn(metrics, "mine")).toEqual([
    { funnel: "token", by: "sold_out", requests: 40 },
    { funnel: "token", by: "gate or ledger: limit_reached", requests: 5 },
    { funnel: "token", by: "phase", requests: 3 },
  ]);
  expect(stopsIn("[object Object]", "mine")).toEqual([]);
});

it("says when the generator measured itself", () => {
  const { figures, checks } = reportOf();
  expect(summaryOf(figures, checks)).not.toContain("bottleneck");
  figures.generator.bottleneck = true;
  expect(summaryOf(figures, checks)).toContain("The load generator was the bottleneck");
});

it("draws axes in round numbers and empty charts without nonsense", () => {
  expect(niceTicks(0)).toEqual([0, 1]);
  expect(niceTicks(7)).toEqual([0, 2, 4, 6, 8]);
  expect(niceTicks(1_000)).toEqual([0, 200, 400, 600, 800, 1000]);
  expect(niceTicks(0.3)).toEqual([0, 0.1, 0.2, 0.3]);
  const empty = timeChart("Empty", [{ name: "nothing", colour: "--ink", points: [] }], { filled: true });
  expect(empty).not.toMatch(/NaN|Infinity/);
});

it("keeps text out of the markup and columns in line", () => {
  expect(escape(`<a href="x">'&`)).toBe("&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  expect(
    table(
      ["name", "count"],
      [
        ["a", "1,000"],
        ["long name", "7"],
      ],
    ).split("\n"),
  ).toEqual(["name       count", "─────────  ─────", "a          1,000", "long name      7"]);
});
