import { describe, expect, it } from "vitest";
import { Batcher } from "../../durable-objects/spike-gate/batcher.ts";
import { UserGuard } from "../../durable-objects/spike-gate/user-guard.ts";
import type { ReserveRequest, ReserveResult } from "../../durable-objects/spike-stock/messages.ts";

/** A batcher whose calls wait until the test answers them. */
function batcherHarness(limits: { batchMax?: number } = {}) {
  const calls: { batch: number[]; answer: () => void; fail: (error: unknown) => void }[] = [];
  const batcher = new Batcher<number, string>({
    batchMax: 10,
    ...limits,
    send: (batch) =>
      new Promise((resolve, reject) => {
        calls.push({ batch, answer: () => resolve(batch.map((n) => `reply ${n}`)), fail: reject });
      }),
  });
  return { batcher, calls };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("Batcher", () => {
  it("sends what arrives in one turn at once, and what arrives meanwhile together", async () => {
    const { batcher, calls } = batcherHarness();
    const first = [1, 2].map((n) => batcher.submit(n));
    await turn();
    const second = [3, 4, 5].map((n) => batcher.submit(n));
    await turn();
    expect(calls.map(({ batch }) => batch)).toEqual([[1, 2]]);
    calls[0]?.answer();
    expect(await Promise.all(first)).toEqual(["reply 1", "reply 2"]);
    await turn();
    expect(calls[1]?.batch).toEqual([3, 4, 5]);
    calls[1]?.answer();
    expect(await Promise.all(second)).toEqual(["reply 3", "reply 4", "reply 5"]);
  });

  it.each([9, 10, 11])("puts at most 10 of %i into one call", async (count) => {
    const { batcher, calls } = batcherHarness();
    for (let n = 0; n < count; n++) void batcher.submit(n);
    await turn();
    expect(calls[0]?.batch.length).toBe(Math.min(count, 10));
  });

  it("says how many wait for their call", async () => {
    const { batcher } = batcherHarness({ batchMax: 2 });
    for (let n = 0; n < 5; n++) void batcher.submit(n);
    await turn();
    expect(batcher.waiting).toBe(3);
  });

  it("fails only the batch whose call failed", async () => {
    const { batcher, calls } = batcherHarness({ batchMax: 1 });
    const first = batcher.submit(1);
    const second = batcher.submit(2);
    await turn();
    calls[0]?.fail(new Error("ledger moved"));
    await expect(first).rejects.toThrow("ledger moved");
    await turn();
    calls[1]?.answer();
    expect(await second).toBe("reply 2");
  });
});

describe("UserGuard", () => {
  const INTERVAL_MS = 500;
  const won = (orderId: string): ReserveResult => ({ ok: true, orderId, payBefore: 1 });
  const soldOut: ReserveResult = { ok: false, code: "sold_out" };
  const request = (over: Partial<ReserveRequest> = {}): ReserveRequest => ({
    userId: "u1",
    quantity: 1,
    key: "k1",
    requestId: "r",
    ...over,
  });

  /** A guard before a ledger that answers with the given results in turn. */
  function guarded(...results: ReserveResult[]) {
    const guard = new UserGuard();
    let asked = 0;
    const admit = (over: Partial<ReserveRequest>, now: number, userIntervalMs = INTERVAL_MS) =>
      guard.admit(request(over), { userIntervalMs }, now, async () => results[asked++] as ReserveResult);
    return { admit, asked: () => asked };
  }

  it.each([
    [INTERVAL_MS - 1, "rate_limited", 1],
    [INTERVAL_MS, "sold_out", 2],
    [INTERVAL_MS + 1, "sold_out", 2],
  ])("%i ms after an attempt the next one is %s", async (elapsed, code, asked) => {
    const ledger = guarded(soldOut, soldOut);
    await ledger.admit({ key: "a" }, 1_000);
    expect(await ledger.admit({ key: "b" }, 1_000 + elapsed)).toMatchObject({ code });
    expect(ledger.asked()).toBe(asked);
  });

  it("says how long to wait", async () => {
    const ledger = guarded(soldOut);
    await ledger.admit({ key: "a" }, 1_000);
    expect(await ledger.admit({ key: "b" }, 1_100)).toMatchObject({ retryAfterMs: 400 });
  });

  it("limits nobody when the interval is 0", async () => {
    const ledger = guarded(soldOut, soldOut);
    await ledger.admit({ key: "a" }, 1_000, 0);
    expect(await ledger.admit({ key: "b" }, 1_000, 0)).toEqual(soldOut);
  });

  it("keeps users apart", async () => {
    const ledger = guarded(soldOut, soldOut);
    await ledger.admit({ key: "a" }, 1_000);
    expect(await ledger.admit({ userId: "u2", key: "a" }, 1_000)).toEqual(soldOut);
  });

  it("answers a duplicate with the first answer, in flight and afterwards, and asks once", async () => {
    const ledger = guarded(won("o1"));
    const both = await Promise.all([ledger.admit({}, 1_000), ledger.admit({}, 1_000)]);
    const later = await ledger.admit({}, 1_001);
    expect([...both, later]).toEqual([won("o1"), won("o1"), won("o1")]);
    expect(ledger.asked()).toBe(1);
  });

  it("lets the ledger judge a key that comes with another quantity", async () => {
    const ledger = guarded(won("o1"), { ok: false, code: "idempotency_conflict" });
    await ledger.admit({}, 1_000);
    expect(await ledger.admit({ quantity: 2 }, 2_000)).toMatchObject({ code: "idempotency_conflict" });
  });

  it("forgets a refusal, so that the same key may win returned stock", async () => {
    const ledger = guarded(soldOut, won("o1"));
    await ledger.admit({}, 1_000);
    expect(await ledger.admit({}, 2_000)).toEqual(won("o1"));
  });

  it("does not slow down a winner's next purchase", async () => {
    const ledger = guarded(won("o1"), won("o2"));
    await ledger.admit({ key: "a" }, 1_000);
    expect(await ledger.admit({ key: "b" }, 1_001)).toEqual(won("o2"));
  });

  it("lets a purchase that failed on our side be tried again at once", async () => {
    const guard = new UserGuard();
    const failing = guard.admit(request(), { userIntervalMs: INTERVAL_MS }, 1_000, () =>
      Promise.reject(new Error("away")),
    );
    await expect(failing).rejects.toThrow("away");
    expect(
      await guard.admit(request(), { userIntervalMs: INTERVAL_MS }, 1_001, async () => won("o1")),
    ).toEqual(won("o1"));
  });
});
