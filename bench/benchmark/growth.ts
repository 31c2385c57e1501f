import { median } from "../gather/gather.ts";
import { playShop, type Round } from "./round.ts";
import type { ScenarioResult } from "./scenarios.ts";
import { type Shop, startShop } from "./shop.ts";

/** The dearest of several sizes may cost this many times the cheapest. */
const SPREAD_MAX = 1.2;
const GATES = [1, 8, 32];
const CATALOGUES = [10, 10_000];

/** Something a purchase should not get dearer by. */
interface Growing {
  name: "gates" | "catalogue";
  title: string;
  /** What is counted. */
  of: string;
  /** A shop of each size. Those that share one server get it made ready by `ready`. */
  shops: Map<number, Shop>;
  ready: (shop: Shop, size: number) => Promise<void>;
}

/** What a purchase costs through one gate and through many: one server, the numbers take turns. */
export async function measureGates(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const purchases = purchasesOf(quick);
  const shop = await startShop(purchases);
  try {
    return await measure(quick, say, {
      ...{ name: "gates", title: "A purchase through one gate and through many", of: "gates" },
      shops: new Map(GATES.map((gates) => [gates, shop])),
      ready: (_, gates) => shop.setGates(gates),
    });
  } finally {
    await shop.stop();
  }
}

/** What a purchase costs with few and with many sales in the catalogue: two servers that take turns. */
export async function measureCatalogue(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const purchases = purchasesOf(quick);
  const shops = new Map<number, Shop>();
  try {
    for (const sales of CATALOGUES) {
      const shop = await startShop(purchases);
      shops.set(sales, shop);
      await playShop(shop, purchases);
      shop.addSales(sales);
    }
    return await measure(quick, say, {
      ...{
        name: "catalogue",
        title: "A purchase with few and with many sales",
        of: "sales in the catalogue",
      },
      shops,
      ready: () => Promise.resolve(),
    });
  } finally {
    for (const shop of shops.values()) await shop.stop();
  }
}

const purchasesOf = (quick: boolean): number => (quick ? 3_000 : 10_000);

async function measure(
  quick: boolean,
  say: (line: string) => void,
  { name, title, of, shops, ready }: Growing,
): Promise<ScenarioResult> {
  const purchases = purchasesOf(quick);
  const sizes = [...shops];
  const rounds = new Map<number, Round[]>(sizes.map(([size]) => [size, []]));
  for (let round = 0; round <= (quick ? 2 : 3); round++) {
    for (const [size, shop] of sizes) {
      await ready(shop, size);
      const played = await playShop(shop, purchases);
      say(
        `${round === 0 ? "warm-up" : `round ${round}`}, ${size} ${of}: ${played.cpuPer1000.toFixed(3)} CPU s per 1,000`,
      );
      if (round > 0) rounds.get(size)?.push(played);
    }
  }
  const costs = sizes.map(([size]) => (rounds.get(size) ?? []).map(({ cpuPer1000 }) => cpuPer1000));
  const medians = costs.map((of) => median(of));
  const spread = Math.max(...medians) / Math.min(...medians);
  return {
    name,
    title,
    series: sizes.map(([size], at) => ({
      name: `${size} ${of}`,
      unit: "CPU s per 1,000 recorded",
      rounds: costs[at] ?? [],
    })),
    verdicts: [
      {
        claim: `a purchase costs the same within ${Math.round((SPREAD_MAX - 1) * 100)} % whatever the ${of}`,
        found: `${spread.toFixed(2)} times`,
        holds: spread <= SPREAD_MAX,
      },
    ],
    remarks: [`${purchases} purchases a round over 256 connections.`],
  };
}
