import { median } from "../gather/gather.ts";
import { isBottleneck } from "../load/volley.ts";
import { CONNECTIONS, playShop, type Round } from "./round.ts";
import type { Verdict } from "../report/verdict.ts";
import type { ScenarioResult } from "./scenarios.ts";
import { type Shop, startShop } from "./shop.ts";

const UNIT = "CPU s per 1,000 recorded";
/** The dearest of several sizes may cost this many times the cheapest. */
const SPREAD_MAX = 1.2;
const GATES = [1, 8, 32];
const CATALOGUES = [10, 10_000];

/** As many purchases under way as a crowd of one machine, and as many as 32 gates are for: 64 for each. */
const CROWDS = [CONNECTIONS, 2_048];
/** The ends alone. */
const QUICK = { gates: [1, 32], crowds: [CONNECTIONS] };
/** The machine's own ups and downs are as large as what is looked for: it takes so many for a median to tell. */
const ROUNDS = 7;
const QUICK_ROUNDS = 1;

/** A purchase that should cost as much as those of its group. */
interface Case {
  label: string;
  /** What they have in common. */
  group: string;
  /** What grows within it, and how far it has. */
  of: "gates" | "sales in the catalogue";
  size: number;
  play: (purchases: number) => Promise<Round>;
}

/** What a purchase costs through one gate and through many: one server, the numbers take turns. */
export async function measureGates(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const shop = await startShop(purchasesOf(quick));
  const throughGates = (gates: number, connections: number): Case => ({
    label: `${gates} gates, ${connections} connections`,
    group: `gates, over ${connections} connections`,
    ...{ of: "gates", size: gates },
    play: async (purchases) => {
      await shop.setGates(gates);
      return await playShop(shop, purchases, connections);
    },
  });
  try {
    const { gates: numbers, crowds } = quick ? QUICK : { gates: GATES, crowds: CROWDS };
    const cases = crowds.flatMap((connections) => numbers.map((gates) => throughGates(gates, connections)));
    return {
      ...{ name: "gates", title: "A purchase through one gate and through many" },
      ...(await measure(quick, say, cases)),
    };
  } finally {
    await shop.stop();
  }
}

/** What a purchase costs with few and with many sales in the catalogue: two servers that take turns. */
export async function measureCatalogue(quick: boolean, say: (line: string) => void): Promise<ScenarioResult> {
  const shops: Shop[] = [];
  const cases: Case[] = [];
  try {
    for (const sales of CATALOGUES) {
      const shop = await startShop(purchasesOf(quick));
      shops.push(shop);
      await playShop(shop, purchasesOf(quick));
      shop.addSales(sales);
      cases.push({
        label: `${sales} sales in the catalogue`,
        group: "sales in the catalogue",
        ...{ of: "sales in the catalogue", size: sales },
        play: (purchases) => playShop(shop, purchases),
      });
    }
    return {
      ...{ name: "catalogue", title: "A purchase with few and with many sales" },
      ...(await measure(quick, say, cases)),
    };
  } finally {
    for (const shop of shops) await shop.stop();
  }
}

const purchasesOf = (quick: boolean): number => (quick ? 3_000 : 10_000);

async function measure(
  quick: boolean,
  say: (line: string) => void,
  cases: readonly Case[],
): Promise<Pick<ScenarioResult, "series" | "verdicts" | "growth" | "remarks">> {
  const purchases = purchasesOf(quick);
  const rounds = new Map<Case, Round[]>(cases.map((one) => [one, []]));
  for (let round = 0; round <= (quick ? QUICK_ROUNDS : ROUNDS); round++) {
    for (const one of cases) {
      const played = await one.play(purchases);
      const when = round === 0 ? "warm-up" : `round ${round}`;
      say(`${when}, ${one.label}: ${played.cpuPer1000.toFixed(3)} CPU s per 1,000`);
      if (round > 0) rounds.get(one)?.push(played);
    }
  }
  const costsOf = (one: Case) => (rounds.get(one) ?? []).map(({ cpuPer1000 }) => cpuPer1000);
  const groups = [...new Set(cases.map(({ group }) => group))];
  const casesOf = (group: string) => cases.filter((one) => one.group === group);
  const held = [...rounds].filter(([, played]) =>
    played.some(({ volley }) => isBottleneck(volley.generator)),
  );
  return {
    series: cases.map((one) => ({
      ...{ name: one.label, unit: UNIT, rounds: costsOf(one) },
    })),
    verdicts: groups.map((group) =>
      judgeSpread(
        group,
        casesOf(group).map((one) => median(costsOf(one))),
      ),
    ),
    growth: [
      {
        title: "CPU per 1,000 purchases",
        ...{ x: cases[0]?.of ?? "", y: UNIT },
        lines: groups.map((group) => ({
          name: group,
          points: casesOf(group).map((one) => ({ x: one.size, y: median(costsOf(one)) })),
        })),
      },
    ],
    remarks: [
      `${purchases} purchases a round, over ${CONNECTIONS} connections where nothing else is said.`,
      ...held.map(([{ label }]) => `The load generator held this back, whose CPU time stands: ${label}.`),
    ],
  };
}

function judgeSpread(group: string, costs: readonly number[]): Verdict {
  const spread = Math.max(...costs) / Math.min(...costs);
  return {
    claim: `a purchase costs the same within ${Math.round((SPREAD_MAX - 1) * 100)} % whatever the ${group}`,
    found: `${spread.toFixed(2)} times`,
    holds: spread <= SPREAD_MAX,
  };
}
