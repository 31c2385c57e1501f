import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { Difference } from "../../../workers/admin/reconciliation/compare.ts";
import { repairDifferences } from "../../../workers/admin/reconciliation/repair.ts";
import { driveRun, openRun } from "../../../workers/admin/reconciliation/drive.ts";
import { DIFFERENCES_KEPT_MAX, readRun, saveStep } from "../../../workers/admin/reconciliation/runs.ts";
import { spikes } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { withEveryLedger } from "../../../workers/platform/ledger.ts";
import { configureLedgers, viewLedgers } from "../../../workers/platform/sale-ledgers.ts";
import { newSpikeId, stripedSpikeId } from "../../../workers/shared/ids.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { purchase, spikeConfig } from "../spike-stock/spikes.ts";
import {
  change,
  compare,
  expectEqual,
  invented,
  path,
  remove,
  repair,
  type Report,
  settled,
  soldSale,
  store,
} from "./reconciled-sale.ts";
import { call } from "../support/http.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";
import { PATIENCE } from "../support/patience.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

describe("comparing a sale with its orders", () => {
  let damaged: Awaited<ReturnType<typeof soldSale>>;
  beforeAll(async () => {
    damaged = await soldSale(3);
  });

  it("finds nothing wrong with what is right, and says how many orders it compared", async () => {
    const { spikeId } = await soldSale(5);
    const orders = { reserved: 2, paid: 2, cancelled: 1, expired: 0 };
    expect(await compare(spikeId)).toMatchObject({
      ...{ spikeId, mode: "compare", matches: true, startedBy: "u-admin", differences: [] },
      counts: { ledger: orders, database: orders },
      found: { missing: 0, extra: 0, different: 0, onTheWay: 0 },
      progress: { done: 10, total: 10 },
    });
  });

  it.each([
    ["state", "state = 'expired'", ["state"]],
    ["amount", "amount_minor = 1", ["amountMinor"]],
    ["quantity", "quantity = quantity + 1", ["quantity"]],
    ["owner", "user_id = 'somebody else'", ["userId"]],
    ["version, newer than there is", "version = version + 7", ["version"]],
    ["version, older than was confirmed", "version = version - 1, state = 'reserved'", ["state", "version"]],
    ["sale", "spike_id = 'elsewhere'", ["spikeId"]],
    ["time", "created_at = 1", ["createdAt"]],
  ])("finds and repairs another %s", async (_, assignment, fields) => {
    const sale = damaged;
    const paid = sale.orders.find(({ state }) => state === "paid");
    await change(paid?.orderId ?? "", assignment);
    const difference = { orderId: paid?.orderId, kind: "different", fields };
    expect(await compare(sale.spikeId)).toMatchObject({
      ...{ matches: false, found: { missing: 0, extra: 0, different: 1 } },
      fields: Object.fromEntries(fields.map((field) => [field, 1])),
      differences: [{ ...difference, outcome: "found" }],
    });
    expect(await repair(sale.spikeId)).toMatchObject({
      differences: [{ ...difference, outcome: "repaired" }],
    });
    await expectEqual(sale);
    expect(await compare(sale.spikeId)).toMatchObject({ matches: true });
  });

  it("finds and repairs what is missing and what is extra, and keeps what it removed", async () => {
    const sale = await soldSale(4);
    const [gone, model] = sale.orders as [OrderSnapshot, OrderSnapshot];
    const extra = invented(model);
    await remove(gone.orderId);
    await store.upsert([extra]);
    const found = { missing: 1, extra: 1, different: 0, onTheWay: 0 };
    expect(await compare(sale.spikeId)).toMatchObject({ matches: false, found });
    const { differences, run } = await repair(sale.spikeId);
    expect(differences).toHaveLength(2);
    expect(differences).toContainEqual(
      expect.objectContaining({
        ...{ orderId: extra.orderId, kind: "extra", outcome: "repaired" },
        database: expect.objectContaining({ userId: extra.userId, quantity: 1 }),
      }),
    );
    await expectEqual(sale);
    expect(await trailOf(sale.spikeId)).toEqual([
      { actor: "u-admin", action: "orders.repair", details: { run, removesUnproven: false } },
      {
        actor: "u-admin",
        action: "orders.repaired",
        details: { run, missing: 1, extra: 1, different: 0, kept: 0, refused: 0 },
      },
    ]);
  });

  it("keeps an order that the ledger may have forgotten, unless told otherwise", async () => {
    const sale = await soldSale(2);
    const [model] = sale.orders as [OrderSnapshot];
    const ahead = { ...model, orderId: `${sale.spikeId}-zz-fromalife`, userId: "u-forgotten" };
    await store.upsert([ahead]);
    expect(await repair(sale.spikeId)).toMatchObject({
      ...{ kept: 1, differences: [{ orderId: ahead.orderId, kind: "extra", outcome: "kept" }] },
    });
    expect(await store.findMany([ahead.orderId])).toEqual([ahead]);
    expect(await repair(sale.spikeId, { removeUnproven: true })).toMatchObject({ kept: 0 });
    await expectEqual(sale);
  });

  it("loses no event that came while a wrong row stood in its way", async () => {
    const sale = await soldSale(4);
    const order = sale.orders.find(({ state }) => state === "reserved") as OrderSnapshot;
    await change(order.orderId, "version = 9, amount_minor = 1");
    const database = { ...order, version: 9, amountMinor: 1 };
    // The order is paid, and its event bounces off the row that calls itself newer, after the page was compared.
    await sale.ledger.pay(order.orderId, order.userId, "payment", 1);
    await settled(sale);
    const difference: Difference = {
      ...{ orderId: order.orderId, kind: "different", fields: ["version"] },
      ...{ ledger: order, database, unproven: false },
    };
    await repairDifferences(env, sale.spikeId, [difference], false);
    expect(await store.findMany([order.orderId])).toMatchObject([{ state: "paid", version: 2 }]);
    await expectEqual(sale);
  });

  it("gives an order back to the sale it strayed from", async () => {
    const [here, there] = [await soldSale(3), await soldSale(3)];
    const [stray] = here.orders as [OrderSnapshot];
    await change(stray.orderId, `spike_id = '${there.spikeId}'`);
    expect(await repair(there.spikeId)).toMatchObject({ found: { extra: 1 } });
    await expectEqual(there);
    await expectEqual(here);
  });

  it("takes no offence at orders that are on their way, nor at those of a sale that is running", async () => {
    const sale = await soldSale(3);
    const [reserved] = (await sale.ledger.reserve([purchase("late")])).results;
    const orderId = reserved?.ok ? reserved.orderId : "";
    await settled(sale);
    // As if neither the order nor its confirmation had ever left the ledger.
    await sale.forget(orderId);
    await remove(orderId);
    expect(await compare(sale.spikeId)).toMatchObject({ matches: true, found: { onTheWay: 1 } });
    const selling = (async () => {
      for (let sold = 0; sold < 30; sold++) {
        const [result] = (await sale.ledger.reserve([purchase(`crowd${sold}`)])).results;
        if (result?.ok) await sale.ledger.cancel(result.orderId, `crowd${sold}`);
      }
    })();
    for (let times = 0; times < 5; times++)
      expect(await compare(sale.spikeId)).toMatchObject({ matches: true });
    await selling;
  });

  it("says which order the database does not take, and repairs the others", async () => {
    const sale = await soldSale(4);
    const [bad, other] = sale.orders as [OrderSnapshot, OrderSnapshot];
    await remove(bad.orderId);
    await remove(other.orderId);
    await env.DB.exec(
      `CREATE TRIGGER refuse BEFORE INSERT ON orders WHEN NEW.id = '${bad.orderId}' BEGIN SELECT RAISE(ABORT, 'never'); END`,
    );
    try {
      expect(await repair(sale.spikeId)).toMatchObject({ found: { missing: 2 }, refused: 1 });
    } finally {
      await env.DB.exec("DROP TRIGGER refuse");
    }
    expect(await compare(sale.spikeId)).toMatchObject({ found: { missing: 1 } });
    expect(await repair(sale.spikeId)).toMatchObject({ refused: 0 });
    await expectEqual(sale);
  });

  it("fills an emptied table from the ledger, in pages, whoever drives each", async () => {
    const sale = await soldSale(700);
    await env.DB.prepare("DELETE FROM orders WHERE spike_id = ?").bind(sale.spikeId).run();
    let run = await openRun(env, sale.spikeId, { mode: "repair", actor: "u-one" }, Date.now());
    let steps = 0;
    while (run.finishedAt === null && steps < 20) {
      const read = await readRun(env, sale.spikeId, run.id);
      if (read === null) throw new Error("the run is gone");
      run = await driveRun(env, read, 0);
      steps += 1;
    }
    expect(steps).toBeGreaterThan(2);
    expect(run.tally).toMatchObject({ missing: 700, compared: 700, searched: 700, refused: 0 });
    await expectEqual(sale);
  });

  it("goes through all ledgers of a sale that has several", async () => {
    const config = spikeConfig({ id: stripedSpikeId(newSpikeId(), 2), holdSeconds: 86_400 });
    await configureLedgers(env, config);
    await database(env)
      .insert(spikes)
      .values({ ...config, createdAt: 0, updatedAt: 0 });
    const replies = await withEveryLedger(env, config.id, (ledger) => ledger.reserve([purchase("somebody")]));
    const ids = replies.flatMap(({ results: [result] }) => (result?.ok ? [result.orderId] : []));
    await vi.waitFor(async () => expect(await store.findMany(ids)).toHaveLength(2), PATIENCE);
    await vi.waitFor(
      async () => expect(await viewLedgers(env, config.id)).toMatchObject({ unrecorded: 0 }),
      PATIENCE,
    );
    const [here, there] = (await store.findMany(ids)) as [OrderSnapshot, OrderSnapshot];
    await remove(here.orderId);
    await change(there.orderId, "amount_minor = 5");
    await store.upsert([invented(here)]);
    const found = { missing: 1, extra: 1, different: 1, onTheWay: 0 };
    expect(await compare(config.id)).toMatchObject({ found, counts: { ledger: { reserved: 2 } } });
    await repair(config.id);
    expect(await compare(config.id)).toMatchObject({ matches: true });
    expect(await store.findMany(ids)).toEqual(expect.arrayContaining([here, there]));
  });

  it.each(["compare", "repair"] as const)("is one run when two begin to %s at once", async (mode) => {
    const { spikeId } = await soldSale(3);
    const runs = await Promise.all(
      ["u-one", "u-two"].map((actor) => openRun(env, spikeId, { mode, actor }, Date.now())),
    );
    expect(new Set(runs.map(({ id }) => id)).size).toBe(1);
    expect(await trailOf(spikeId)).toHaveLength(mode === "repair" ? 1 : 0);
  });

  it("counts a page once when two drive the same run", async () => {
    const { spikeId } = await soldSale(3);
    const run = await openRun(env, spikeId, { mode: "compare", actor: "u-one" }, Date.now());
    expect((await openRun(env, spikeId, { mode: "compare", actor: "u-two" }, Date.now())).id).toBe(run.id);
    const step = { run: { ...run, tally: { ...run.tally, compared: 3 } }, outcomes: new Map(), entry: null };
    expect([await saveStep(env, run, step), await saveStep(env, run, step)]).toEqual([true, false]);
    const finished = await driveRun(env, run, Date.now() + 60_000);
    expect(finished).toMatchObject({ tally: { searched: 3 }, finishedAt: expect.any(Number) });
  });

  it("keeps a bounded list of differences, and counts all", async () => {
    const sale = await soldSale(3);
    const extra = Array.from({ length: DIFFERENCES_KEPT_MAX + 5 }, (_, at) => ({
      ...(sale.orders[0] as OrderSnapshot),
      orderId: `${sale.spikeId}-1-made${at.toString(36)}0`,
    }));
    await store.upsert(extra);
    const { run, found } = await compare(sale.spikeId);
    expect(found.extra).toBe(extra.length);
    const kept = env.DB.prepare("SELECT count(*) AS n FROM reconciliation_differences WHERE run_id = ?");
    expect(await kept.bind(run).first("n")).toBe(DIFFERENCES_KEPT_MAX);
    const repaired = await repair(sale.spikeId);
    expect(await kept.bind(repaired.run).first("n")).toBe(extra.length);
    await expectEqual(sale);
  });
});

type Damage = {
  order: number;
  how: "remove" | "invent" | "rewind" | "state" | "amount" | "owner" | "sale" | "ahead";
};

const damages: fc.Arbitrary<Damage[]> = fc.array(
  fc.record({
    order: fc.nat({ max: 11 }),
    how: fc.constantFrom("remove", "invent", "rewind", "state", "amount", "owner", "sale", "ahead"),
  }),
  { minLength: 1, maxLength: 12 },
);

async function damage({ order, how }: Damage, orders: OrderSnapshot[]): Promise<void> {
  const target = orders[order % orders.length] as OrderSnapshot;
  const { orderId } = target;
  switch (how) {
    case "remove":
      return void (await remove(orderId));
    case "invent":
      return await store.upsert([invented(target)]);
    case "rewind":
      return void (await change(orderId, "version = max(version - 1, 1), state = 'reserved'"));
    case "state":
      return void (await change(orderId, "state = 'expired', updated_at = 5"));
    case "amount":
      return void (await change(orderId, "amount_minor = amount_minor + 1, currency = 'XXX'"));
    case "owner":
      return void (await change(orderId, "user_id = 'thief', quantity = 9"));
    case "sale":
      return void (await change(orderId, "spike_id = 'elsewhere'"));
    case "ahead":
      return void (await change(orderId, "version = version + 3, state = 'paid'"));
  }
}

it("puts any damage right, and finds nothing afterwards", { timeout: 240_000 }, async () => {
  const sale = await soldSale(12);
  await fc.assert(
    fc.asyncProperty(damages, async (done) => {
      for (const each of done) await damage(each, sale.orders);
      await repair(sale.spikeId);
      await expectEqual(sale);
      expect(await compare(sale.spikeId)).toMatchObject({ matches: true });
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

describe("what cannot be reconciled", () => {
  it("is a sale that does not exist, or whose ledger is lost", async () => {
    expect(await call(path("nosuchspike0"), { headers: admin })).toMatchObject({ status: 404 });
    const { spikeId } = await soldSale(3);
    await env.DB.prepare(
      "INSERT INTO spikes SELECT 'lost0', version, title, description, image_url, price_minor, original_price_minor, currency, stock, max_per_user, starts_at, ends_at, hold_seconds, access_rules, created_at, updated_at FROM spikes WHERE id = ?",
    )
      .bind(spikeId)
      .run();
    expect(await call(path("lost0"), { headers: admin })).toMatchObject({
      status: 409,
      body: { code: "order_state" },
    });
  });

  it("is a run of another sale or another kind", async () => {
    const { spikeId } = await soldSale(3);
    const { run } = await compare(spikeId);
    expect(await call(path(spikeId), { headers: admin, body: { run } })).toMatchObject({ status: 404 });
    expect(await call(`${path("elsewhere")}?run=${run}`, { headers: admin })).toMatchObject({ status: 404 });
    expect(await call(path(spikeId), { headers: admin, body: { nonsense: 1 } })).toMatchObject({
      status: 400,
    });
  });
});

describe("the list of runs", () => {
  it("shows runs of one sale, the newest first, and a run's differences in pages", async () => {
    const sale = await soldSale(60);
    await env.DB.prepare("UPDATE orders SET quantity = 3 WHERE spike_id = ?").bind(sale.spikeId).run();
    const { run, nextCursor, differences } = (await compare(sale.spikeId)) as Report & { nextCursor: string };
    expect(differences).toHaveLength(50);
    const more = await call<{ differences: unknown[] }>(
      `${path(sale.spikeId)}/${run}/differences?cursor=${nextCursor}`,
      {
        headers: admin,
      },
    );
    expect(more.body.differences).toHaveLength(10);
    await repair(sale.spikeId);
    const list = await call(`/api/admin/reconciliations?spikeId=${sale.spikeId}`, { headers: admin });
    expect(list.body.runs).toMatchObject([
      { mode: "repair", found: { different: 60 } },
      { mode: "compare", run },
    ]);
  });
});
