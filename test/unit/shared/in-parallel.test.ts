import { expect, it } from "vitest";
import { inParallel } from "../../../workers/shared/in-parallel.ts";

it.each([
  { items: 0, width: 3, most: 0 },
  { items: 2, width: 3, most: 2 },
  { items: 10, width: 3, most: 3 },
  { items: 10, width: 1, most: 1 },
])("does $items items at most $width at a time", async ({ items, width, most }) => {
  const wanted = Array.from({ length: items }, (_, i) => i);
  const done: number[] = [];
  let running = 0;
  let mostRunning = 0;
  await inParallel(wanted, width, async (item) => {
    mostRunning = Math.max(mostRunning, ++running);
    await Promise.resolve();
    running--;
    done.push(item);
  });
  expect([done, mostRunning]).toEqual([wanted, most]);
});

it("rejects with the failure of an item", async () => {
  const work = inParallel([1, 2, 3], 2, async (item) => {
    if (item === 2) throw new Error("two");
  });
  await expect(work).rejects.toThrow("two");
});
