import { describe, expect, it } from "vitest";
import { PROBE_DELAY_MAX_MS } from "../../../durable-objects/spike-stock/resend.ts";
import { buy, inWorld, sale } from "./in-world.ts";
import type { World } from "./model/world.ts";

const stock = { ...sale, stock: 100 };
const sent = ({ unsent }: World) => unsent.map(({ orderId }) => orderId);

/** The only message on its way finds the database away. */
function giveBack(world: World): void {
  world.send(false);
  expect(world.queue).toHaveLength(1);
  expect(world.giveBack(0)).toBe(true);
}

/** Time for the ledger to ask whether the database is back. */
function ask(world: World): void {
  world.now += PROBE_DELAY_MAX_MS;
  world.ring();
}

/** All that was sent reaches the database, and the ledger hears of it. */
function record(world: World): void {
  world.send(false);
  while (world.queue.length > 0) world.deliver(0, false);
  while (world.confirmations.length > 0) world.confirm(0, { again: false, lost: false });
}

describe("a ledger whose database is away", () => {
  it("keeps what it sells, asks with the oldest orders, and sends all in the order of sale", () =>
    inWorld(stock, (world) => {
      const first = buy(world, "first");
      giveBack(world);
      const others = ["second", "third"].map((user) => buy(world, user));
      expect(sent(world)).toEqual([]);
      ask(world);
      expect(sent(world)).toEqual([first, ...others]);
      giveBack(world);
      ask(world);
      record(world);
      expect([...world.database.keys()]).toEqual([first, ...others]);
      expect(world.ledger.view().unrecorded).toBe(0);
    }));

  it("sends fresh events by themselves again once it has caught up", () =>
    inWorld(stock, (world) => {
      buy(world, "first");
      giveBack(world);
      ask(world);
      const meanwhile = buy(world, "meanwhile");
      record(world);
      expect([...world.database.keys()]).not.toContain(meanwhile);
      ask(world);
      const fresh = buy(world, "fresh");
      expect(sent(world)).toEqual([meanwhile, fresh]);
    }));

  it("takes nothing back that it does not know, nor a newer version than it has", () =>
    inWorld(stock, ({ ledger, ...world }) => {
      const orderId = buy({ ledger, ...world } as World, "buyer");
      const takeBack = (id: string, version: number) => ledger.takeBack([{ orderId: id, version }]);
      expect(takeBack(orderId, 2)).toBe(false);
      expect(takeBack(`${orderId}x`, 1)).toBe(false);
      expect(takeBack("another-1-nonce", 1)).toBe(false);
      expect(
        ledger.takeBack([
          { orderId, version: 1 },
          { orderId: "no order", version: 1 },
        ]),
      ).toBe(false);
      expect(takeBack(orderId, 1)).toBe(true);
    }));

  it("loses nothing when it dies meanwhile", () =>
    inWorld(stock, (world) => {
      const first = buy(world, "first");
      giveBack(world);
      const second = buy(world, "second");
      world.crash();
      ask(world);
      record(world);
      expect([...world.database.keys()]).toEqual([first, second]);
    }));
});
