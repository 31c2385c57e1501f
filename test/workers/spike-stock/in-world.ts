import { runInDurableObject } from "cloudflare:test";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import type { SpikeConfig } from "../../../workers/shared/spike.ts";
import { World } from "./model/world.ts";
import { ledgerOf, purchase, spikeConfig } from "./spikes.ts";

export const NOW = Date.UTC(2026, 10, 11);
export const HOLD_MS = 30_000;
/** A sale that starts now. */
export const sale: Partial<SpikeConfig> = {
  ...{ id: "sale", stock: 10, maxPerUser: 2, holdSeconds: HOLD_MS / 1000 },
  ...{ startsAt: NOW, endsAt: NOW + 3_600_000 },
};

/** Runs `test` in a world of its own: the real ledger and storage, with clock, queue and database in hand. */
export function inWorld(
  changes: Partial<SpikeConfig>,
  test: (world: World, storage: DurableObjectStorage) => void,
) {
  return runInDurableObject(ledgerOf(crypto.randomUUID()), (_, { storage }) => {
    test(new World(Ledger, storage, spikeConfig({ ...sale, ...changes }), NOW), storage);
  });
}

/** Makes one order and returns its id. */
export function buy({ ledger }: World, userId: string, quantity = 1): string {
  const [result] = ledger.reserve([purchase(userId, { quantity })]).results;
  if (!result?.ok) throw new Error(`${userId} got ${JSON.stringify(result)}`);
  return result.orderId;
}
