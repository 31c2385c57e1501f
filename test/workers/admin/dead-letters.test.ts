import { env } from "cloudflare:workers";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  CLOSED_LETTER_KEPT_MS,
  closeRecordedLetters,
  LETTERS_PER_PAGE,
  REPLAYS_PER_CALL,
} from "../../../workers/admin/dead-letters/dead-letters.ts";
import { deadLetters } from "../../../workers/database/schema.ts";
import { openOrderStore } from "../../../workers/order/store/open-order-store.ts";
import { database } from "../../../workers/platform/database.ts";
import type { OrderSnapshot } from "../../../workers/shared/order.ts";
import { SAMPLE_TIME, sampleMessage, sampleOrder } from "../order/samples.ts";
import { call } from "../support/http.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";
import { PATIENCE } from "../support/patience.ts";

const store = openOrderStore(env);

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});
beforeEach(async () => {
  for (const table of ["dead_letters", "orders", "audit"]) await env.DB.exec(`DELETE FROM ${table}`);
});

const get = (path = "") => call(`/api/admin/dead-letters${path}`, { headers: admin });
const post = (path: string, body?: unknown) =>
  call(`/api/admin/dead-letters/${path}`, { method: "POST", headers: admin, body });

type Letter = typeof deadLetters.$inferInsert;

/** A letter as the consumer keeps it. */
async function keep(order: OrderSnapshot, changes: Partial<Letter> = {}): Promise<string> {
  const { orderId, spikeId, version } = order;
  const letter: Letter = {
    ...{ id: `${orderId}.${version}`, queue: "spike-orders", body: JSON.stringify(sampleMessage([order])) },
    ...{ reason: "never", attempts: 1, createdAt: order.createdAt, failedAt: order.createdAt },
    ...{ spikeId, orderId, version, messageId: "m", messageAttempts: 1, ...changes },
  };
  await database(env).insert(deadLetters).values(letter);
  return letter.id;
}

const isRecorded = ({ orderId }: OrderSnapshot) =>
  vi.waitFor(async () => expect(await store.findMany([orderId])).toHaveLength(1), PATIENCE);

/** Stops the database from taking orders of this spike, while `test` runs. */
async function refusing(spikeId: string, test: () => Promise<void>): Promise<void> {
  await env.DB.exec(
    `CREATE TRIGGER refuse BEFORE INSERT ON orders WHEN NEW.spike_id = '${spikeId}' BEGIN SELECT RAISE(ABORT, 'never'); END`,
  );
  try {
    await test();
  } finally {
    await env.DB.exec("DROP TRIGGER refuse");
  }
}

describe("the list of dead letters", () => {
  it("comes in pages, the newest first, filtered by state and sale, and counts what is open", async () => {
    for (let at = 1; at <= 52; at++) await keep(sampleOrder(at));
    await keep(sampleOrder(1, { spikeId: "other" }), { state: "discarded", note: "a test" });
    const { body } = await get();
    expect(body).toMatchObject({ open: 52 });
    expect(body.deadLetters[0]).toEqual({
      ...{
        id: `${sampleOrder(52).orderId}.1`,
        state: "open",
        queue: "spike-orders",
        reason: "never",
        attempts: 1,
      },
      ...{
        createdAt: new Date(SAMPLE_TIME + 52).toISOString(),
        failedAt: new Date(SAMPLE_TIME + 52).toISOString(),
      },
      ...{ spikeId: "sample", orderId: sampleOrder(52).orderId, version: 1 },
    });
    const rest = await get(`?cursor=${body.nextCursor}`);
    expect([body.deadLetters.length, rest.body.deadLetters.length, rest.body.nextCursor]).toEqual([
      50,
      3,
      undefined,
    ]);
    expect((await get("?state=discarded")).body.deadLetters).toMatchObject([
      { spikeId: "other", note: "a test" },
    ]);
    expect((await get("?spikeId=other&state=open")).body.deadLetters).toEqual([]);
    expect(await get("?state=nonsense")).toMatchObject({ status: 400 });
  });

  it("shows one with its body", async () => {
    const id = await keep(sampleOrder(1));
    expect((await get(`/${id}`)).body).toMatchObject({
      id,
      body: JSON.stringify(sampleMessage([sampleOrder(1)])),
    });
    expect(await get("/nosuchletter")).toMatchObject({ status: 404 });
  });
});

describe("replaying", () => {
  it("records what the database takes now, once, however often it is asked for", async () => {
    const id = await keep(sampleOrder(1));
    for (const _ of [1, 2]) {
      expect(await post(`${id}/replay`)).toMatchObject({ status: 200, body: { state: "replayed" } });
    }
    await isRecorded(sampleOrder(1));
    expect((await trailOf(id)).map(({ action }) => action)).toEqual(["dead_letter.replay"]);
    expect((await get("?state=open")).body).toMatchObject({ open: 0, deadLetters: [] });
  });

  it("opens a letter that fails again, and good messages pass it all the while", async () => {
    const bad = sampleOrder(1, { spikeId: "cursed" });
    const id = await keep(bad);
    await refusing("cursed", async () => {
      await post(`${id}/replay`);
      await env.ORDERS.sendBatch([
        { body: sampleMessage([bad]), contentType: "json" },
        { body: { nonsense: true }, contentType: "json" },
        { body: sampleMessage([sampleOrder(2)]), contentType: "json" },
      ]);
      await isRecorded(sampleOrder(2));
      await vi.waitFor(async () => {
        const { body } = await get(`/${id}`);
        expect(body).toMatchObject({ state: "open", attempts: 3, reason: expect.stringContaining("never") });
        expect(body).toMatchObject({ explanation: { code: "refused_by_database" } });
      }, PATIENCE);
    });
    await vi.waitFor(async () => expect((await get()).body.deadLetters).toHaveLength(2), PATIENCE);
    await post(`${id}/replay`);
    await isRecorded(bad);
  });

  it("takes all in turn, the oldest first, and comes to an end though some fail again", async () => {
    for (let at = 1; at <= REPLAYS_PER_CALL + 5; at++) await keep(sampleOrder(at));
    await keep(sampleOrder(999), { body: "no JSON" });
    const first = await post("replay", {});
    expect(first.body).toMatchObject({ replayed: REPLAYS_PER_CALL, remaining: 5 });
    const bad = await keep(sampleOrder(998), { failedAt: Date.parse(first.body.before as string) });
    const second = await post("replay", { before: first.body.before });
    expect(second.body).toMatchObject({ replayed: 5, unreadable: 1, remaining: 0 });
    expect((await get(`/${bad}`)).body).toMatchObject({ state: "open" });
    await isRecorded(sampleOrder(REPLAYS_PER_CALL + 5));
  });

  it("passes over letters that nobody can read, however many there are", async () => {
    for (let at = 1; at <= REPLAYS_PER_CALL; at++) await keep(sampleOrder(at), { body: `no JSON ${at}` });
    await keep(sampleOrder(500));
    const { body } = await post("replay", {});
    expect(body).toMatchObject({ replayed: 1, unreadable: REPLAYS_PER_CALL, remaining: 0 });
    await isRecorded(sampleOrder(500));
  });

  it("refuses what was never a message, and what is closed", async () => {
    const text = await keep(sampleOrder(1), { body: "undefined" });
    expect(await post(`${text}/replay`)).toMatchObject({ status: 409, body: { code: "order_state" } });
    const closed = await keep(sampleOrder(2), { state: "discarded" });
    expect(await post(`${closed}/replay`)).toMatchObject({ status: 409 });
    expect(await post("nosuchletter/replay")).toMatchObject({ status: 404 });
  });

  it("of all sends what the queue takes, names what it does not, and comes to an end", async () => {
    const good = [1, 2, 3].map((n) => sampleOrder(n));
    for (const order of good) await keep(order);
    const large = await keep(sampleOrder(4), { body: JSON.stringify("搪瓷壶".repeat(20_000)) });
    const away = await keep(sampleOrder(5), { body: '"not today"' });
    const real = env.ORDERS.send.bind(env.ORDERS);
    const sending = vi.spyOn(env.ORDERS, "send").mockImplementation(async (body, options) => {
      if (body === "not today") throw new Error("the queue is away");
      return await real(body, options);
    });
    const { body } = await post("replay", {});
    sending.mockRestore();
    expect(body).toMatchObject({ replayed: 3, unreadable: 0, remaining: 0 });
    expect(body.failed).toHaveLength(2);
    expect(body.failed).toContainEqual({
      id: large,
      detail: expect.stringContaining("larger than"),
      explanation: { code: "letter_too_large", values: ["128000"] },
    });
    expect(body.failed).toContainEqual({ id: away, detail: "the queue is away" });
    for (const order of good) await isRecorded(order);
    for (const id of [large, away]) expect((await get(`/${id}`)).body).toMatchObject({ state: "open" });
    expect(await post(`${large}/replay`)).toMatchObject({ status: 409, body: { code: "order_state" } });
    // Later it is tried again.
    expect((await post("replay", {})).body).toMatchObject({ replayed: 1, failed: [{ id: large }] });
  });

  it("stays open when the queue does not take it", async () => {
    const id = await keep(sampleOrder(1), { body: '"a body"' });
    const send = vi.spyOn(env.ORDERS, "send").mockRejectedValue(new Error("the queue is away"));
    expect(await post(`${id}/replay`)).toMatchObject({ status: 503, body: { code: "overloaded" } });
    send.mockRestore();
    expect((await get(`/${id}`)).body).toMatchObject({ state: "open" });
    expect(await trailOf(id)).toEqual([]);
  });
});

describe("discarding", () => {
  it("keeps the letter with its reason, on record, and again changes nothing", async () => {
    const id = await keep(sampleOrder(1));
    for (const _ of [1, 2]) {
      expect(await post(`${id}/discard`, { reason: "a bad test" })).toMatchObject({
        ...{ status: 200, body: { state: "discarded", note: "a bad test" } },
      });
    }
    expect(await post(`${id}/discard`, { reason: "another" })).toMatchObject({ status: 409 });
    expect(await trailOf(id)).toEqual([
      { actor: "u-admin", action: "dead_letter.discard", details: { reason: "a bad test" } },
    ]);
    for (const reason of ["", "x".repeat(501)]) {
      expect(await post(`${id}/discard`, { reason })).toMatchObject({ status: 400 });
    }
  });

  it.each(["不需要 🏺", "a\u0000b", "half a \ud83c character"])("takes %j for a reason", async (reason) => {
    const id = await keep(sampleOrder(1));
    expect(await post(`${id}/discard`, { reason })).toMatchObject({
      ...{ status: 200, body: { state: "discarded" } },
    });
    expect(await trailOf(id)).toHaveLength(1);
  });

  it("is not undone by the next failure", async () => {
    const bad = sampleOrder(1, { spikeId: "cursed" });
    const id = await keep(bad, { state: "discarded" });
    await refusing("cursed", async () => {
      await env.ORDERS.send(sampleMessage([bad]), { contentType: "json" });
      await vi.waitFor(
        async () => expect((await get(`/${id}`)).body).toMatchObject({ attempts: 2 }),
        PATIENCE,
      );
    });
    expect((await get(`/${id}`)).body).toMatchObject({ state: "discarded" });
  });
});

it("closes the letters of orders that were recorded on another way", async () => {
  const [behind, done] = [sampleOrder(1, { version: 2 }), sampleOrder(2)];
  const ids = [await keep(behind), await keep(done)];
  await store.upsert([sampleOrder(1), sampleOrder(2, { version: 3 })]);
  await closeRecordedLetters(env, Date.now());
  const states = await Promise.all(
    ids.map(async (id) => ((await get(`/${id}`)).body as { state: string }).state),
  );
  expect(states).toEqual(["open", "recorded"]);
});

it("closes them also behind more letters than it looks at in one go, of orders that nobody will ever record", async () => {
  const order = sampleOrder(1);
  await env.DB.prepare(
    `INSERT INTO dead_letters (id, queue, body, reason, attempts, created_at, failed_at, spike_id, order_id, version)
     SELECT 'stuck' || value, 'spike-orders', '{}', 'never', 1, 1, 1, 'gone', 'gone-1-' || value, 1 FROM json_each(?)`,
  )
    .bind(JSON.stringify(Array.from({ length: LETTERS_PER_PAGE }, (_, n) => n)))
    .run();
  const id = await keep(order);
  await store.upsert([order]);
  await closeRecordedLetters(env, Date.now());
  expect((await get(`/${id}`)).body).toMatchObject({ state: "recorded" });
});

it("forgets letters that have been closed for long, and only those", async () => {
  const states = ["open", "replayed", "discarded", "recorded"] as const;
  for (const [at, state] of states.entries())
    await keep(sampleOrder(at + 1), { state, failedAt: SAMPLE_TIME });
  const left = async () =>
    ((await get()).body.deadLetters as { state: string }[]).map(({ state }) => state).sort();
  await closeRecordedLetters(env, SAMPLE_TIME + CLOSED_LETTER_KEPT_MS);
  expect(await left()).toEqual([...states].sort());
  await closeRecordedLetters(env, SAMPLE_TIME + CLOSED_LETTER_KEPT_MS + 1);
  expect(await left()).toEqual(["discarded", "open"]);
});

describe("/health", () => {
  it("tells the count without asking the database each time, and is well without it", async () => {
    vi.resetModules();
    const { knownDeadLetters } = await import("../../../workers/operations/dead-letter-count.ts");
    await keep(sampleOrder(1));
    const observed = observedDatabase();
    for (const _ of [1, 2, 3]) expect(await knownDeadLetters(observed.env)).toBe(1);
    expect(observed.statements()).toBe(1);
    vi.resetModules();
    const fresh = await import("../../../workers/operations/dead-letter-count.ts");
    expect(await fresh.knownDeadLetters(observedDatabase("down").env)).toBeUndefined();
    expect(await call("/health")).toMatchObject({ status: 200, body: { status: "ok" } });
  });
});
