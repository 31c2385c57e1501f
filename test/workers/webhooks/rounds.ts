import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { senderStore } from "../../../durable-objects/webhook-sender/store.ts";
import { announcingStore, forgetRecipients } from "../../../workers/order/webhooks/announce.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";

/** For each test of a file: a clock that stands still, no network, and nothing left of the test before. */
export function standAlone(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    // The objects that the announcement wakes have nothing to reach.
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("there is no network"));
    for (const level of ["info", "warn", "error"] as const)
      vi.spyOn(console, level).mockImplementation(() => {});
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    await env.DB.batch([
      env.DB.prepare("DELETE FROM webhook_endpoints"),
      env.DB.prepare("DELETE FROM webhook_deliveries"),
    ]);
    forgetRecipients();
  });
}

export const storeOf = (id: string) => senderStore(env.DB, id, () => 0);

/** Records orders as the consumer does, with nobody to wake. */
export async function record(...orders: OrderSnapshot[]): Promise<void> {
  const WEBHOOK_SENDER = { idFromName: () => null, get: () => ({ wake: async () => {} }) };
  const quiet = { ...env, WEBHOOK_SENDER } as unknown as Env;
  for (const order of orders)
    await announcingStore(quiet, { upsert: async () => {} }, Date.now).upsert([order]);
}

export const rowsOf = async (id: string) =>
  (
    await env.DB.prepare(
      "SELECT * FROM webhook_deliveries WHERE endpoint_id = ? ORDER BY created_at, version",
    )
      .bind(id)
      .all<{ state: string; attempts: number; last_status: number | null; last_error: string | null }>()
  ).results;

export const passSeconds = (seconds: number) => void vi.setSystemTime(Date.now() + seconds * 1_000);
