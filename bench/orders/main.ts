import { median } from "../gather/gather.ts";
import { runCommand } from "../rehearsal/command.ts";
import { describeMachine } from "../report/machine.ts";
import { figures, table } from "../report/table.ts";
import type { Verdict } from "../report/verdict.ts";
import { type OrderBenchOptions, ORDERS_USAGE, readOrderBenchOptions } from "./options.ts";
import type { StoreName } from "./store-name.ts";
import { type OrderServer, startOrderServer } from "./server.ts";

/** Orders in a batch that the consumer is given, and in a round of such batches: about a second of work. */
const SIZES = [
  { batch: 1, orders: 500 },
  { batch: 10, orders: 4_000 },
  { batch: 100, orders: 20_000 },
  { batch: 1_000, orders: 50_000 },
  { batch: 10_000, orders: 50_000 },
  // The largest that a queue delivers: a hundred messages of 250.
  { batch: 25_000, orders: 50_000 },
];
/** The part of the plain insert's rate that the consumer is to reach. */
const SHARE_GOAL = 0.7;

interface Rate {
  ordersPerSecond: number;
  /** Of workerd, microseconds an order. */
  cpuMicros: number;
}

/** One store and batch size, round by round. */
export interface Series {
  store: StoreName;
  batch: number;
  plain: Rate[];
  consumer: Rate[];
  /** The consumer with its ledger's own transactions on the same thread. */
  withLedger: Rate[];
}

async function run(options: OrderBenchOptions): Promise<void> {
  const server = await startOrderServer();
  try {
    await server.ask(`/sell?orders=${Math.max(...SIZES.map(({ orders }) => orders))}`);
    report(await measure(server, options), options);
  } finally {
    await server.stop();
  }
}

/** Rounds over all stores and sizes, plain insert and consumer right after each other. The first warms up. */
async function measure(server: OrderServer, { rounds }: OrderBenchOptions): Promise<Series[]> {
  const stores: StoreName[] = server.hasMySql ? ["d1", "mysql"] : ["d1"];
  const all = stores.flatMap((store) =>
    SIZES.map((size) => ({
      ...{ ...size, store },
      ...{ plain: [] as Rate[], consumer: [] as Rate[], withLedger: [] as Rate[] },
    })),
  );
  for (let round = 0; round <= rounds; round++) {
    for (const series of all) {
      const plain = await rateOf(server, "plain", series);
      const consumer = await rateOf(server, "consume", series, "&only-count");
      const withLedger = await rateOf(server, "consume", series);
      if (round === 0) continue;
      series.plain.push(plain);
      series.consumer.push(consumer);
      series.withLedger.push(withLedger);
    }
    process.stderr.write(round === 0 ? "warmed up\n" : `round ${round} of ${rounds}\n`);
  }
  return all;
}

async function rateOf(
  server: OrderServer,
  what: "plain" | "consume",
  { store, batch, orders }: { store: StoreName; batch: number; orders: number },
  ledger = "",
): Promise<Rate> {
  await server.ask(`/clear?store=${store}${ledger}`);
  const [start, cpuStart] = [performance.now(), server.cpuSeconds()];
  await server.ask(`/${what}?store=${store}&orders=${orders}&batch=${batch}`);
  const seconds = (performance.now() - start) / 1000;
  const cpuMicros = ((server.cpuSeconds() - cpuStart) * 1e6) / orders;
  const recorded = await server.ask(`/clear?store=${store}`);
  if (recorded !== orders) throw new Error(`${what} into ${store} left ${recorded} of ${orders} orders`);
  return { ordersPerSecond: orders / seconds, cpuMicros };
}

/** Round by round, so that what disturbs the machine for a while disturbs both. */
const shareOf = (rates: Rate[], { plain }: Series): number =>
  median(rates.map((one, round) => one.ordersPerSecond / (plain[round]?.ordersPerSecond ?? Number.NaN)));

const percent = (share: number): string => `${(share * 100).toFixed(0)} %`;

const describe = (rates: Rate[]): string[] => [
  ...figures(rates.map(({ ordersPerSecond }) => ordersPerSecond)),
  median(rates.map(({ cpuMicros }) => cpuMicros)).toFixed(1),
];

function judge(series: Series): Verdict {
  const share = shareOf(series.consumer, series);
  const { store, batch } = series;
  return {
    claim: `${store}, batches of ${batch.toLocaleString("en")}: at least ${percent(SHARE_GOAL)} of a plain insert`,
    found: percent(share),
    holds: share >= SHARE_GOAL,
  };
}

function report(all: Series[], options: OrderBenchOptions): void {
  const rows = all.map((series) => [
    series.store,
    series.batch.toLocaleString("en"),
    ...describe(series.plain),
    ...describe(series.consumer),
    percent(shareOf(series.consumer, series)),
    shareOf(series.consumer, series) >= SHARE_GOAL ? "ok" : "MISSED",
    percent(shareOf(series.withLedger, series)),
  ]);
  const head = [
    ...["orders/s", "batch", "plain", "least", "most", "CPU µs"],
    ...["consumer", "least", "most", "CPU µs", "share"],
  ];
  console.log(table([...head, `goal ${SHARE_GOAL * 100} %`, "with ledger"], rows));
  const verdicts = all.map(judge);
  if (verdicts.some(({ holds }) => !holds)) process.exitCode = 1;
  if (options.json)
    console.log(JSON.stringify({ machine: describeMachine(), options, verdicts, series: all }));
}

await runCommand(readOrderBenchOptions, ORDERS_USAGE, run);
