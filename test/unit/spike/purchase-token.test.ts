import { env } from "cloudflare:workers";
import { base64url } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import {
  issuePurchaseToken,
  judgePurchaseToken,
  PURCHASE_TOKEN_SECONDS,
} from "../../../workers/spike/purchase-token.ts";

const NOW = Date.UTC(2026, 10, 11);
const keysOf = (...kids: string[]) =>
  kids.map((kid) => `${kid}:${base64url.encode(new Uint8Array(32).fill(kid.charCodeAt(0)))}`).join();
const under = (...kids: string[]) => ({ ...env, JWT_KEYS: keysOf(...kids) });
const judge = (token: string, { of = env, spikeId = "s1", userId = "u1", now = NOW } = {}) =>
  judgePurchaseToken(of, token, spikeId, userId, now);
const forget = () => judge("", { of: under("z") });

describe.each([
  ["that this isolate gave out", () => undefined],
  ["that another isolate gave out", forget],
])("a purchase token %s", (_, meanwhile) => {
  let token: string;
  beforeEach(async () => {
    ({ token } = await issuePurchaseToken(env, "s1", "u1", NOW));
    await meanwhile();
  });

  it.each([
    ["its user and its sale", {}, "valid"],
    ["another user", { userId: "u2" }, "forged"],
    ["another sale", { spikeId: "s2" }, "forged"],
    ["its user, in its last millisecond", { now: NOW + PURCHASE_TOKEN_SECONDS * 1_000 - 1 }, "valid"],
    ["its user, too late", { now: NOW + PURCHASE_TOKEN_SECONDS * 1_000 }, "expired"],
  ])("is judged for %s", async (_whom, asked, verdict) => {
    expect(await judge(token, asked)).toBe(verdict);
    // Once more, now that it may be known.
    expect(await judge(token, asked)).toBe(verdict);
    expect(await judge(token)).toBe("valid");
  });

  it("is judged at once from then on", async () => {
    await judge(token);
    expect(judge(token)).toBe("valid");
  });
});

describe("a purchase token that is known", () => {
  it("is worthless without the key that signed it, and good for as long as that verifies", async () => {
    const { token } = await issuePurchaseToken(under("a"), "s1", "u1", NOW);
    expect(await judge(token, { of: under("b") })).toBe("forged");
    expect(await judge(token, { of: under("b", "a") })).toBe("valid");
    expect(await judge(token, { of: under("b") })).toBe("forged");
  });

  it("is not so by being refused", async () => {
    const { token } = await issuePurchaseToken(env, "s1", "u1", NOW);
    await forget();
    expect(await judge(token, { userId: "u2" })).toBe("forged");
    expect(await judge(token)).toBe("valid");
  });
});
