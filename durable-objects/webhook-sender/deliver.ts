import { Webhook } from "standardwebhooks";
import { messageOf } from "../../workers/shared/log.ts";
import { messageIdOf, type WebhookSecret } from "../../workers/shared/webhook.ts";
import { COMPLAINTS } from "../../workers/shared/complaints.ts";
import { destinationFault, hostOf, isLoopback } from "../../workers/shared/webhook-destination.ts";
import { askedPauseMs } from "./asked-pause.ts";
import { hostFault } from "./resolve.ts";
import { ANSWER_MAX_BYTES, type DueDelivery, type Outcome } from "./delivery.ts";

/** Longest wait for an endpoint's answer, in milliseconds: it should take the event and work later. */
export const DELIVERY_TIMEOUT_MS = 10_000;
/** What a delivery needs of the world outside. */
export interface Outside {
  fetch: typeof fetch;
  /** The DNS resolver's address. */
  dnsUrl: string;
  allowLoopback: boolean;
  /** Epoch milliseconds. */
  now: () => number;
}

/** Sends one event to its endpoint. Never throws: a failure is an outcome. */
export async function deliver(
  endpoint: { url: string; secrets: readonly WebhookSecret[] },
  delivery: DueDelivery,
  outside: Outside,
): Promise<Outcome> {
  try {
    const fault = await faultOf(endpoint.url, outside);
    if (fault !== null) return failed(null, `not sent: the address ${fault}`);
    const response = await outside.fetch(endpoint.url, {
      method: "POST",
      headers: headersFor(endpoint.secrets, delivery, outside.now()),
      body: delivery.payload,
      // Where a redirect leads has not been looked at.
      redirect: "manual",
      signal: AbortSignal.timeout(DELIVERY_TIMEOUT_MS),
    });
    if (response.ok) {
      // Taken is taken, whatever becomes of the rest of the answer.
      await response.body?.cancel().catch(() => undefined);
      return { ok: true, status: response.status, error: null, askedPauseMs: null };
    }
    const answer = await beginningOf(response);
    return {
      ...failed(response.status, `answered ${response.status} ${answer}`.trim()),
      askedPauseMs: askedPauseMs(response, outside.now()),
    };
  } catch (error) {
    return failed(null, messageOf(error).slice(0, ANSWER_MAX_BYTES));
  }
}

const failed = (status: number | null, error: string): Outcome => {
  return { ok: false, status, error, askedPauseMs: null };
};

async function faultOf(url: string, { fetch, dnsUrl, allowLoopback }: Outside): Promise<string | null> {
  const fault = destinationFault(url, allowLoopback);
  if (fault !== null) return COMPLAINTS[fault];
  const parsed = new URL(url);
  if (allowLoopback && isLoopback(parsed.hostname)) return null;
  const host = hostOf(parsed);
  // An address was judged above.
  if (/^[\d.]+$|:/.test(host)) return null;
  return await hostFault(host, dnsUrl, fetch);
}

/** Signed with every secret in force, so that a receiver may change over whenever it likes. */
export function headersFor(
  secrets: readonly WebhookSecret[],
  { subject, version, payload }: DueDelivery,
  now: number,
): Record<string, string> {
  const id = messageIdOf(subject, version);
  const inForce = secrets.filter(({ expiresAt }) => expiresAt === null || expiresAt > now);
  const signatures = inForce.map(({ secret }) => new Webhook(secret).sign(id, new Date(now), payload));
  return {
    "content-type": "application/json",
    "user-agent": "Spike-Webhooks/1",
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(now / 1_000)),
    "webhook-signature": signatures.join(" "),
  };
}

/** The first bytes of an answer, or what came of them; the rest is not waited for, however much there is. */
async function beginningOf(response: Response): Promise<string> {
  if (!response.body) return "";
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const bytes: number[] = [];
  // An answer that breaks off has said its status all the same.
  const read = () => reader.read().catch(() => ({ done: true, value: undefined }) as const);
  for (;;) {
    const { done, value } = await read();
    if (done) break;
    bytes.push(...value.subarray(0, ANSWER_MAX_BYTES - bytes.length));
    if (bytes.length >= ANSWER_MAX_BYTES) break;
  }
  await reader.cancel().catch(() => undefined);
  return new TextDecoder().decode(new Uint8Array(bytes));
}
