import { median } from "../gather/gather.ts";
import type { GrownLedger } from "../ledger/growth.ts";
import type { Series as OrderSeries } from "../orders/main.ts";
import type { Series as RefusalSeries } from "../refusals/rounds.ts";
import type { Sample } from "../refusals/measure.ts";
import type { Verdict } from "../report/verdict.ts";
import type { ScenarioResult } from "./scenarios.ts";

/*
 * What other benchmarks found, from their last line, which is JSON: their verdicts, and what there is to draw.
 */

export type Reading = Pick<ScenarioResult, "verdicts" | "growth" | "comparisons">;

interface Judged {
  verdicts: Verdict[];
}

/** A quick round measures no growth. */
export function readLedger({ verdicts, growth = [] }: Judged & { growth?: GrownLedger[] }): Reading {
  if (growth.length === 0) return { verdicts };
  const points = growth.map(({ size, cpuMs }) => ({ x: size, y: cpuMs * 1_000 }));
  return {
    verdicts,
    growth: [
      {
        title: "A reservation in small and large ledgers",
        ...{ x: "orders in the ledger", y: "CPU µs a reservation" },
        lines: [{ name: "CPU µs a reservation", points }],
      },
    ],
  };
}

export function readRefusals({ verdicts, series }: Judged & { series: RefusalSeries[] }): Reading {
  const rows = (of: (sample: Sample) => number) =>
    series.flatMap(({ scene, samples, pairs }) => {
      const all = [...samples, ...pairs.map(({ answer }) => answer)];
      const bare = pairs.map((pair) => pair.bare);
      const row = (label: string, taken: Sample[]) => ({ label, value: median(taken.map(of)) });
      return [row(scene.name, all), ...(bare.length > 0 ? [row(`bare: ${scene.name}`, bare)] : [])];
    });
  return {
    verdicts,
    comparisons: [
      { title: "Throughput", unit: "answers/s", rows: rows((sample) => sample.requestsPerSecond) },
      { title: "CPU per 1,000", unit: "CPU s per 1,000", rows: rows((sample) => sample.cpuMsPerRequest) },
    ],
  };
}

export function readOrders({ verdicts, series }: Judged & { series: OrderSeries[] }): Reading {
  const stores = [...new Set(series.map(({ store }) => store))];
  const lines = stores.flatMap((store) =>
    (["plain", "consumer"] as const).map((who) => ({
      name: `${store}, ${who}`,
      points: series
        .filter((one) => one.store === store)
        .map((one) => ({ x: one.batch, y: median(one[who].map(({ ordersPerSecond }) => ordersPerSecond)) })),
    })),
  );
  return {
    verdicts,
    growth: [{ title: "Orders recorded, by batch", ...{ x: "orders in a batch", y: "orders/s" }, lines }],
  };
}
