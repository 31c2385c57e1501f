import { beforeAll, describe, expect, it } from "vitest";
import {
  ACCESS_RULE_DEPTH_MAX,
  ACCESS_RULES_MAX,
  DESCRIPTION_MAX_CHARS,
  HOLD_MAX_SECONDS,
  IMAGE_URL_MAX_CHARS,
  MAX_PER_USER_MAX,
  PRICE_MAX_MINOR,
  STOCK_MAX,
  TITLE_MAX_CHARS,
} from "../../../workers/shared/limits.ts";
import { spikeDefinitionSchema } from "../../../workers/spike/schemas.ts";
import { call } from "../support/http.ts";
import { definition, inMinutes } from "../support/spikes.ts";
import { adminBearer, bearer } from "../support/tokens.ts";

let admin: { authorization: string };
beforeAll(async () => {
  admin = await adminBearer();
});

const create = (body: unknown) => call("/api/admin/spikes", { headers: admin, body });
const accepts = (overrides: Record<string, unknown>) =>
  spikeDefinitionSchema.safeParse(definition(overrides)).success;

/** The nesting of `not` that has `depth` rules in a line. */
function nested(depth: number): unknown {
  let rule: unknown = { kind: "min_tier", tier: 1 };
  for (let i = 1; i < depth; i++) rule = { kind: "not", rule };
  return rule;
}
const tiers = (count: number) => Array.from({ length: count }, () => ({ kind: "min_tier", tier: 1 }));

describe("who may create a sale", () => {
  it("is an admin, not a shopper and not a stranger", async () => {
    expect(await call("/api/admin/spikes", { body: definition() })).toMatchObject({
      status: 401,
      body: { code: "unauthenticated" },
    });
    const shopper = await call("/api/admin/spikes", { headers: await bearer(), body: definition() });
    expect(shopper).toMatchObject({ status: 403, body: { code: "not_eligible" } });
  });
});

describe("a definition is refused, naming the field,", () => {
  it.each<[string, Record<string, unknown>]>([
    ["title", { title: "" }],
    ["title", { title: "two\nlines" }],
    ["title", { title: undefined }],
    ["description", { description: "bell \u0007" }],
    ["imageUrl", { imageUrl: "http://example.com/a.png" }],
    ["imageUrl", { imageUrl: "javascript:alert(1)" }],
    ["imageUrl", { imageUrl: "//example.com/a.png" }],
    ["imageUrl", { imageUrl: "/\\example.com/a.png" }],
    ["imageUrl", { imageUrl: "a.png" }],
    ["imageUrl", { imageUrl: "https://me:secret@example.com/a.png" }],
    ["priceMinor", { priceMinor: -1 }],
    ["priceMinor", { priceMinor: 1.5 }],
    ["priceMinor", { priceMinor: "1" }],
    ["originalPriceMinor", { originalPriceMinor: 1_899 }],
    ["currency", { currency: "eur" }],
    ["currency", { currency: "XQZ" }],
    ["stock", { stock: 0 }],
    ["stock", { stock: "10" }],
    ["maxPerUser", { maxPerUser: 0 }],
    ["startsAt", { startsAt: "tomorrow" }],
    ["startsAt", { startsAt: 1_700_000_000_000 }],
    ["holdSeconds", { holdSeconds: 0 }],
    ["accessRules", { accessRules: [nested(ACCESS_RULE_DEPTH_MAX + 1)] }],
    ["accessRules", { accessRules: tiers(ACCESS_RULES_MAX + 1) }],
    ["accessRules.0.kind", { accessRules: [{ kind: "moon_phase" }] }],
    ["accessRules.0", { accessRules: [{ kind: "countries", allow: ["DE"], deny: ["FR"] }] }],
    ["accessRules.0", { accessRules: [{ kind: "users" }] }],
    ["accessRules.0.allow.0", { accessRules: [{ kind: "countries", allow: ["Germany"] }] }],
    ["accessRules.0.rules", { accessRules: [{ kind: "any", rules: [] }] }],
    ["accessRules.0.percent", { accessRules: [{ kind: "percent_of_users", percent: 101 }] }],
    ["accessRules.0", { accessRules: [{ kind: "time_window", from: inMinutes(2), to: inMinutes(1) }] }],
  ])("for %s, case %#", async (path, overrides) => {
    const { status, body } = await create(definition(overrides));
    expect(status).toBe(400);
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ path }] });
  });

  it("for an end that is not after the start", async () => {
    const at = inMinutes(5);
    const { body } = await create(definition({ startsAt: at, endsAt: at }));
    expect(body).toMatchObject({ code: "invalid_request", errors: [{ path: "endsAt" }] });
  });

  it("for a field nobody knows, and for what is no JSON object at all", async () => {
    expect((await create(definition({ phase: "open" }))).body.code).toBe("invalid_request");
    expect((await create([])).body.code).toBe("invalid_request");
    expect((await create("{")).body.code).toBe("invalid_request");
  });

  it("for rules nested deeper than any stack", async () => {
    const depth = 2_500;
    const rule = `${'{"kind":"not","rule":'.repeat(depth)}{"kind":"min_tier","tier":1}${"}".repeat(depth)}`;
    const body = JSON.stringify(definition()).replace('"accessRules":[]', `"accessRules":[${rule}]`);
    const answer = await create(body);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: "accessRules" }] } });
  });
});

describe("each limit is met below, at and above its bound", () => {
  it.each<[string, number, (amount: number) => unknown]>([
    ["title", TITLE_MAX_CHARS, (length) => "t".repeat(length)],
    ["description", DESCRIPTION_MAX_CHARS, (length) => "d".repeat(length)],
    ["imageUrl", IMAGE_URL_MAX_CHARS, (length) => "/".padEnd(length, "i")],
    ["priceMinor", PRICE_MAX_MINOR, (price) => price],
    ["stock", STOCK_MAX, (stock) => stock],
    ["maxPerUser", MAX_PER_USER_MAX, (units) => units],
    ["holdSeconds", HOLD_MAX_SECONDS, (seconds) => seconds],
    ["accessRules", ACCESS_RULES_MAX, tiers],
    ["accessRules", ACCESS_RULE_DEPTH_MAX, (depth) => [nested(depth)]],
  ])("%s: %d", (field, max, valueOf) => {
    expect(accepts({ [field]: valueOf(max - 1) })).toBe(true);
    expect(accepts({ [field]: valueOf(max) })).toBe(true);
    expect(accepts({ [field]: valueOf(max + 1) })).toBe(false);
  });

  it("counts rules on every level", () => {
    const group = (count: number) => [{ kind: "all", rules: tiers(count) }];
    expect(accepts({ accessRules: group(ACCESS_RULES_MAX - 1) })).toBe(true);
    expect(accepts({ accessRules: group(ACCESS_RULES_MAX) })).toBe(false);
  });

  it("takes a gift, a site's own picture and text of several lines", () => {
    expect(accepts({ priceMinor: 0 })).toBe(true);
    expect(accepts({ imageUrl: "/pictures/kettle.webp" })).toBe(true);
    expect(accepts({ imageUrl: "https://cdn.example.com/kettle.webp?w=640" })).toBe(true);
    expect(accepts({ description: "One litre.\n\tTwo colours." })).toBe(true);
  });
});
