import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { setPaused } from "../../../workers/admin/operate.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { STOCK_MAX } from "../../../workers/shared/limits.ts";
import { call } from "../support/http.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const operate = (id: string, verb: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(`/api/admin/spikes/${id}/${verb}`, { method: "POST", headers: { ...admin, ...headers }, body });
const ledgerOf = async (id: string) => call(`/api/admin/spikes/${id}/ledger`, { headers: admin });

describe("pausing a sale", () => {
  it("shows at once, lasts until it is resumed, and both are on record", async () => {
    const { id } = await createSpike();
    expect(await operate(id, "pause")).toMatchObject({ status: 200, body: { id, phase: "paused" } });
    expect(await operate(id, "pause")).toMatchObject({ status: 200, body: { phase: "paused" } });
    expect(await call(`/api/spikes/${id}`)).toMatchObject({ body: { phase: "paused" } });
    expect(await operate(id, "resume")).toMatchObject({ status: 200, body: { phase: "open" } });
    expect(await call(`/api/spikes/${id}`)).toMatchObject({ body: { phase: "open" } });
    expect((await trailOf(id)).map(({ action }) => action)).toEqual([
      "spike.create",
      "spike.pause",
      "spike.pause",
      "spike.resume",
    ]);
  });

  it("works while the database is down", async () => {
    const { id } = await createSpike();
    await setPaused(observedDatabase("down").env, "u-admin", id, true);
    expect((await withLedger(env, id, (ledger) => ledger.status())).paused).toBe(true);
  });

  it("needs a sale", async () => {
    expect(await operate("nosuchspike0", "pause")).toMatchObject({ status: 404 });
    expect(await operate("nosuchspike0", "resume")).toMatchObject({ status: 404 });
    expect((await withLedger(env, "nosuchspike0", (ledger) => ledger.status())).configVersion).toBe(0);
  });
});

describe("restocking a sale", () => {
  it("puts units on sale, once per idempotency key", async () => {
    const { id } = await createSpike({ stock: 10 });
    const key = { "idempotency-key": "restock-1" };
    expect(await operate(id, "restock", { quantity: 5 }, key)).toMatchObject({
      status: 200,
      body: { stock: 15, remaining: 15 },
    });
    expect(await operate(id, "restock", { quantity: 5 }, key)).toMatchObject({ body: { remaining: 15 } });
    expect(await operate(id, "restock", { quantity: 5 })).toMatchObject({ body: { remaining: 20 } });
    expect(await operate(id, "restock", { quantity: 5 })).toMatchObject({ body: { remaining: 25 } });
    expect((await trailOf(id)).at(1)).toEqual({
      actor: "u-admin",
      action: "spike.restock",
      details: { quantity: 5, operation: "u-admin:restock-1", total: 15 },
    });
  });

  it("is refused under a name that another quantity has", async () => {
    const { id } = await createSpike({ stock: 10 });
    const headers = { ...(await adminBearer()), "idempotency-key": "restock-2" };
    const restock = (quantity: number) =>
      call(`/api/admin/spikes/${id}/restock`, { headers, body: { quantity } });
    expect(await restock(5)).toMatchObject({ status: 200, body: { stock: 15 } });
    expect(await restock(6)).toMatchObject({ status: 409, body: { code: "idempotency_conflict" } });
    expect(await ledgerOf(id)).toMatchObject({ body: { total: 15 } });
  });

  it("is refused beyond the largest stock, and takes a sale right up to it", async () => {
    const { id } = await createSpike({ stock: STOCK_MAX - 1 });
    expect(await operate(id, "restock", { quantity: 2 })).toMatchObject({
      status: 400,
      body: { errors: [{ path: "quantity" }] },
    });
    expect(await operate(id, "restock", { quantity: 1 })).toMatchObject({ body: { stock: STOCK_MAX } });
  });

  it.each([
    {},
    { quantity: 0 },
    { quantity: -1 },
    { quantity: 1.5 },
    { quantity: "1" },
    { quantity: 1, x: 1 },
  ])("is refused for %j", async (body) => {
    const { id } = await createSpike();
    expect(await operate(id, "restock", body)).toMatchObject({ status: 400 });
  });

  it("needs a sale", async () => {
    expect(await operate("nosuchspike0", "restock", { quantity: 1 })).toMatchObject({ status: 404 });
  });
});

describe("the ledger view", () => {
  it("shows where every unit is, in exactly the fields of the contract", async () => {
    const { id } = await createSpike({ stock: 10 });
    const reserve = (userId: string) => ({ userId, quantity: 2, key: "k", requestId: "r" });
    await withLedger(env, id, async (ledger) => {
      const { results } = await ledger.reserve([reserve("u1"), reserve("u2"), reserve("u3")]);
      const [paid, cancelled] = results.map((result) => (result.ok ? result.orderId : ""));
      await ledger.beginPayment(paid ?? "", "u1");
      await ledger.pay(paid ?? "", "u1", "payment-1", 1);
      await ledger.cancel(cancelled ?? "", "u2");
    });
    expect(await ledgerOf(id)).toEqual({
      status: 200,
      body: {
        total: 10,
        available: 6,
        held: 2,
        sold: 2,
        returned: 2,
        scheduled: 0,
        orders: { reserved: 1, paid: 1, cancelled: 1, expired: 0 },
      },
    });
  });

  it("needs a sale", async () => {
    expect(await ledgerOf("nosuchspike0")).toMatchObject({ status: 404 });
  });
});
