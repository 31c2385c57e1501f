import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { CSV_PAGE_ORDERS, csvCell, streamOrdersCsv } from "../../../workers/admin/orders-csv.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import { insertAccount } from "../../../workers/user/accounts.ts";
import { sampleOrder } from "../order/samples.ts";
import { call, request } from "../support/http.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

const { orderId: paid } = sampleOrder(100);
const { orderId: inSale2 } = sampleOrder(101, { spikeId: "sale2" });

let admin: { authorization: string };

beforeAll(async () => {
  admin = await adminBearer();
  await openOrderStore(env).upsert([
    ...Array.from({ length: 60 }, (_, i) => sampleOrder(i)),
    sampleOrder(100, { userId: "u2", state: "paid", version: 2 }),
    sampleOrder(101, {
      spikeId: "sale2",
      spikeTitle: '=HYPERLINK("evil"), and more',
      state: "paid",
    }),
  ]);
});

const list = (query = "") => call(`/api/admin/orders${query}`, { headers: admin });
const idsOf = (body: { orders: { id: string }[] }) => body.orders.map(({ id }) => id);

describe("GET /api/admin/orders", () => {
  it("shows everyone's orders with their owners, the newest first, a page at a time", async () => {
    const first = (await list()).body;
    expect(first.orders).toHaveLength(50);
    expect(first.orders[1]).toEqual({
      id: paid,
      spikeId: "sample",
      spikeTitle: "Sample phone",
      userId: "u2",
      quantity: 1,
      amountMinor: 19_900,
      currency: "EUR",
      state: "paid",
      payBefore: "2026-11-11T00:05:00.000Z",
      createdAt: "2026-11-11T00:00:00.100Z",
      updatedAt: "2026-11-11T00:00:00.100Z",
    });
    const second = (await list(`?cursor=${first.nextCursor}`)).body;
    expect(second.orders).toHaveLength(12);
    expect(second.nextCursor).toBeUndefined();
    expect(new Set([...idsOf(first), ...idsOf(second)]).size).toBe(62);
  });

  it("filters by sale, state and user, alone and together", async () => {
    expect(idsOf((await list("?spikeId=sale2")).body)).toEqual([inSale2]);
    expect(idsOf((await list("?state=paid")).body)).toEqual([inSale2, paid]);
    expect(idsOf((await list("?user=u2")).body)).toEqual([paid]);
    expect(idsOf((await list("?user=u2&spikeId=sale2")).body)).toEqual([]);
  });

  it("finds a user by name as well", async () => {
    const made = await insertAccount(env, { username: "Li.Wei", passwordHash: "unused", role: "shopper" }, 0);
    const userId = made?.id ?? "";
    await openOrderStore(env).upsert([sampleOrder(1, { spikeId: "sale3", userId })]);
    expect(idsOf((await list("?user=li.wei")).body)).toEqual([sampleOrder(1, { spikeId: "sale3" }).orderId]);
    expect(idsOf((await list(`?user=${userId}`)).body)).toHaveLength(1);
    expect(idsOf((await list("?user=li.we")).body)).toEqual([]);
  });

  it("refuses a state that no order has and a cursor that no page gave", async () => {
    expect(await list("?state=lost")).toMatchObject({ status: 400, body: { errors: [{ path: "state" }] } });
    expect(await list("?cursor=x")).toMatchObject({ status: 400 });
  });

  it("is for admins", async () => {
    for (const path of ["/api/admin/orders", "/api/admin/orders.csv"]) {
      expect((await call(path)).status).toBe(401);
      expect((await call(path, { headers: await bearer() })).status).toBe(403);
    }
  });
});

describe("GET /api/admin/orders.csv", () => {
  it("exports the same orders, quoted and harmless in a spreadsheet", async () => {
    const response = await request("/api/admin/orders.csv?state=paid", { headers: admin });
    expect(response.headers.get("content-type")).toBe("text/csv; charset=utf-8; header=present");
    expect(response.headers.get("content-disposition")).toContain("orders.csv");
    expect(await response.text()).toBe(
      [
        "id,spikeId,spikeTitle,userId,quantity,amountMinor,currency,state,payBefore,createdAt,updatedAt",
        `${inSale2},sale2,"'=HYPERLINK(""evil""), and more",u1,1,19900,EUR,paid,2026-11-11T00:05:00.000Z,2026-11-11T00:00:00.101Z,2026-11-11T00:00:00.101Z`,
        `${paid},sample,Sample phone,u2,1,19900,EUR,paid,2026-11-11T00:05:00.000Z,2026-11-11T00:00:00.100Z,2026-11-11T00:00:00.100Z`,
        "",
      ].join("\r\n"),
    );
  });

  it.each([
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ["two\r\nlines", '"two\r\nlines"'],
    ["=1+1", "'=1+1"],
    ["+1", "'+1"],
    ["-1", "'-1"],
    ["@sum", "'@sum"],
    ["\tx", "'\tx"],
    [-1, "'-1"],
    [7, "7"],
  ])("writes the cell %j as %j", (value, cell) => {
    expect(csvCell(value)).toBe(cell);
  });

  it("holds one page in memory and reads the next when the client has taken it", async () => {
    const store = openOrderStore(env);
    const total = CSV_PAGE_ORDERS * 2 + 1;
    await store.upsert(Array.from({ length: total }, (_, i) => sampleOrder(i, { spikeId: "big" })));
    const page = vi.spyOn(store, "page");
    const reader = streamOrdersCsv(store, { spikeId: "big" }).getReader();
    await reader.read();
    expect(page.mock.calls.length).toBeLessThanOrEqual(1);
    await reader.read();
    expect(page.mock.calls.length).toBeLessThanOrEqual(2);
    let lines = CSV_PAGE_ORDERS;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      lines += new TextDecoder().decode(part.value).trimEnd().split("\r\n").length;
    }
    expect(lines).toBe(total);
    expect(page).toHaveBeenCalledTimes(3);
  });
});
