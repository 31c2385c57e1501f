import { pause } from "../load/doors.ts";
import type { VolleyResult } from "../load/volley.ts";
import type { Shop } from "./shop.ts";

/** What one round of distinct winners came to. */
export interface Round {
  winsPerSecond: number;
  recordedPerSecond: number;
  /** Processor seconds of everything that works for it, recording included. */
  cpuPer1000: number;
  /** The same until the last answer: what records goes on afterwards. */
  cpuToAnswersPer1000: number;
  /** From the last win until the last order is in the database, in seconds. */
  lagSeconds: number;
  volley: VolleyResult;
}

export const CONNECTIONS = 256;
const RECORDED_PAUSE_MS = 20;
const RECORDED_PATIENCE_MS = 120_000;
const MS_PER_SECOND = 1_000;

/** One round of our shop. */
export async function playShop(
  shop: Shop,
  purchases: number,
  connections: number = CONNECTIONS,
): Promise<Round> {
  const sale = await shop.prepare(purchases);
  return play(purchases, shop.cpuSeconds, () => sale.buy({ connections }), sale.recorded);
}

/**
 * Lets `buy` make that many distinct winners, and waits until all of their orders are in the database.
 * @throws Error when not everybody won.
 */
export async function play(
  purchases: number,
  cpuSeconds: () => number,
  buy: () => Promise<VolleyResult>,
  recorded: () => Promise<number>,
): Promise<Round> {
  const cpuBefore = cpuSeconds();
  const startedAt = performance.now();
  const volley = await buy();
  const wonAt = performance.now();
  const cpuAtLastAnswer = cpuSeconds();
  if (volley.statuses["202"] !== purchases) {
    throw new Error(`${purchases} purchases, but the answers were ${JSON.stringify(volley.statuses)}`);
  }
  while ((await recorded()) < purchases) {
    if (performance.now() - wonAt > RECORDED_PATIENCE_MS) throw new Error("not all orders were recorded");
    await pause(RECORDED_PAUSE_MS);
  }
  const recordedAt = performance.now();
  return {
    winsPerSecond: purchases / volley.seconds,
    recordedPerSecond: (purchases * MS_PER_SECOND) / (recordedAt - startedAt),
    cpuPer1000: ((cpuSeconds() - cpuBefore) * 1_000) / purchases,
    cpuToAnswersPer1000: ((cpuAtLastAnswer - cpuBefore) * 1_000) / purchases,
    lagSeconds: (recordedAt - wonAt) / MS_PER_SECOND,
    volley,
  };
}
