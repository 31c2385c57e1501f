import { stripesOf } from "../shared/ids.ts";
import { log, messageOf } from "../shared/log.ts";
import { poolStatuses, poolViews, readWhole } from "../shared/pool.ts";
import { Refusal } from "../shared/refusals.ts";
import type { LedgerView, SpikeConfig, StockStatus } from "../shared/spike.ts";
import { withTimeLimit } from "../shared/time-limit.ts";
import { tryEveryLedger, withEveryLedger, withLedger } from "./ledger.ts";

/* What concerns a whole sale, whose ledgers it goes to. */

/** Not all ledgers of a sale run the code that this Worker runs. */
export class RollOutUnderWay extends Refusal {
  constructor() {
    const detail =
      "A new version is being rolled out, and not all ledgers run it yet. Try again in a few minutes.";
    super("overloaded", { detail, retryAfter: ROLL_OUT_RETRY_SECONDS });
  }
}

/** Longest one of several ledgers is waited for when the sale's stock is read, in milliseconds. */
export const STATUS_PATIENCE_MS = 1_000;
/** After a deploy an object may run the old code for minutes. */
const ROLL_OUT_RETRY_SECONDS = 120;
/** How long the ledgers of a sale stay closed while they are erased, in milliseconds. */
const CLOSED_FOR_ERASURE_MS = 60_000;

/**
 * The stock of a sale. Where it has several ledgers, one that cannot be heard does not hide the others: then
 * there is at least one unit left as far as anyone knows, because only who has heard all may say "sold out".
 */
export async function readStatus(env: Env, spikeId: string): Promise<StockStatus> {
  if (stripesOf(spikeId) === 1) return await withLedger(env, spikeId, (ledger) => ledger.status());
  return await readWhole(() => hearStatuses(env, spikeId), poolHeard);
}

/** What each ledger says, null for one that cannot be heard. @throws when none can. */
async function hearStatuses(env: Env, spikeId: string): Promise<(StockStatus | null)[]> {
  const outcomes = await tryEveryLedger(env, spikeId, (ledger) =>
    withTimeLimit(ledger.status(), STATUS_PATIENCE_MS, "A ledger's status"),
  );
  const failures = outcomes.filter((outcome) => outcome.status === "rejected");
  const [failure] = failures;
  if (failure && failures.length === outcomes.length) throw failure.reason;
  if (failure) {
    const message = messageOf(failure.reason);
    log.warn("ledgers_not_heard", { spikeId, ledgers: failures.length, message });
  }
  return outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : null));
}

function poolHeard(statuses: readonly (StockStatus | null)[]): StockStatus {
  const pooled = poolStatuses(statuses);
  return statuses.includes(null) ? { ...pooled, available: Math.max(1, pooled.available) } : pooled;
}

/** Where every unit of a sale is. @throws when one of its ledgers cannot be heard. */
export function viewLedgers(env: Env, spikeId: string): Promise<LedgerView> {
  return readWhole(() => withEveryLedger(env, spikeId, (ledger) => ledger.view()), poolViews);
}

/**
 * Gives every ledger of a spike this definition, unless it has a newer one. Safe to repeat.
 * @throws RollOutUnderWay when one of several runs code that knows of no others: it would sell the whole stock
 *   by itself.
 */
export async function configureLedgers(env: Env, spike: SpikeConfig): Promise<StockStatus> {
  const statuses = await withEveryLedger(env, spike.id, (ledger, stripe) => ledger.configure(spike, stripe));
  const knowsOthers = ({ configVersion, transfers }: StockStatus) => configVersion === 0 || transfers;
  if (stripesOf(spike.id) > 1 && !statuses.every(knowsOthers)) throw new RollOutUnderWay();
  return poolStatuses(statuses);
}

/** Erases the ledgers of a sale that has never been for sale. */
export async function discardLedgers(env: Env, spikeId: string): Promise<void> {
  await withEveryLedger(env, spikeId, (ledger) => ledger.erase());
}

/** Units on sale in all ledgers but the one that leads. */
export async function unitsBesideLead(env: Env, spikeId: string): Promise<number> {
  if (stripesOf(spikeId) === 1) return 0;
  const [lead, whole] = await Promise.all([
    withLedger(env, spikeId, (ledger) => ledger.status()),
    readStatus(env, spikeId),
  ]);
  return Math.max(0, whole.total - lead.total);
}

/**
 * Erases every ledger of a spike for good; false, and nothing is erased, when one of them must not be. All are
 * closed first, so that none can make a reservation after it has been asked and before it is erased.
 */
export async function eraseLedgers(env: Env, spikeId: string, now: number): Promise<boolean> {
  if (stripesOf(spikeId) > 1 && !(await closeLedgers(env, spikeId, now))) return false;
  const erased = await withEveryLedger(env, spikeId, (ledger) => ledger.erase());
  return !erased.includes(false);
}

async function closeLedgers(env: Env, spikeId: string, now: number): Promise<boolean> {
  const until = now + CLOSED_FOR_ERASURE_MS;
  const settled = await withEveryLedger(env, spikeId, (ledger) => ledger.close(until));
  if (!settled.includes(false)) return true;
  await withEveryLedger(env, spikeId, (ledger) => ledger.close(0));
  return false;
}
