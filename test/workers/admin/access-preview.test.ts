import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import { ACCESS_RULE_DEPTH_MAX, TIER_MAX } from "../../../workers/shared/limits.ts";
import { sampleOrder } from "../order/samples.ts";
import { call } from "../support/http.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

const PATH = "/api/admin/access-preview";
const SUBJECT = { userId: "u1", tier: 2, registeredAt: "2026-01-01T00:00:00Z", country: "FR" };
let admin: { authorization: string };

beforeAll(async () => {
  admin = await adminBearer();
  await openOrderStore(env).upsert([sampleOrder(1, { spikeId: "earlier", userId: "buyer", state: "paid" })]);
});

const ask = (accessRules: unknown, subject: object = {}, more: object = {}) =>
  call(PATH, { headers: admin, body: { accessRules, subject: { ...SUBJECT, ...subject }, ...more } });

const nested = (depth: number): object =>
  depth === 1 ? { kind: "min_tier", tier: 0 } : { kind: "not", rule: nested(depth - 1) };

describe("a preview of access rules", () => {
  it.each<[string, object, object, object]>([
    ["the tier asked for", { kind: "min_tier", tier: 2 }, {}, { allowed: true }],
    ["a tier below it", { kind: "min_tier", tier: 3 }, {}, { allowed: false, rule: "min_tier" }],
    ["another country", { kind: "countries", deny: ["FR"] }, {}, { allowed: false, rule: "countries" }],
    ["no known country", { kind: "countries", allow: ["FR"] }, { country: null }, { allowed: false }],
    ["an account in time", { kind: "registered_before", at: "2026-01-01T00:00:01Z" }, {}, { allowed: true }],
    [
      "an account too late",
      { kind: "registered_before", at: "2026-01-01T00:00:00Z" },
      {},
      { allowed: false },
    ],
    ["a buyer", { kind: "bought_in", spikeIds: ["earlier"] }, { userId: "buyer" }, { allowed: true }],
    ["no buyer", { kind: "bought_in", spikeIds: ["earlier"] }, {}, { allowed: false, rule: "bought_in" }],
  ])("decides about %s", async (_, rule, subject, decision) => {
    expect(await ask([rule], subject)).toMatchObject({ status: 200, body: decision });
  });

  it("says why not in a sentence", async () => {
    const { body } = await ask([{ kind: "min_tier", tier: 3 }]);
    expect(body.detail).toContain("3");
  });

  it("sees the rules of this very request, not those asked about before", async () => {
    expect((await ask([{ kind: "min_tier", tier: 3 }])).body.allowed).toBe(false);
    expect((await ask([{ kind: "min_tier", tier: 1 }])).body.allowed).toBe(true);
  });

  it("draws users as the named sale does", async () => {
    const half = [{ kind: "percent_of_users", percent: 50 }];
    const userIds = Array.from({ length: 12 }, (_, index) => `u${index}`);
    const drawn = async (spikeId: string) => {
      const answers = [];
      for (const userId of userIds) answers.push((await ask(half, { userId }, { spikeId })).body.allowed);
      return answers;
    };
    const first = await drawn("one");
    expect(await drawn("one")).toEqual(first);
    expect(await drawn("two")).not.toEqual(first);
  });

  it("names what is wrong", async () => {
    expect((await ask([], { tier: TIER_MAX })).status).toBe(200);
    expect(await ask([], { tier: TIER_MAX + 1 })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "subject.tier" }] },
    });
    expect(await ask([], { country: "France" })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "subject.country" }] },
    });
    expect((await ask([nested(ACCESS_RULE_DEPTH_MAX)])).status).toBe(200);
    expect(await ask([nested(ACCESS_RULE_DEPTH_MAX + 1)])).toMatchObject({
      status: 400,
      body: { errors: [{ path: "accessRules" }] },
    });
  });

  it("is an admin's", async () => {
    const body = { accessRules: [], subject: SUBJECT };
    expect((await call(PATH, { body })).status).toBe(401);
    expect((await call(PATH, { body, headers: await bearer() })).status).toBe(403);
  });
});
