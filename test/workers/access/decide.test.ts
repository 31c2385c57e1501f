import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { decideAccess } from "../../../workers/access/decide.ts";
import { keyOfDecision } from "../../../workers/access/shared-decisions.ts";
import { get, pexpiretime, set } from "../../../workers/shared/redis/commands.ts";
import { openRedis } from "../../../workers/shared/redis/nodes.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import type { AccessRule } from "../../../workers/shared/access-rule.ts";
import { sampleOrder } from "../order/samples.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { PATIENCE, withoutTimeLimits } from "../support/patience.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const SUBJECT = { userId: "u1", role: "shopper", tier: 1, registeredAt: 0, country: null } as const;
const CACHED = { accessDecisionSeconds: 30 };
const UNCACHED = { accessDecisionSeconds: 0 };

let spikes = 0;
/** A spike nobody has asked about, so that no cache knows it. */
const spikeWith = (...accessRules: AccessRule[]) => ({ id: `s${++spikes}`, version: 1, accessRules });

beforeAll(async () => {
  const orders = [
    sampleOrder(1, { spikeId: "earlier", userId: "buyer", state: "paid" }),
    sampleOrder(2, { spikeId: "earlier", userId: "holder" }),
    sampleOrder(3, { spikeId: "other", userId: "holder", state: "paid" }),
  ];
  await openOrderStore(env).upsert(orders);
});

describe("an access decision", () => {
  it("lets everyone in where there is no rule, and needs all where there are several", async () => {
    expect(await decideAccess(env, spikeWith(), SUBJECT, CACHED, NOW)).toEqual({ allowed: true });
    const both = spikeWith({ kind: "min_tier", tier: 1 }, { kind: "countries", allow: ["DE"] });
    expect(await decideAccess(env, both, SUBJECT, CACHED, NOW)).toMatchObject({
      allowed: false,
      rule: "countries",
    });
  });

  it("counts a paid order as bought, and no other", async () => {
    const rule: AccessRule = { kind: "bought_in", spikeIds: ["earlier"] };
    const of = (userId: string, spike = spikeWith(rule)) =>
      decideAccess(env, spike, { ...SUBJECT, userId }, CACHED, NOW);
    expect(await of("buyer")).toEqual({ allowed: true });
    expect(await of("holder")).toMatchObject({ allowed: false, rule: "bought_in" });
    const inverse = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    expect(await of("buyer", inverse)).toMatchObject({ allowed: false, rule: "not_bought_in" });
    expect(await of("holder", inverse)).toEqual({ allowed: true });
  });

  it("asks the database only when the answer hangs on purchases", async () => {
    const purchase: AccessRule = { kind: "bought_in", spikeIds: ["earlier"] };
    const db = observedDatabase();
    const cheapNo = spikeWith(purchase, { kind: "min_tier", tier: 5 });
    expect(await decideAccess(db.env, cheapNo, SUBJECT, CACHED, NOW)).toMatchObject({ rule: "min_tier" });
    expect(db.statements()).toBe(0);
    await decideAccess(db.env, spikeWith(purchase), SUBJECT, CACHED, NOW);
    expect(db.statements()).toBe(1);
  });

  it("is reused until its time is over, and not at all when that is switched off", async () => {
    const spike = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    const db = observedDatabase();
    const ask = (now: number, settings = CACHED) => decideAccess(db.env, spike, SUBJECT, settings, now);
    await ask(NOW);
    await ask(NOW + 29_999);
    expect(db.statements()).toBe(1);
    await ask(NOW + 30_000);
    expect(db.statements()).toBe(2);
    await ask(NOW + 30_001, UNCACHED);
    expect(db.statements()).toBe(3);
  });

  it("is made anew for another version of the spike, another user, tier or country", async () => {
    const spike = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    const db = observedDatabase();
    await decideAccess(db.env, spike, SUBJECT, CACHED, NOW);
    await decideAccess(db.env, { ...spike, version: 2 }, SUBJECT, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, userId: "u2" }, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, tier: 2 }, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, country: "DE" }, CACHED, NOW);
    expect(db.statements()).toBe(5);
  });

  it("that hung on purchases is kept for other isolates, and taken from where they kept it", async () => {
    const redis = openRedis(env);
    const now = Date.now();
    const db = observedDatabase();
    const spike = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    const keyFor = (userId: string) => keyOfDecision(`${spike.id} 1 1 0 null ${userId}`);
    const ask = (userId: string) =>
      withoutTimeLimits(async () => decideAccess(db.env, spike, { ...SUBJECT, userId }, CACHED, now));
    expect(await ask("u1")).toEqual({ allowed: true });
    await vi.waitFor(async () => {
      const kept = JSON.parse((await redis.run(get(keyFor("u1")))) ?? "null") as unknown;
      expect(kept).toEqual({ decision: { allowed: true }, validUntil: now + 30_000 });
    }, PATIENCE);
    expect(await redis.run(pexpiretime(keyFor("u1")))).toBe(now + 30_000);

    const decision = { allowed: false, rule: "not_bought_in", detail: "as another isolate has seen it" };
    await redis.run(set(keyFor("u2"), JSON.stringify({ decision, validUntil: now + 10_000 })));
    expect(await ask("u2")).toEqual(decision);
    expect(db.statements()).toBe(1);
    await redis.run(set(keyFor("u3"), JSON.stringify({ decision, validUntil: now })));
    expect(await ask("u3")).toEqual({ allowed: true });
    expect(db.statements()).toBe(2);
  });

  it("asks no Redis where the request itself answers, or where nothing is to be kept", async () => {
    const execute = vi.fn(() => Promise.reject(new Error("nobody should ask")));
    const EDGE_REDIS = { idFromName: () => null, get: () => ({ execute }) };
    const without = { ...env, EDGE_REDIS } as unknown as Env;
    const purchase: AccessRule = { kind: "not_bought_in", spikeIds: ["earlier"] };
    await decideAccess(without, spikeWith({ kind: "min_tier", tier: 1 }), SUBJECT, CACHED, Date.now());
    await decideAccess(without, spikeWith(purchase), SUBJECT, UNCACHED, Date.now());
    expect(execute).not.toHaveBeenCalled();
  });

  it("is made from the orders while Redis is away", async () => {
    const away = { execute: () => Promise.reject(new Error("the object is away")) };
    const EDGE_REDIS = { idFromName: () => null, get: () => away };
    const spike = spikeWith({ kind: "bought_in", spikeIds: ["earlier"] });
    const subject = { ...SUBJECT, userId: "buyer" };
    const broken = { ...env, EDGE_REDIS } as unknown as Env;
    expect(await decideAccess(broken, spike, subject, CACHED, Date.now())).toEqual({ allowed: true });
  });

  it("never outlives the moment at which a rule turns", async () => {
    const opens = NOW + 5_000;
    const spike = spikeWith({
      kind: "time_window",
      from: new Date(opens).toISOString(),
      to: new Date(opens + 1_000).toISOString(),
    });
    const ask = (now: number) => decideAccess(env, spike, SUBJECT, CACHED, now);
    expect(await ask(NOW)).toMatchObject({ allowed: false });
    expect(await ask(opens - 1)).toMatchObject({ allowed: false });
    expect(await ask(opens)).toEqual({ allowed: true });
    expect(await ask(opens + 999)).toEqual({ allowed: true });
    expect(await ask(opens + 1_000)).toMatchObject({ allowed: false });
  });

  it("lets an account in the moment it is old enough", async () => {
    const spike = spikeWith({ kind: "account_age_days", days: 1 });
    const oldEnough = NOW + 10_000;
    const subject = { ...SUBJECT, registeredAt: oldEnough / 1000 - 86_400 };
    expect(await decideAccess(env, spike, subject, CACHED, NOW)).toMatchObject({ allowed: false });
    expect(await decideAccess(env, spike, subject, CACHED, oldEnough)).toEqual({ allowed: true });
  });
});
