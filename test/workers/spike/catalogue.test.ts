import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { spikes } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { withLedger } from "../../../workers/platform/ledger.ts";
import { LOAD_PATIENCE_MS } from "../../../workers/shared/fresh-cache.ts";
import { Refusal } from "../../../workers/shared/refusals.ts";
import { SPIKE_LIST_MAX } from "../../../workers/shared/limits.ts";
import { readListedSpikes } from "../../../workers/spike/spike-rows.ts";
import { bearer } from "../support/tokens.ts";
import {
  findSale,
  findSpike,
  forgetSpike,
  listedSpikes,
  listSales,
  rememberSpike,
  type Sale,
} from "../../../workers/spike/catalogue.ts";
import { peekStock } from "../../../workers/spike/stock.ts";
import { call, request } from "../support/http.ts";
import { observedDatabase } from "../support/observed-database.ts";
import { PATIENCE, withoutTimeLimits } from "../support/patience.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";

afterEach(() => void vi.useRealTimers());

describe("GET /api/spikes/{id}", () => {
  it.each<[string, Record<string, unknown>]>([
    ["upcoming", { startsAt: inMinutes(5) }],
    ["open", {}],
    ["ended", { startsAt: inMinutes(-5), endsAt: inMinutes(-1) }],
  ])("says that a sale is %s by the server's clock", async (phase, times) => {
    const { id } = await createSpike(times);
    expect(await call(`/api/spikes/${id}`)).toMatchObject({
      status: 200,
      body: { id, phase, remaining: 10 },
    });
  });

  it("says that it is sold out or paused by the ledger's word", async () => {
    const { id: soldOut } = await createSpike({ stock: 1 });
    await withLedger(env, soldOut, (ledger) =>
      ledger.reserve([{ userId: "u1", quantity: 1, key: "k", requestId: "r" }]),
    );
    const { id: paused } = await createSpike();
    await withLedger(env, paused, (ledger) => ledger.setPaused(true));
    // The isolate may go by what it heard when the sale was made for up to a second.
    const phaseOf = async (id: string) => (await call(`/api/spikes/${id}`)).body.phase;
    await vi.waitFor(async () => expect(await phaseOf(soldOut)).toBe("sold_out"), { timeout: 60_000 });
    await vi.waitFor(async () => expect(await phaseOf(paused)).toBe("paused"), { timeout: 60_000 });
  });

  it("answers 404 for what is no sale", async () => {
    for (const id of ["nosuchspike0", "NO-SUCH", "%00", "a".repeat(200)]) {
      expect(await call(`/api/spikes/${id}`)).toMatchObject({ status: 404, body: { code: "not_found" } });
    }
  });
});

describe("a cacheable answer", () => {
  it("carries its lifetime and a tag, and is not sent again to who has it", async () => {
    const { id } = await createSpike();
    for (const path of ["/api/spikes", `/api/spikes/${id}`, `/api/spikes/${id}/stock`]) {
      const first = await request(path);
      const etag = first.headers.get("etag") ?? "";
      expect(etag).toMatch(/^W\/"[\w-]{16}"$/);
      expect(first.headers.get("cache-control")).toMatch(/^public, /);
      const again = await request(path, { headers: { "if-none-match": `"other", ${etag}` } });
      expect(again.status).toBe(304);
      expect(again.headers.get("etag")).toBe(etag);
      expect(await again.text()).toBe("");
      expect((await request(path, { headers: { "if-none-match": "*" } })).status).toBe(304);
      expect((await request(path, { headers: { "if-none-match": '"other"' } })).status).toBe(200);
    }
  });

  it("is the same for everyone, so that a CDN may give one's to all", async () => {
    const { id } = await createSpike();
    for (const path of ["/api/spikes", `/api/spikes/${id}`, `/api/spikes/${id}/stock`]) {
      const anonymous = await request(path);
      const cookie = "spike_session=stale; spike_bookmark=first-primary";
      const known = await request(path, { headers: { ...(await bearer()), cookie } });
      expect(known.headers.get("etag")).toBe(anonymous.headers.get("etag"));
      for (const { headers } of [anonymous, known]) {
        expect([headers.get("vary"), headers.getSetCookie()]).toEqual([null, []]);
      }
      const etag = anonymous.headers.get("etag") ?? "";
      const notModified = await request(path, { headers: { "if-none-match": etag } });
      expect(notModified.headers.get("cache-control")).toBe(anonymous.headers.get("cache-control"));
    }
    const cacheControlOf = async (path: string) => (await request(path)).headers.get("cache-control");
    expect(await cacheControlOf("/api/spikes")).toContain("s-maxage=1");
    expect(await cacheControlOf(`/api/spikes/${id}`)).toContain("s-maxage=1");
    // Up to a second old already when it is sent: a cache must ask before it gives it out again.
    expect(await cacheControlOf(`/api/spikes/${id}/stock`)).toBe("public, no-cache");
    expect((await request("/api/spikes/nosuchspike0")).headers.get("cache-control")).toBe("no-store");
  });

  it("gets another tag with what it says", async () => {
    const { id } = await createSpike();
    const path = `/api/spikes/${id}/stock`;
    const etag = (await request(path)).headers.get("etag") ?? "";
    await withLedger(env, id, (ledger) => ledger.restock(1, "op"));
    await vi.waitFor(
      async () => {
        const answer = await request(path, { headers: { "if-none-match": etag } });
        expect(answer.status).toBe(200);
        expect(await answer.json()).toMatchObject({ remaining: 11, phase: "open" });
      },
      { timeout: 60_000 },
    );
  });
});

describe("GET /api/spikes", () => {
  it("puts running sales first, then the next to start, then the latest to end", async () => {
    await database(env).delete(spikes);
    const make = async (title: string, startsAt: number, endsAt: number) =>
      createSpike({ title, startsAt: inMinutes(startsAt), endsAt: inMinutes(endsAt) });
    await make("long over", -30, -20);
    await make("just over", -30, -1);
    await make("in an hour", 60, 120);
    await make("soon", 5, 120);
    await make("running", -1, 10);
    const { body } = await call("/api/spikes");
    expect(body.spikes.map(({ title }: { title: string }) => title)).toEqual([
      "running",
      "soon",
      "in an hour",
      "just over",
      "long over",
    ]);
    expect(Date.parse(body.serverTime)).not.toBeNaN();
  });

  it("has the running sales in it, however many are to come and over", async () => {
    await database(env).delete(spikes);
    const running = await createSpike({ title: "running", endsAt: inMinutes(1) });
    const [row] = await database(env).select().from(spikes).where(eq(spikes.id, running.id));
    if (!row) throw new Error("the sale has no row");
    const HOUR_MS = 3_600_000;
    const others = Array.from({ length: 2 * SPIKE_LIST_MAX }, (_, n) => {
      const startsAt = Date.now() + (n % 2 === 0 ? 24 + n : -24 - n) * HOUR_MS;
      return { ...row, id: `other${n}`, startsAt, endsAt: startsAt + HOUR_MS };
    });
    const rows = JSON.stringify(others.map(({ id, startsAt, endsAt }) => [id, startsAt, endsAt]));
    await env.DB.prepare(
      `INSERT INTO spikes SELECT value ->> 0, version, title, description, image_url, price_minor, original_price_minor,
         currency, stock, max_per_user, value ->> 1, value ->> 2, hold_seconds, access_rules, created_at, updated_at
       FROM json_each(?1), spikes WHERE spikes.id = ?2`,
    )
      .bind(rows, running.id)
      .run();
    const listed = await readListedSpikes(env, Date.now());
    expect(listed).toHaveLength(SPIKE_LIST_MAX);
    expect(listed[0]?.id).toBe(running.id);
    expect(listed[1]?.id).toBe("other0");
    await database(env).delete(spikes);
  });

  it("shows a new sale and forgets a deleted one at once in the admin's own isolate", async () => {
    const titles = async () =>
      (await call("/api/spikes")).body.spikes.map(({ title }: { title: string }) => title);
    expect(await titles()).not.toContain("Brand new");
    await createSpike({ title: "Brand new" });
    expect(await titles()).toContain("Brand new");
  });

  it("shows a sale whose ledger never answers with its whole stock, and the others by their ledgers' word", async () => {
    await database(env).delete(spikes);
    const { id: silent } = await createSpike();
    const { id: other } = await createSpike();
    for (const id of [silent, other]) {
      await withLedger(env, id, (ledger) =>
        ledger.reserve([{ userId: "u1", quantity: 1, key: "k", requestId: "r" }]),
      );
      await expect.poll(() => peekStock(id)).toBeUndefined();
    }
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const ledgers = ledgersWithOneSilent(silent);
    let listed: Sale[] | undefined;
    const listing = listSales(ledgers.env).then((sales) => void (listed = sales));
    await expect.poll(ledgers.answered).toBe(1);
    await vi.advanceTimersByTimeAsync(LOAD_PATIENCE_MS);
    await vi.waitFor(() => expect(listed).toBeDefined(), PATIENCE);
    await listing;
    const available = Object.fromEntries(
      listed?.map(({ spike, stock }) => [spike.id, stock.available]) ?? [],
    );
    expect(available).toEqual({ [silent]: 10, [other]: 9 });
    await database(env).delete(spikes);
  });
});

/** An environment in which this sale's ledger never answers; how many times others have said their status. */
function ledgersWithOneSilent(silent: string) {
  let answered = 0;
  const get = (id: DurableObjectId) => ({
    status: async () => {
      if (id.name === silent) return await new Promise<never>(() => undefined);
      const status = await env.SPIKE_STOCK.get(id).status();
      answered += 1;
      return status;
    },
  });
  const observed = { idFromName: (name: string) => env.SPIKE_STOCK.idFromName(name), get };
  const SPIKE_STOCK = observed as unknown as Env["SPIKE_STOCK"];
  return { env: { ...env, SPIKE_STOCK }, answered: () => answered };
}

describe("findSpike", () => {
  it("asks the database once, however many ask at the same moment", async () => {
    const { id } = await createSpike();
    forgetSpike(id);
    const db = observedDatabase();
    const found = await withoutTimeLimits(() =>
      Promise.all(Array.from({ length: 1_000 }, () => findSpike(db.env, id))),
    );
    expect(new Set(found).size).toBe(1);
    expect(db.statements()).toBe(1);
  });

  it("tells a ledger that is behind once, however many wait for the sale", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { id } = await createSpike();
    const spike = { ...(await findSpike(env, id)), version: 2 };
    rememberSpike(spike);
    const ledger = env.SPIKE_STOCK.get(env.SPIKE_STOCK.idFromName(id));
    const configure = vi.fn((...told: Parameters<typeof ledger.configure>) => ledger.configure(...told));
    const observed = { ...env.SPIKE_STOCK, idFromName: () => id, get: () => ({ configure }) };
    const behind = { ...env, SPIKE_STOCK: observed as unknown as Env["SPIKE_STOCK"] };
    const sales = await Promise.all(Array.from({ length: 50 }, async () => await findSale(behind, id)));
    expect(sales.every(({ stock }) => stock.configVersion === 2)).toBe(true);
    expect(configure).toHaveBeenCalledTimes(1);
  });

  it("does not ask again for an id that it has just not found", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const db = observedDatabase();
    const ask = () => findSpike(db.env, "madeup0").catch((error: unknown) => error);
    expect(await ask()).toBeInstanceOf(Refusal);
    expect(await ask()).toBeInstanceOf(Refusal);
    expect(db.statements()).toBe(1);
  });

  it("never asks for what cannot be an id", async () => {
    const db = observedDatabase();
    await expect(findSpike(db.env, "Not an id")).rejects.toMatchObject({ code: "not_found" });
    expect(db.statements()).toBe(0);
  });

  it("finds a sale that was not there a moment ago as soon as this isolate makes it", async () => {
    const { id } = await createSpike();
    const spike = await findSpike(env, id);
    const future = { ...spike, id: "comingsoon00" };
    await expect(findSpike(env, future.id)).rejects.toMatchObject({ code: "not_found" });
    rememberSpike(future);
    expect(await findSpike(env, future.id)).toEqual(future);
  });

  it("follows a change that another isolate made", async () => {
    const { id } = await createSpike();
    await findSpike(env, id);
    await database(env).update(spikes).set({ title: "Changed elsewhere" }).where(eq(spikes.id, id));
    await vi.waitFor(
      async () => expect((await findSpike(env, id)).title).toBe("Changed elsewhere"),
      PATIENCE,
    );
  });

  it.each(["down", "stuck"] as const)("goes on with what it knew while the database is %s", async (how) => {
    const { id } = await createSpike();
    const known = await findSpike(env, id);
    const listed = await listedSpikes(env);
    const away = observedDatabase(how);
    const until = (statements: number) => expect(away.statements()).toBeGreaterThan(statements);
    await vi.waitFor(async () => {
      expect(await findSpike(away.env, id)).toEqual(known);
      until(0);
    }, PATIENCE);
    const before = away.statements();
    await vi.waitFor(async () => {
      expect(await listedSpikes(away.env)).toEqual(listed);
      until(before);
    }, PATIENCE);
  });

  it("fails while the database is down and nothing is known", async () => {
    await expect(findSpike(observedDatabase("down").env, "neverheardof")).rejects.toThrow("D1 is down");
  });
});
