import { describe, expect, it } from "vitest";
import {
  changesBetween,
  copyOf,
  draftOf,
  newDraft,
  readDraft,
} from "../../../../client/admin/sales/draft.ts";
import { fractionDigits, toDecimal, toMinor } from "../../../../client/admin/sales/money.ts";
import { parseList } from "../../../../client/admin/sales/rules/kinds.ts";
import { fromLocalInput, toLocalInput } from "../../../../client/admin/shared/local-time.ts";
import type { WireSpike } from "../../../../workers/spike/schemas.ts";

const NOW = Date.parse("2026-11-01T10:20:30Z");
const SALE: WireSpike = {
  id: "s1",
  title: "Lamp",
  description: "Brass.",
  priceMinor: 1_999,
  originalPriceMinor: 4_900,
  currency: "EUR",
  stock: 10,
  maxPerUser: 2,
  startsAt: "2026-11-11T00:00:00.000Z",
  endsAt: "2026-11-11T02:00:00.000Z",
  holdSeconds: 300,
  phase: "upcoming",
  remaining: 10,
  accessRules: [{ kind: "min_tier", tier: 2 }],
  serverTime: "2026-11-01T00:00:00.000Z",
};

const definitionOf = (draft: Parameters<typeof readDraft>[0]) => {
  const read = readDraft(draft);
  if ("errors" in read) throw new Error(JSON.stringify(read.errors));
  return read.definition;
};

describe("a draft", () => {
  it("stands for the very sale it was made from", () => {
    const { id: _, phase, remaining, serverTime, ...definition } = SALE;
    expect([phase, remaining, serverTime]).toHaveLength(3);
    expect(definitionOf(draftOf(SALE))).toEqual({ ...definition, imageUrl: null, stripes: 1 });
  });

  it("names each field that could not be sent, as the server would", () => {
    const broken = { ...draftOf(SALE), price: "1.999", originalPrice: "x", stock: "1.5", endsAt: "" };
    const read = readDraft(broken);
    expect("errors" in read && Object.keys(read.errors).toSorted()).toEqual([
      "endsAt",
      "originalPriceMinor",
      "priceMinor",
      "stock",
    ]);
  });

  it("changes only what was changed", () => {
    const before = definitionOf(draftOf(SALE));
    const after = definitionOf({ ...draftOf(SALE), title: "Lantern", originalPrice: "" });
    expect(changesBetween(before, after)).toEqual({ title: "Lantern", originalPriceMinor: null });
    expect(changesBetween(before, before)).toEqual({});
  });

  it("of a copy takes as long, but later", () => {
    const copy = definitionOf(copyOf(SALE, NOW));
    expect(Date.parse(copy.endsAt) - Date.parse(copy.startsAt)).toBe(7_200_000);
    expect(Date.parse(copy.startsAt)).toBeGreaterThan(NOW);
    expect(copy.title).toBe("Lamp (copy)");
  });

  it("that is new lacks only a title and a price", () => {
    const read = readDraft(newDraft(NOW));
    expect("errors" in read && Object.keys(read.errors)).toEqual(["priceMinor"]);
  });
});

describe("an amount", () => {
  it.each([
    ["19.99", "EUR", 1_999],
    ["19,9", "EUR", 1_990],
    [" 20 ", "EUR", 2_000],
    ["0", "EUR", 0],
    ["1500", "JPY", 1_500],
    ["1.234", "KWD", 1_234],
  ])("%s %s is %d", (text, currency, minor) => {
    expect(toMinor(text, currency)).toBe(minor);
  });

  it.each([
    ["19.999", "EUR"],
    ["1.5", "JPY"],
    ["-1", "EUR"],
    ["", "EUR"],
    ["1e3", "EUR"],
    ["99999999999999999", "EUR"],
  ])("%j %s is none", (text, currency) => {
    expect(toMinor(text, currency)).toBeNull();
  });

  it("is written with the digits of its currency", () => {
    expect([toDecimal(1_999, "EUR"), toDecimal(1_500, "JPY"), toDecimal(5, "EUR")]).toEqual([
      "19.99",
      "1500",
      "0.05",
    ]);
    expect(fractionDigits("nonsense")).toBe(2);
  });
});

describe("what people type", () => {
  it("is a list however it is separated", () => {
    expect(parseList("de, fr;gb\n us ,")).toEqual(["de", "fr", "gb", "us"]);
    expect(parseList(" ")).toEqual([]);
  });

  it("is a moment, or none", () => {
    expect(fromLocalInput(toLocalInput(SALE.startsAt))).toBe(SALE.startsAt);
    expect(fromLocalInput("tomorrow")).toBe("");
  });
});
