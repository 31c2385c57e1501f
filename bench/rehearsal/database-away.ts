import type { Check } from "../load/checks.ts";
import { pause } from "../load/doors.ts";
import type { OrderDatabase } from "../load/order-database.ts";
import type { RunningSale } from "../load/sale.ts";
import type { AdminOrder } from "../load/wire.ts";

/** How far the database was behind the ledger at one moment. */
export interface BacklogSample {
  /** Milliseconds after the start of the sale. */
  atMs: number;
  /** Orders that were made and are not recorded. */
  orders: number;
  /** Orders in the database. */
  recorded: number;
}

/** What came of the time without a database. Times are milliseconds after the start of the sale. */
export interface Outage {
  leftMs: number;
  backMs: number;
  /** Purchases won and units paid for while the database was away. */
  wins: number;
  sold: number;
  /** Purchases won from the start until it was back. */
  winsWhenBack: number;
  backlog: BacklogSample[];
}

/** The database leaves when this share of the stock has been won: the sale is in full swing. */
const LEAVES_AT_SHARE = 0.1;
const LOOK_PAUSE_MS = 20;
const SAMPLE_PAUSE_MS = 500;
const MS_PER_SECOND = 1_000;

/** Takes the database away in mid-sale, for so long, and watches how far it is behind until the sale is done. */
export async function takeAway(
  database: OrderDatabase,
  sale: RunningSale,
  stock: number,
  awayMs: number,
): Promise<Outage | null> {
  const backlog: BacklogSample[] = [];
  const watching = watchBacklog(database, sale, backlog);
  while (sale.measures.totals.wins < stock * LEAVES_AT_SHARE && sale.phase !== "done")
    await pause(LOOK_PAUSE_MS);
  if (sale.phase === "done") return null;
  const soldBefore = sale.monitor.latest?.sold ?? 0;
  const winsBefore = sale.measures.totals.wins;
  const leftMs = sale.measures.sinceStartMs();
  await database.leave();
  await pause(awayMs);
  const outage = {
    leftMs,
    backMs: sale.measures.sinceStartMs(),
    wins: sale.measures.totals.wins - winsBefore,
    sold: (sale.monitor.latest?.sold ?? 0) - soldBefore,
    winsWhenBack: sale.measures.totals.wins,
    backlog,
  };
  await database.comeBack();
  await watching;
  return outage;
}

async function watchBacklog(
  database: OrderDatabase,
  sale: RunningSale,
  backlog: BacklogSample[],
): Promise<void> {
  const look = async () => {
    const recorded = await database.recorded(sale.spikeId);
    const orders = Math.max(0, sale.measures.totals.wins - recorded);
    backlog.push({ atMs: sale.measures.sinceStartMs(), orders, recorded });
  };
  while (sale.phase !== "done") {
    await look();
    await pause(SAMPLE_PAUSE_MS);
  }
  // The sale may be done because the last of it was recorded in that pause.
  await look();
}

/**
 * When as many orders were recorded as there were when the database came back, in milliseconds after the start; null if
 * never. While the sale goes on some are always on their way, so that the backlog itself may not be 0 for long.
 */
function drainedMs({ backMs, winsWhenBack, backlog }: Outage): number | null {
  return backlog.find(({ atMs, recorded }) => atMs > backMs && recorded >= winsWhenBack)?.atMs ?? null;
}

/**
 * Judges what the sale did without its database.
 * @param recorded the orders in the order in which they were recorded.
 * @param startsAt when the sale started, epoch milliseconds.
 */
export function judgeOutage(
  outage: Outage | null,
  awayMs: number,
  recorded: readonly AdminOrder[],
  startsAt: number,
): Check[] {
  const name = "the sale goes on while the database is away";
  if (!outage) return [{ name, pass: false, found: "the sale was over before the database could leave" }];
  const { leftMs, backMs, wins, sold, backlog } = outage;
  const drained = drainedMs(outage);
  const most = backlog.reduce((peak, { orders }) => Math.max(peak, orders), 0);
  return [
    {
      name,
      pass: wins > 0 && sold > 0 && backMs - leftMs >= awayMs,
      found: `away for ${seconds(backMs - leftMs)} s from ${seconds(leftMs)} s on: ${wins} won, ${sold} paid for`,
    },
    {
      name: "what was sold meanwhile is recorded after it is back",
      pass: drained !== null && most > 0,
      found: `at most ${most} behind, ${drained === null ? "never" : `${seconds(drained - backMs)} s after its return`} up to date`,
    },
    recordedInOrder(outage, recorded, startsAt),
  ];
}

/** Of a sale with several ledgers each has an order of its own; the end of an order's id names the ledger. */
function recordedInOrder(
  { leftMs, backMs }: Outage,
  recorded: readonly AdminOrder[],
  startsAt: number,
): Check {
  const meanwhile = recorded.filter(({ createdAt }) => {
    const soldMs = createdAt - startsAt;
    return soldMs >= leftMs && soldMs < backMs;
  });
  const newest = new Map<string, number>();
  let late = 0;
  let latestMs = 0;
  for (const { id, createdAt } of meanwhile) {
    const ledger = id.split("-")[LEDGER_IN_ID] ?? "";
    const behindMs = (newest.get(ledger) ?? createdAt) - createdAt;
    if (behindMs > 0) late++;
    else newest.set(ledger, createdAt);
    latestMs = Math.max(latestMs, behindMs);
  }
  return {
    name: "what was sold meanwhile is recorded in the order of sale",
    pass: meanwhile.length > 0 && late === 0,
    found: `${meanwhile.length} sold meanwhile, ${late} recorded after one sold later, at most ${seconds(latestMs)} s`,
  };
}

/** Which part of an order's id is the number of its ledger; the first ledger's orders have none. */
const LEDGER_IN_ID = 3;

const seconds = (ms: number): string => (ms / MS_PER_SECOND).toFixed(1);
