import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { Ledger } from "../../../durable-objects/spike-stock/ledger.ts";
import { World } from "./model/world.ts";
import { ledgerOf, openSpike, purchase, spikeConfig } from "./spikes.ts";

const NOW = Date.UTC(2026, 10, 11);
const MINUTE_MS = 60_000;

/** A sale of one unit with waves of 2 and 3 units after one and two minutes. */
function withWaves(test: (world: World, storage: DurableObjectStorage) => void) {
  return runInDurableObject(ledgerOf(crypto.randomUUID()), (_, { storage }) => {
    const [startsAt, endsAt] = [NOW, NOW + 60 * MINUTE_MS];
    const config = spikeConfig({ stock: 1, maxPerUser: 5, startsAt, endsAt, holdSeconds: 3_600 });
    const world = new World(Ledger, storage, config, NOW);
    expect(world.ledger.planWaves(PLAN).ok).toBe(true);
    test(world, storage);
  });
}

const PLAN = [
  { at: NOW + 2 * MINUTE_MS, quantity: 3 },
  { at: NOW + MINUTE_MS, quantity: 2 },
];

describe("a wave", () => {
  it("is scheduled, not on sale, until its time", () =>
    withWaves(({ ledger }) => {
      expect(ledger.view()).toMatchObject({ total: 1, available: 1, scheduled: 5 });
      expect(ledger.status()).toMatchObject({
        scheduled: 5,
        nextWave: { at: NOW + MINUTE_MS, quantity: 2 },
      });
    }));

  it.each([
    [-1, { total: 1, available: 1, scheduled: 5 }],
    [0, { total: 3, available: 3, scheduled: 3 }],
    [1, { total: 3, available: 3, scheduled: 3 }],
  ])("comes by alarm %d ms from its time, the next after it", (offset, view) =>
    withWaves((world) => {
      world.now += MINUTE_MS + offset;
      world.ring();
      world.ring();
      expect(world.ledger.view()).toMatchObject(view);
      expect(world.alarmAt).toBe(NOW + (offset < 0 ? 1 : 2) * MINUTE_MS);
    }),
  );

  it.each([
    ["a purchase", ({ ledger }: World) => ledger.reserve([purchase("alice", { quantity: 3 })]).status],
    ["a status", ({ ledger }: World) => ledger.status()],
  ])("is seen by %s though the alarm is late", (_, look) =>
    withWaves((world) => {
      world.now += MINUTE_MS;
      expect(look(world)).toMatchObject({ total: 3, nextWave: { at: NOW + 2 * MINUTE_MS, quantity: 3 } });
      world.ring();
      expect(world.ledger.view()).toMatchObject({ total: 3, scheduled: 3 });
    }),
  );

  it("comes once though the transaction that releases it fails and the object dies", () =>
    withWaves((world) => {
      world.now += 3 * MINUTE_MS;
      for (let statement = 1; statement < 12; statement++) {
        world.ring(statement);
        world.crash();
      }
      world.ring();
      expect(world.ledger.view()).toMatchObject({ total: 6, available: 6, scheduled: 0 });
      expect(world.ledger.waves().map(({ releasedAt }) => releasedAt)).toEqual([world.now, world.now]);
      expect(world.ledger.status()).not.toHaveProperty("nextWave");
    }));

  it("that came stays, and is not sold again by sending its plan again", () =>
    withWaves((world) => {
      world.now += MINUTE_MS;
      expect(world.ledger.planWaves(PLAN)).toMatchObject({ ok: true });
      expect(world.ledger.view()).toMatchObject({ total: 3, scheduled: 3 });
      expect(world.ledger.planWaves([])).toMatchObject({ ok: true });
      expect(world.ledger.view()).toMatchObject({ total: 3, scheduled: 0 });
      expect(world.ledger.waves()).toEqual([{ ...PLAN[1], releasedAt: world.now }]);
    }));

  it("can be moved, earlier or later, and the alarm goes with it", () =>
    withWaves((world) => {
      for (const at of [NOW + 30_000, NOW + 50 * MINUTE_MS]) {
        expect(world.ledger.planWaves([{ at, quantity: 1 }])).toMatchObject({ ok: true });
        expect(world.alarmAt).toBe(at);
        expect(world.ledger.view().scheduled).toBe(1);
      }
    }));

  it("comes while the sale is paused, and waits there", () =>
    withWaves((world) => {
      world.ledger.setPaused(true);
      world.now += MINUTE_MS;
      expect(world.ledger.reserve([purchase("alice")]).results).toEqual([{ ok: false, code: "paused" }]);
      expect(world.ledger.view()).toMatchObject({ total: 3, available: 3, scheduled: 3 });
    }));

  it("counts against the largest stock before it comes", () =>
    withWaves(({ ledger }) => {
      expect(ledger.restock(100_000_000 - 5, "one")).toEqual({ ok: false, code: "too_many_units" });
      const { ok, ...rest } = ledger.restock(100_000_000 - 6, "one");
      expect([ok, rest]).toMatchObject([true, { view: { total: 100_000_000 - 5 } }]);
    }));

  it("costs a sale without waves no row read or written", () =>
    runInDurableObject(ledgerOf(crypto.randomUUID()), (_, { storage }) => {
      const queries: string[] = [];
      const sql = {
        exec: (query: string, ...rest: SqlStorageValue[]) => (
          queries.push(query),
          storage.sql.exec(query, ...rest)
        ),
      };
      const world = new World(
        Ledger,
        { ...spied(storage), sql } as DurableObjectStorage,
        spikeConfig(),
        Date.now(),
      );
      queries.length = 0;
      world.ledger.reserve([purchase("alice")]);
      world.ledger.status();
      expect(queries.length).toBeGreaterThan(0);
      expect(queries.filter((query) => /\bwaves\b/.test(query))).toEqual([]);
    }));
});

/** The rest of a storage, callable from another object. */
function spied(storage: DurableObjectStorage) {
  return { transactionSync: <T>(work: () => T) => storage.transactionSync(work) };
}

it("survives the death of its object, and comes by the object's own alarm", async () => {
  const { config, ledger } = await openSpike({ stock: 1 });
  const at = Date.now() + MINUTE_MS;
  expect(await ledger.planWaves([{ at, quantity: 4 }])).toEqual({
    ok: true,
    before: [],
    waves: [{ at, quantity: 4, releasedAt: null }],
  });
  expect(await runInDurableObject(ledger, (_, { storage }) => storage.getAlarm())).toBe(at);
  await evictDurableObject(ledger);
  const reborn = ledgerOf(config.id);
  expect(await reborn.view()).toMatchObject({ total: 1, scheduled: 4 });
  await runInDurableObject(reborn, (_, { storage }) => {
    storage.sql.exec("UPDATE waves SET at = 1");
    storage.sql.exec("UPDATE alarms SET due_at = 1 WHERE name = 'waves'");
  });
  expect(await runDurableObjectAlarm(reborn)).toBe(true);
  expect(await reborn.view()).toMatchObject({ total: 5, available: 5, scheduled: 0 });
});

it("a spike nobody made has no waves", async () => {
  expect(await ledgerOf("nosuchspike").waves()).toEqual([]);
});
