import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LiveFrame } from "../../../durable-objects/spike-monitor/frames.ts";
import { WATCHERS_MAX } from "../../../durable-objects/spike-monitor/spike-monitor.ts";
import {
  eraseFigures,
  openLiveSocket,
  readFigures,
  reportCounts,
} from "../../../workers/platform/monitor.ts";
import { Refusal } from "../../../workers/shared/refusals.ts";
import { holdBackEvents, openSpike, purchase } from "../spike-stock/spikes.ts";

afterEach(() => void vi.restoreAllMocks());

const monitorOf = (spikeId: string) => env.SPIKE_MONITOR.get(env.SPIKE_MONITOR.idFromName(spikeId));
const now = () => Math.floor(Date.now() / 1000);
const LATER = Date.now() + 3_600_000;

/** A socket and what it receives. */
async function watch(spikeId: string, until = LATER) {
  const socket = await openLiveSocket(env, spikeId, until);
  const frames: { kind: string }[] = [];
  const closes: number[] = [];
  socket.addEventListener("message", ({ data }) => void frames.push(JSON.parse(data as string) as LiveFrame));
  socket.addEventListener("close", ({ code }) => void closes.push(code));
  socket.accept();
  return { socket, frames, closes };
}

/** Messages reach a socket in a later turn. */
async function settled(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 60_000 }).toBe(true);
}

describe("figures", () => {
  it("survive the object's memory once stored, and come with the ledger", async () => {
    holdBackEvents();
    const { config, ledger } = await openSpike({ stock: 3 });
    await ledger.reserve([purchase("alice")]);
    const second = now();
    await reportCounts(env, config.id, [{ second, counts: { "purchase.passed": 1 } }]);
    await runDurableObjectAlarm(monitorOf(config.id));
    await evictDurableObject(monitorOf(config.id));
    await reportCounts(env, config.id, [{ second, counts: { "purchase.passed": 2 } }]);
    expect(await readFigures(env, config.id)).toMatchObject({
      seconds: [{ second, counts: { "purchase.passed": 3 } }],
      totals: { "purchase.passed": 3 },
      ledger: { total: 3, available: 2, held: 1, unrecorded: 1 },
    });
  });

  it("show who comes later where the units were, also when nobody was watching", async () => {
    const { config, ledger } = await openSpike({ stock: 3 });
    await ledger.reserve([purchase("alice")]);
    await reportCounts(env, config.id, [{ second: now(), counts: { "purchase.passed": 1 } }]);
    await runDurableObjectAlarm(monitorOf(config.id));
    await evictDurableObject(monitorOf(config.id));
    const { frames } = await watch(config.id);
    await settled(() => frames.some(({ kind }) => kind === "levels"));
    const at = expect.stringMatching(/:\d\d\.000Z$/);
    expect(frames.find(({ kind }) => kind === "levels")).toEqual({
      kind: "levels",
      levels: [{ at, available: 2, held: 1, sold: 0 }],
    });
  });

  it("of a spike nobody counts for store nothing and wake nobody", async () => {
    const { config } = await openSpike();
    expect(await readFigures(env, config.id)).toMatchObject({ seconds: [], totals: {} });
    await runInDurableObject(monitorOf(config.id), async (_, { storage }) => {
      expect(
        storage.sql.exec("SELECT name FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\'").toArray(),
      ).toEqual([]);
      expect(await storage.getAlarm()).toBeNull();
    });
  });

  it("are forgotten with the spike", async () => {
    const { config } = await openSpike();
    await reportCounts(env, config.id, [{ second: now(), counts: { won: 1 } }]);
    const { closes } = await watch(config.id);
    await runDurableObjectAlarm(monitorOf(config.id));
    await eraseFigures(env, config.id);
    expect(await readFigures(env, config.id)).toMatchObject({ seconds: [], totals: {} });
    await settled(() => closes.includes(4002));
  });

  it("set the alarm anew when the clock has jumped since it was set", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const { config } = await openSpike();
      // None is really set, so none can come between the two.
      const setAlarm = await runInDurableObject(monitorOf(config.id), (_, { storage }) =>
        vi.spyOn(storage, "setAlarm").mockResolvedValue(undefined),
      );
      const report = () => reportCounts(env, config.id, [{ second: now(), counts: { won: 1 } }]);
      const before = Date.now();
      for (const jumpMs of [0, 0, -3_600_000, 0]) {
        vi.setSystemTime(Date.now() + jumpMs);
        await report();
      }
      expect(setAlarm.mock.calls).toEqual([[before + 1_000], [before - 3_600_000 + 1_000]]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("do not begin anew with a report that comes after the spike is gone", async () => {
    const { config } = await openSpike();
    await reportCounts(env, config.id, [{ second: now(), counts: { won: 1 } }]);
    const monitor = monitorOf(config.id);
    await eraseFigures(env, config.id);
    await reportCounts(env, config.id, [{ second: now(), counts: { won: 1 } }]);
    await runDurableObjectAlarm(monitor);
    expect(await readFigures(env, config.id)).toMatchObject({ seconds: [], totals: {} });
    const tables = await runInDurableObject(monitor, (_, { storage }) =>
      storage.sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray(),
    );
    expect(tables.filter(({ name }) => !name.startsWith("_cf_"))).toEqual([]);
  });

  it("are cleared out after the last one, then the object sleeps", async () => {
    const { config } = await openSpike();
    await reportCounts(env, config.id, [{ second: now(), counts: { won: 1 } }]);
    const monitor = monitorOf(config.id);
    await runDurableObjectAlarm(monitor);
    await runInDurableObject(monitor, async (_, { storage }) => {
      expect((await storage.getAlarm()) ?? 0).toBeGreaterThan(Date.now() + 60_000);
      storage.sql.exec("UPDATE seconds SET second = 1 WHERE second > 0");
      storage.sql.exec("UPDATE levels SET second = 1");
    });
    await runDurableObjectAlarm(monitor);
    expect(await runInDurableObject(monitor, (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});

describe("watching", () => {
  it("gets the past at once and the present at every tick, also after hibernation", async () => {
    const { config } = await openSpike({ stock: 3 });
    const monitor = monitorOf(config.id);
    const second = now();
    await reportCounts(env, config.id, [{ second, counts: { won: 1 } }]);
    const { frames } = await watch(config.id);
    await settled(() => frames.length > 0);
    expect(frames[0]).toMatchObject({ kind: "history", seconds: [{ counts: { won: 1 } }] });
    await runDurableObjectAlarm(monitor);
    await settled(() => frames.some(({ kind }) => kind === "live"));
    expect(frames.at(-1)).toMatchObject({
      kind: "live",
      totals: { won: 1 },
      stock: { total: 3, available: 3, scheduled: 0, paused: false },
      orders: { reserved: 0 },
      outbox: { unrecorded: 0, lagSeconds: 0 },
    });
    await evictDurableObject(monitor);
    const before = frames.length;
    await runDurableObjectAlarm(monitor);
    await settled(() => frames.length > before);
    expect(frames.at(-1)).toMatchObject({ kind: "live", totals: { won: 1 } });
    expect(await runInDurableObject(monitor, (_, { storage }) => storage.getAlarm())).not.toBeNull();
  });

  it("ends when the session does", async () => {
    const { config } = await openSpike();
    const over = await watch(config.id, Date.now());
    const goesOn = await watch(config.id);
    await runDurableObjectAlarm(monitorOf(config.id));
    await settled(() => over.closes.includes(4001) && goesOn.frames.length > 0);
    expect(goesOn.closes).toEqual([]);
  });

  it(`is for ${WATCHERS_MAX} at once`, async () => {
    const { config } = await openSpike();
    for (let n = 0; n < WATCHERS_MAX; n++) await watch(config.id);
    const refused = await openLiveSocket(env, config.id, LATER).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refusal);
  });
});
