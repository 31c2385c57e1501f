import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { ReserveResult } from "../../../durable-objects/spike-stock/messages.ts";
import { withLedgerAt } from "../../../workers/platform/ledger.ts";
import { ledgerOfUser } from "../../../workers/shared/stripes.ts";
import { PATIENCE } from "../support/patience.ts";
import { purchase } from "./spikes.ts";

/* Shoppers of a sale with several ledgers. */

let people = 0;
/** Somebody who belongs to this ledger and was not asked for before. */
export function userOf(id: string, stripe: number): string {
  for (;;) {
    const userId = `person${people++}`;
    if (ledgerOfUser(id, userId).stripe === stripe) return userId;
  }
}

/** Reserves for this user in the ledger he belongs to. */
export async function reserveOnce(id: string, userId: string, quantity = 1): Promise<ReserveResult> {
  const reply = await withLedgerAt(env, ledgerOfUser(id, userId), (ledger) =>
    ledger.reserve([purchase(userId, { quantity })]),
  );
  return reply.results[0] as ReserveResult;
}

/** The same, and again while he is told to come again: on a busy machine ledgers do not hear each other in time. */
export const reserve = (id: string, userId: string, quantity = 1): Promise<ReserveResult> =>
  vi.waitFor(async () => {
    const result = await reserveOnce(id, userId, quantity);
    if (!result.ok && result.code === "overloaded") throw new Error(`${userId} was told to come again`);
    return result;
  }, PATIENCE);
