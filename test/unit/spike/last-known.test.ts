import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Aged } from "../../../workers/platform/edge-cache.ts";
import { DATABASE_PATIENCE_MS, LastKnown } from "../../../workers/spike/last-known.ts";

interface Thing {
  n: number;
}

const OLD: Thing = { n: 1 };
const NEW: Thing = { n: 2 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Something is known, and a read is on its way that answers when the test says so. */
function harness() {
  const known = new LastKnown<Thing>(10);
  known.set("a", OLD);
  const answer = Promise.withResolvers<Aged<Thing> | null>();
  return { known, answer, reading: known.read("a", () => answer.promise) };
}

const askAgain = async (known: LastKnown<Thing>) =>
  (await known.read("a", () => Promise.reject(new Error("down")))).value;

describe("what was last known", () => {
  it.each([
    [DATABASE_PATIENCE_MS - 1, NEW],
    [DATABASE_PATIENCE_MS, OLD],
    [DATABASE_PATIENCE_MS + 1, OLD],
  ])("with an answer that takes %i ms is %o", async (takesMs, expected) => {
    const { answer, reading } = harness();
    setTimeout(() => answer.resolve({ value: NEW, at: 0 }), takesMs);
    await vi.advanceTimersByTimeAsync(takesMs);
    expect((await reading)?.value).toEqual(expected);
  });

  it("is, from a late answer on, what that one said", async () => {
    const { known, answer, reading } = harness();
    await vi.advanceTimersByTimeAsync(DATABASE_PATIENCE_MS);
    expect((await reading)?.value).toEqual(OLD);
    answer.resolve({ value: NEW, at: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(await askAgain(known)).toEqual(NEW);
  });

  it("is not brought back by a late answer after this isolate's own change", async () => {
    const { known, answer, reading } = harness();
    await vi.advanceTimersByTimeAsync(DATABASE_PATIENCE_MS);
    await reading;
    known.set("a", { n: 3 });
    answer.resolve({ value: NEW, at: 0 });
    await vi.advanceTimersByTimeAsync(0);
    expect(await askAgain(known)).toEqual({ n: 3 });
  });

  it("is nothing once it was forgotten, or the database knows nothing of it", async () => {
    const { known, answer, reading } = harness();
    answer.resolve(null);
    expect(await reading).toBeNull();
    await expect(askAgain(known)).rejects.toThrow("down");
    known.set("a", OLD);
    known.forget("a");
    await expect(askAgain(known)).rejects.toThrow("down");
  });

  it("is waited for as long as it takes where nothing is known", async () => {
    const { known } = harness();
    const answer = Promise.withResolvers<Aged<Thing>>();
    const reading = known.read("b", () => answer.promise);
    await vi.advanceTimersByTimeAsync(10 * DATABASE_PATIENCE_MS);
    answer.resolve({ value: NEW, at: 0 });
    expect((await reading)?.value).toEqual(NEW);
  });
});
