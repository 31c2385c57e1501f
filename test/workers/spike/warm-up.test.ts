import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { spikes } from "../../../workers/database/schema.ts";
import { database } from "../../../workers/platform/database.ts";
import { saveSpikeSettings } from "../../../workers/platform/settings-store.ts";
import { WARM_UP_AHEAD_MS, warmUp } from "../../../workers/spike/warm-up.ts";
import { WAKE_UP_AHEAD_MS } from "../../../workers/shared/wake-up.ts";
import { isLive, LIVE_AROUND_MS, RESTING_STOCK_MAX_AGE_MS } from "../../../workers/spike/stock.ts";
import { openSpike } from "../spike-stock/spikes.ts";
import { call } from "../support/http.ts";
import { createSpike, inMinutes } from "../support/spikes.ts";
import { adminBearer } from "../support/tokens.ts";

afterEach(() => void vi.useRealTimers());

/** The environment, and which objects were called by name. */
function observed() {
  const called: string[] = [];
  const watch = <Namespace extends DurableObjectNamespace<never>>(namespace: Namespace): Namespace =>
    new Proxy(namespace, {
      get(target, property) {
        const value = Reflect.get(target, property) as unknown;
        if (property !== "idFromName") return typeof value === "function" ? value.bind(target) : value;
        return (name: string) => {
          called.push(name);
          return target.idFromName(name);
        };
      },
    });
  const watched = {
    ...env,
    SPIKE_STOCK: watch(env.SPIKE_STOCK as never) as typeof env.SPIKE_STOCK,
    SPIKE_GATE: watch(env.SPIKE_GATE as never) as typeof env.SPIKE_GATE,
  };
  return { env: watched, called };
}

const startingIn = (ms: number) => createSpike({ startsAt: new Date(Date.now() + ms).toISOString() });

describe("warming up", () => {
  it.each([
    [-1_000, false],
    [60_000, true],
    [WARM_UP_AHEAD_MS, true],
    [WARM_UP_AHEAD_MS + 60_000, false],
  ])("wakes ledger and gates of a sale that starts in %d ms: %s", async (ms, woken) => {
    const { id } = await startingIn(ms);
    await saveSpikeSettings(env, id, { gatesPerSpike: 3 });
    const { env: watched, called } = observed();
    await warmUp(watched, Date.now());
    const mine = new Set(called.filter((name) => name.startsWith(id)));
    expect([...mine].toSorted()).toEqual(woken ? [id, `${id}/0`, `${id}/1`, `${id}/2`] : []);
  });

  it("changes nothing, and goes on when one sale cannot be woken", async () => {
    const [broken, fine] = [await startingIn(60_000), await startingIn(61_000)];
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { env: watched, called } = observed();
    const SPIKE_STOCK = new Proxy(watched.SPIKE_STOCK, {
      get(target, property) {
        if (property !== "idFromName") return (Reflect.get(target, property) as () => unknown).bind(target);
        return (name: string) => {
          if (name === broken.id) throw new Error("unreachable");
          return target.idFromName(name);
        };
      },
    });
    await warmUp({ ...watched, SPIKE_STOCK }, Date.now());
    expect(called).toContain(`${fine.id}/0`);
    expect(warn.mock.calls.flat().join()).toContain(broken.id);
    warn.mockRestore();
    const { body } = await call(`/api/admin/spikes/${fine.id}/ledger`, { headers: await adminBearer() });
    expect(body).toMatchObject({ total: 10, available: 10, held: 0 });
  });
});

describe("a ledger", () => {
  it("wakes itself a moment before its sale starts, also when the start is moved", async () => {
    const startsAt = Date.now() + 600_000;
    const { config, ledger } = await openSpike({ startsAt, endsAt: startsAt + 60_000 });
    const alarm = () => runInDurableObject(ledger, (_, { storage }) => storage.getAlarm());
    expect(await alarm()).toBe(startsAt - WAKE_UP_AHEAD_MS);
    await ledger.configure({ ...config, version: 2, startsAt: startsAt + 1_000 });
    expect(await alarm()).toBe(startsAt + 1_000 - WAKE_UP_AHEAD_MS);
    await runInDurableObject(ledger, (_, { storage }) => {
      storage.sql.exec("UPDATE alarms SET due_at = 1");
    });
    expect(await runDurableObjectAlarm(ledger)).toBe(true);
    expect(await alarm()).toBeNull();
  });

  it("that starts too soon to be woken sets no alarm", async () => {
    const { ledger } = await openSpike({ startsAt: Date.now() + WAKE_UP_AHEAD_MS });
    expect(await runInDurableObject(ledger, (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});

describe("a gate", () => {
  const gateOf = (id: string) => env.SPIKE_GATE.get(env.SPIKE_GATE.idFromName(`${id}/0`));
  const alarmOf = (gate: ReturnType<typeof gateOf>) =>
    runInDurableObject(gate, (_, { storage }) => storage.getAlarm());

  it("that was woken wakes itself again a moment before the start, and stores nothing afterwards", async () => {
    const { id, startsAt } = await startingIn(60_000);
    await warmUp(env, Date.now());
    const gate = gateOf(id);
    expect(await alarmOf(gate)).toBe(Date.parse(startsAt) - WAKE_UP_AHEAD_MS);
    expect(await runDurableObjectAlarm(gate)).toBe(true);
    expect(await alarmOf(gate)).toBeNull();
    expect(await runInDurableObject(gate, (_, { storage }) => storage.list())).toEqual(new Map());
  });

  it("goes by the start that it heard last", async () => {
    const gate = gateOf("s-moved");
    const startsAt = Date.now() + 600_000;
    for (const at of [startsAt, startsAt + 60_000, startsAt - 60_000]) {
      await gate.wakeBefore(at);
      expect(await alarmOf(gate)).toBe(at - WAKE_UP_AHEAD_MS);
    }
  });

  it("of a sale that starts too soon to wake again sets no alarm", async () => {
    const gate = gateOf("s-soon");
    await gate.wakeBefore(Date.now() + WAKE_UP_AHEAD_MS);
    expect(await alarmOf(gate)).toBeNull();
  });
});

it.each([
  [1_000 - LIVE_AROUND_MS - 1, false],
  [1_000 - LIVE_AROUND_MS, true],
  [2_000 + LIVE_AROUND_MS - 1, true],
  [2_000 + LIVE_AROUND_MS, false],
])("at %d a sale from 1000 to 2000 is live: %s", (now, live) => {
  expect(isLive({ startsAt: 1_000, endsAt: 2_000 }, now)).toBe(live);
});

it("the list of sales asks ledgers of sales that rest once a minute, of live ones each second", async () => {
  // Others may begin, or be asked for anew, in a minute from now.
  await database(env).delete(spikes);
  vi.useFakeTimers({ toFake: ["Date"] });
  const [live, upcoming, over] = [
    await createSpike(),
    await createSpike({ startsAt: inMinutes(30) }),
    await createSpike({ startsAt: inMinutes(-30), endsAt: inMinutes(-20) }),
  ];
  const admin = await adminBearer();
  const loads = async () =>
    (await call("/api/admin/loads", { headers: admin })).body as Record<string, number>;
  const listed = async () => {
    const { body } = await call("/api/spikes");
    return (body.spikes as { id: string }[]).map(({ id }) => id);
  };
  const before = await loads();
  for (let second = 0; second < 5; second++) {
    vi.setSystemTime(Date.now() + 1_100);
    expect(await listed()).toEqual(expect.arrayContaining([live.id, upcoming.id, over.id]));
  }
  const soonAfter = await loads();
  vi.setSystemTime(Date.now() + RESTING_STOCK_MAX_AGE_MS);
  await listed();
  const later = await loads();
  const caused = (thing: string, until: Record<string, number>) => (until[thing] ?? 0) - (before[thing] ?? 0);
  expect(caused("stock", soonAfter)).toBeGreaterThanOrEqual(5);
  expect(caused("resting_stock", soonAfter)).toBe(0);
  expect(caused("resting_stock", later)).toBeGreaterThanOrEqual(2);
});
