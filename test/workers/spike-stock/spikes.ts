import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { ReserveRequest, SpikeStockRpc } from "../../../durable-objects/spike-stock/messages.ts";
import { OutboxSender } from "../../../durable-objects/spike-stock/outbox.ts";
import type { SpikeStock } from "../../../durable-objects/spike-stock/spike-stock.ts";
import { newSpikeId } from "../../../workers/shared/ids.ts";
import type { SpikeConfig } from "../../../workers/shared/spike.ts";

const HOUR_MS = 3_600_000;

/** A sale that is open now. */
export function spikeConfig(changes: Partial<SpikeConfig> = {}): SpikeConfig {
  return {
    id: newSpikeId(),
    version: 1,
    title: "Thermos 保温杯",
    description: "",
    imageUrl: null,
    priceMinor: 1999,
    originalPriceMinor: null,
    currency: "EUR",
    stock: 10,
    maxPerUser: 2,
    startsAt: Date.now() - HOUR_MS,
    endsAt: Date.now() + HOUR_MS,
    holdSeconds: 300,
    accessRules: [],
    ...changes,
  };
}

export type LedgerStub = SpikeStockRpc & DurableObjectStub<SpikeStock>;

/** A stub whose methods are typed as the contract types them. */
export function ledgerOf(spikeId: string): LedgerStub {
  const stub = env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(spikeId));
  return stub;
}

/** Creates a sale and its ledger. */
export async function openSpike(
  changes: Partial<SpikeConfig> = {},
): Promise<{ config: SpikeConfig; ledger: LedgerStub }> {
  const config = spikeConfig(changes);
  const ledger = ledgerOf(config.id);
  await ledger.configure(config);
  return { config, ledger };
}

/** Keeps what ledgers have to tell the database until `vi.restoreAllMocks`: it may hear of an order within a second. */
export const holdBackEvents = () => vi.spyOn(OutboxSender.prototype, "drain").mockResolvedValue();

/** A purchase by `userId`; each has a key of its own unless told. */
export function purchase(userId: string, changes: Partial<ReserveRequest> = {}): ReserveRequest {
  return { userId, quantity: 1, key: crypto.randomUUID(), requestId: `request-${userId}`, ...changes };
}
