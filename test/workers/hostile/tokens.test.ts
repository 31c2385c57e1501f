import { env } from "cloudflare:workers";
import { base64url, SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { signingKeys } from "../../../workers/platform/signing-keys.ts";
import { issuePurchaseToken } from "../../../workers/spike/purchase-token.ts";
import { call } from "../support/http.ts";
import { buy, purchaseTokenFor } from "../support/purchases.ts";
import { createSpike } from "../support/spikes.ts";
import { bearer } from "../support/tokens.ts";

/*
 * Tokens that nobody gave out, over HTTP and against every door they might open. What the verification
 * itself does with each kind of forgery is tested beside it (test/unit/user/access-token.test.ts).
 */

const { current } = signingKeys(env);
const now = () => Math.floor(Date.now() / 1_000);
const CLAIMS = { sub: "u-mallory", role: "admin", tier: 9, reg: 0 };

const encoded = (value: unknown) => base64url.encode(JSON.stringify(value));

function signed(
  header: Record<string, unknown>,
  claims: Record<string, unknown>,
  secret = current.secret,
): Promise<string> {
  const { alg = "HS256", ...rest } = header;
  return new SignJWT(claims).setProtectedHeader({ alg: String(alg), ...rest }).sign(secret);
}

const whole = () => ({ ...CLAIMS, iat: now(), exp: now() + 900 });

const FORGERIES: Record<string, () => Promise<string> | string> = {
  "no signature at all": () => `${encoded({ alg: "none" })}.${encoded(whole())}.`,
  "no signature, with a kid": () => `${encoded({ alg: "none", kid: current.kid })}.${encoded(whole())}.`,
  "alg none in other letters": () => `${encoded({ alg: "nOnE", kid: current.kid })}.${encoded(whole())}.`,
  "another key": () => signed({ kid: current.kid }, whole(), new Uint8Array(32)),
  "another algorithm": () => signed({ alg: "HS512", kid: current.kid }, whole()),
  "no kid": () => signed({}, whole()),
  "a kid from the prototype": () => signed({ kid: "__proto__" }, whole()),
  "a kid that is a path": () => signed({ kid: "../../dev/null" }, whole(), new Uint8Array(32)),
  "its own key in the header": () =>
    signed({ kid: current.kid, jwk: { kty: "oct", k: "AAAA" } }, whole(), new Uint8Array(32)),
  "an expiry that is past": () => signed({ kid: current.kid }, { ...whole(), exp: now() - 1 }),
  "no expiry": () => signed({ kid: current.kid }, { ...CLAIMS, iat: now() }),
  "a role that does not exist": () => signed({ kid: current.kid }, { ...whole(), role: "root" }),
  "a star level in text": () => signed({ kid: current.kid }, { ...whole(), tier: "9" }),
  "a subject with a line break": () => signed({ kid: current.kid }, { ...whole(), sub: "u\nu-victim" }),
  "ten thousand characters": () => signed({ kid: current.kid }, { ...whole(), sub: "a".repeat(10_000) }),
};

const DOORS = [
  ["GET", "/api/users/me"],
  ["GET", "/api/orders"],
  ["GET", "/api/admin/spikes"],
  ["PUT", "/api/admin/settings"],
] as const;

describe("an access token with", () => {
  it.each(Object.entries(FORGERIES))("%s opens nothing", async (_, forge) => {
    const headers = { authorization: `Bearer ${await forge()}` };
    for (const [method, path] of DOORS) {
      const body = method === "PUT" ? { overloadFactor: 0 } : undefined;
      const answer = await call(path, { method, headers, body });
      expect([path, answer.status, answer.body.code]).toEqual([path, 401, "unauthenticated"]);
    }
  });
});

describe("an access token that was changed", () => {
  it("opens nothing, whichever part it was", async () => {
    const { authorization } = await bearer({ userId: "u-victim" });
    const parts = authorization.slice("Bearer ".length).split(".");
    for (const n of [0, 1, 2]) {
      const part = parts[n]!;
      const token = parts.with(n, `${part.startsWith("A") ? "B" : "A"}${part.slice(1)}`).join(".");
      const answer = await call("/api/orders", { headers: { authorization: `Bearer ${token}` } });
      expect(answer.status).toBe(401);
    }
  });

  it("is refused in every way to write the header but the one", async () => {
    const { authorization } = await bearer();
    const token = authorization.slice("Bearer ".length);
    for (const header of ["Bearer", `Bearer ${token} x`, `Bearer "${token}"`, `Bearer ${token}, Bearer x`]) {
      expect((await call("/api/users/me", { headers: { authorization: header } })).status).toBe(401);
    }
    for (const header of [`Basic ${btoa("admin:admin")}`, "", token]) {
      expect((await call("/api/users/me", { headers: { authorization: header } })).status).toBe(401);
    }
  });
});

describe("a purchase token", () => {
  it.each([
    ["another user's", (id: string) => purchaseTokenFor(id, "u-victim")],
    ["another sale's", async () => purchaseTokenFor((await createSpike()).id, "u-mallory")],
    ["an expired one", async (id: string) => (await issuePurchaseToken(env, id, "u-mallory", 1_000)).token],
    [
      "one with a later expiry",
      async (id: string) => `zzzzzz${(await purchaseTokenFor(id, "u-mallory")).slice(6)}`,
    ],
    ["one of the other kind", async () => (await bearer({ userId: "u-mallory" })).authorization.slice(7)],
    ["a path", () => "..%2f..%2ftoken"],
    ["a null byte", () => "%00"],
    ["not even text", () => "%ff%fe"],
    ["an endless one", () => "a".repeat(5_000)],
  ])("is refused: %s", async (_, forge) => {
    const { id } = await createSpike();
    const token = await forge(id);
    const { status, body } = await buy(id, { userId: "u-mallory", token });
    expect([status, body.code]).toEqual([403, "invalid_spike_token"]);
    expect((await call(`/api/spikes/${id}/stock`)).body.remaining).toBe(10);
  });

  it("that is used again buys again, but never beyond the limit, and never for another", async () => {
    const { id } = await createSpike({ maxPerUser: 1 });
    const token = await purchaseTokenFor(id, "u-alice");
    expect((await buy(id, { userId: "u-alice", token })).status).toBe(202);
    const codes = [];
    for (const userId of ["u-alice", "u-mallory"]) codes.push((await buy(id, { userId, token })).body.code);
    expect(codes).toEqual(["limit_reached", "invalid_spike_token"]);
  });
});
