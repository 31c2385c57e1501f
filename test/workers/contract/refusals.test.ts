import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { forgetBlacklist } from "../../../workers/access/blacklist.ts";
import worker from "../../../workers/index.ts";
import { saveSettings } from "../../../workers/platform/settings-store.ts";
import { type Problem, type RefusalCode, REFUSALS } from "../../../workers/shared/refusals.ts";
import { DEFAULT_SETTINGS } from "../../../workers/shared/settings.ts";
import { STRIKE_PAUSE_MS } from "../../../workers/shared/strikes.ts";
import { ORIGIN, request } from "../support/http.ts";
import { purchaseTokenFor } from "../support/purchases.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";
import { ApiDocument } from "./document.ts";

/*
 * Every refusal of the closed list, produced over HTTP at least once. The table is typed by the list and
 * compared with it, so a code without a case is noticed twice.
 */

interface Refused {
  method: string;
  path: string;
  response: Response;
}

interface Case {
  provoke: () => Promise<Refused>;
  /** The fields that this refusal carries beyond those of all. */
  carries?: (keyof Problem)[];
}

const USER = "u-contract";

async function send(
  method: string,
  path: string,
  options: { headers?: Record<string, string>; body?: unknown } = {},
): Promise<Refused> {
  const headers = { ...(await bearer({ userId: USER })), ...options.headers };
  return { method, path, response: await request(path, { method, headers, body: options.body }) };
}

/** The same with some of the bindings replaced. */
async function sendTo(bindings: Partial<Env>, method: string, path: string): Promise<Refused> {
  const context = createExecutionContext();
  const init = { method, headers: await bearer({ userId: USER }) };
  const incoming = new Request<unknown, IncomingRequestCfProperties>(ORIGIN + path, init);
  const response = await worker.fetch(incoming, { ...env, ...bindings }, context);
  await waitOnExecutionContext(context);
  return { method, path, response };
}

const tokenPath = async (changes: Record<string, unknown> = {}) =>
  `/api/spikes/${(await createSpike(changes)).id}/token`;

async function purchasePath(changes: Record<string, unknown> = {}): Promise<string> {
  const { id } = await createSpike(changes);
  return `/api/spikes/${id}/purchases/${await purchaseTokenFor(id, USER)}`;
}

async function won(path: string, headers: Record<string, string> = {}): Promise<string> {
  const { response } = await send("POST", path, { headers });
  if (response.status !== 202) throw new Error(`the purchase answered ${response.status}`);
  return (await response.json<{ orderId: string }>()).orderId;
}

const busyGate = {
  idFromName: (name: string) => env.SPIKE_GATE.idFromName(name),
  get: () => ({
    purchase: () => Promise.reject(Object.assign(new Error("too much to do"), { overloaded: true })),
  }),
} as unknown as Env["SPIKE_GATE"];

const CASES: Record<RefusalCode, Case> = {
  invalid_request: {
    carries: ["errors"],
    provoke: async () => send("POST", await purchasePath(), { body: { quantity: -1 } }),
  },
  unauthenticated: {
    provoke: () => send("GET", "/api/users/me", { headers: { authorization: "Bearer forged.token.here" } }),
  },
  not_eligible: {
    carries: ["rule"],
    provoke: async () => send("POST", await tokenPath({ accessRules: [{ kind: "min_tier", tier: 3 }] })),
  },
  blacklisted: {
    provoke: async () => {
      const path = await tokenPath();
      const headers = await adminBearer();
      await send("PUT", `/api/admin/blacklist/user/${USER}`, { headers, body: { reason: "a bot" } });
      try {
        return await send("POST", path);
      } finally {
        await send("DELETE", `/api/admin/blacklist/user/${USER}`, { headers });
      }
    },
  },
  invalid_spike_token: {
    provoke: async () => send("POST", `/api/spikes/${(await createSpike()).id}/purchases/made-up`),
  },
  not_found: { provoke: () => send("GET", "/api/orders/nosuchspike0-1-nosuchorder") },
  sold_out: {
    carries: ["retryAfter"],
    provoke: async () => {
      const path = await purchasePath({ stock: 1 });
      await won(path);
      return send("POST", path);
    },
  },
  limit_reached: {
    carries: ["orderId"],
    provoke: async () => {
      const path = await purchasePath({ stock: 5, maxPerUser: 1 });
      await won(path);
      return send("POST", path);
    },
  },
  idempotency_conflict: {
    provoke: async () => {
      const path = await purchasePath({ stock: 5, maxPerUser: 2 });
      const headers = { "idempotency-key": "once" };
      await won(path, headers);
      return send("POST", path, { headers, body: { quantity: 2 } });
    },
  },
  order_state: {
    carries: ["orderId"],
    provoke: async () => {
      const orderId = await won(await purchasePath());
      await send("POST", `/api/orders/${orderId}/cancellation`);
      return send("POST", `/api/orders/${orderId}/payment`);
    },
  },
  ended: {
    provoke: async () => send("POST", await tokenPath({ startsAt: inMinutes(-2), endsAt: inMinutes(-1) })),
  },
  too_early: {
    carries: ["startsAt", "serverTime", "retryAfter"],
    provoke: async () => send("POST", await tokenPath({ startsAt: inMinutes(1) })),
  },
  challenge_required: {
    carries: ["challenge"],
    provoke: async () => {
      vi.useFakeTimers({ toFake: ["Date"] });
      await saveSettings(env, { ...DEFAULT_SETTINGS, strikesBeforeChallenge: 1, challengeCost: 1 });
      const { id } = await createSpike();
      const token = await purchaseTokenFor(id, USER);
      for (let strikes = 0; strikes <= 1; strikes++) {
        await send("POST", `/api/spikes/${id}/purchases/guess${strikes}`);
        vi.setSystemTime(Date.now() + STRIKE_PAUSE_MS);
      }
      return send("POST", `/api/spikes/${id}/purchases/${token}`);
    },
  },
  rate_limited: {
    carries: ["retryAfter"],
    provoke: async () => {
      vi.useFakeTimers({ toFake: ["Date"] });
      await saveSettings(env, { ...DEFAULT_SETTINGS, addressRequestsPerWindow: 1 });
      const path = await tokenPath();
      const headers = { "cf-connecting-ip": "203.0.113.9" };
      await send("POST", path, { headers });
      return send("POST", path, { headers });
    },
  },
  internal_error: {
    provoke: async () => {
      const orderId = await won(await purchasePath());
      vi.spyOn(console, "error").mockImplementation(() => {});
      return sendTo({ PAYMENT_PROVIDER: "nobody" }, "POST", `/api/orders/${orderId}/payment`);
    },
  },
  overloaded: {
    carries: ["retryAfter"],
    provoke: async () => sendTo({ SPIKE_GATE: busyGate }, "POST", await purchasePath()),
  },
  paused: {
    carries: ["retryAfter"],
    provoke: async () => {
      const { id } = await createSpike();
      await send("POST", `/api/admin/spikes/${id}/pause`, { headers: await adminBearer() });
      return send("POST", `/api/spikes/${id}/token`);
    },
  },
};

/** Documented for no route by itself, because it may answer any. */
const ANYWHERE = new Set<RefusalCode>(["internal_error"]);

let document: ApiDocument;
beforeAll(async () => {
  document = await ApiDocument.read();
});
beforeEach(() => saveSettings(env, { ...DEFAULT_SETTINGS, userIntervalMs: 0 }));
afterEach(() => {
  vi.useRealTimers();
  forgetBlacklist();
  vi.restoreAllMocks();
});

it("has a case for each refusal of the closed list, and for no other", () => {
  expect(Object.keys(CASES).toSorted()).toEqual(Object.keys(REFUSALS).toSorted());
});

describe("the refusal", () => {
  it.each(Object.entries(CASES) as [RefusalCode, Case][])("%s", async (code, { provoke, carries = [] }) => {
    const { method, path, response } = await provoke();
    const { status, title } = REFUSALS[code];
    const { headers } = response;
    const problem = await response.clone().json<Problem & Record<string, unknown>>();
    expect(problem).toMatchObject({ type: `urn:spike:refusal:${code}`, title, status, code });
    expect(response.status).toBe(status);
    expect(headers.get("content-type")).toBe("application/problem+json");
    expect(headers.get("cache-control")).toContain("no-store");
    expect(problem.requestId).toBe(headers.get("x-request-id"));
    expect(problem.detail).toMatch(/./);
    expect(headers.get("retry-after")).toBe(
      problem.retryAfter === undefined ? null : String(problem.retryAfter),
    );
    const common = new Set(["type", "title", "status", "code", "detail", "requestId"]);
    const extra = Object.keys(problem).filter((field) => !common.has(field));
    expect(extra).toEqual(expect.arrayContaining(carries));
    const operation = document.operationOf(method, path);
    if (!operation) throw new Error(`${method} ${path} is not documented`);
    const fault = ANYWHERE.has(code) ? null : await document.faultOf(operation, response);
    expect(fault).toBeNull();
  });
});
