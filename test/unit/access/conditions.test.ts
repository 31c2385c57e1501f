import { describe, expect, it } from "vitest";
import { type AccessSubject, compileRule, type Question } from "../../../workers/access/conditions.ts";
import type { AccessRule } from "../../../workers/shared/access-rule.ts";

const SPIKE = "s1";
const DAY_SECONDS = 86_400;
const REGISTERED = Date.parse("2026-01-01T00:00:00Z") / 1000;
const NOW = Date.parse("2026-06-01T00:00:00Z");

const SUBJECT: AccessSubject = {
  userId: "u1",
  role: "shopper",
  tier: 2,
  registeredAt: REGISTERED,
  country: "DE",
};

function ask(rule: AccessRule, question: Partial<Question> = {}) {
  const condition = compileRule(rule, SPIKE);
  const whole = { subject: SUBJECT, now: NOW, bought: new Set<string>(), ...question };
  const holds = condition.holds(whole);
  return holds === false ? condition.refusal(whole) : holds;
}

const YES: AccessRule = { kind: "min_tier", tier: 0 };
const NO: AccessRule = { kind: "min_tier", tier: 9 };
const UNKNOWN: AccessRule = { kind: "bought_in", spikeIds: ["s0"] };

describe("single rules", () => {
  it("min_tier holds from its level on", () => {
    expect(ask({ kind: "min_tier", tier: 1 })).toBe(true);
    expect(ask({ kind: "min_tier", tier: 2 })).toBe(true);
    expect(ask({ kind: "min_tier", tier: 3 })).toEqual({
      rule: "min_tier",
      detail: "This sale needs star level 3 or higher; yours is 2.",
    });
  });

  it("registered_before excludes the moment itself", () => {
    expect(ask({ kind: "registered_before", at: "2026-01-01T00:00:01Z" })).toBe(true);
    expect(ask({ kind: "registered_before", at: "2026-01-01T00:00:00Z" })).toEqual({
      rule: "registered_before",
      detail:
        "This sale needs an account made before 2026-01-01T00:00:00.000Z; yours was made at 2026-01-01T00:00:00.000Z.",
    });
  });

  it("account_age_days holds from the very millisecond", () => {
    const rule: AccessRule = { kind: "account_age_days", days: 10 };
    const oldEnough = (REGISTERED + 10 * DAY_SECONDS) * 1000;
    expect(ask(rule, { now: oldEnough })).toBe(true);
    expect(ask(rule, { now: oldEnough - 1 })).toMatchObject({ rule: "account_age_days" });
    expect(compileRule(rule, SPIKE).turnsAt(SUBJECT)).toEqual([oldEnough]);
  });

  it("countries allows or denies, and an unknown country is on no list", () => {
    const nowhere = { subject: { ...SUBJECT, country: null } };
    expect(ask({ kind: "countries", allow: ["FR", "DE"] })).toBe(true);
    expect(ask({ kind: "countries", allow: ["FR", "IT"] })).toEqual({
      rule: "countries",
      detail: "This sale needs a connection from FR or IT; yours comes from DE.",
    });
    expect(ask({ kind: "countries", allow: ["DE"] }, nowhere)).toEqual({
      rule: "countries",
      detail: "This sale needs a connection from DE; yours cannot be placed.",
    });
    expect(ask({ kind: "countries", deny: ["FR"] })).toBe(true);
    expect(ask({ kind: "countries", deny: ["DE"] })).toMatchObject({ rule: "countries" });
    expect(ask({ kind: "countries", deny: ["DE"] }, nowhere)).toBe(true);
  });

  it("users allows or denies by id and keeps the list to itself", () => {
    expect(ask({ kind: "users", allow: ["u1"] })).toBe(true);
    expect(ask({ kind: "users", allow: ["u2"] })).toEqual({
      rule: "users",
      detail: "This sale needs a personal invitation.",
    });
    expect(ask({ kind: "users", deny: ["u2"] })).toBe(true);
    expect(ask({ kind: "users", deny: ["u1"] })).toEqual({
      rule: "users",
      detail: "This sale needs an account that is not excluded from it.",
    });
  });

  it("percent_of_users draws that share, stable by user and different by sale", () => {
    const drawn = (percent: number, spikeId: string) => {
      const condition = compileRule({ kind: "percent_of_users", percent }, spikeId);
      const isDrawn = (userId: string) =>
        condition.holds({ subject: { ...SUBJECT, userId }, now: NOW, bought: null }) === true;
      return Array.from({ length: 10_000 }, (_, i) => `u${i}`).filter(isDrawn);
    };
    expect(drawn(0, SPIKE)).toHaveLength(0);
    expect(drawn(100, SPIKE)).toHaveLength(10_000);
    const fifth = drawn(20, SPIKE);
    expect(fifth.length).toBeGreaterThan(1_850);
    expect(fifth.length).toBeLessThan(2_150);
    expect(drawn(20, SPIKE)).toEqual(fifth);
    const elsewhere = new Set(drawn(20, "s2"));
    const inBoth = fifth.filter((userId) => elsewhere.has(userId)).length;
    expect(inBoth).toBeLessThan(600);
    expect(drawn(40, SPIKE)).toEqual(expect.arrayContaining(fifth));
  });

  it("bought_in needs one of the sales, not_bought_in none of them", () => {
    const spikeIds = ["a", "b"];
    const bought = new Set(["b"]);
    expect(ask({ kind: "bought_in", spikeIds }, { bought })).toBe(true);
    expect(ask({ kind: "bought_in", spikeIds })).toEqual({
      rule: "bought_in",
      detail: "This sale needs a paid order in a or b.",
    });
    expect(ask({ kind: "not_bought_in", spikeIds })).toBe(true);
    expect(ask({ kind: "not_bought_in", spikeIds }, { bought })).toEqual({
      rule: "not_bought_in",
      detail: "This sale needs no paid order in a or b.",
    });
    expect(ask({ kind: "bought_in", spikeIds }, { bought: null })).toBeUndefined();
    expect(ask({ kind: "not_bought_in", spikeIds }, { bought: null })).toBeUndefined();
  });

  it("time_window holds from its first millisecond until just before its last", () => {
    const rule: AccessRule = {
      kind: "time_window",
      from: "2026-06-01T00:00:00Z",
      to: "2026-06-02T00:00:00Z",
    };
    const [from, to] = [Date.parse(rule.from), Date.parse(rule.to)];
    expect(ask(rule, { now: from - 1 })).toMatchObject({ rule: "time_window" });
    expect(ask(rule, { now: from })).toBe(true);
    expect(ask(rule, { now: to - 1 })).toBe(true);
    expect(ask(rule, { now: to })).toMatchObject({ rule: "time_window" });
    expect(compileRule(rule, SPIKE).turnsAt(SUBJECT)).toEqual([from, to]);
  });

  it("spells out the beginning of a long list", () => {
    const allow = Array.from({ length: 12 }, (_, i) => `A${i % 10}`);
    expect(ask({ kind: "countries", allow })).toMatchObject({
      detail: expect.stringContaining("or 4 others"),
    });
  });
});

describe("combinations", () => {
  it("all names the rule inside that says no", () => {
    expect(ask({ kind: "all", rules: [YES, YES] })).toBe(true);
    expect(ask({ kind: "all", rules: [YES, NO] })).toMatchObject({ rule: "min_tier" });
  });

  it("any holds with one, and names all its ways in when none does", () => {
    expect(ask({ kind: "any", rules: [NO, YES] })).toBe(true);
    expect(ask({ kind: "any", rules: [NO, { kind: "users", allow: ["u2"] }] })).toEqual({
      rule: "any",
      detail: "This sale needs star level 9 or higher, or a personal invitation.",
    });
  });

  it("not turns a rule round", () => {
    expect(ask({ kind: "not", rule: NO })).toBe(true);
    expect(ask({ kind: "not", rule: { kind: "min_tier", tier: 2 } })).toEqual({
      rule: "not",
      detail: "This sale is closed to whoever has star level 2 or higher.",
    });
  });

  it.each<[AccessRule, boolean | "no" | undefined]>([
    [{ kind: "all", rules: [UNKNOWN, NO] }, "no"],
    [{ kind: "all", rules: [UNKNOWN, YES] }, undefined],
    [{ kind: "any", rules: [UNKNOWN, YES] }, true],
    [{ kind: "any", rules: [UNKNOWN, NO] }, undefined],
    [{ kind: "not", rule: UNKNOWN }, undefined],
    [{ kind: "not", rule: { kind: "all", rules: [UNKNOWN, NO] } }, true],
    [{ kind: "any", rules: [NO, { kind: "all", rules: [UNKNOWN, NO] }] }, "no"],
  ])("answers without purchases wherever the answer does not hang on them, case %#", (rule, expected) => {
    const answer = ask(rule, { bought: null });
    expect(typeof answer === "object" ? "no" : answer).toBe(expected);
  });

  it("collect what their rules depend on", () => {
    const window: AccessRule = {
      kind: "time_window",
      from: "2026-06-01T00:00:00Z",
      to: "2026-06-02T00:00:00Z",
    };
    const condition = compileRule(
      { kind: "all", rules: [window, { kind: "not", rule: { kind: "any", rules: [UNKNOWN, NO] } }] },
      SPIKE,
    );
    expect(condition.spikeIds).toEqual(["s0"]);
    expect(condition.turnsAt(SUBJECT)).toEqual([Date.parse(window.from), Date.parse(window.to)]);
  });
});
