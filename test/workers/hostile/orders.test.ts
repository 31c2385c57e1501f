import { describe, expect, it } from "vitest";
import { call } from "../support/http.ts";
import { buy } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

const mallory = () => bearer({ userId: "u-mallory" });

async function victimsOrder(): Promise<string> {
  const { id } = await createSpike();
  const { body } = await buy(id, { userId: "u-victim" });
  return body["orderId"] as string;
}

const ACTIONS = [
  ["GET", ""],
  ["POST", "/payment"],
  ["POST", "/cancellation"],
] as const;

describe("another's order", () => {
  it("is not there for anybody else, admins included, and stays as it is", async () => {
    const orderId = await victimsOrder();
    for (const headers of [await mallory(), await adminBearer()]) {
      for (const [method, action] of ACTIONS) {
        const answer = await call(`/api/orders/${orderId}${action}`, { method, headers });
        expect([action, answer.status, answer.body.code]).toEqual([action, 404, "not_found"]);
      }
    }
    const mine = await call(`/api/orders/${orderId}`, { headers: await bearer({ userId: "u-victim" }) });
    expect(mine.body.state).toBe("reserved");
  });

  it("is refused in the same words as one that does not exist", async () => {
    const orderId = await victimsOrder();
    const headers = await mallory();
    const problemOf = async (id: string) => {
      const { status, body } = await call(`/api/orders/${id}`, { headers });
      return { status, ...body, requestId: "" };
    };
    const [spikeId, sequence] = orderId.split("-");
    expect(await problemOf(orderId)).toEqual(await problemOf(`${spikeId}-${sequence}-0000000000`));
  });

  it("cannot be asked for by name, id or cursor in one's own list", async () => {
    await victimsOrder();
    const headers = await mallory();
    for (const query of ["user=u-victim", "userId=u-victim", "state=reserved&userId=u-victim"]) {
      expect((await call(`/api/orders?${query}`, { headers })).body).toEqual({ orders: [] });
    }
    const cursor = btoa(JSON.stringify([Number.MAX_SAFE_INTEGER, "zzz"])).replace(/=+$/, "");
    expect((await call(`/api/orders?cursor=${cursor}`, { headers })).body).toEqual({ orders: [] });
  });
});

describe("an order id", () => {
  it("has one spelling: no other leads to the order, or its payment", async () => {
    const orderId = await victimsOrder();
    const headers = await bearer({ userId: "u-victim" });
    const [spikeId, sequence, nonce] = orderId.split("-");
    const others = [
      `${spikeId}-0${sequence}-${nonce}`,
      `${spikeId}-000${sequence}-${nonce}`,
      orderId.toUpperCase(),
      `${orderId}%00`,
      `${orderId}%20`,
      `%20${orderId}`,
      `./${orderId}`.replace("/", "%2f"),
    ];
    for (const other of others) {
      for (const [method, action] of ACTIONS) {
        const answer = await call(`/api/orders/${other}${action}`, { method, headers });
        expect([other, action, answer.status]).toEqual([other, action, 404]);
      }
    }
  });

  it.each(["'%20OR%201=1--", "__proto__", "constructor", "%00", "%ff", "%", "a".repeat(9_000), "a-1-"])(
    "that is none is not found: %s",
    async (id) => {
      const answer = await call(`/api/orders/${id}`, { headers: await mallory() });
      expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    },
  );
});
