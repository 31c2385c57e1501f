import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FreshCache } from "../../../workers/shared/fresh-cache.ts";

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

  it("loads by itself when another request's load falls silent", async () => {
    const { cache, loads, load } = harness();
    void cache.get("a", load);
    const second = cache.get("a", load);
    await vi.advanceTimersByTimeAsync(2_001);
    expect(loads.length).toBe(2);
    loads[1]?.resolve({ n: 2 });
    expect(await second).toEqual({ n: 2 });
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
