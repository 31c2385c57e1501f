import { describe, expect, it } from "vitest";
import {
  UserIndex,
  type UserIndexSource,
  type UserPage,
} from "../../../durable-objects/spike-stock/user-index.ts";

const PAGE_ORDERS = 8;

/** A ledger's orders, in order, and the pages that were stored of them. */
class Orders implements UserIndexSource {
  readonly users: { sequence: number; userId: string }[] = [];
  readonly pages: UserPage[] = [];
  pagesRead = 0;

  userPages() {
    return this.pages;
  }

  userHashes(page: number) {
    this.pagesRead += 1;
    const found = this.pages.find((stored) => stored.page === page);
    if (!found) throw new Error(`page ${page} is not stored`);
    return found.hashes;
  }

  usersAfter(after: number) {
    return this.users.filter(({ sequence }) => sequence > after);
  }
}

const indexOf = (orders: Orders, pageOrders = PAGE_ORDERS) => new UserIndex(orders, pageOrders);

function sell(orders: Orders, index: UserIndex, sequence: number, userId: string) {
  orders.users.push({ sequence, userId });
  index.add(sequence, userId);
  const pages = index.unsaved;
  orders.pages.push(...pages);
  index.saved(pages);
}

function sold(users: string[], pageOrders?: number) {
  const orders = new Orders();
  const index = indexOf(orders, pageOrders);
  users.forEach((userId, n) => sell(orders, index, n + 1, userId));
  return { orders, index };
}

const people = (count: number) => Array.from({ length: count }, (_, n) => `person${n}`);

describe("the index of users", () => {
  it("finds every order of a user, in the page that is being filled and in full ones", () => {
    const users = people(PAGE_ORDERS * 10).map((user, n) => (n % 7 === 0 ? "often" : user));
    const { index } = sold(users);
    const often = users.flatMap((user, n) => (user === "often" ? [n + 1] : []));
    expect(index.sequencesOf(["often"])).toEqual(often);
    users.forEach((user, n) => expect(index.sequencesOf([user])).toContain(n + 1));
    expect(index.sequencesOf(["often", users[1] ?? ""])).toEqual([...often, 2].toSorted((a, b) => a - b));
  });

  it.each([0, 1, PAGE_ORDERS - 1, PAGE_ORDERS, PAGE_ORDERS + 1, PAGE_ORDERS * 3])(
    "knows the same after waking with %i orders",
    (count) => {
      const users = people(count);
      const { orders } = sold(users);
      const woken = indexOf(orders);
      users.forEach((user, n) => expect(woken.sequencesOf([user])).toContain(n + 1));
      sell(orders, woken, count + 1, "next");
      expect(woken.sequencesOf(["next"])).toContain(count + 1);
    },
  );

  it("makes the pages of a ledger that has none, and has them stored once", () => {
    const orders = new Orders();
    for (const [n, userId] of people(PAGE_ORDERS * 3).entries())
      orders.users.push({ sequence: n + 1, userId });
    const index = indexOf(orders);
    expect(index.unsaved.map(({ page }) => page)).toEqual([0, 1]);
    expect(index.sequencesOf(["person0"])).toContain(1);
    index.saved(index.unsaved);
    expect(index.unsaved).toEqual([]);
  });

  it("is not put out by numbers that were left out", () => {
    const orders = new Orders();
    const index = indexOf(orders);
    sell(orders, index, 3, "early");
    sell(orders, index, PAGE_ORDERS * 1_000 + 5, "late");
    expect([index.sequencesOf(["early"]), index.sequencesOf(["late"])]).toEqual([
      [3],
      [PAGE_ORDERS * 1_000 + 5],
    ]);
    expect(indexOf(orders).sequencesOf(["early"])).toEqual([3]);
  });

  it("reads almost no page for people who have bought nothing", () => {
    const { orders, index } = sold(people(1_024 * 20), 1_024);
    for (let n = 0; n < 5_000; n++) index.sequencesOf([`stranger${n}`]);
    // A hundred thousand questions to filters.
    expect(orders.pagesRead).toBeLessThan(20);
  });
});
