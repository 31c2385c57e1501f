import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { decideAccess } from "../../../workers/access/decide.ts";
import { orders } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import type { AccessRule } from "../../../workers/shared/access-rule.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const SUBJECT = { userId: "u1", role: "shopper", tier: 1, registeredAt: 0, country: null } as const;
const CACHED = { accessDecisionSeconds: 30 };
const UNCACHED = { accessDecisionSeconds: 0 };

let spikes = 0;
/** A spike nobody has asked about, so that no cache knows it. */
const spikeWith = (...accessRules: AccessRule[]) => ({ id: `s${++spikes}`, version: 1, accessRules });

/** The environment, with its database queries counted. */
function counted() {
  let queries = 0;
  const DB = new Proxy(env.DB, {
    get(target, property) {
      if (property === "prepare") queries += 1;
      const value = Reflect.get(target, property) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { env: { ...env, DB }, queries: () => queries };
}

async function insertOrder(spikeId: string, userId: string, state: "paid" | "reserved") {
  await database(env)
    .insert(orders)
    .values({
      id: `${spikeId}-${userId}`,
      spikeId,
      spikeTitle: "An earlier sale",
      userId,
      quantity: 1,
      amountMinor: 1,
      currency: "EUR",
      state,
      version: 1,
      payBefore: NOW,
      createdAt: NOW,
      updatedAt: NOW,
    });
}

beforeAll(async () => {
  await insertOrder("earlier", "buyer", "paid");
  await insertOrder("earlier", "holder", "reserved");
  await insertOrder("other", "holder", "paid");
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
    const db = counted();
    const cheapNo = spikeWith(purchase, { kind: "min_tier", tier: 5 });
    expect(await decideAccess(db.env, cheapNo, SUBJECT, CACHED, NOW)).toMatchObject({ rule: "min_tier" });
    expect(db.queries()).toBe(0);
    await decideAccess(db.env, spikeWith(purchase), SUBJECT, CACHED, NOW);
    expect(db.queries()).toBe(1);
  });

  it("is reused until its time is over, and not at all when that is switched off", async () => {
    const spike = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    const db = counted();
    const ask = (now: number, settings = CACHED) => decideAccess(db.env, spike, SUBJECT, settings, now);
    await ask(NOW);
    await ask(NOW + 29_999);
    expect(db.queries()).toBe(1);
    await ask(NOW + 30_000);
    expect(db.queries()).toBe(2);
    await ask(NOW + 30_001, UNCACHED);
    expect(db.queries()).toBe(3);
  });

  it("is made anew for another version of the spike, another user, tier or country", async () => {
    const spike = spikeWith({ kind: "not_bought_in", spikeIds: ["earlier"] });
    const db = counted();
    await decideAccess(db.env, spike, SUBJECT, CACHED, NOW);
    await decideAccess(db.env, { ...spike, version: 2 }, SUBJECT, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, userId: "u2" }, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, tier: 2 }, CACHED, NOW);
    await decideAccess(db.env, spike, { ...SUBJECT, country: "DE" }, CACHED, NOW);
    expect(db.queries()).toBe(5);
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
