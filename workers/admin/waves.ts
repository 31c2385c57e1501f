import type { PlannedWave } from "../../durable-objects/spike-stock/messages.ts";
import { withLedger } from "../platform/ledger.ts";
import { unitsBesideLead } from "../platform/sale-ledgers.ts";
import { Refusal } from "../shared/refusals.ts";
import type { Wave } from "../shared/spike.ts";
import type { Sale } from "../spike/catalogue.ts";
import { auditAfterwards } from "./audit.ts";
import { requireLedger, saleAfterwards } from "./operate.ts";

/** A sale with the whole plan of its waves. */
export interface PlannedSale extends Sale {
  waves: PlannedWave[];
}

/**
 * Replaces the waves of a sale that are still to come; those that have come stay as they were. The
 * same plan again leaves the same plan.
 * @throws Refusal `not_found`, or `invalid_request` naming the waves that cannot be.
 */
export async function planWaves(env: Env, actor: string, id: string, waves: Wave[]): Promise<PlannedSale> {
  await requireLedger(env, id);
  const elsewhere = await unitsBesideLead(env, id);
  const result = await withLedger(env, id, (ledger) => ledger.planWaves(waves, elsewhere));
  if (!result.ok) throw new Refusal("invalid_request", { errors: result.errors });
  const details = { before: result.before, after: result.waves };
  await auditAfterwards(env, { actor, action: "spike.waves", subject: id, details }, Date.now());
  return { ...(await saleAfterwards(env, id)), waves: result.waves };
}

/** The whole plan of a sale, past waves included, in the order of their times. */
export function readWaves(env: Env, id: string): Promise<PlannedWave[]> {
  return withLedger(env, id, (ledger) => ledger.waves());
}
