import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EdgeCache } from "../../../workers/platform/edge-cache.ts";
import { PATIENCE } from "../support/patience.ts";

/** The platform's cache goes by the real clock: longer than any test takes. */
const MAX_AGE_MS = 600_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(caches.default, "put");
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Draws the largest patience: an entry is used to its end. */
const patiently = () => vi.spyOn(Math, "random").mockReturnValue(1);

function newCache() {
  const name = crypto.randomUUID();
  const load = vi.fn(async () => ({ loaded: load.mock.calls.length }));
  /** Another isolate of the same location. */
  const open = () => new EdgeCache<{ loaded: number }>({ name, maxAgeMs: MAX_AGE_MS });
  return { load, open };
}

/** The cache takes an entry after the answer. */
const stored = () => Promise.all(vi.mocked(caches.default.put).mock.results.map(({ value }) => value));

describe("the platform's cache", () => {
  it("lets isolates of a location share one load, and tells how old it is", async () => {
    patiently();
    const { load, open } = newCache();
    const first = await open().get("a", load);
    await stored();
    vi.setSystemTime(first.at + MAX_AGE_MS - 1);
    expect(await open().get("a", load)).toEqual({ value: { loaded: 1 }, at: first.at });
    expect(load).toHaveBeenCalledTimes(1);
    expect((await open().get("b", load)).value).toEqual({ loaded: 2 });
  });

  it.each([
    [MAX_AGE_MS - 1, 1, 1],
    [MAX_AGE_MS, 1, 2],
    [MAX_AGE_MS / 2 - 1, 0, 1],
    [MAX_AGE_MS / 2, 0, 2],
  ])("at the age of %d ms and with patience %d has loaded %d times", async (age, patience, loads) => {
    const { load, open } = newCache();
    const { at } = await open().get("a", load);
    await stored();
    vi.setSystemTime(at + age);
    vi.spyOn(Math, "random").mockReturnValue(patience);
    await open().get("a", load);
    expect(load).toHaveBeenCalledTimes(loads);
  });

  it("does not take an old value for young when the clock jumps back", async () => {
    patiently();
    const { load, open } = newCache();
    const { at } = await open().get("a", load);
    await stored();
    vi.setSystemTime(at - 1);
    await open().get("a", load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("gives nothing older to an isolate that knows of a change", async () => {
    patiently();
    const { load, open } = newCache();
    const informed = open();
    await informed.get("a", load);
    await stored();
    informed.forget("a");
    expect((await informed.get("a", load)).value).toEqual({ loaded: 2 });
  });

  it("does not keep what is not there", async () => {
    const { open } = newCache();
    const load = vi.fn(async () => null);
    expect(await open().get("a", load)).toBeNull();
    await stored();
    expect(await open().get("a", load)).toBeNull();
    expect(load).toHaveBeenCalledTimes(2);
  });

  it("is not needed", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const broken = async () => {
      throw new Error("no cache here");
    };
    vi.spyOn(caches.default, "match").mockImplementation(broken);
    vi.spyOn(caches.default, "put").mockImplementation(broken);
    const { load, open } = newCache();
    expect((await open().get("a", load)).value).toEqual({ loaded: 1 });
    expect((await open().get("a", load)).value).toEqual({ loaded: 2 });
    await vi.waitFor(() => expect(warn).toHaveBeenCalledTimes(1), PATIENCE);
  });

  it("passes on why a load failed", async () => {
    const { open } = newCache();
    await expect(open().get("a", () => Promise.reject(new Error("away")))).rejects.toThrow("away");
  });
});
