import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { ANSWER_MAX_BYTES } from "../../../durable-objects/webhook-sender/delivery.ts";
import { ROUND_MAX, sendRound } from "../../../durable-objects/webhook-sender/round.ts";
import { ATTEMPTS_MAX, retryDelayMs } from "../../../durable-objects/webhook-sender/schedule.ts";
import { replayDead, replayOne } from "../../../workers/admin/webhooks/deliveries.ts";
import { rotateSecret } from "../../../workers/admin/webhooks/endpoints.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { messageIdOf } from "../../../workers/shared/webhook.ts";
import { sampleOrder } from "../order/samples.ts";
import { openEndpoint, type Received, shopServer, signatureBy, verified } from "./endpoint.ts";
import { passSeconds, record, rowsOf, standAlone, storeOf } from "./rounds.ts";

const ok = () => new Response(null, { status: 204 });
standAlone();

const orderIn = ({ body }: Received) => (JSON.parse(body) as { data: { id: string; version: number } }).data;

describe("an event", () => {
  it("arrives signed as the standard says, and once", async () => {
    const { id, secret } = await openEndpoint();
    const shop = shopServer(ok);
    await record(sampleOrder(1));
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "progress" });
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "idle" });
    expect(shop.received).toHaveLength(1);
    const [event] = shop.received as [Received];
    expect(event.url).toBe("https://shop.example.com/hook");
    expect(event.headers["content-type"]).toBe("application/json");
    expect(event.headers["webhook-id"]).toBe("sample-1-nonce_1");
    expect(verified(secret, event)).toMatchObject({ type: "order.reserved", data: { id: "sample-1-nonce" } });
    expect(event.headers["webhook-signature"]).toBe(await signatureBy(secret, event));
    expect(() => verified(secret, { ...event, body: event.body.replace("EUR", "USD") })).toThrow("signature");
    expect(await rowsOf(id)).toMatchObject([{ state: "delivered", attempts: 1, last_status: 204 }]);
  });

  it("is signed with the secrets of all who rotate at the same moment", async () => {
    const { id } = await openEndpoint();
    const rotated = await Promise.all([1, 2].map(() => rotateSecret(env, "u-admin", id, 60, Date.now())));
    const shop = shopServer(ok);
    await record(sampleOrder(1));
    await sendRound(storeOf(id), shop.outside);
    const [event] = shop.received as [Received];
    for (const { secret } of rotated) expect(verified(secret, event)).toBeDefined();
  });

  it("is signed with the old secret as well until the overlap is over", async () => {
    const { id, secret: old } = await openEndpoint();
    const { secret } = await rotateSecret(env, "u-admin", id, 60, Date.now());
    const shop = shopServer(ok);
    await record(sampleOrder(1));
    await sendRound(storeOf(id), shop.outside);
    passSeconds(60);
    await record(sampleOrder(2));
    await sendRound(storeOf(id), shop.outside);
    const [during, after] = shop.received as [Received, Received];
    for (const known of [old, secret]) expect(verified(known, during)).toBeDefined();
    expect(verified(secret, after)).toBeDefined();
    expect(() => verified(old, after)).toThrow("signature");
  });
});

describe("an endpoint that fails", () => {
  it("is tried again when its oldest event is due, though newer ones of the order wait behind it", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(() => new Response(null, { status: 503 }));
    await record(sampleOrder(1));
    const begun = Date.now();
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "silent" });
    await record(sampleOrder(1, { version: 2, state: "paid" }));
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "idle" });
    expect(await storeOf(id).nextDueAt()).toBe(begun + (retryDelayMs(1, 0) ?? 0));
  });

  it("is tried again after growing pauses with the same id, until the event is dead", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(() => new Response("out of paper", { status: 503 }));
    await record(sampleOrder(1));
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "silent" });
      expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "idle" });
      const dueAt = await storeOf(id).nextDueAt();
      if (dueAt !== null) vi.setSystemTime(dueAt);
    }
    expect(await storeOf(id).nextDueAt()).toBeNull();
    expect(shop.received).toHaveLength(ATTEMPTS_MAX);
    expect(new Set(shop.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await rowsOf(id)).toMatchObject([
      { state: "dead", attempts: ATTEMPTS_MAX, last_status: 503, last_error: "answered 503 out of paper" },
    ]);
  });

  it.each([
    [
      "redirects",
      () => new Response(null, { status: 302, headers: { location: "http://169.254.169.254/" } }),
      302,
    ],
    ["hangs up", () => Promise.reject(new Error("connection lost")), null],
    ["is gone", () => new Response(null, { status: 410 }), 410],
  ])("because it %s is asked once, there and nowhere else", async (_, answer, status) => {
    const { id } = await openEndpoint();
    const shop = shopServer(answer);
    await record(sampleOrder(1));
    await sendRound(storeOf(id), shop.outside);
    expect(shop.received.map(({ url }) => url)).toEqual(["https://shop.example.com/hook"]);
    expect(await rowsOf(id)).toMatchObject([{ state: "pending", attempts: 1, last_status: status }]);
  });

  it("is not read beyond the beginning of what it answers", async () => {
    const { id } = await openEndpoint();
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled += 1;
        controller.enqueue(new TextEncoder().encode("no ".repeat(100)));
      },
    });
    const shop = shopServer(() => new Response(endless, { status: 500 }));
    await record(sampleOrder(1));
    await sendRound(storeOf(id), shop.outside);
    expect(pulled).toBeLessThan(10);
    const [row] = await rowsOf(id);
    expect(row?.last_error?.length).toBeLessThanOrEqual(ANSWER_MAX_BYTES + "answered 500 ".length);
  });

  it("has taken the event when it says so, though the rest of its answer breaks off", async () => {
    const { id } = await openEndpoint();
    const broken = () =>
      new ReadableStream({
        pull(controller) {
          controller.error(new Error("the connection was lost"));
        },
      });
    const shop = shopServer(() => new Response(broken(), { status: 200 }));
    await record(sampleOrder(1));
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "progress" });
    expect(await rowsOf(id)).toMatchObject([{ state: "delivered", attempts: 1, last_status: 200 }]);
  });

  it("has failed with the status it said, though the rest of its answer breaks off", async () => {
    const { id } = await openEndpoint();
    const broken = () =>
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("out of pa")),
        pull: (controller) => controller.error(new Error("the connection was lost")),
      });
    const shop = shopServer(() => new Response(broken(), { status: 503 }));
    await record(sampleOrder(1));
    await sendRound(storeOf(id), shop.outside);
    expect(await rowsOf(id)).toMatchObject([{ last_status: 503, last_error: "answered 503 out of pa" }]);
  });

  it.each([
    ["a private address", ["10.0.0.1"]],
    ["a private address among public ones", ["93.184.215.14", "127.0.0.1"]],
    ["a private IPv6 address", ["fd00::1"]],
    ["IPv4 in IPv6 clothes", ["::ffff:192.168.0.1"]],
    ["nothing", []],
  ])("because its name leads to %s is sent nothing", async (_, addresses) => {
    const { id } = await openEndpoint();
    const shop = shopServer(ok);
    shop.resolvesTo(...addresses);
    await record(sampleOrder(1));
    expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "silent" });
    expect(shop.received).toEqual([]);
    const [row] = await rowsOf(id);
    expect(row?.last_error).toMatch(
      /^not sent: the address shop\.example\.com (leads to a private|has no) address$/,
    );
  });
});

it("is sent nothing when the resolver cannot tell all of its addresses", async () => {
  const { id } = await openEndpoint();
  const shop = shopServer(ok);
  shop.cannotTell("AAAA");
  await record(sampleOrder(1));
  await sendRound(storeOf(id), shop.outside);
  expect(shop.received).toEqual([]);
  expect(await rowsOf(id)).toMatchObject([{ last_error: "the resolver answered DNS status 2" }]);
});

describe("the events of one order", () => {
  it("are sent in order: a newer one waits until the older one has arrived or is dead", async () => {
    const { id } = await openEndpoint();
    let failing = true;
    const shop = shopServer(() => (failing ? new Response(null, { status: 500 }) : ok()));
    await record(sampleOrder(1), sampleOrder(1, { version: 2, state: "paid" }), sampleOrder(2));
    await sendRound(storeOf(id), shop.outside);
    const seen = () => shop.received.map(orderIn).map(({ id: order, version }) => `${order}_${version}`);
    expect(seen().toSorted()).toEqual(["sample-1-nonce_1", "sample-2-nonce_1"]);
    failing = false;
    passSeconds(10);
    await sendRound(storeOf(id), shop.outside);
    expect(seen().slice(2).toSorted()).toEqual(["sample-1-nonce_1", "sample-2-nonce_1"]);
    await sendRound(storeOf(id), shop.outside);
    expect(seen().slice(4)).toEqual(["sample-1-nonce_2"]);
  });

  it("go on behind one that was given up", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(ok);
    await record(sampleOrder(1), sampleOrder(1, { version: 2, state: "paid" }));
    await env.DB.prepare("UPDATE webhook_deliveries SET state = 'dead' WHERE version = 1").run();
    await sendRound(storeOf(id), shop.outside);
    expect(shop.received.map(orderIn)).toMatchObject([{ version: 2 }]);
  });
});

it("sends a bounded number of events in a round", async () => {
  const { id } = await openEndpoint();
  const shop = shopServer(ok);
  await record(...Array.from({ length: ROUND_MAX + 1 }, (_, n) => sampleOrder(n + 1)));
  await sendRound(storeOf(id), shop.outside);
  expect(shop.received).toHaveLength(ROUND_MAX);
  await sendRound(storeOf(id), shop.outside);
  expect(shop.received).toHaveLength(ROUND_MAX + 1);
});

it("sends nothing to an endpoint that is switched off, and forgets nothing", async () => {
  const { id } = await openEndpoint();
  const shop = shopServer(ok);
  await record(sampleOrder(1));
  await env.DB.prepare("UPDATE webhook_endpoints SET enabled = 0").run();
  expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "off" });
  await env.DB.prepare("UPDATE webhook_endpoints SET enabled = 1").run();
  expect(await sendRound(storeOf(id), shop.outside)).toMatchObject({ end: "progress" });
});

describe("an event that is asked for again", () => {
  const v1 = sampleOrder(1);
  const versions: OrderSnapshot[] = [
    v1,
    { ...v1, version: 2, state: "expired" },
    { ...v1, version: 3, state: "paid" },
  ];
  const again = (id: string, version: number) =>
    replayOne(env, "u-admin", id, messageIdOf(v1.orderId, version), Date.now());

  /** An endpoint that has heard of three versions of an order, and its shop. */
  async function afterThree() {
    const { id } = await openEndpoint();
    const shop = shopServer(ok);
    await record(...versions);
    await rounds(id, shop, versions.length);
    shop.received.length = 0;
    return { id, shop };
  }

  async function rounds(id: string, shop: ReturnType<typeof shopServer>, count: number) {
    for (let round = 0; round < count; round++) await sendRound(storeOf(id), shop.outside);
    return shop.received.map(orderIn).map(({ version }) => version);
  }

  it("is followed by the newer ones of its order, and by nothing older", async () => {
    const { id, shop } = await afterThree();
    await again(id, 2);
    expect(await rounds(id, shop, 4)).toEqual([2, 3]);
  });

  it("is followed by them also when all that was given up is asked for", async () => {
    const { id, shop } = await afterThree();
    await env.DB.prepare("UPDATE webhook_deliveries SET state = 'dead' WHERE version = 2").run();
    expect(await replayDead(env, "u-admin", id, Date.now())).toBe(2);
    expect(await rounds(id, shop, 4)).toEqual([2, 3]);
  });

  it("while it is on its way is sent once more", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(async () => {
      if (shop.received.length === 1) await again(id, 1);
      return ok();
    });
    await record(v1);
    expect(await rounds(id, shop, 3)).toEqual([1, 1]);
    expect(await rowsOf(id)).toMatchObject([{ state: "delivered", attempts: 1 }]);
  });

  it("while a newer one is on its way goes before that one", async () => {
    const { id } = await openEndpoint();
    const shop = shopServer(async ({ body }) => {
      if (body.includes('"version":2') && shop.received.length === 2) await again(id, 1);
      return ok();
    });
    await record(...versions.slice(0, 2));
    expect(await rounds(id, shop, 5)).toEqual([1, 2, 1, 2]);
  });
});
