import { z } from "zod";
import { describe, expect, it } from "vitest";
import { accessRulesSchema } from "../../../workers/access/rule-schema.ts";
import { fieldErrorsOf } from "../../../workers/edge/field-errors.ts";
import { because, COMPLAINTS, messageOfComplaint } from "../../../workers/shared/complaints.ts";

/** What a schema finds wrong with a value. */
function complaintsAbout(schema: z.ZodType, value: unknown, within = "") {
  const { error } = schema.safeParse(value);
  return error ? fieldErrorsOf(error, within) : [];
}

const rule = (value: unknown) => complaintsAbout(accessRulesSchema, [value])[0];

describe("what a schema finds wrong", () => {
  it.each([
    ["a text for a number", z.int(), "7", "not_number", undefined],
    ["nothing for a number", z.int(), undefined, "not_number", undefined],
    ["a fraction", z.int(), 1.5, "not_whole", undefined],
    ["a number for a text", z.string(), 7, "wrong_type", "string"],
    ["too little", z.int().min(3), 2, "too_small", 3],
    ["too much", z.int().max(3), 4, "too_large", 3],
    ["an empty text", z.string().min(1), "", "required", undefined],
    ["a short text", z.string().min(2), "x", "too_short", 2],
    ["a long text", z.string().max(2), "xyz", "too_long", 2],
    ["an empty list", z.array(z.int()).min(1), [], "too_few", 1],
    ["a long list", z.array(z.int()).max(1), [1, 2], "too_many", 1],
    ["no moment", z.iso.datetime(), "today", "not_moment", undefined],
    ["a form without a name", z.string().regex(/^a$/), "b", "bad_format", undefined],
    ["another option", z.enum(["a", "b"]), "c", "not_an_option", "a, b"],
    ["a field too many", z.strictObject({}), { x: 1, y: 2 }, "unknown_field", "x, y"],
    ["our own check", z.string().regex(/^a$/, because("not_id")), "b", "not_id", undefined],
    ["a check without a name", z.string().refine(() => false), "b", "invalid", undefined],
  ] as const)("in %s has a code, and its limit", (_, schema, value, code, limit) => {
    expect(complaintsAbout(schema, value)).toEqual([
      {
        path: "",
        code,
        ...(limit !== undefined && { limit }),
        message: messageOfComplaint({ code, limit }),
      },
    ]);
  });

  it("has the path of the field, within another if need be", () => {
    const schema = z.object({ waves: z.array(z.object({ quantity: z.int().min(1) })) });
    const value = { waves: [{ quantity: 1 }, { quantity: 0 }] };
    expect(complaintsAbout(schema, value)[0]?.path).toBe("waves.1.quantity");
    expect(complaintsAbout(schema, value, "plan")[0]?.path).toBe("plan.waves.1.quantity");
  });

  it("says what is wrong with a rule, and where", () => {
    const inner = { kind: "min_tier", tier: -1 };
    const nested = { kind: "all", rules: [{ kind: "min_tier", tier: 1 }, inner] };
    expect(rule(nested)).toMatchObject({ path: "0.rules.1.tier", code: "too_small", limit: 0 });
    expect(rule({ kind: "moon" })).toMatchObject({ path: "0.kind", code: "not_an_option" });
    expect(rule({ kind: "countries", allow: ["de"] })).toMatchObject({ code: "not_country" });
    expect(rule({ kind: "users" })).toMatchObject({ code: "not_one_list" });
    let deep: unknown = inner;
    for (let depth = 0; depth < 9; depth++) deep = { kind: "not", rule: deep };
    expect(rule(deep)).toMatchObject({
      path: "",
      code: "rules_too_deep",
      limit: expect.any(Number) as number,
    });
  });
});

describe("the list of complaints", () => {
  it("says what a value was held against wherever it takes a limit", () => {
    for (const code of Object.keys(COMPLAINTS) as (keyof typeof COMPLAINTS)[]) {
      const message = messageOfComplaint({ code, limit: 77 });
      expect(message).not.toContain("{");
      expect(message.includes("77")).toBe(COMPLAINTS[code].includes("{limit}"));
    }
  });
});
