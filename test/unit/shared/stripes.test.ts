import { expect, it } from "vitest";
import {
  newSpikeId,
  orderIdOf,
  parseOrderId,
  stripedSpikeId,
  stripesOf,
} from "../../../workers/shared/ids.ts";
import { STRIPES_MAX } from "../../../workers/shared/limits.ts";
import { ledgerName, ledgerOfOrder, ledgerOfUser, ledgersOf } from "../../../workers/shared/stripes.ts";

const PLAIN_ID = "7zk3m9x2q4tw";
const NONCE = "abcdefghjk";

it("a spike's id says how many ledgers it has, and one ledger needs no saying", () => {
  expect(stripedSpikeId(PLAIN_ID, 1)).toBe(PLAIN_ID);
  expect(stripesOf(PLAIN_ID)).toBe(1);
  for (const stripes of [2, 8, 10, STRIPES_MAX]) {
    expect(stripesOf(stripedSpikeId(newSpikeId(), stripes))).toBe(stripes);
  }
});

it.each([
  "sale",
  "nosuchspike0",
  `${PLAIN_ID}i`,
  `${PLAIN_ID}i0`,
  `${PLAIN_ID}i1`,
  `${PLAIN_ID}i08`,
  `${PLAIN_ID}i${STRIPES_MAX + 1}`,
])("%s says nothing of several ledgers", (id) => expect(stripesOf(id)).toBe(1));

it("the first ledger has the name it would have alone, and its orders have the ids they would have", () => {
  expect(ledgersOf(PLAIN_ID).map(ledgerName)).toEqual([PLAIN_ID]);
  expect(ledgersOf(stripedSpikeId(PLAIN_ID, 3)).map(ledgerName)).toEqual([
    `${PLAIN_ID}i3`,
    `${PLAIN_ID}i3/1`,
    `${PLAIN_ID}i3/2`,
  ]);
  expect(orderIdOf({ spikeId: PLAIN_ID, stripe: 0 }, 36, NONCE)).toBe(`${PLAIN_ID}-10-${NONCE}`);
});

it("an order's id leads to its ledger", () => {
  for (const ledger of ledgersOf(stripedSpikeId(PLAIN_ID, STRIPES_MAX))) {
    const orderId = orderIdOf(ledger, 1_295, NONCE);
    expect(parseOrderId(orderId)).toEqual({ ...ledger, sequence: 1_295, nonce: NONCE });
    expect(ledgerName(ledgerOfOrder(orderId))).toBe(ledgerName(ledger));
  }
});

it.each([
  `${PLAIN_ID}-1-${NONCE}-1`, // a ledger that this spike does not have
  `${PLAIN_ID}i2-1-${NONCE}-2`,
  `${PLAIN_ID}i2-1-${NONCE}-0`, // a second name of an order of the first ledger
  `${PLAIN_ID}i2-1-${NONCE}-01`,
  `${PLAIN_ID}i2-1-${NONCE}-`,
  "",
])("%j is no order's id", (text) => {
  expect(parseOrderId(text)).toBeNull();
  expect(() => ledgerOfOrder(text)).toThrow(RangeError);
});

it("a user has one ledger in a spike, and the ledgers have about the same number of users", () => {
  const id = stripedSpikeId(PLAIN_ID, 8);
  const users = Array.from({ length: 20_000 }, (_, i) => `user${i}`);
  const sizes = Map.groupBy(users, (user) => ledgerOfUser(id, user).stripe);
  expect(sizes.size).toBe(8);
  for (const { length } of sizes.values()) expect(Math.abs(length / 2_500 - 1)).toBeLessThan(0.25);
  expect(ledgerOfUser(id, "user1")).toEqual(ledgerOfUser(id, "user1"));
  expect(ledgerOfUser(PLAIN_ID, "user1").stripe).toBe(0);
});
