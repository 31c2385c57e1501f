import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../../workers/index.ts";
import type { Problem } from "../../../workers/shared/refusals.ts";
import { spikes } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { parseOrderId } from "../../../workers/shared/ids.ts";
import type { SpikeConfig } from "../../../workers/shared/spike.ts";
import { type LedgerStub, openSpike, purchase } from "../spike-stock/spikes.ts";
import { ORIGIN } from "../support/http.ts";
import { bearer } from "../support/tokens.ts";

export type OrderAnswer = Partial<Problem> & Record<string, unknown>;

/** A running sale that the catalogue knows, and its ledger. */
export interface TestSale {
  spikeId: string;
  ledger: LedgerStub;
  /** Reserves for a user; the order's id. */
  reserve: (userId: string) => Promise<string>;
  /** Makes the ledger forget that the database ever confirmed this order. */
  forget: (orderId: string) => Promise<void>;
  /** Lets the time to pay of every reservation run out. */
  lapse: () => Promise<void>;
}

export async function openSale(changes: Partial<SpikeConfig> = {}): Promise<TestSale> {
  const { config, ledger } = await openSpike(changes);
  await database(env)
    .insert(spikes)
    .values({ ...config, createdAt: 0, updatedAt: 0 });
  return {
    spikeId: config.id,
    ledger,
    async reserve(userId) {
      const { results } = await ledger.reserve([purchase(userId)]);
      if (!results[0]?.ok) throw new Error(`not reserved: ${JSON.stringify(results[0])}`);
      return results[0].orderId;
    },
    forget: (orderId) =>
      runInDurableObject(ledger, (_, { storage }) => {
        const { sequence } = parseOrderId(orderId) ?? {};
        storage.sql.exec("UPDATE orders SET recorded_version = 0 WHERE sequence = ?", sequence ?? 0);
      }),
    lapse: () =>
      runInDurableObject(ledger, (_, { storage }) => {
        storage.sql.exec("UPDATE orders SET pay_before = 1 WHERE state = 'reserved'");
      }),
  };
}

/** A call by a user to the Worker with some of its bindings replaced. */
export async function callAs(
  userId: string,
  method: "GET" | "POST",
  path: string,
  bindings: Partial<Env> = {},
): Promise<{ status: number; body: OrderAnswer; headers: Headers }> {
  const request = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, {
    method,
    headers: await bearer({ userId }),
  });
  const context = createExecutionContext();
  const response = await worker.fetch(request, { ...env, ...bindings }, context);
  const body = await response.json<OrderAnswer>();
  await waitOnExecutionContext(context);
  return { status: response.status, body, headers: response.headers };
}
