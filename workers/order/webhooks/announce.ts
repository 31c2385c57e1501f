import { waitUntil } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { webhookEndpoints } from "../../database/schema.ts";
import { database } from "../../platform/database.ts";
import { wakeSender } from "../../platform/webhook-sender.ts";
import { FreshCache } from "../../shared/fresh-cache.ts";
import { log, messageOf } from "../../shared/log.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import { eventTypeOf, type OrderEventType, orderPayload } from "../../shared/webhook.ts";
import { packJson } from "../store/pack-json.ts";
import type { OrderStore } from "../store/order-store.ts";

/** How long a consumer believes that it knows the endpoints, in milliseconds: a new one waits this long at most. */
export const ENDPOINTS_KNOWN_MS = 10_000;
/** As with the orders themselves: D1 takes a million bytes, and a character is three at most. */
const EVENTS_MAX_CHARS = 300_000;
const ALL = "all";

interface Recipient {
  id: string;
  events: OrderEventType[];
}

const cache = new FreshCache<Recipient[]>({ max: 1, ttlMs: ENDPOINTS_KNOWN_MS, waitUntil });

let lastKnown: Recipient[] | undefined;

/** This isolate asks for the endpoints anew; the others do within ENDPOINTS_KNOWN_MS. */
export function forgetRecipients(): void {
  cache.delete(ALL);
}

/**
 * An event that is there already, or that a newer one of the same order has overtaken, is passed over: so a
 * repeated message tells nobody anything twice, and versions only ever grow.
 */
const INSERT = `INSERT INTO webhook_deliveries
    (endpoint_id, subject, version, event_type, payload, state, attempts, next_attempt_at, created_at)
  SELECT recipient.value ->> 'id', event.value ->> 0, event.value ->> 1, event.value ->> 2, event.value ->> 3,
    'pending', 0, ?3, ?3
  FROM json_each(?1) AS event, json_each(?2) AS recipient
  WHERE EXISTS (SELECT 1 FROM json_each(recipient.value, '$.events') AS wanted WHERE wanted.value = event.value ->> 2)
    AND NOT EXISTS (
      SELECT 1 FROM webhook_deliveries AS known
      WHERE known.endpoint_id = recipient.value ->> 'id' AND known.subject = event.value ->> 0
        AND known.version >= event.value ->> 1)
  ON CONFLICT DO NOTHING`;

/**
 * An order store that also writes down what the shop's own systems are to be told. It counts rows as stored only
 * when both are done: who is told that they were not sends them again, so no event is lost between the two.
 */
export function announcingStore(
  env: Env,
  store: Pick<OrderStore, "upsert">,
  now: () => number,
): Pick<OrderStore, "upsert"> {
  return {
    async upsert(orders) {
      await store.upsert(orders);
      await announce(env, orders, now());
    },
  };
}

/** Writes down who is to be told of these orders, and wakes those who tell. Costs nothing without endpoints. */
async function announce(env: Env, orders: readonly OrderSnapshot[], now: number): Promise<void> {
  const recipients = await knownRecipients(env);
  if (recipients.length === 0) return;
  const wanted = new Set(recipients.flatMap(({ events }) => events));
  const told = orders.filter((order) => wanted.has(eventTypeOf(order)));
  if (told.length === 0) return;
  const statement = env.DB.prepare(INSERT);
  const rows = told.map((order) => [order.orderId, order.version, eventTypeOf(order), orderPayload(order)]);
  for (const events of packJson(rows, EVENTS_MAX_CHARS)) {
    await statement.bind(events, JSON.stringify(recipients), now).run();
  }
  waitUntil(Promise.all(recipients.map(({ id }) => wakeSender(env, id, false))));
}

/**
 * Orders may be in a database that is there while D1 is not. Then the endpoints are those last known; before any
 * was read there is no telling, and the orders come back later.
 */
async function knownRecipients(env: Env): Promise<Recipient[]> {
  try {
    lastKnown = await cache.get(ALL, () => readRecipients(env));
  } catch (error) {
    if (!lastKnown) throw error;
    log.warn("webhook_endpoints_unreadable", { message: messageOf(error) });
  }
  return lastKnown;
}

async function readRecipients(env: Env): Promise<Recipient[]> {
  return await database(env)
    .select({ id: webhookEndpoints.id, events: webhookEndpoints.events })
    .from(webhookEndpoints)
    .where(eq(webhookEndpoints.enabled, true));
}
