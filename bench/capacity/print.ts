import { count, seconds, table } from "../report/table.ts";
import { totalOf } from "./costs.ts";
import type { ServiceTimes } from "./measure.ts";
import type { CapacityPlan } from "./plan.ts";
import { STOPS } from "./simulation/tally.ts";
import type { ValidatedSale } from "./validate.ts";

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
export const time = (ms: number | null): string => (ms === null ? "–" : seconds(ms));
export const dollars = (amount: number): string => `$${amount.toFixed(2)}`;

/** Name and value of everything a plan says about one crowd. */
export function planRows(plan: CapacityPlan): [string, string][] {
  const { loads, stopped } = plan;
  return [
    ["shoppers, units", `${count(plan.users)}, ${count(plan.stock)}`],
    ["gates, stripes, isolates", [plan.gates, plan.stripes, plan.isolates].map(count).join(", ")],
    ["requests/s in the busiest second", count(plan.peakRequestsPerSecond)],
    ["time to sell out", time(plan.soldOutMs)],
    ["click to reserved, p50 and p99", `${plan.winP50Ms ?? "–"} ms, ${plan.winP99Ms ?? "–"} ms`],
    ["last winner sees the order recorded", time(plan.lastSeenRecordedMs)],
    ["all payments recorded", time(plan.lastRecordedMs)],
    ["all paid after", time(plan.lastPaidMs)],
    ["payments later than the hold", count(plan.paidTooLate)],
    ["left without an answer but “again”", count(plan.gaveUp)],
    ["bottleneck", plan.bottleneck],
    ["load: fleet ceiling", percent(loads.ceiling)],
    ["load: busiest gate", percent(loads.gates)],
    ["load: way from gate to ledger", percent(loads.batches)],
    ["load: busiest ledger", percent(loads.ledgers)],
    ["load: queue", percent(loads.queue)],
    ["load: order database", percent(loads.database)],
    ...STOPS.map((stop): [string, string] => [`stopped: ${stop}`, count(stopped[stop])]),
    ...plan.costs.map((cost): [string, string] => [`cost: ${cost.name}`, dollars(cost.dollars)]),
    ["cost: all", dollars(totalOf(plan.costs))],
  ];
}

export const planText = (plan: CapacityPlan): string => table(["simulated on the edge", ""], planRows(plan));

export const TIER_HEAD = [
  ...[
    "shoppers",
    "units",
    "gates",
    "stripes",
    "sold out",
    "all recorded",
    "requests/s",
    "bottleneck",
    "cost",
  ],
];

export function tierRow(plan: CapacityPlan): string[] {
  return [
    count(plan.users),
    count(plan.stock),
    count(plan.gates),
    count(plan.stripes),
    time(plan.soldOutMs),
    time(plan.lastSeenRecordedMs),
    count(plan.peakRequestsPerSecond),
    plan.bottleneck,
    dollars(totalOf(plan.costs)),
  ];
}

export const tiersText = (tiers: CapacityPlan[]): string => `\n${table(TIER_HEAD, tiers.map(tierRow))}`;

export const VALIDATION_HEAD = ["sale", "figure", "simulated", "measured", "error"];

export function validationRows(sales: ValidatedSale[]): string[][] {
  return sales.flatMap(({ users, stock, comparisons }) =>
    comparisons.map(({ figure, simulated, measured, error }) => [
      `${count(users)} / ${count(stock)}`,
      figure,
      simulated < 100 ? simulated.toFixed(2) : count(simulated),
      measured < 100 ? measured.toFixed(2) : count(measured),
      `${error < 0 ? "" : "+"}${percent(error)}`,
    ]),
  );
}

export const validationText = (sales: ValidatedSale[]): string =>
  `\nthe same model for one process on this machine, beside real sales\n${table(VALIDATION_HEAD, validationRows(sales))}`;

export const serviceTimesText = ({ measuredOn, cpuMs, threadShare }: ServiceTimes): string =>
  `${table(
    ["step", "CPU ms"],
    Object.entries(cpuMs).map(([step, ms]) => [step, String(ms)]),
  )}\nshare of the server's thread: ${percent(threadShare)}\n${measuredOn}`;
