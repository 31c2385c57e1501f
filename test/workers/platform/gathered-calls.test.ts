import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { GatheredCalls } from "../../../workers/platform/gathered-calls.ts";
import { LEDGER_BATCH_MAX, PURCHASE_QUEUE_MAX } from "../../../workers/shared/limits.ts";

// Time stands still, so that nobody loses patience on a slow machine.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** Calls to objects that do not answer before they are let to. */
function harness() {
  const calls = new GatheredCalls<number, string>("test");
  const free = Promise.withResolvers<void>();
  const send = async (batch: number[]) => {
    await free.promise;
    return batch.map((n) => `reply ${n}`);
  };
  const outcomes: Promise<string>[] = [];
  /** How many of so many requests to `object` are refused. */
  const come = async (object: string, count: number): Promise<number> => {
    let refused = 0;
    const coming = Array.from({ length: count }, (_, n) =>
      calls.submit(object, n, send).catch((error: { code: string }) => {
        refused += 1;
        return error.code;
      }),
    );
    outcomes.push(...coming);
    // A refusal needs no more than this; whatever waits, waits on.
    for (let turns = 0; turns < 10; turns++) await Promise.resolve();
    return refused;
  };
  const settle = async () => {
    free.resolve();
    return await Promise.all(outcomes);
  };
  return { come, settle };
}

describe("calls that an isolate gathers", () => {
  it.each([
    [PURCHASE_QUEUE_MAX - 1, 0],
    [PURCHASE_QUEUE_MAX, 0],
    [PURCHASE_QUEUE_MAX + 1, 1],
  ])("have room for those who wait for one object: of %i waiting, %i are refused", async (count, refused) => {
    const { come, settle } = harness();
    // One leads and does not wait.
    expect(await come("a", 1 + count)).toBe(refused);
    expect((await settle()).filter((outcome) => outcome === "overloaded")).toHaveLength(refused);
  });

  it.each([
    [PURCHASE_QUEUE_MAX - LEDGER_BATCH_MAX - 1, 0],
    [PURCHASE_QUEUE_MAX - LEDGER_BATCH_MAX, 1],
  ])(
    "have one room for all objects: beside %i others, of one too many for a call %i is refused",
    async (others, refused) => {
      const { come, settle } = harness();
      expect(await come("a", 1 + others)).toBe(0);
      expect(await come("b", 1 + LEDGER_BATCH_MAX)).toBe(0);
      expect(await come("b", 1)).toBe(refused);
      await settle();
    },
  );

  it("have room for one call's worth to each object, however many wait for others", async () => {
    const { come, settle } = harness();
    expect(await come("a", 1 + PURCHASE_QUEUE_MAX)).toBe(0);
    expect(await come("b", 1 + LEDGER_BATCH_MAX)).toBe(0);
    expect(await come("b", 1)).toBe(1);
    await settle();
  });
});
