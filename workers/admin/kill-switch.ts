import { and, desc, gt, lte } from "drizzle-orm";
import type { StockStatus } from "../shared/spike.ts";
import { spikes } from "../database/schema.ts";
import { database } from "../platform/database.ts";
import { withEveryLedger } from "../platform/ledger.ts";
import { stripesOf } from "../shared/ids.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { log, messageOf } from "../shared/log.ts";
import { poolStatuses } from "../shared/pool.ts";
import { explain } from "../shared/explanations.ts";
import { Refusal } from "../shared/refusals.ts";
import { forgetList } from "../spike/catalogue.ts";
import { rememberStock } from "../spike/stock.ts";

/*
 * The switch that stops every sale. KV would take a minute to tell the edge, so it is thrown where every
 * purchase passes: in the ledger of each sale that is running or about to. Those that start later are
 * told by cron before they do.
 */

/** Sales that start within this time are told at once, in milliseconds; cron comes every minute. */
export const SWITCH_AHEAD_MS = 180_000;
/** Ledgers told in one go: the platform allows one request a thousand calls. */
const SWITCHED_LEDGERS_MAX = 900;
/** Ledgers told at the same moment. */
const CALLS_AT_ONCE = 50;

/** What the switch says, and the version of the settings that says it. */
export interface SwitchOrder {
  halted: boolean;
  version: number;
}

/**
 * Tells every sale that is running, or will be before cron comes, whether it may sell. Safe to repeat;
 * a ledger that has heard of a newer version ignores an older one.
 * @param now the server's clock, epoch milliseconds.
 * @throws Refusal `overloaded` when some ledgers could not be reached; the others have been told.
 */
export async function turnSwitch(env: Env, order: SwitchOrder, now: number): Promise<void> {
  if (order.version === 0) return;
  let missed = 0;
  await inParallel(await runningSales(env, now), CALLS_AT_ONCE, async (id) => {
    await tellLedger(env, id, order).catch((error: unknown) => {
      missed += 1;
      log.error("switch_not_heard", { spikeId: id, halted: order.halted, message: messageOf(error) });
    });
  });
  forgetList();
  if (missed > 0) {
    throw new Refusal("overloaded", { ...explain("sales_not_told", missed), retryAfter: 1 });
  }
}

/** Tells one sale whether it may sell. */
export async function tellLedger(
  env: Env,
  id: string,
  { halted, version }: SwitchOrder,
): Promise<StockStatus> {
  const status = poolStatuses(await withEveryLedger(env, id, (ledger) => ledger.setHalted(halted, version)));
  rememberStock(id, status);
  return status;
}

/** The newest of them, as many as have SWITCHED_LEDGERS_MAX ledgers. */
async function runningSales(env: Env, now: number): Promise<string[]> {
  const rows = await database(env)
    .select({ id: spikes.id })
    .from(spikes)
    .where(and(gt(spikes.endsAt, now), lte(spikes.startsAt, now + SWITCH_AHEAD_MS)))
    .orderBy(desc(spikes.startsAt))
    .limit(SWITCHED_LEDGERS_MAX + 1);
  const told: string[] = [];
  let ledgers = 0;
  for (const { id } of rows) {
    ledgers += stripesOf(id);
    if (ledgers > SWITCHED_LEDGERS_MAX) break;
    told.push(id);
  }
  if (told.length < rows.length) log.error("switch_reaches_not_all", { told: told.length });
  return told;
}
