import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, it } from "vitest";
import { eq } from "drizzle-orm";
import { spikes } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { call } from "../support/http.ts";
import { createSpike, definition, inMinutes } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";
import { trailOf } from "../support/trail.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const send = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
  call(`/api/admin/spikes${path}`, { method, headers: { ...admin, ...headers }, body });
const patch = (id: string, changes: unknown) => send("PATCH", `/${id}`, changes);

const countSpikes = () => database(env).$count(spikes);

/** A purchase straight at the ledger. */
async function reserve(spikeId: string, userId: string) {
  const { results } = await withLedger(env, spikeId, (ledger) =>
    ledger.reserve([{ userId, quantity: 1, key: "k", requestId: "r" }]),
  );
  const [result] = results;
  if (!result?.ok) throw new Error(`the reservation was refused: ${JSON.stringify(result)}`);
  return result.orderId;
}

describe("creating a sale", () => {
  it("answers it whole, with the defaults filled in and absent fields absent", async () => {
    const { description, maxPerUser, holdSeconds, accessRules, ...least } = definition();
    const { status, body } = await send("POST", "", least);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-z]{12}$/),
      title: "Enamel kettle",
      description: "",
      priceMinor: 1_900,
      currency: "EUR",
      stock: 10,
      maxPerUser: 1,
      startsAt: least.startsAt,
      endsAt: least.endsAt,
      holdSeconds: 300,
      phase: "open",
      remaining: 10,
      accessRules: [],
      serverTime: expect.any(String),
    });
  });

  it("is on record: who, what and with which fields", async () => {
    const { id } = await createSpike({ title: "On record" });
    expect(await trailOf(id)).toEqual([
      {
        actor: "u-admin",
        action: "spike.create",
        details: { after: expect.objectContaining({ title: "On record", stock: 10, version: 1 }) },
      },
    ]);
  });

  it("happens once per idempotency key and body", async () => {
    const body = definition({ title: "Once" });
    const key = { "idempotency-key": "create-once" };
    const before = await countSpikes();
    const first = await send("POST", "", body, key);
    const again = await send("POST", "", body, key);
    expect(again.status).toBe(201);
    expect(again.body.id).toBe(first.body.id);
    expect(await countSpikes()).toBe(before + 1);
    expect(await trailOf(first.body.id)).toHaveLength(1);
    expect((await send("POST", "", definition({ title: "Other" }), key)).body.id).not.toBe(first.body.id);
    expect((await send("POST", "", body)).body.id).not.toBe(first.body.id);
  });

  it("is completed by a repeat when only the ledger had come to be", async () => {
    const body = definition({ title: "Half done" });
    const key = { "idempotency-key": "half-done" };
    const { id } = (await send("POST", "", body, key)).body;
    await database(env).delete(spikes).where(eq(spikes.id, id));
    const again = await send("POST", "", body, key);
    expect(again).toMatchObject({ status: 201, body: { id, stock: 10, remaining: 10 } });
    expect(await send("GET", `/${id}`)).toMatchObject({ status: 200, body: { id } });
  });
});

describe("changing a sale", () => {
  it("changes what is given and nothing else, in the database and in the ledger", async () => {
    const { id, serverTime: _, ...created } = await createSpike({ imageUrl: "/kettle.webp" });
    const { status, body } = await patch(id, { title: "Copper kettle", imageUrl: null, maxPerUser: 1 });
    expect(status).toBe(200);
    const { imageUrl: __, ...rest } = created;
    expect(body).toEqual({
      ...rest,
      id,
      title: "Copper kettle",
      maxPerUser: 1,
      serverTime: expect.any(String),
    });
    expect((await withLedger(env, id, (ledger) => ledger.status())).configVersion).toBe(2);
    expect((await trailOf(id)).at(-1)).toEqual({
      actor: "u-admin",
      action: "spike.update",
      details: {
        before: { version: 1, title: "Enamel kettle", imageUrl: "/kettle.webp", maxPerUser: 2 },
        after: { version: 2, title: "Copper kettle", imageUrl: null, maxPerUser: 1 },
      },
    });
  });

  it("that changes nothing is no new version and not on record", async () => {
    const { id, title } = await createSpike();
    expect(await patch(id, { title })).toMatchObject({ status: 200, body: { title } });
    expect(await patch(id, {})).toMatchObject({ status: 200 });
    expect(await trailOf(id)).toHaveLength(1);
  });

  it.each<[string, unknown]>([
    ["stock", 11],
    ["stock", 9],
    ["startsAt", inMinutes(1)],
    ["priceMinor", 1_800],
    ["originalPriceMinor", 2_500],
    ["currency", "USD"],
  ])("that has started leaves %s as it is", async (field, value) => {
    const { id } = await createSpike();
    expect(await patch(id, { [field]: value })).toMatchObject({
      status: 400,
      body: { code: "invalid_request", errors: [{ path: field }] },
    });
  });

  it("that has started may end later or at once, and takes back what it was answered", async () => {
    const { id, stock, startsAt, priceMinor, currency } = await createSpike();
    const later = inMinutes(90);
    const same = { stock, startsAt, priceMinor, currency };
    expect(await patch(id, { ...same, endsAt: later })).toMatchObject({
      status: 200,
      body: { endsAt: later },
    });
    expect(await patch(id, { endsAt: inMinutes(-0.5) })).toMatchObject({
      status: 200,
      body: { phase: "ended" },
    });
  });

  it("that has not started changes its stock to what is asked for, restocks included", async () => {
    const { id } = await createSpike({ startsAt: inMinutes(5) });
    expect(await patch(id, { stock: 25 })).toMatchObject({ status: 200, body: { stock: 25, remaining: 25 } });
    await withLedger(env, id, (ledger) => ledger.restock(5, "op"));
    expect(await send("GET", `/${id}`)).toMatchObject({ body: { stock: 30 } });
    expect(await patch(id, { stock: 12 })).toMatchObject({ status: 200, body: { stock: 12, remaining: 12 } });
  });

  it("refuses what contradicts the fields it keeps, and fields that do not exist", async () => {
    const { id } = await createSpike();
    expect(await patch(id, { endsAt: inMinutes(-2) })).toMatchObject({
      body: { errors: [{ path: "endsAt" }] },
    });
    expect(await patch(id, { phase: "paused" })).toMatchObject({ status: 400 });
    expect(await patch(id, { stock: null })).toMatchObject({ status: 400 });
  });

  it("keeps both when two admins change different fields at once", async () => {
    const { id } = await createSpike();
    const [one, two] = await Promise.all([
      patch(id, { title: "Both" }),
      patch(id, { description: "of them" }),
    ]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(await send("GET", `/${id}`)).toMatchObject({ body: { title: "Both", description: "of them" } });
  });

  it("that never reached the ledger is completed by the next reader", async () => {
    const { id } = await createSpike();
    await database(env).update(spikes).set({ version: 2, maxPerUser: 7 }).where(eq(spikes.id, id));
    expect(await send("GET", `/${id}`)).toMatchObject({ body: { maxPerUser: 7 } });
    expect((await withLedger(env, id, (ledger) => ledger.status())).configVersion).toBe(2);
  });

  it("needs a sale", async () => {
    expect(await patch("nosuchspike0", { title: "x" })).toMatchObject({ status: 404 });
    expect(await send("GET", "/nosuchspike0")).toMatchObject({ status: 404 });
    expect(await send("DELETE", "/nosuchspike0")).toMatchObject({ status: 404 });
  });
});

describe("deleting a sale", () => {
  it("takes it out of the catalogue and its ledger with it", async () => {
    const { id } = await createSpike();
    expect((await call(`/api/spikes/${id}`)).status).toBe(200);
    expect(await send("DELETE", `/${id}`)).toEqual({ status: 204, body: null });
    expect((await call(`/api/spikes/${id}`)).status).toBe(404);
    expect((await withLedger(env, id, (ledger) => ledger.status())).configVersion).toBe(0);
    expect((await trailOf(id)).at(-1)).toMatchObject({ action: "spike.delete", details: { before: { id } } });
    expect((await send("DELETE", `/${id}`)).status).toBe(404);
  });

  it("is refused while an order is open, and changes nothing then", async () => {
    const { id } = await createSpike();
    await reserve(id, "u1");
    expect(await send("DELETE", `/${id}`)).toMatchObject({ status: 409, body: { code: "order_state" } });
    expect(await send("GET", `/${id}`)).toMatchObject({ status: 200, body: { remaining: 9 } });
  });

  it("left half done shows the sale nowhere, and a repeat completes it", async () => {
    const { id } = await createSpike({ title: "Half deleted" });
    await withLedger(env, id, (ledger) => ledger.erase());
    expect((await send("GET", `/${id}`)).status).toBe(404);
    expect(JSON.stringify((await send("GET", "")).body)).not.toContain("Half deleted");
    expect((await withLedger(env, id, (ledger) => ledger.status())).configVersion).toBe(0);
    expect((await send("DELETE", `/${id}`)).status).toBe(204);
    expect(await database(env).$count(spikes, eq(spikes.id, id))).toBe(0);
  });
});

describe("the admin's list", () => {
  it("shows every sale once, the newest first, a page at a time", async () => {
    await database(env).delete(spikes);
    const created: string[] = [];
    for (let i = 0; i < 52; i++) created.unshift((await createSpike({ title: `Number ${i}` })).id);
    const first = (await send("GET", "")).body;
    const second = (await send("GET", `?cursor=${first.nextCursor}`)).body;
    expect(first.spikes).toHaveLength(50);
    expect(second.nextCursor).toBeUndefined();
    const listed = [...first.spikes, ...second.spikes].map(({ id }: { id: string }) => id);
    expect(listed).toHaveLength(52);
    expect(new Set(listed)).toEqual(new Set(created));
  });

  it("refuses a cursor that it never gave out", async () => {
    expect(await send("GET", "?cursor=bm9uc2Vuc2U")).toMatchObject({
      status: 400,
      body: { errors: [{ path: "cursor" }] },
    });
  });
});
