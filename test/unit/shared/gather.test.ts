import { describe, expect, it, vi } from "vitest";
import { Gatherer, type GatherOptions, HEIR_EVERY } from "../../../workers/shared/gather.ts";
import { Pace } from "../../../workers/shared/pace.ts";
import { Refusal } from "../../../workers/shared/refusals.ts";

interface Call {
  batch: number[];
  answer: (replies: string[]) => void;
  fail: (error: unknown) => void;
}

/** Of one call in so many milliseconds. */
const paceOf = (ms: number): Pace => new Pace({ leastMs: ms, perCallMs: 0, mostMs: ms });

/** A gatherer whose calls wait until the test answers them. */
function harness(options: Partial<GatherOptions<number, string>> = {}) {
  const calls: Call[] = [];
  const clock = { now: 0 };
  const gatherer = new Gatherer<number, string>({
    name: "test",
    batchMax: 10,
    hasRoom: () => true,
    silenceMs: 60_000,
    send: (batch) => new Promise((answer, fail) => calls.push({ batch, answer, fail })),
    pace: paceOf(0),
    breathe: () => Promise.resolve(),
    waitUntil: () => undefined,
    now: () => clock.now,
    ...options,
  });
  const answer = (i: number) => calls[i]?.answer(calls[i].batch.map((n) => `reply ${n}`));
  return { gatherer, calls, clock, answer };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("Gatherer", () => {
  it("sends the first at once and the rest together when it returns", async () => {
    const { gatherer, calls, answer } = harness();
    const replies = [1, 2, 3].map((n) => gatherer.submit(n));
    expect(calls.map((call) => call.batch)).toEqual([[1]]);
    answer(0);
    await turn();
    expect(calls.map((call) => call.batch)).toEqual([[1], [2, 3]]);
    answer(1);
    expect(await Promise.all(replies)).toEqual(["reply 1", "reply 2", "reply 3"]);
  });

  it("takes along what arrives in the breath of who is handed the lead", async () => {
    const breath = Promise.withResolvers<void>();
    const { gatherer, calls, answer } = harness({ breathe: () => breath.promise });
    for (const n of [1, 2]) void gatherer.submit(n);
    expect(calls.map((call) => call.batch)).toEqual([[1]]);
    answer(0);
    await turn();
    void gatherer.submit(3);
    expect(calls).toHaveLength(1);
    breath.resolve();
    await turn();
    expect(calls.map((call) => call.batch)).toEqual([[1], [2, 3]]);
  });

  it.each([
    [9, 1],
    [10, 0],
    [11, 0],
  ])("with %i waiting for a call of 10 breathes %i times", async (waiting, breaths) => {
    const breathe = vi.fn<() => Promise<void>>(() => Promise.resolve());
    const { gatherer, calls, answer } = harness({ breathe });
    void gatherer.submit(0);
    for (let n = 1; n <= waiting; n++) void gatherer.submit(n);
    answer(0);
    await turn();
    expect(calls).toHaveLength(2);
    expect(breathe).toHaveBeenCalledTimes(breaths);
  });

  it("leaves a while after the call before, with what came meanwhile", async () => {
    const breath = Promise.withResolvers<void>();
    const breathe = vi.fn<(ms: number) => Promise<void>>(() => breath.promise);
    const { gatherer, calls, clock, answer } = harness({ pace: paceOf(5), breathe });
    const first = gatherer.submit(1);
    answer(0);
    await first;
    clock.now += 2;
    for (const n of [2, 3]) void gatherer.submit(n);
    await turn();
    expect(calls).toHaveLength(1);
    expect(breathe.mock.calls).toEqual([[3]]);
    breath.resolve();
    await turn();
    expect(calls.map((call) => call.batch)).toEqual([[1], [2, 3]]);
  });

  it.each([
    ["was long ago", 5],
    ["is still to come, by a clock that was set back", -60_000],
  ])("leaves at once when the call before %s", async (_, passedMs) => {
    const breathe = vi.fn<(ms: number) => Promise<void>>(() => Promise.resolve());
    const { gatherer, calls, clock, answer } = harness({ pace: paceOf(5), breathe });
    const first = gatherer.submit(1);
    answer(0);
    await first;
    clock.now += passedMs;
    void gatherer.submit(2);
    await turn();
    expect([calls.length, breathe.mock.calls]).toEqual([2, []]);
  });

  it("leaves with the calls of others that share its pace", async () => {
    const breathe = vi.fn<(ms: number) => Promise<void>>(() => Promise.resolve());
    const clock = { now: 0 };
    const shared = {
      breathe,
      now: () => clock.now,
      pace: new Pace({ leastMs: 5, perCallMs: 4, mostMs: 50 }),
    };
    const gatherers = [1, 2, 3].map(() => harness(shared).gatherer);
    for (const [at, gatherer] of gatherers.entries()) {
      clock.now = at;
      void gatherer.submit(0);
    }
    clock.now = 6;
    void harness(shared).gatherer.submit(0);
    await turn();
    // The first goes at once; the next two go together, so that the last has to wait for both.
    expect(breathe.mock.calls).toEqual([[4], [3], [7]]);
  });

  it("counts a full call, though it does not wait", async () => {
    const breathe = vi.fn<(ms: number) => Promise<void>>(() => Promise.resolve());
    const { gatherer, calls, clock, answer } = harness({ pace: paceOf(5), breathe });
    for (let n = 0; n <= 10; n++) void gatherer.submit(n);
    clock.now = 2;
    answer(0);
    await turn();
    expect([calls[1]?.batch.length, breathe.mock.calls]).toEqual([10, []]);
    answer(1);
    await turn();
    void gatherer.submit(11);
    await turn();
    expect(breathe.mock.calls).toEqual([[3]]);
  });

  it("lets another lead when who leads dies in its breath", async () => {
    const { gatherer, calls, clock, answer } = harness({
      pace: paceOf(5),
      silenceMs: 10,
      breathe: () => new Promise(() => undefined),
    });
    const first = gatherer.submit(1);
    answer(0);
    await first;
    void gatherer.submit(2);
    clock.now += 11;
    void gatherer.submit(3);
    await turn();
    expect(calls.map((call) => call.batch)).toEqual([[1], [3]]);
  });

  it("goes at once again after it fell idle", async () => {
    const { gatherer, calls, answer } = harness();
    const first = gatherer.submit(1);
    answer(0);
    await first;
    void gatherer.submit(2);
    expect(calls.map((call) => call.batch)).toEqual([[1], [2]]);
  });

  it.each([9, 10, 11])("carries at most 10 in one call when %i wait", async (waiting) => {
    const { gatherer, calls, answer } = harness();
    void gatherer.submit(0);
    for (let n = 1; n <= waiting; n++) void gatherer.submit(n);
    answer(0);
    await turn();
    expect(calls[1]?.batch.length).toBe(Math.min(waiting, 10));
    expect(gatherer.waiting).toBe(Math.max(0, waiting - 10));
  });

  it("counts nobody as waiting whom nobody takes along any more", () => {
    const { gatherer, clock } = harness({ silenceMs: 1_000 });
    for (const n of [1, 2, 3]) void gatherer.submit(n);
    clock.now = 1_000;
    expect(gatherer.waiting).toBe(2);
    clock.now = 1_001;
    expect(gatherer.waiting).toBe(0);
  });

  it("refuses as overloaded what has no room to wait, and only that", async () => {
    const { gatherer, answer } = harness({ hasRoom: (waiting) => waiting < 2 });
    const replies = [1, 2, 3, 4].map((n) => gatherer.submit(n));
    await expect(replies[3]).rejects.toMatchObject({ code: "overloaded" });
    answer(0);
    await turn();
    answer(1);
    expect(await Promise.all(replies.slice(0, 3))).toEqual(["reply 1", "reply 2", "reply 3"]);
  });

  it("lets each request try again by itself when the call they shared failed", async () => {
    const { gatherer, calls, answer } = harness();
    const replies = [1, 2, 3].map((n) => gatherer.submit(n));
    answer(0);
    await turn();
    calls[1]?.fail(new Error("object moved"));
    await turn();
    expect(calls.slice(2).map((call) => call.batch)).toEqual([[2], [3]]);
    for (let i = 2; i < calls.length; i++) answer(i);
    expect(await Promise.all(replies)).toEqual(["reply 1", "reply 2", "reply 3"]);
  });

  it("passes a refusal of the call on to all it carried, without asking again", async () => {
    const { gatherer, calls, answer } = harness();
    const replies = [1, 2, 3].map((n) => gatherer.submit(n));
    answer(0);
    await turn();
    calls[1]?.fail(new Refusal("overloaded"));
    await expect(replies[1]).rejects.toMatchObject({ code: "overloaded" });
    await expect(replies[2]).rejects.toMatchObject({ code: "overloaded" });
    expect(calls.length).toBe(2);
  });

  it("takes the lead from a leader that stays silent", async () => {
    const { gatherer, calls, clock, answer } = harness({ silenceMs: 100 });
    void gatherer.submit(1);
    clock.now = 100;
    void gatherer.submit(2);
    expect(calls.length).toBe(1);
    clock.now = 101;
    const third = gatherer.submit(3);
    expect(calls[1]?.batch).toEqual([3, 2]);
    answer(1);
    expect(await third).toBe("reply 3");
  });

  it("frees a follower whose leader never returns", async () => {
    vi.useFakeTimers();
    try {
      const { gatherer, calls, clock, answer } = harness({ silenceMs: 100 });
      void gatherer.submit(1);
      const second = gatherer.submit(2);
      clock.now = 101;
      await vi.advanceTimersByTimeAsync(101);
      expect(calls[1]?.batch).toEqual([2]);
      answer(1);
      expect(await second).toBe("reply 2");
    } finally {
      vi.useRealTimers();
    }
  });

  it("lets a request of a lost call try again alone while another call is in flight", async () => {
    vi.useFakeTimers();
    try {
      const { gatherer, calls, clock, answer } = harness({ silenceMs: 100 });
      void gatherer.submit(1);
      const second = gatherer.submit(2);
      answer(0);
      await vi.advanceTimersByTimeAsync(0);
      expect(calls[1]?.batch).toEqual([2]);
      const third = gatherer.submit(3);
      clock.now = 101;
      const fourth = gatherer.submit(4);
      expect(calls[2]?.batch).toEqual([4, 3]);
      await vi.advanceTimersByTimeAsync(101);
      answer(2);
      expect(await Promise.all([third, fourth])).toEqual(["reply 3", "reply 4"]);
      answer(1);
      expect(await second).toBe("reply 2");
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps waiting in a long queue behind a leader that works", async () => {
    vi.useFakeTimers();
    try {
      const { gatherer, calls, clock, answer } = harness({ silenceMs: 100, batchMax: 2 });
      const replies = [1, 2, 3, 4].map((n) => gatherer.submit(n));
      await vi.advanceTimersByTimeAsync(60);
      clock.now = 60;
      answer(0);
      await vi.advanceTimersByTimeAsync(60);
      clock.now = 120;
      expect(calls.map((call) => call.batch)).toEqual([[1], [2, 3]]);
      answer(1);
      await vi.advanceTimersByTimeAsync(0);
      answer(2);
      expect(await Promise.all(replies)).toEqual(["reply 1", "reply 2", "reply 3", "reply 4"]);
      expect(calls.length).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it("keeps the contexts alive of the leader and of one in so many followers", () => {
    const waitUntil = vi.fn<(work: Promise<unknown>) => void>();
    const { gatherer } = harness({ waitUntil });
    const keptAlive = Array.from({ length: 2 * HEIR_EVERY + 2 }, (_, n) => {
      const before = waitUntil.mock.calls.length;
      void gatherer.submit(n);
      return waitUntil.mock.calls.length > before;
    });
    const [leader, ...followers] = keptAlive;
    expect(leader).toBe(true);
    expect(followers.flatMap((isKept, place) => (isKept ? [place] : []))).toEqual([
      0,
      HEIR_EVERY,
      2 * HEIR_EVERY,
    ]);
  });

  it("hands the lead to one whose context is alive, and keeps that of whoever leads alive", async () => {
    const waitUntil = vi.fn<(work: Promise<unknown>) => void>();
    const batchMax = HEIR_EVERY - 2;
    const { gatherer, calls, answer } = harness({ waitUntil, batchMax });
    const replies = Array.from({ length: HEIR_EVERY + 2 }, (_, n) => gatherer.submit(n));
    answer(0);
    await turn();
    expect(calls[1]?.batch).toEqual(Array.from({ length: batchMax }, (_, place) => place + 1));
    answer(1);
    await turn();
    // The second heir goes before two who came earlier, and takes them along.
    expect(calls[2]?.batch).toEqual([HEIR_EVERY + 1, batchMax + 1, batchMax + 2]);
    answer(2);
    expect(await Promise.all(replies)).toEqual(replies.map((_, n) => `reply ${n}`));
  });

  it("makes an heir of the next who comes when those who are left have none", async () => {
    const waitUntil = vi.fn<(work: Promise<unknown>) => void>();
    const { gatherer, answer } = harness({ waitUntil, batchMax: 2 });
    for (const n of [0, 1, 2, 3]) void gatherer.submit(n);
    answer(0);
    await turn();
    expect(gatherer.waiting).toBe(1);
    const before = waitUntil.mock.calls.length;
    void gatherer.submit(4);
    void gatherer.submit(5);
    expect(waitUntil.mock.calls.length).toBe(before + 1);
  });

  it("says what became of each request before whoever submitted it can go on", async () => {
    const { gatherer, calls } = harness();
    const heard: unknown[] = [];
    for (const n of [1, 2, 3]) {
      void gatherer.submit(n, (reply) => heard.push(reply)).then(() => heard.push(`${n} went on`));
    }
    calls[0]?.answer(["one"]);
    await turn();
    calls[1]?.answer(["two", "three"]);
    await turn();
    expect(heard).toEqual(["one", "1 went on", "two", "three", "2 went on", "3 went on"]);
  });

  it("says of those whose call failed that nobody knows, and then what they heard by themselves", async () => {
    const { gatherer, calls, answer } = harness();
    const heard: unknown[] = [];
    const replies = [1, 2].map((n) => gatherer.submit(n, (reply) => heard.push(reply)));
    answer(0);
    await turn();
    calls[1]?.fail(new Error("lost"));
    await turn();
    expect(heard).toEqual(["reply 1", undefined]);
    answer(2);
    await Promise.all(replies);
    expect(heard).toEqual(["reply 1", undefined, "reply 2"]);
  });

  it("says of one who is handed the lead and may be gone that nobody knows", async () => {
    const { gatherer, answer } = harness({ batchMax: 2 });
    const heard: unknown[][] = [[], [], [], []];
    const replies = heard.map((own, n) => gatherer.submit(n, (reply) => own.push(reply)));
    // The first who waits is an heir; the last, who is none, is left to lead.
    for (const call of [0, 1, 2]) {
      answer(call);
      await turn();
    }
    await Promise.all(replies);
    expect(heard).toEqual([["reply 0"], ["reply 1"], ["reply 2"], [undefined, "reply 3"]]);
  });

  it("treats a short answer as a failure", async () => {
    const { gatherer, calls } = harness();
    const reply = gatherer.submit(1);
    calls[0]?.answer([]);
    await turn();
    calls[1]?.answer([]);
    await expect(reply).rejects.toThrow("0 replies to 1 requests");
  });
});
