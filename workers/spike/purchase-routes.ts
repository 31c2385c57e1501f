import type { Context } from "hono";
import { createApi, invalidRequest } from "../edge/api.ts";
import { identify } from "../edge/authenticate.ts";
import { rememberOwnWrite } from "../edge/own-reads.ts";
import type { AppEnv } from "../edge/context.ts";
import { loadSettings } from "../platform/settings-store.ts";
import { Refusal } from "../shared/refusals.ts";
import { type Attempt, learned, passFunnel } from "./funnel/attempt.ts";
import { challengeRefusal } from "./funnel/challenge.ts";
import { counted } from "./funnel/counting.ts";
import { PURCHASE_FUNNEL, TOKEN_FUNNEL } from "./funnel/funnel.ts";
import { toInstant } from "../shared/instant.ts";
import { SOLUTION_HEADER } from "./challenge/challenge.ts";
import { idempotencyKey, purchaseBody, purchaseRoute, tokenRoute } from "./contract.ts";
import { ledgerKeyOf } from "./idempotency-key.ts";
import { refusalOf } from "./purchase-refusals.ts";
import { issuePurchaseToken } from "./purchase-token.ts";
import { purchase } from "./purchases.ts";

/** For the request that asks for one. */
const NO_TOKEN = "";

/**
 * The hot path. These two are documented like every route but handled by hand: a crowd must not pay
 * for validation that the funnel makes needless.
 */
export const purchaseRoutes = createApi();
purchaseRoutes.openAPIRegistry.registerPath(tokenRoute);
purchaseRoutes.openAPIRegistry.registerPath(purchaseRoute);

purchaseRoutes.post("/api/spikes/:id/token", async (c) => {
  const attempt = await attemptOf(c, NO_TOKEN, null);
  return await counted("token", attempt, () => giveToken(c, attempt));
});

purchaseRoutes.post("/api/spikes/:id/purchases/:token", async (c) => {
  const attempt = await attemptOf(c, c.req.param("token"), readKey(c));
  try {
    return await counted("purchase", attempt, () => reserve(c, attempt));
  } finally {
    for (const leave of attempt.onLeave) leave();
  }
});

async function giveToken(c: Context<AppEnv>, attempt: Attempt): Promise<Response> {
  await passFunnel(TOKEN_FUNNEL, attempt);
  const { userId } = learned(attempt, "identity");
  const { token, expiresAt } = await issuePurchaseToken(c.env, attempt.spikeId, userId, attempt.now);
  return c.json({ token, expiresAt: toInstant(expiresAt) }, 200, { "cache-control": "no-store" });
}

async function reserve(c: Context<AppEnv>, attempt: Attempt): Promise<Response> {
  await passFunnel(PURCHASE_FUNNEL, attempt);
  const { userId } = learned(attempt, "identity");
  const quantity = await readQuantity(c);
  const request = {
    userId,
    quantity,
    key: attempt.key ?? `auto:${crypto.randomUUID()}`,
    requestId: c.get("requestId"),
    address: attempt.address ?? undefined,
    solution: attempt.solved,
  };
  const result = await purchase(c.env, attempt.spikeId, request, attempt.settings);
  if (!result.ok) {
    throw result.code === "challenge_required" ? await challengeRefusal(attempt) : refusalOf(result, attempt);
  }
  const { orderId, payBefore } = result;
  const answer = {
    orderId,
    state: "reserved",
    payBefore: toInstant(payBefore),
    poll: `/api/orders/${orderId}`,
  };
  rememberOwnWrite(c);
  return c.json(answer, 202, { "cache-control": "no-store" });
}

async function attemptOf(c: Context<AppEnv>, purchaseToken: string, key: string | null): Promise<Attempt> {
  return {
    env: c.env,
    settings: await loadSettings(c.env),
    now: Date.now(),
    spikeId: c.req.param("id") ?? "",
    purchaseToken,
    key,
    identify: () => identify(c),
    address: c.get("address"),
    country: c.get("country"),
    hostname: new URL(c.req.url).hostname,
    solution: c.req.header(SOLUTION_HEADER) ?? null,
    onLeave: [],
  };
}

/** Units the body asks for; no body asks for one. */
async function readQuantity(c: Context<AppEnv>): Promise<number> {
  const text = await c.req.text();
  if (text === "") return 1;
  const parsed = purchaseBody.safeParse(parseJson(text));
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data.quantity;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("invalid_request", { detail: "The body is not valid JSON." });
  }
}

/** The client's idempotency key; without one, a purchase gets its own, so that our retries take stock once. */
function readKey(c: Context<AppEnv>): string | null {
  const header = c.req.header("idempotency-key");
  if (header === undefined) return null;
  const key = ledgerKeyOf(header);
  if (key !== null) return key;
  const message = idempotencyKey.safeParse(header).error?.issues[0]?.message ?? "is not valid";
  throw new Refusal("invalid_request", { errors: [{ path: "Idempotency-Key", message }] });
}
