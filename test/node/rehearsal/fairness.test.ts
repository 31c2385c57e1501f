import { expect, it } from "vitest";
import type { Evidence } from "../../../bench/load/evidence.ts";
import { judgeFairness } from "../../../bench/load/fairness.ts";
import { flawless } from "./evidence.ts";

/** A sale of 100 units of which bots got so many, with as many requests of bots as of people. */
function sale(botUnits: number, changes: Partial<Evidence> = {}): Evidence {
  const evidence = flawless();
  const orders = Array.from({ length: 100 }, (_, n) => ({
    ...(evidence.orders[0] as Evidence["orders"][number]),
    ...{ id: `o${n}`, userId: n < botUnits ? `bot${n}` : `person${n}` },
  }));
  evidence.notes.bots.set("bot", "10.255.255.254");
  for (let n = 0; n < botUnits; n++) evidence.notes.bots.set(`bot${n}`, "10.255.255.254");
  return { ...evidence, stock: 100, orders, attempts: { people: 500, bots: 500 }, ...changes };
}

const failing = (evidence: Evidence) =>
  judgeFairness(evidence)
    .filter(({ pass }) => !pass)
    .map(({ name }) => name);

it.each([
  [4, []],
  [5, []],
  [6, ["people got 95.0 % of the stock"]],
])("with %i of 100 units at bots fails %j", (botUnits, names) => {
  expect(failing(sale(botUnits))).toEqual(names);
});

it("counts what is sold, not what was given up", () => {
  const evidence = sale(0);
  for (const order of evidence.orders.slice(0, 6)) order.state = "expired";
  expect(failing(evidence)).toEqual(["people got 95.0 % of the stock"]);
});

it.each([
  [499, ["bots sent half of all requests"]],
  [500, []],
  [501, []],
])("with %i of 1000 requests from bots fails %j", (bots, names) => {
  expect(failing(sale(0, { attempts: { people: 1000 - bots, bots } }))).toEqual(names);
});

it("lets bots be barred and nobody else", () => {
  const barred: Evidence["barred"] = [
    { kind: "user", value: "bot" },
    { kind: "ip", value: "10.255.255.254" },
  ];
  expect(failing(sale(0, { barred }))).toEqual([]);
  const names = ["no shopper is blacklisted"];
  expect(failing(sale(0, { barred: [{ kind: "user", value: "person9" }] }))).toEqual(names);
  expect(failing(sale(0, { barred: [{ kind: "ip", value: "10.0.0.9" }] }))).toEqual(names);
  expect(failing(sale(0, { peopleToldBlacklisted: 1 }))).toEqual(names);
});
