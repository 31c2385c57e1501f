import type { LedgerView, RestockResult } from "../../durable-objects/spike-stock/messages.ts";
import { withEveryLedger, withLedger } from "../platform/ledger.ts";
import { readStatus, unitsBesideLead, viewLedgers } from "../platform/sale-ledgers.ts";
import { fieldError } from "../shared/complaints.ts";
import { isSpikeId, stripesOf } from "../shared/ids.ts";
import { STOCK_MAX } from "../shared/limits.ts";
import { Refusal } from "../shared/refusals.ts";
import { completeSale, findSpike, forgetList, noSuchSpike, type Sale } from "../spike/catalogue.ts";
import { auditAfterwards } from "./audit.ts";

/**
 * Stops or resumes a sale at once, for every shopper: the ledger itself refuses from this moment on.
 * Nothing here waits for the database before that.
 * @throws Refusal `not_found`.
 */
export async function setPaused(env: Env, actor: string, id: string, paused: boolean): Promise<Sale> {
  await requireLedger(env, id);
  await withEveryLedger(env, id, (ledger) => ledger.setPaused(paused));
  const action = paused ? "spike.pause" : "spike.resume";
  await auditAfterwards(env, { actor, action, subject: id, details: {} }, Date.now());
  return await saleAfterwards(env, id);
}

/**
 * Puts `quantity` more units on sale.
 * @param operation names it: with the same name it happens once, however often this is called.
 * @throws Refusal `not_found`, `invalid_request` beyond STOCK_MAX, or `idempotency_conflict` when the
 *   operation was another quantity.
 */
export async function restock(
  env: Env,
  actor: string,
  id: string,
  { quantity, operation }: { quantity: number; operation: string },
): Promise<Sale> {
  await requireLedger(env, id);
  const elsewhere = await unitsBesideLead(env, id);
  const result = await withLedger(env, id, (ledger) => ledger.restock(quantity, operation, elsewhere));
  if (!result.ok) throw restockRefusal(result.code);
  const { total } = stripesOf(id) === 1 ? result.view : await readStatus(env, id);
  const details = { quantity, operation, total };
  await auditAfterwards(env, { actor, action: "spike.restock", subject: id, details }, Date.now());
  return await saleAfterwards(env, id);
}

function restockRefusal(code: Extract<RestockResult, { ok: false }>["code"]): Refusal {
  if (code === "idempotency_conflict") return new Refusal(code);
  return new Refusal("invalid_request", { errors: [fieldError("quantity", "stock_too_large", STOCK_MAX)] });
}

/**
 * Where the units of a sale are, in one consistent moment of its ledger.
 * @throws Refusal `not_found`.
 */
export async function viewLedger(env: Env, id: string): Promise<LedgerView> {
  await requireLedger(env, id);
  return await viewLedgers(env, id);
}

/**
 * The stock of a sale that has a ledger.
 * @throws Refusal `not_found`.
 */
export async function requireLedger(env: Env, id: string) {
  if (!isSpikeId(id)) throw noSuchSpike();
  const status = await readStatus(env, id);
  if (status.configVersion === 0) throw noSuchSpike();
  return status;
}

/** A sale that was just operated, past every cache; the next list shows it too. */
export async function saleAfterwards(env: Env, id: string): Promise<Sale> {
  forgetList();
  return await completeSale(env, await findSpike(env, id));
}
