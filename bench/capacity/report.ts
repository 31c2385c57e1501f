import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { htmlTable } from "../report/html.ts";
import { STYLE } from "../report/style.ts";
import { barChart, escape, logChart, timeChart } from "../report/svg.ts";
import type { ServiceTimes } from "./measure.ts";
import type { CapacityOptions } from "./options.ts";
import type { CapacityPlan } from "./plan.ts";
import { planRows, TIER_HEAD, tierRow, time, VALIDATION_HEAD, validationRows } from "./print.ts";
import { STOPS } from "./simulation/tally.ts";
import type { ValidatedSale } from "./validate.ts";

/** Everything `npm run capacity` found; this is `capacity.json`. */
export interface CapacityReport {
  at: string;
  options: CapacityOptions;
  times: ServiceTimes;
  plan: CapacityPlan;
  /** Empty where real sales are played instead. */
  tiers: CapacityPlan[];
  /** Empty unless asked for. */
  validated: ValidatedSale[];
}

/** Writes `capacity.html` and `capacity.json` into a folder named after the time, and says which. */
export async function writeCapacityReport(report: CapacityReport, reportsDir: string): Promise<string> {
  const folder = resolve(reportsDir, report.at.replaceAll(/[:.]/g, "-"));
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "capacity.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(folder, "capacity.html"), page(report));
  return folder;
}

function page({ at, plan, tiers, times, validated }: CapacityReport): string {
  const title = `Capacity: ${plan.users.toLocaleString("en")} shoppers, ${plan.stock.toLocaleString("en")} units`;
  const headline: [string, string][] = [
    ["time to sell out", time(plan.soldOutMs)],
    ["all wins recorded", time(plan.lastSeenRecordedMs)],
    ["gates, stripes", `${plan.gates}, ${plan.stripes}`],
    ["bottleneck", plan.bottleneck],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title><style>${STYLE}</style></head><body><main>
<header><h1>${escape(title)}</h1><p>${escape(`${at}. Simulated event by event; service times measured on ${times.measuredOn}. What the platform adds is documented or assumed, see bench/capacity/topology.ts.`)}</p></header>
<dl class="numbers">${headline.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`).join("")}</dl>
<div class="charts">${charts(plan, tiers).join("\n")}</div>
${tiers.length > 0 ? `<section><h2>From a hundred thousand to fifty million</h2>${htmlTable(TIER_HEAD, tiers.map(tierRow))}</section>` : ""}
${validated.length > 0 ? `<section><h2>Simulated beside real sales on one machine</h2>${htmlTable(VALIDATION_HEAD, validationRows(validated))}</section>` : ""}
<section><h2>This sale</h2>${htmlTable(["", ""], planRows(plan))}</section>
</main></body></html>
`;
}

function charts(plan: CapacityPlan, tiers: CapacityPlan[]): string[] {
  const points = (pairs: [number, number][]) => pairs.map(([x, y]) => ({ x, y }));
  const rush = (pairs: [number, number][]) => {
    const until = Math.ceil(Math.max(plan.soldOutMs ?? 0, plan.winP99Ms ?? 0, 10_000) / 1_000) * 2;
    return points(pairs.filter(([second]) => second <= until));
  };
  const tierPoints = (value: (tier: CapacityPlan) => number | null) =>
    tiers.flatMap((tier) => {
      const y = value(tier);
      return y === null ? [] : [{ x: tier.users, y: y / 1_000 }];
    });
  return [
    timeChart("Each second", [
      { name: "requests", colour: "--attempts", points: rush(plan.requestsBySecond) },
      { name: "wins", colour: "--wins", points: rush(plan.winsBySecond) },
    ]),
    barChart(
      "Stopped by filter",
      [{ name: "shoppers' requests", colour: "--refusals" }],
      STOPS.map((stop) => ({ label: stop, values: [plan.stopped[stop]] })),
    ),
    ...(tiers.length > 0
      ? [
          logChart("Seconds by size of the crowd", [
            { name: "sold out", colour: "--sold", points: tierPoints((tier) => tier.soldOutMs) },
            {
              name: "wins recorded",
              colour: "--memory",
              points: tierPoints((tier) => tier.lastSeenRecordedMs),
            },
          ]),
        ]
      : []),
  ];
}
