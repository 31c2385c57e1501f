import { expect, it } from "vitest";
import { judge } from "../../../bench/load/checks.ts";
import type { Evidence } from "../../../bench/load/evidence.ts";
import { flawless, orderOf } from "./evidence.ts";

const failedIn = (evidence: Evidence) =>
  judge(evidence)
    .filter((check) => !check.pass)
    .map((check) => check.name);

it("passes a sale without a flaw", () => {
  expect(failedIn(flawless())).toEqual([]);
});

/** Each tampers with the evidence in one way, and names the checks that must notice: all of them, no others. */
const TAMPERED: [string, string[], (evidence: Evidence) => void][] = [
  [
    "the ledger sold one more than there is",
    ["never more sold than there is", "total = available + held + sold"],
    ({ ledger }) => ledger.sold++,
  ],
  [
    "the ledger oversold for a moment",
    ["never more sold than there is", "total = available + held + sold"],
    ({ samples }) => samples.splice(1, 0, { ...samples[1]!, sold: 8, held: 3 }),
  ],
  [
    "a unit vanished for a moment",
    ["total = available + held + sold"],
    ({ samples }) => samples.splice(1, 0, { ...samples[1]!, sold: 9 }),
  ],
  [
    "a total that changed by itself",
    ["total = available + held + sold"],
    ({ samples }) => samples.splice(1, 0, { ...samples[1]!, total: 11, available: 1 }),
  ],
  [
    "a unit left over although somebody asks",
    ["nothing left over while anyone asks"],
    (evidence) => {
      evidence.ledger.sold = 9;
      evidence.ledger.available = 1;
      evidence.leftAsking = 1;
    },
  ],
  [
    "an order missing in the database",
    ["orders in the database = reservations in the ledger", "every 202 is in the database, as told"],
    ({ orders }) => orders.pop(),
  ],
  [
    "an order in the database twice",
    ["orders in the database = reservations in the ledger", "no order twice"],
    ({ orders }) => orders.push(orderOf(8, "cancelled")),
  ],
  [
    "a second order for a winner, which ledger and database agree on",
    ["no order nobody made", "never more sold than there is", "nobody holds more than allowed"],
    ({ orders, ledger }) => {
      orders.push({ ...orderOf(12, "paid"), userId: "user-3" });
      ledger.orders.paid++;
    },
  ],
  [
    "an order of somebody who never bought",
    ["no order nobody made"],
    ({ orders, ledger }) => {
      orders.push(orderOf(12, "cancelled"));
      ledger.orders.cancelled++;
    },
  ],
  [
    "an order under another user's name",
    ["every 202 is in the database, as told"],
    ({ orders }) => {
      orders[2]!.userId = "somebody";
    },
  ],
  [
    "an order for another quantity",
    ["every 202 is in the database, as told", "every amount is price × quantity"],
    ({ orders }) => {
      orders[8]!.quantity = 2;
    },
  ],
  [
    "a 202 whose order exists nowhere",
    ["every 202 is in the database, as told"],
    ({ notes }) =>
      notes.receipts.push({ userId: "user-20", orderId: "order-20", quantity: 1, told: "reserved" }),
  ],
  [
    "a retry that was refused although the first attempt had sold",
    ["refused on retry means nothing was sold"],
    ({ notes }) => {
      notes.receipts.splice(8, 1);
      notes.unanswered.push({ userId: "user-8", end: "refused" });
    },
  ],
  [
    "an idempotency key that gave two orders",
    ["the same key gives the same order"],
    ({ notes }) => notes.contradict("same_key", "order-1, then order-2"),
  ],
  [
    "a payment that the database forgot",
    [
      "orders in the database = reservations in the ledger",
      "orders stand as shoppers were told",
      "what nobody paid has expired",
    ],
    ({ orders }) => {
      orders[0]!.state = "reserved";
    },
  ],
  [
    "a cancelled order that was paid all the same",
    ["orders stand as shoppers were told", "never more sold than there is"],
    ({ orders, ledger }) => {
      orders[8]!.state = "paid";
      ledger.orders.cancelled--;
      ledger.orders.paid++;
    },
  ],
  [
    "an order nobody paid that counts as paid",
    ["orders stand as shoppers were told", "never more sold than there is"],
    ({ orders, ledger }) => {
      orders[9]!.state = "paid";
      ledger.orders.expired--;
      ledger.orders.paid++;
    },
  ],
  [
    "units held for ever",
    ["what nobody paid has expired"],
    ({ ledger }) => {
      ledger.sold = 9;
      ledger.held = 1;
    },
  ],
  [
    "a wrong amount",
    ["every amount is price × quantity"],
    ({ orders }) => {
      orders[0]!.amountMinor = 1;
    },
  ],
  [
    "a forged token that bought",
    ["a token buys only for its owner"],
    ({ notes }) => notes.contradict("forged_token", "guessed"),
  ],
  [
    "an answer that is in no contract",
    ["every answer is one the contract knows"],
    ({ notes }) => notes.contradict("unexpected_answer", "500"),
  ],
];

it.each(TAMPERED)("notices %s", (_what, rows, tamper) => {
  const evidence = flawless();
  tamper(evidence);
  expect(failedIn(evidence).sort()).toEqual(rows.sort());
});

it("covers every check with evidence that fails it", () => {
  const failing = new Set(TAMPERED.flatMap(([, rows]) => rows));
  expect(judge(flawless()).filter((check) => !failing.has(check.name))).toEqual([]);
});

it("excuses the order of a shopper whose answer was lost, once for each lost answer", () => {
  const evidence = flawless();
  evidence.notes.receipts.splice(9, 1);
  evidence.notes.unanswered.push({ userId: "user-9", end: "gave_up" });
  expect(failedIn(evidence)).toEqual([]);
  evidence.orders.push({ ...orderOf(12, "expired"), userId: "user-9" });
  evidence.ledger.orders.expired++;
  expect(failedIn(evidence)).toEqual(["no order nobody made"]);
});

it("does not ask for buyers where nobody is left who wants to buy", () => {
  const evidence = flawless();
  evidence.ledger.sold = 9;
  evidence.ledger.available = 1;
  evidence.orders[11]!.state = "expired";
  evidence.notes.receipts[11]!.told = "reserved";
  evidence.ledger.orders.paid--;
  evidence.ledger.orders.expired++;
  expect(failedIn(evidence)).toEqual([]);
});
