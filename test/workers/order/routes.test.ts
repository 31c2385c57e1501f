import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import type { LedgerOrder, SpikeStockRpc } from "../../../durable-objects/spike-stock/messages.ts";
import { ORDER_PAGE_SIZE } from "../../../workers/order/list-orders.ts";
import { d1OrderStore } from "../../../workers/order/store/d1-order-store.ts";
import type { OrderState } from "../../../workers/shared/order.ts";
import { call } from "../support/http.ts";
import { callAs, openSale, type TestSale } from "./sale.ts";
import { SAMPLE_TIME, sampleOrder } from "./samples.ts";

const store = d1OrderStore(env.DB);

/** A namespace whose every ledger answers as told, and a list of the spikes it was asked for. */
function ledgersThat(methods: Partial<SpikeStockRpc>) {
  const asked: string[] = [];
  const namespace = {
    idFromName: (spikeId: string) => asked.push(spikeId),
    get: () => methods,
  } as unknown as Env["SPIKE_STOCK"];
  return { asked, bindings: { SPIKE_STOCK: namespace } };
}

/** Brings an order of alice's to a state; its stock is one unit, which bob takes when it comes free. */
async function orderIn(state: OrderState): Promise<{ sale: TestSale; orderId: string }> {
  const sale = await openSale({ stock: 1 });
  const orderId = await sale.reserve("alice");
  if (state === "paid") await sale.ledger.pay(orderId, "alice", "p1", 1);
  if (state === "cancelled") await sale.ledger.cancel(orderId, "alice");
  if (state === "expired") {
    await sale.lapse();
    await sale.reserve("bob");
  }
  return { sale, orderId };
}

const actions = [
  ["GET", ""],
  ["POST", "/payment"],
  ["POST", "/cancellation"],
] as const;

describe("every state and action", () => {
  it.each([
    { state: "reserved", action: "payment", status: 200, after: "paid" },
    { state: "reserved", action: "cancellation", status: 200, after: "cancelled" },
    { state: "paid", action: "payment", status: 200, after: "paid" },
    { state: "paid", action: "cancellation", status: 409, after: "paid" },
    { state: "cancelled", action: "payment", status: 409, after: "cancelled" },
    { state: "cancelled", action: "cancellation", status: 200, after: "cancelled" },
    { state: "expired", action: "payment", status: 409, after: "expired" },
    { state: "expired", action: "cancellation", status: 409, after: "expired" },
  ] as const)("$action of a $state order answers $status", async ({ state, action, status, after }) => {
    const { sale, orderId } = await orderIn(state);
    const answer = await callAs("alice", "POST", `/api/orders/${orderId}/${action}`);
    expect(answer.status).toBe(status);
    const order = { id: orderId, state: after };
    const refusal = { code: "order_state", orderId, detail: expect.any(String) };
    expect(answer.body).toMatchObject(status === 200 ? order : refusal);
    const [found] = await sale.ledger.lookup([{ orderId, userId: "alice" }]);
    expect(found?.order.state).toBe(after);
    // Asked again, it says the same again.
    const again = await callAs("alice", "POST", `/api/orders/${orderId}/${action}`);
    expect([again.status, again.body.state, again.body.updatedAt]).toEqual([
      status,
      answer.body.state,
      answer.body.updatedAt,
    ]);
  });

  it("answers a whole order and nothing that is not in the contract", async () => {
    const { sale, orderId } = await orderIn("reserved");
    const { body, headers } = await callAs("alice", "POST", `/api/orders/${orderId}/payment`);
    expect(body).toEqual({
      id: orderId,
      spikeId: sale.spikeId,
      spikeTitle: "Thermos 保温杯",
      quantity: 1,
      amountMinor: 1999,
      currency: "EUR",
      state: "paid",
      payBefore: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      createdAt: expect.stringMatching(/Z$/),
      updatedAt: expect.stringMatching(/Z$/),
    });
    expect(headers.get("cache-control")).toBe("private, no-store");
  });

  it("puts the stock of a cancelled order back on sale", async () => {
    const { sale, orderId } = await orderIn("reserved");
    await callAs("alice", "POST", `/api/orders/${orderId}/cancellation`);
    expect(await sale.ledger.view()).toMatchObject({ available: 1, held: 0, returned: 1 });
  });
});

describe("whose order it is", () => {
  it.each(actions)(
    "%s …%s answers not_found to another user, and changes nothing",
    async (method, action) => {
      const { sale, orderId } = await orderIn("reserved");
      const { status, body } = await callAs("mallory", method, `/api/orders/${orderId}${action}`);
      expect([status, body.code]).toEqual([404, "not_found"]);
      expect(await sale.ledger.view()).toMatchObject({ orders: { reserved: 1 } });
    },
  );

  it.each([
    ...actions.map(([method, action]) => [method, `/api/orders/a-1-nonce${action}`]),
    ["GET", "/api/orders"],
  ])("%s %s answers unauthenticated to a stranger", async (method = "", path = "") => {
    const { status, body } = await call(path, { method });
    expect([status, body.code]).toEqual([401, "unauthenticated"]);
  });

  it("keeps a recorded order from another user when its sale is gone", async () => {
    const order = sampleOrder(1, { spikeId: "goneforother", userId: "alice", state: "paid" });
    await store.upsert([order]);
    for (const [method, action] of actions) {
      const { status } = await callAs("mallory", method, `/api/orders/${order.orderId}${action}`);
      expect(status).toBe(404);
    }
  });
});

describe("hostile ids", () => {
  it.each([
    "x",
    "a-1",
    "a-1-abc",
    "'; DROP TABLE orders; --",
    "a-1-nonce' OR '1'='1",
    "%00",
    "%ff",
    "..%2f..%2fadmin",
    "秒杀-1-nonce",
    "A-1-NONCE",
    "a-1-nonce\n",
    "__proto__",
    "s".repeat(41).concat("-1-nonce"),
    "a-1-nonce".repeat(1000),
    `${"a".repeat(12)}-1-${"n".repeat(21)}`,
  ])("%# is no order, and no ledger is asked", async (id) => {
    const { asked, bindings } = ledgersThat({});
    for (const [method, action] of actions) {
      const path = `/api/orders/${encodeURIComponent(id)}${action}`;
      const { status, body } = await callAs("alice", method, path, bindings);
      expect([status, body.code]).toEqual([404, "not_found"]);
    }
    expect(asked).toEqual([]);
  });

  it("makes no ledger for spikes that do not exist", async () => {
    const { asked, bindings } = ledgersThat({});
    for (const [method, action] of actions) {
      const path = `/api/orders/nosuchspike1-1-nonce${action}`;
      expect((await callAs("alice", method, path, bindings)).status).toBe(404);
    }
    expect(asked).toEqual([]);
  });
});

describe("GET /api/orders/{id}", () => {
  const path = (orderId: string) => `/api/orders/${orderId}`;

  /** A sale in the catalogue whose ledger says this of an order. */
  async function withLedgerSaying(changes: Partial<LedgerOrder["order"]>, recorded: boolean) {
    const { spikeId } = await openSale();
    const order = sampleOrder(1, { spikeId, userId: "alice", ...changes });
    return { order, ...ledgersThat({ lookup: async () => [{ order, recorded }] }) };
  }

  it("answers 202 while a reservation is on its way to the database", async () => {
    const { order, bindings } = await withLedgerSaying({}, false);
    const { status, body } = await callAs("alice", "GET", path(order.orderId), bindings);
    expect(status).toBe(202);
    expect(body).toEqual({ orderId: order.orderId, state: "reserved", recorded: false });
  });

  it("answers the order once it is recorded", async () => {
    const { order, bindings } = await withLedgerSaying({}, true);
    const { status, body } = await callAs("alice", "GET", path(order.orderId), bindings);
    expect([status, body.id, body.state]).toEqual([200, order.orderId, "reserved"]);
  });

  it.each(["paid", "cancelled", "expired"] as const)(
    "answers a %s order as it stands though the database has not heard of it",
    async (state) => {
      const { order, bindings } = await withLedgerSaying({ state, version: 2 }, false);
      const { status, body } = await callAs("alice", "GET", path(order.orderId), bindings);
      expect([status, body.state]).toEqual([200, state]);
    },
  );

  it("prefers the ledger to a database that is behind", async () => {
    const { order, bindings } = await withLedgerSaying({ state: "paid", version: 2 }, true);
    await store.upsert([{ ...order, state: "reserved", version: 1 }]);
    expect((await callAs("alice", "GET", path(order.orderId), bindings)).body.state).toBe("paid");
  });

  it("finds an order in the database that its ledger does not know", async () => {
    const { spikeId } = await openSale();
    const order = sampleOrder(7, { spikeId, userId: "alice", state: "paid" });
    await store.upsert([order]);
    const { status, body } = await callAs("alice", "GET", path(order.orderId));
    expect([status, body.state]).toEqual([200, "paid"]);
  });

  it("passes on that the ledger is overloaded instead of guessing", async () => {
    const { order, bindings } = {
      ...(await withLedgerSaying({}, true)),
      ...ledgersThat({
        lookup: () => Promise.reject(Object.assign(new Error("busy"), { overloaded: true })),
      }),
    };
    const { status, body } = await callAs("alice", "GET", path(order.orderId), bindings);
    expect([status, body.code]).toEqual([503, "overloaded"]);
  });
});

describe("orders of a deleted sale", () => {
  it.each([
    { state: "paid", action: "payment", status: 200 },
    { state: "paid", action: "cancellation", status: 409 },
    { state: "cancelled", action: "cancellation", status: 200 },
    { state: "cancelled", action: "payment", status: 409 },
    { state: "expired", action: "payment", status: 409 },
  ] as const)("$action of a $state one answers $status", async ({ state, action, status }) => {
    const order = sampleOrder(1, { spikeId: `gone${state}${action}`.slice(0, 12), userId: "alice", state });
    await store.upsert([order]);
    expect((await callAs("alice", "GET", `/api/orders/${order.orderId}`)).body.state).toBe(state);
    const answer = await callAs("alice", "POST", `/api/orders/${order.orderId}/${action}`);
    expect([answer.status, answer.body.code ?? answer.body.state]).toEqual([
      status,
      status === 200 ? state : "order_state",
    ]);
  });
});

describe("GET /api/orders", () => {
  /** As many recorded orders of a user, the one with the largest sequence created last. */
  async function recordedOrders(userId: string, count: number, state: OrderState = "reserved") {
    const spikeId = userId.toLowerCase();
    const orders = Array.from({ length: count }, (_, i) =>
      sampleOrder(i + 1, { spikeId, userId, state, createdAt: SAMPLE_TIME + i }),
    );
    await store.upsert(orders);
    return orders.map(({ orderId }) => orderId).toReversed();
  }

  async function pagesOf(userId: string, query = "") {
    const pages: string[][] = [];
    let cursor = "";
    do {
      const path = `/api/orders?${query}${cursor ? `&cursor=${cursor}` : ""}`;
      const { status, body } = await callAs(userId, "GET", path);
      expect(status).toBe(200);
      pages.push((body.orders as { id: string }[]).map(({ id }) => id));
      cursor = (body.nextCursor as string | undefined) ?? "";
    } while (cursor);
    return pages;
  }

  it.each([
    [0, [0]],
    [ORDER_PAGE_SIZE, [ORDER_PAGE_SIZE]],
    [ORDER_PAGE_SIZE + 1, [ORDER_PAGE_SIZE, 1]],
    [2 * ORDER_PAGE_SIZE + 5, [ORDER_PAGE_SIZE, ORDER_PAGE_SIZE, 5]],
  ])("shows %i orders newest first in pages of %j", async (count, sizes) => {
    const userId = `lister${count}`;
    const newestFirst = await recordedOrders(userId, count);
    const pages = await pagesOf(userId);
    expect(pages.map((page) => page.length)).toEqual(sizes);
    expect(pages.flat()).toEqual(newestFirst);
  });

  it("shows nobody else's, and filters by state", async () => {
    const paid = await recordedOrders("payer", 3, "paid");
    await recordedOrders("other", 3, "paid");
    expect(await pagesOf("payer", "state=paid")).toEqual([paid]);
    expect(await pagesOf("payer", "state=expired")).toEqual([[]]);
  });

  it("gives another user's cursor no power", async () => {
    await recordedOrders("richone", ORDER_PAGE_SIZE + 1);
    const { body } = await callAs("richone", "GET", "/api/orders");
    const answer = await callAs("poorone", "GET", `/api/orders?cursor=${String(body.nextCursor)}`);
    expect([answer.status, answer.body.orders]).toEqual([200, []]);
  });

  it.each([
    ["state=lost", "state"],
    ["state=", "state"],
    ["cursor=", "cursor"],
    ["cursor=abc", "cursor"],
    ["cursor=%27%20OR%201%3D1", "cursor"],
    [`cursor=${"a".repeat(10_000)}`, "cursor"],
  ])("refuses ?%s", async (query, field) => {
    const { status, body } = await callAs("alice", "GET", `/api/orders?${query}`);
    expect([status, body.code, body.errors?.[0]?.path]).toEqual([400, "invalid_request", field]);
  });
});

describe("from the ledger to the database and back", () => {
  it("records a reservation, confirms it to the ledger, and records what becomes of it", async () => {
    const { ledger, reserve } = await openSale({ stock: 3 });
    const orderId = await reserve("alice");
    await vi.waitFor(
      async () => {
        const { status, body } = await callAs("alice", "GET", `/api/orders/${orderId}`);
        expect([status, body.state]).toEqual([200, "reserved"]);
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(await store.find(orderId, "alice")).toMatchObject({ orderId, state: "reserved", version: 1 });

    expect((await callAs("alice", "POST", `/api/orders/${orderId}/payment`)).status).toBe(200);
    await vi.waitFor(
      async () => {
        expect(await store.find(orderId, "alice")).toMatchObject({ state: "paid", version: 2 });
        expect(await ledger.view()).toMatchObject({ sold: 1, unrecorded: 0 });
      },
      { timeout: 60_000, interval: 200 },
    );
  });
});
