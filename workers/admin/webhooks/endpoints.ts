import { and, asc, count, eq, type SQL } from "drizzle-orm";
import { webhookDeliveries, webhookEndpoints } from "../../database/schema.ts";
import { forgetRecipients } from "../../order/webhooks/announce.ts";
import { database } from "../../platform/database.ts";
import { wakeSender } from "../../platform/webhook-sender.ts";
import { fieldError } from "../../shared/complaints.ts";
import { randomId } from "../../shared/ids.ts";
import { explain } from "../../shared/explanations.ts";
import { Refusal } from "../../shared/refusals.ts";
import {
  type OrderEventType,
  WEBHOOK_ENDPOINTS_MAX,
  WEBHOOK_SECRETS_MAX,
  type WebhookSecret,
} from "../../shared/webhook.ts";
import { destinationFault } from "../../shared/webhook-destination.ts";
import { type AuditEntry, auditIfChanged } from "../audit.ts";

export type WebhookEndpoint = typeof webhookEndpoints.$inferSelect;

export interface EndpointTerms {
  url: string;
  events: OrderEventType[];
  enabled: boolean;
}

const ENDPOINT_ID_CHARS = 16;
/** As long as the hash that it keys. */
const SECRET_BYTES = 32;
const MS_PER_SECOND = 1_000;
/** Tries to rotate a secret while others rotate it at the same moment. */
const ROTATION_TRIES_MAX = 10;

/** All endpoints, the oldest first; there are WEBHOOK_ENDPOINTS_MAX at most. */
export function readEndpoints(env: Env): Promise<WebhookEndpoint[]> {
  return database(env).select().from(webhookEndpoints).orderBy(asc(webhookEndpoints.createdAt));
}

/** @throws Refusal `not_found`. */
export async function readEndpoint(env: Env, id: string): Promise<WebhookEndpoint> {
  const [endpoint] = await database(env).select().from(webhookEndpoints).where(eq(webhookEndpoints.id, id));
  if (!endpoint) throw new Refusal("not_found", explain("no_such_webhook"));
  return endpoint;
}

/**
 * A new endpoint; what it has of secrets is told this once.
 * @throws Refusal `invalid_request` for an address nothing may be sent to, or when there are too many.
 */
export async function createEndpoint(env: Env, actor: string, terms: EndpointTerms, now: number) {
  assertDestination(env, terms.url);
  const db = database(env);
  const [known] = await db.select({ endpoints: count() }).from(webhookEndpoints);
  if ((known?.endpoints ?? 0) >= WEBHOOK_ENDPOINTS_MAX) {
    const error = fieldError("", "too_many_endpoints", WEBHOOK_ENDPOINTS_MAX);
    throw new Refusal("invalid_request", { detail: error.message, errors: [error] });
  }
  const secret = newSecret();
  const endpoint: WebhookEndpoint = {
    ...terms,
    id: `wh${randomId(ENDPOINT_ID_CHARS)}`,
    secrets: [{ secret, expiresAt: null }],
    createdAt: now,
    updatedAt: now,
  };
  await db.batch([
    db.insert(webhookEndpoints).values(endpoint),
    auditIfChanged(
      env,
      { actor, action: "webhook.create", subject: endpoint.id, details: { after: terms } },
      now,
    ),
  ]);
  forgetRecipients();
  return { endpoint, secret };
}

/** @throws Refusal `not_found`, or `invalid_request` for an address nothing may be sent to. */
export async function updateEndpoint(
  env: Env,
  actor: string,
  id: string,
  changes: Partial<EndpointTerms>,
  now: number,
): Promise<WebhookEndpoint> {
  if (changes.url !== undefined) assertDestination(env, changes.url);
  const before = await readEndpoint(env, id);
  const after = { ...before, ...changes, updatedAt: now };
  const details = { before: termsOf(before), after: termsOf(after) };
  await save(env, { actor, action: "webhook.update", subject: id, details }, changes, now);
  await wakeSender(env, id, true);
  return after;
}

/** The endpoint and all that was still to be sent to it. @throws Refusal `not_found`. */
export async function deleteEndpoint(env: Env, actor: string, id: string, now: number): Promise<void> {
  const before = await readEndpoint(env, id);
  const db = database(env);
  const details = { before: termsOf(before) };
  await db.batch([
    db.delete(webhookDeliveries).where(eq(webhookDeliveries.endpointId, id)),
    db.delete(webhookEndpoints).where(eq(webhookEndpoints.id, id)),
    auditIfChanged(env, { actor, action: "webhook.delete", subject: id, details }, now),
  ]);
  forgetRecipients();
}

/**
 * A new secret signs from now on; the one before signs as well until the overlap is over, so that the receiver
 * changes over when it likes. Of two who rotate at the same moment both have got a secret that signs.
 * @throws Refusal `not_found`.
 */
export async function rotateSecret(env: Env, actor: string, id: string, overlapSeconds: number, now: number) {
  const oldUntil = now + overlapSeconds * MS_PER_SECOND;
  const secret = newSecret();
  const entry: AuditEntry = { actor, action: "webhook.rotate", subject: id, details: { overlapSeconds } };
  for (let tries = 0; tries < ROTATION_TRIES_MAX; tries++) {
    const { secrets: before } = await readEndpoint(env, id);
    const old = before
      .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
      .map(({ secret, expiresAt }) => ({ secret, expiresAt: Math.min(expiresAt ?? oldUntil, oldUntil) }));
    const secrets: WebhookSecret[] = [{ secret, expiresAt: null }, ...old].slice(0, WEBHOOK_SECRETS_MAX);
    const asRead = eq(webhookEndpoints.secrets, before);
    if (await save(env, entry, { secrets }, now, asRead)) return { secret, oldUntil };
  }
  throw new Error("others rotate this secret all the time");
}

/** @returns whether there was something to change. */
async function save(
  env: Env,
  entry: AuditEntry,
  changes: Partial<WebhookEndpoint>,
  now: number,
  condition?: SQL,
): Promise<boolean> {
  const db = database(env);
  const [changed] = await db.batch([
    db
      .update(webhookEndpoints)
      .set({ ...changes, updatedAt: now })
      .where(and(eq(webhookEndpoints.id, entry.subject), condition)),
    auditIfChanged(env, entry, now),
  ]);
  forgetRecipients();
  return changed.meta.changes > 0;
}

function assertDestination({ WEBHOOK_ALLOW_LOOPBACK: loopback }: Env, url: string): void {
  const fault = destinationFault(url, loopback === "on");
  if (fault !== null) throw new Refusal("invalid_request", { errors: [fieldError("url", fault)] });
}

const termsOf = ({ url, events, enabled }: EndpointTerms): EndpointTerms => ({ url, events, enabled });

function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCodePoint(...bytes))}`;
}
