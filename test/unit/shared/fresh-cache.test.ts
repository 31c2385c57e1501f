import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FreshCache, LOAD_PATIENCE_MS } from "../../../workers/shared/fresh-cache.ts";

const TTL_MS = 1000;

/** A cache over loads that the test settles by hand. */
function harness(jitter = 0) {
  const cache = new FreshCache<{ n: number }>({ max: 3, ttlMs: TTL_MS, jitter, waitUntil: () => undefined });
  const loads: PromiseWithResolvers<{ n: number }>[] = [];
  const load = () => {
    const deferred = Promise.withResolvers<{ n: number }>();
    loads.push(deferred);
    return deferred.promise;
  };
  return { cache, loads, load };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("FreshCache", () => {
  it("loads once for a thousand that ask together", async () => {
    const { cache, loads, load } = harness();
    const values = Array.from({ length: 1000 }, () => cache.get("a", load));
    expect(loads.length).toBe(1);
    loads[0]?.resolve({ n: 1 });
    expect(new Set(await Promise.all(values)).size).toBe(1);
    expect(cache.peek("a")).toEqual({ n: 1 });
  });

  it.each([
    [TTL_MS - 1, 1],
    [TTL_MS + 1, 2],
  ])("after %i ms has loaded %i times", async (elapsed, expected) => {
    const { cache, loads, load } = harness();
    const first = cache.get("a", load);
    loads[0]?.resolve({ n: 1 });
    await first;
    await vi.advanceTimersByTimeAsync(elapsed);
    void cache.get("a", load);
    expect(loads.length).toBe(expected);
  });

  it.each([
    [LOAD_PATIENCE_MS - 1, 1],
    [LOAD_PATIENCE_MS, 2],
    [LOAD_PATIENCE_MS + 1, 2],
    [2 * LOAD_PATIENCE_MS - 1, 2],
    [2 * LOAD_PATIENCE_MS, 3],
  ])(
    "while nothing answers, has loaded after %i ms %i times for a thousand that wait",
    async (ms, expected) => {
      const { cache, loads, load } = harness();
      const values = Array.from({ length: 1000 }, () => cache.get("a", load));
      await vi.advanceTimersByTimeAsync(ms);
      expect(loads.length).toBe(expected);
      loads.at(-1)?.resolve({ n: 7 });
      // Also the one whose own load was never answered.
      expect(new Set(await Promise.all(values))).toEqual(new Set([{ n: 7 }]));
    },
  );

  it("does not ask more often of a source that is slower than those who wait are patient", async () => {
    const { cache, load, loads } = harness();
    const SLOW_MS = 2.5 * LOAD_PATIENCE_MS;
    const slowly = () => {
      const loading = load();
      setTimeout(() => loads[0]?.resolve({ n: 1 }), SLOW_MS);
      return loading;
    };
    const values = Array.from({ length: 1000 }, () => cache.get("a", slowly));
    await vi.advanceTimersByTimeAsync(SLOW_MS);
    // The first load serves all, though two others were begun after it.
    expect(new Set(await Promise.all(values))).toEqual(new Set([{ n: 1 }]));
    expect(loads.length).toBe(3);
    expect(cache.peek("a")).toEqual({ n: 1 });
  });

  it("tells the failure of a load to those who wait for it, and lets the next one try", async () => {
    const { cache, loads, load } = harness();
    const values = Array.from({ length: 1000 }, () => cache.get("a", load).catch((error: unknown) => error));
    loads[0]?.reject(new Error("away"));
    expect(new Set((await Promise.all(values)).map(String))).toEqual(new Set(["Error: away"]));
    expect(loads.length).toBe(1);
    void cache.get("a", load);
    expect(loads.length).toBe(2);
  });

  it("takes a load that throws for one that is rejected", async () => {
    const { cache, load, loads } = harness();
    const throwing = () => {
      throw new Error("away");
    };
    await expect(cache.get("a", throwing)).rejects.toThrow("away");
    void cache.get("a", load);
    expect(loads.length).toBe(1);
  });

  it("keeps those waiting for the newest load whom an older one fails", async () => {
    const { cache, loads, load } = harness();
    const first = cache.get("a", load).catch((error: unknown) => String(error));
    const second = cache.get("a", load);
    const third = cache.get("a", load);
    await vi.advanceTimersByTimeAsync(LOAD_PATIENCE_MS);
    loads[0]?.reject(new Error("cut off"));
    expect(await first).toBe("Error: cut off");
    loads[1]?.resolve({ n: 2 });
    expect(await Promise.all([second, third])).toEqual([{ n: 2 }, { n: 2 }]);
  });

  it("keeps a value that was set while an older one was loading", async () => {
    const { cache, loads, load } = harness();
    const loading = cache.get("a", load);
    cache.set("a", { n: 2 });
    loads[0]?.resolve({ n: 1 });
    expect(await loading).toEqual({ n: 1 });
    expect(cache.peek("a")).toEqual({ n: 2 });
  });

  it("does not remember a failure", async () => {
    const { cache, loads, load } = harness();
    const first = cache.get("a", load);
    loads[0]?.reject(new Error("away"));
    await expect(first).rejects.toThrow("away");
    const second = cache.get("a", load);
    loads[1]?.resolve({ n: 2 });
    expect(await second).toEqual({ n: 2 });
  });

  it("does not keep what was deleted while it loaded", async () => {
    const { cache, loads, load } = harness();
    const first = cache.get("a", load);
    cache.delete("a");
    loads[0]?.resolve({ n: 1 });
    await first;
    expect(cache.peek("a")).toBeUndefined();
  });

  it.each([2, 3, 4])("keeps at most 3 of %i entries", (count) => {
    const { cache } = harness();
    for (let n = 0; n < count; n++) cache.set(`key ${n}`, { n });
    const kept = Array.from({ length: count }, (_, n) => cache.peek(`key ${n}`)).filter(Boolean);
    expect(kept.length).toBe(Math.min(count, 3));
  });

  it.each([-1, -60_000, -86_400_000])(
    "keeps nothing longer because the clock jumps by %i ms",
    async (jumpMs) => {
      const { cache } = harness();
      cache.set("a", { n: 1 });
      expect(cache.peek("a")).toEqual({ n: 1 });
      vi.setSystemTime(Date.now() + jumpMs);
      expect(cache.peek("a")).toEqual({ n: 1 });
      await vi.advanceTimersByTimeAsync(TTL_MS + 1);
      expect(cache.peek("a")).toBeUndefined();
    },
  );

  it("lets everything go when the clock leaps ahead", () => {
    const { cache } = harness();
    cache.set("a", { n: 1 });
    vi.setSystemTime(Date.now() + 86_400_000);
    expect(cache.peek("a")).toBeUndefined();
  });

  it("spreads expiry over the jittered share and never past the limit", async () => {
    const { cache } = harness(0.5);
    vi.spyOn(Math, "random").mockReturnValue(1);
    cache.set("early", { n: 1 });
    vi.spyOn(Math, "random").mockReturnValue(0);
    cache.set("late", { n: 2 });
    vi.restoreAllMocks();
    await vi.advanceTimersByTimeAsync(TTL_MS / 2 + 1);
    expect(cache.peek("early")).toBeUndefined();
    expect(cache.peek("late")).toEqual({ n: 2 });
    await vi.advanceTimersByTimeAsync(TTL_MS / 2);
    expect(cache.peek("late")).toBeUndefined();
  });
});
