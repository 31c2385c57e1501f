import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeBenchReport } from "../../bench/benchmark/report.ts";
import type { ScenarioResult } from "../../bench/benchmark/scenarios.ts";
import { describeMachine } from "../../bench/report/machine.ts";
import { violations } from "./support/axe.ts";
import { visiting } from "./support/visit.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "spike-reports-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PHONE = { width: 360, height: 900 };
/** A scenario that has everything a scenario can have, and each of it wide. */
const WIDE: ScenarioResult = {
  ...{ name: "wins", title: "Every request a distinct winner", text: "a line of a terminal ".repeat(6) },
  series: [
    { name: "ours: CPU per 1,000 recorded, all told", unit: "CPU s per 1,000", rounds: Array(12).fill(0.28) },
  ],
  verdicts: [{ claim: "costs the same, whatever the gates", found: "1.2 times", holds: true }],
  latencies: [{ label: "1000 wins/s", p50: 7.25, p99: 95, p999: 130 }],
  growth: [
    {
      ...{ title: "CPU", x: "reservations", y: "µs" },
      lines: [{ name: "ours", points: [{ x: 1, y: 2 }] }],
    },
  ],
  remarks: [`https://example.com/${"an-address-without-a-place-to-break".repeat(3)}`],
};

/** What can be scrolled sideways, by its class. */
const SCROLLED = `[...document.querySelectorAll("*")]
  .filter((box) => box.scrollWidth > box.clientWidth && getComputedStyle(box).overflowX === "auto")
  .map((box) => box.className)`;

describe("the benchmark's report", () => {
  it(
    "fits a phone: what is wider scrolls by itself, also by keyboard, and axe finds nothing",
    visiting(async (enter) => {
      const { page } = await enter({ viewport: PHONE });
      const options = { quick: false, only: null, reportsDir: folder, json: false };
      const report = { at: "2026-11-27T12:00:00.000Z", machine: describeMachine(), options, results: [WIDE] };
      await page.goto(pathToFileURL(join(await writeBenchReport(report, folder), "bench.html")).href);
      expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
      const scrolled = await page.evaluate<string[]>(SCROLLED);
      expect(new Set(scrolled)).toEqual(new Set(["wide"]));
      expect(await page.locator(".wide:not([tabindex='0'])").count()).toBe(0);
      expect(await violations(page)).toEqual([]);
    }),
  );
});
