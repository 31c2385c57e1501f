import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { SpikeStock } from "../../../durable-objects/spike-stock/spike-stock.ts";
import { withLedgerAt } from "../../../workers/platform/ledger.ts";
import { readStatus } from "../../../workers/platform/sale-ledgers.ts";
import { parseOrderId, stripesOf } from "../../../workers/shared/ids.ts";
import { ledgerName, ledgerOfOrder, ledgersOf } from "../../../workers/shared/stripes.ts";
import { call } from "../support/http.ts";
import { withoutTimeLimits } from "../support/patience.ts";
import { createSpike, definition, inMinutes } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";
import { ledgerOf } from "./spikes.ts";
import { reserve, reserveOnce, userOf } from "./striped-sale.ts";

/* Sales with several ledgers, over the API and in real objects that speak to each other. */

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const viewOf = async (id: string) => (await call(`/api/admin/spikes/${id}/ledger`, { headers: admin })).body;
const operate = (id: string, verb: string, body?: unknown) =>
  call(`/api/admin/spikes/${id}/${verb}`, { method: "POST", headers: admin, body });

/** Makes calls of this ledger fail for as long as `work` takes. */
async function whileDown<T>(name: string, work: () => Promise<T>): Promise<T> {
  const fail = () => Promise.reject(new Error("this ledger is down"));
  const broken = { exchange: fail, status: fail, reserve: fail };
  await runInDurableObject(ledgerOf(name), (object) => void Object.assign(object, broken));
  try {
    return await work();
  } finally {
    await runInDurableObject(ledgerOf(name), (object) => {
      for (const method of Object.keys(broken)) delete (object as unknown as Record<string, unknown>)[method];
    });
  }
}

describe.each([2, 8])("a sale with %i ledgers", (stripes) => {
  it("looks like any other, and its ledger adds up", async () => {
    const sale = await createSpike({ stock: 11, stripes });
    expect(stripesOf(sale.id)).toBe(stripes);
    expect(sale).toMatchObject({ stock: 11, remaining: 11, phase: "open" });
    expect(sale).not.toHaveProperty("stripes");
    expect(await viewOf(sale.id)).toEqual({
      ...{ total: 11, available: 11, held: 0, sold: 0, returned: 0, scheduled: 0 },
      orders: { reserved: 0, paid: 0, cancelled: 0, expired: 0 },
    });
  });

  it("sells every unit, and not one more, to users of one ledger alone", async () => {
    const { id } = await createSpike({ stock: 10, stripes });
    for (let unit = 0; unit < 10; unit++)
      expect(await reserve(id, userOf(id, 1))).toMatchObject({ ok: true });
    expect(await reserve(id, userOf(id, 1))).toEqual({ ok: false, code: "sold_out" });
    expect(await reserve(id, userOf(id, 0))).toEqual({ ok: false, code: "sold_out" });
    expect(await viewOf(id)).toMatchObject({ total: 10, available: 0, held: 10 });
    expect(await withoutTimeLimits(() => readStatus(env, id))).toMatchObject({ available: 0, total: 10 });
  });

  it("sells exactly its stock to a crowd", async () => {
    const { id } = await createSpike({ stock: 30, stripes });
    const results = await Promise.all(Array.from({ length: 90 }, (_, n) => reserveOnce(id, `crowd${n}`)));
    const won = results.filter(({ ok }) => ok).length;
    // Who was told to come again does, until there is nothing left anywhere.
    let more = 0;
    for (let n = 0; won + more < 30 && n < 60; n++) if ((await reserve(id, `late${n}`)).ok) more += 1;
    expect(won + more).toBe(30);
    expect(await reserve(id, "too-late")).toEqual({ ok: false, code: "sold_out" });
    expect(await viewOf(id)).toMatchObject({ total: 30, available: 0, held: 30 });
  });

  it("gathers units for one who wants more than any ledger has", async () => {
    const { id } = await createSpike({ stock: stripes, maxPerUser: 10, stripes });
    expect(await reserve(id, userOf(id, 1), stripes)).toMatchObject({ ok: true });
    expect(await viewOf(id)).toMatchObject({ available: 0, held: stripes });
  });

  it("refuses who wants more than there is, and sells what there is to the next", async () => {
    const { id } = await createSpike({ stock: 3, maxPerUser: 10, stripes });
    expect(await reserve(id, userOf(id, 0), 4)).toEqual({ ok: false, code: "sold_out" });
    expect(await reserve(id, userOf(id, 1), 3)).toMatchObject({ ok: true });
  });

  it("sells what comes back in one ledger to users of another", async () => {
    const { id } = await createSpike({ stock: 1, stripes });
    const userId = userOf(id, 1);
    const first = await reserve(id, userId);
    if (!first.ok) throw new Error(JSON.stringify(first));
    expect(parseOrderId(first.orderId)?.stripe).toBe(1);
    expect(await reserve(id, userOf(id, 0))).toEqual({ ok: false, code: "sold_out" });
    await withLedgerAt(env, ledgerOfOrder(first.orderId), (ledger) => ledger.cancel(first.orderId, userId));
    await expect.poll(() => reserve(id, userOf(id, 0)), { timeout: 60_000 }).toMatchObject({ ok: true });
  });

  it("puts restocked units on sale in all ledgers, once", async () => {
    const { id } = await createSpike({ stock: 1, stripes });
    const restock = () => operate(id, "restock", { quantity: 2 * stripes });
    expect(await withoutTimeLimits(restock)).toMatchObject({
      body: { stock: 1 + 2 * stripes, remaining: 1 + 2 * stripes },
    });
    const availableIn = async () => {
      const views = ledgersOf(id).map((of) => withLedgerAt(env, of, (ledger) => ledger.view()));
      return (await Promise.all(views)).map(({ available }) => available);
    };
    await expect.poll(availableIn).toEqual(ledgersOf(id).map(({ stripe }) => (stripe === 0 ? 3 : 2)));
    expect(await viewOf(id)).toMatchObject({ total: 1 + 2 * stripes, available: 1 + 2 * stripes });
  });

  it("keeps the plan of its waves in one place, and counts them once", async () => {
    const { id } = await createSpike({ stock: 4, stripes, endsAt: inMinutes(60) });
    const waves = [{ at: inMinutes(10), quantity: 5 }];
    expect(await operate(id, "waves", { waves })).toMatchObject({ status: 200 });
    expect(await viewOf(id)).toMatchObject({ total: 4, scheduled: 5 });
    expect(await call(`/api/spikes/${id}`)).toMatchObject({ body: { nextWave: { quantity: 5 } } });
  });

  it("pauses and resumes as a whole", async () => {
    const { id } = await createSpike({ stock: 10, stripes });
    expect(await operate(id, "pause")).toMatchObject({ status: 200, body: { phase: "paused" } });
    for (const { stripe } of ledgersOf(id)) {
      expect(await reserve(id, userOf(id, stripe))).toEqual({ ok: false, code: "paused" });
    }
    expect(await operate(id, "resume")).toMatchObject({ status: 200, body: { phase: "open" } });
    for (const { stripe } of ledgersOf(id)) {
      expect(await reserve(id, userOf(id, stripe))).toMatchObject({ ok: true });
    }
  });

  it("takes another stock before it starts", async () => {
    const { id } = await createSpike({ stock: 10, stripes, startsAt: inMinutes(10) });
    const patch = { method: "PATCH", headers: admin, body: { stock: 5 } };
    expect(await call(`/api/admin/spikes/${id}`, patch)).toMatchObject({ status: 200, body: { stock: 5 } });
    expect(await viewOf(id)).toMatchObject({ total: 5, available: 5 });
  });

  it("is deleted as a whole, or not at all", async () => {
    const { id } = await createSpike({ stock: 10, stripes });
    const remove = () => call(`/api/admin/spikes/${id}`, { method: "DELETE", headers: admin });
    const userId = userOf(id, 1);
    const held = await reserve(id, userId);
    if (!held.ok) throw new Error(JSON.stringify(held));
    expect(await remove()).toMatchObject({ status: 409, body: { code: "order_state" } });
    expect(await reserve(id, userOf(id, 0))).toMatchObject({ ok: true });
    const { id: unsold } = await createSpike({ stock: 10, stripes });
    expect(await call(`/api/admin/spikes/${unsold}`, { method: "DELETE", headers: admin })).toMatchObject({
      status: 204,
    });
    expect(await call(`/api/spikes/${unsold}`)).toMatchObject({ status: 404 });
  });

  it("never says sold out for a ledger that cannot be heard, and sells what the others have", async () => {
    const { id } = await createSpike({ stock: 2 * stripes, stripes });
    const [, down] = ledgersOf(id).map(ledgerName);
    await whileDown(down ?? "", async () => {
      for (let unit = 0; unit < 2 * (stripes - 1); unit++) {
        expect(await reserve(id, userOf(id, 0))).toMatchObject({ ok: true });
      }
      expect(await reserveOnce(id, userOf(id, 0))).toEqual({ ok: false, code: "overloaded" });
      expect((await readStatus(env, id)).available).toBeGreaterThan(0);
    });
    for (let unit = 0; unit < 2; unit++) {
      await expect.poll(() => reserve(id, userOf(id, 0)), { timeout: 60_000 }).toMatchObject({ ok: true });
    }
    expect(await reserve(id, userOf(id, 0))).toEqual({ ok: false, code: "sold_out" });
    expect(await viewOf(id)).toMatchObject({ total: 2 * stripes, available: 0, held: 2 * stripes });
  });
});

describe("while a new version is being rolled out", () => {
  it("no sale gets ledgers that know nothing of each other", async () => {
    const real = SpikeStock.prototype.configure;
    const old = vi.spyOn(SpikeStock.prototype, "configure").mockImplementation(async function (
      this: SpikeStock,
      config,
    ) {
      const { transfers: _transfers, ...status } = await real.call(this, config);
      return status;
    });
    const headers = { ...admin, "idempotency-key": "roll-out" };
    const create = { headers, body: definition({ title: "Rolled out", stripes: 2 }) };
    expect(await call("/api/admin/spikes", create)).toMatchObject({
      status: 503,
      body: { code: "overloaded" },
    });
    old.mockRestore();
    // What was made wrongly is never sold from: the same creation again asks for another key.
    expect(await call("/api/admin/spikes", create)).toMatchObject({ status: 409 });
    const anew = { ...create, headers: { ...admin, "idempotency-key": "rolled-out" } };
    expect(await call("/api/admin/spikes", anew)).toMatchObject({ status: 201 });
  });
});

describe("the number of ledgers", () => {
  it.each([0, 65, 1.5, "2"])("is not %j", async (stripes) => {
    const { status, body } = await call<{ errors: { path: string }[] }>("/api/admin/spikes", {
      headers: admin,
      body: definition({ stripes }),
    });
    expect([status, body.errors.map(({ path }) => path)]).toEqual([400, ["stripes"]]);
  });

  it("is one unless told, may be 64, and never changes", async () => {
    expect(stripesOf((await createSpike()).id)).toBe(1);
    const { id } = await createSpike({ stripes: 64, stock: 64 });
    expect(await viewOf(id)).toMatchObject({ total: 64, available: 64 });
    const patch = { method: "PATCH", headers: admin, body: { stripes: 2 } };
    expect(await call(`/api/admin/spikes/${id}`, patch)).toMatchObject({ status: 400 });
  });
});
