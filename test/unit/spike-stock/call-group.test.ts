import { describe, expect, it, vi } from "vitest";
import { CallGroup } from "../../../durable-objects/spike-stock/call-group.ts";

const ITEMS_MAX = 10;

/** A group whose turn ends when the test says so; each call's reply names its items. */
function harness(refuses: (calls: number[][]) => boolean = () => false) {
  const taken: number[][][] = [];
  const breaths: (() => void)[] = [];
  const group = new CallGroup<number, string>({
    itemsMax: ITEMS_MAX,
    breathe: () => new Promise<void>((resolve) => breaths.push(resolve)),
    take: (calls) => {
      if (refuses(calls)) throw new Error("undone");
      taken.push(calls);
      return calls.map((items) => `reply to ${items.join()}`);
    },
  });
  const endTurn = async () => {
    for (const end of breaths.splice(0)) end();
    await Promise.resolve();
    await Promise.resolve();
  };
  return { group, taken, breaths, endTurn };
}

const items = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("CallGroup", () => {
  it("takes the calls of one turn together, and answers each with its own", async () => {
    const { group, taken, breaths, endTurn } = harness();
    const replies = [[1, 2], [3], [4, 5]].map((call) => group.submit(call));
    expect([taken, breaths.length]).toEqual([[], 1]);
    await endTurn();
    expect(taken).toEqual([[[1, 2], [3], [4, 5]]]);
    expect(await Promise.all(replies)).toEqual(["reply to 1,2", "reply to 3", "reply to 4,5"]);
  });

  it("starts anew after a group has gone", async () => {
    const { group, taken, endTurn } = harness();
    for (const call of [[1], [2]]) {
      void group.submit(call);
      await endTurn();
    }
    expect(taken).toEqual([[[1]], [[2]]]);
  });

  it.each([ITEMS_MAX, ITEMS_MAX + 1])(
    "takes a call of %i items at once, who is full gains nothing",
    (size) => {
      const { group, taken, breaths } = harness();
      void group.submit(items(size));
      expect(taken).toEqual([[items(size)]]);
      expect(breaths).toEqual([]);
    },
  );

  it("takes what waits first when a call no longer fits, and lets that wait for its own turn", async () => {
    const { group, taken, endTurn } = harness();
    const [first, second, third] = [items(6), items(5), items(2)];
    for (const call of [first, second]) void group.submit(call);
    expect(taken).toEqual([[first]]);
    void group.submit(third);
    await endTurn();
    expect(taken).toEqual([[first], [second, third]]);
  });

  it("does not take a later group when the turn of one that was full ends", async () => {
    const { group, taken, breaths, endTurn } = harness();
    void group.submit(items(6));
    void group.submit(items(4));
    expect(taken).toHaveLength(1);
    void group.submit([1]);
    const [early] = breaths.splice(0, 1);
    early?.();
    await Promise.resolve();
    expect(taken).toHaveLength(1);
    await endTurn();
    expect(taken[1]).toEqual([[1]]);
  });

  it("takes each call by itself when together they cannot be taken, and fails only who fails alone", async () => {
    const { group, taken, endTurn } = harness((calls) => calls.flat().includes(2));
    const replies = Promise.allSettled([[1], [2], [3]].map((call) => group.submit(call)));
    await endTurn();
    expect(taken).toEqual([[[1]], [[3]]]);
    expect(await replies).toMatchObject([
      { value: "reply to 1" },
      { reason: { message: "undone" } },
      { value: "reply to 3" },
    ]);
  });

  it("tries a call that was alone only once", async () => {
    const refuses = vi.fn<(calls: number[][]) => boolean>(() => true);
    const { group, endTurn } = harness(refuses);
    const reply = Promise.allSettled([group.submit([1])]);
    await endTurn();
    expect(await reply).toMatchObject([{ reason: { message: "undone" } }]);
    expect(refuses).toHaveBeenCalledTimes(1);
  });
});
