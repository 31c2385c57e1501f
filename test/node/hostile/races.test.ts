import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Person } from "../../../bench/load/people.ts";
import { Shop } from "./shop.ts";

/*
 * Things that happen at the same moment, on the real server: the Workers test pool sends one request
 * after the other. Whatever comes first may win, so each test says what must be true in either case.
 */

const PAYMENT_MS = 150;
const TIMES = 10;
const PATIENCE = { timeout: 120_000, interval: 100 };

let shop: Shop;
let alice: Person;

beforeAll(async () => {
  shop = await Shop.open(PAYMENT_MS);
  [alice] = shop.people as [Person];
}, 300_000);
afterAll(() => shop.close());

const many = <T>(act: () => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: TIMES }, act));

async function expectBalance(spikeId: string, expected: object): Promise<void> {
  const ledger = await shop.admin.ledger(spikeId);
  expect(ledger.total).toBe(ledger.available + ledger.held + ledger.sold);
  expect(ledger).toMatchObject(expected);
}

describe("an order", () => {
  it("that is paid many times at once is paid once, and all hear the same", async () => {
    const spikeId = await shop.putUpSale({ stock: 2 });
    const orderId = await shop.reserve(spikeId, alice);
    const answers = await many(() => shop.pay(orderId, alice));
    expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 200, body: { state: "paid" } });
    await expectBalance(spikeId, { available: 1, held: 0, sold: 1 });
  });

  it("that is paid and cancelled at once becomes one of the two, and nobody is told the other", async () => {
    const spikeId = await shop.putUpSale({ stock: 2 });
    const orderId = await shop.reserve(spikeId, alice);
    const paying = many(() => shop.pay(orderId, alice));
    const cancelling = many(() => shop.cancel(orderId, alice));
    const [payments, cancellations] = [await paying, await cancelling];
    const { body: order } = await shop.send("GET", `/api/orders/${orderId}`, { token: alice.accessToken });
    const isPaid = order.state === "paid";
    expect(["paid", "cancelled"]).toContain(order.state);
    expect(new Set(payments.map(({ status }) => status))).toEqual(new Set([isPaid ? 200 : 409]));
    expect(new Set(cancellations.map(({ status }) => status))).toEqual(new Set([isPaid ? 409 : 200]));
    await expectBalance(spikeId, isPaid ? { sold: 1 } : { sold: 0, available: 2 });
  });

  it("that is paid while it expires and its unit is bought becomes the one's or the other's", async () => {
    const spikeId = await shop.putUpSale({ stock: 1, holdSeconds: 1 });
    const bob = shop.people[1] as Person;
    const bobsToken = await shop.tokenFor(spikeId, bob);
    const orderId = await shop.reserve(spikeId, alice);
    const paying = (async () => {
      const replies = [];
      for (let i = 0; i < TIMES; i++) replies.push(await shop.pay(orderId, alice));
      return replies;
    })();
    await vi.waitFor(async () => {
      const { status } = await shop.buy(spikeId, bobsToken, bob);
      const paid = (await shop.admin.ledger(spikeId)).sold === 1;
      expect(status === 202 || paid).toBe(true);
    }, PATIENCE);
    const payments = await paying;
    const { body: order } = await shop.send("GET", `/api/orders/${orderId}`, { token: alice.accessToken });
    const lastPayment = payments.at(-1);
    expect(lastPayment?.status === 200).toBe(order.state === "paid");
    const { sold, held, total } = await shop.admin.ledger(spikeId);
    expect(sold + held).toBeLessThanOrEqual(total);
  });

  it("whose payment the server dies in, at whatever step, is paid by the next try, once", async () => {
    const spikeId = await shop.putUpSale({ stock: 1 });
    const orderId = await shop.reserve(spikeId, alice);
    const interrupted = shop.pay(orderId, alice).catch(() => null);
    await shop.server.crashAndRestart();
    await interrupted;
    expect(await shop.pay(orderId, alice)).toMatchObject({ status: 200, body: { state: "paid" } });
    await expectBalance(spikeId, { available: 0, held: 0, sold: 1 });
  }, 300_000);
});

describe("a session", () => {
  it("whose refresh token is used twice at once goes on for one at most, and then for nobody", async () => {
    const credentials = { username: "racer", password: "grüne Äpfel im Korb" };
    const registered = await shop.send("POST", "/api/users", { body: credentials });
    const cookieOf = ({ headers }: { headers: Headers }) =>
      headers
        .getSetCookie()
        .find((line) => line.startsWith("spike_refresh="))
        ?.split(";")[0] ?? "";
    const refresh = (cookie: string) => shop.send("POST", "/api/sessions/refresh", { headers: { cookie } });
    const answers = await many(() => refresh(cookieOf(registered)));
    const went = answers.filter(({ status }) => status === 200);
    expect(went.length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(TIMES - went.length);
    for (const answer of went) expect((await refresh(cookieOf(answer))).status).toBe(401);
  });

  it("of one name is registered once, however many ask at once", async () => {
    const body = { username: "only.one", password: "grüne Äpfel im Korb" };
    const answers = await Promise.all([1, 2, 3].map(() => shop.send("POST", "/api/users", { body })));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["201", "400", "400"]);
  });
});

describe("a sale", () => {
  it("that two admins change at once keeps both changes", async () => {
    const spikeId = await shop.putUpSale({ stock: 5 });
    const answers = await Promise.all([
      shop.operate("PATCH", `spikes/${spikeId}`, { title: "Renamed" }),
      shop.operate("PATCH", `spikes/${spikeId}`, { description: "Described anew." }),
      shop.operate("PATCH", `spikes/${spikeId}`, { holdSeconds: 77 }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await shop.operate("GET", `spikes/${spikeId}`)).body).toMatchObject({
      ...{ title: "Renamed", description: "Described anew.", holdSeconds: 77, stock: 5 },
    });
  });

  it("that is restocked while it sells sells what it has then, and counts a repeated restock once", async () => {
    const spikeId = await shop.putUpSale({ stock: 20 });
    const headers = { "idempotency-key": "twenty-more" };
    const tokens = await shop.tokensFor(spikeId);
    const selling = shop.rush(spikeId, tokens);
    const restocks = await many(() =>
      shop.operate("POST", `spikes/${spikeId}/restock`, { quantity: 20 }, headers),
    );
    expect(new Set(restocks.map(({ status }) => status))).toEqual(new Set([200]));
    const first = await selling;
    const won = first.filter(({ status }) => status === 202).length;
    await expectBalance(spikeId, { total: 40, held: won, available: 40 - won });
    await shop.rushUntil(spikeId, tokens, 40);
    await expectBalance(spikeId, { total: 40, held: 40, available: 0 });
  });

  it("that is paused sells nothing to whoever comes after, and goes on when it is resumed", async () => {
    // More than all buy, for what is sold out is not paused.
    const spikeId = await shop.putUpSale({ stock: 100 });
    const tokens = await shop.tokensFor(spikeId);
    const before = shop.people
      .slice(0, 40)
      .map((person, i) => shop.buy(spikeId, tokens[i] as string, person));
    expect((await shop.operate("POST", `spikes/${spikeId}/pause`)).body.phase).toBe("paused");
    const after = await Promise.all(
      shop.people.slice(40).map((person, i) => shop.buy(spikeId, tokens[40 + i] as string, person)),
    );
    expect(new Set(after.map(({ body }) => String(body.code)))).toEqual(new Set(["paused"]));
    const won = (await Promise.all(before)).filter(({ status }) => status === 202).length;
    await expectBalance(spikeId, { held: won });
    await shop.operate("POST", `spikes/${spikeId}/resume`);
    await shop.rushUntil(spikeId, tokens, tokens.length);
    await expectBalance(spikeId, { held: tokens.length, available: 100 - tokens.length });
  });

  it("whose number of gates changes while it sells sells each unit once", async () => {
    const spikeId = await shop.putUpSale({ stock: 50 });
    const tokens = await shop.tokensFor(spikeId);
    const selling = shop.people.map(async (person, i) => {
      // Each asks twice with the same key, before and after some change.
      const first = await shop.buy(spikeId, tokens[i] as string, person);
      return [first, await shop.buy(spikeId, tokens[i] as string, person)] as const;
    });
    for (const gatesPerSpike of [4, 0, 7, 1]) await shop.operate("PUT", "settings", { gatesPerSpike });
    const answers = await Promise.all(selling);
    // Some may be told to come again, which changes nothing.
    const ids = answers.map(([first, again]) => {
      if (first.status === 202) expect([202, 503]).toContain(again.status);
      return new Set([first, again].filter(({ status }) => status === 202).map(({ body }) => body.orderId));
    });
    for (const ofOne of ids) expect(ofOne.size).toBeLessThanOrEqual(1);
    const { held } = await shop.admin.ledger(spikeId);
    expect(new Set(ids.flatMap((ofOne) => [...ofOne])).size).toBe(held);
    await shop.rushUntil(spikeId, tokens, 50);
    await expectBalance(spikeId, { held: 50, available: 0 });
  });

  it("that is deleted while it sells is gone with no order open, or stays", async () => {
    const spikeId = await shop.putUpSale({ stock: 3 });
    const tokens = await shop.tokensFor(spikeId);
    const buyers = shop.people.slice(0, 10);
    const [deletion, ...purchases] = await Promise.all([
      shop.operate("DELETE", `spikes/${spikeId}`),
      ...buyers.map((person, i) => shop.buy(spikeId, tokens[i] as string, person)),
    ]);
    const won = purchases.filter(({ status }) => status === 202).length;
    expect([204, 409]).toContain(deletion.status);
    expect(deletion.status === 204).toBe(won === 0);
  });

  it("that is deleted does not come back by a change that was on its way", async () => {
    const spikeId = await shop.putUpSale({ stock: 3 });
    const [deletion, ...changes] = await Promise.all([
      shop.operate("DELETE", `spikes/${spikeId}`),
      ...Array.from({ length: TIMES }, (_, n) =>
        shop.operate("PATCH", `spikes/${spikeId}`, { title: `Title ${n}` }),
      ),
    ]);
    expect(deletion.status).toBe(204);
    for (const { status } of changes) expect([200, 404, 503]).toContain(status);
    for (const path of [`spikes/${spikeId}`, `spikes/${spikeId}/ledger`]) {
      expect([path, (await shop.operate("GET", path)).status]).toEqual([path, 404]);
    }
  });
});
