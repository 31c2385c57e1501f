import { env } from "cloudflare:workers";
import { base64url, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, it } from "vitest";
import { signingKeys } from "../../../workers/platform/signing-keys.ts";
import type { Identity } from "../../../workers/shared/identity.ts";
import { Refusal } from "../../../workers/shared/refusals.ts";
import {
  ACCESS_TOKEN_MAX_CHARS,
  ACCESS_TOKEN_SECONDS,
  issueAccessToken,
  peekToken,
  REFUSED_TOKENS_MAX,
  verifyAccessToken,
} from "../../../workers/user/access-token.ts";

const NOW = Date.UTC(2026, 10, 11);
const NOW_SECONDS = NOW / 1_000;
const SHOPPER: Identity = { userId: "u1", role: "shopper", tier: 2, registeredAt: 1_700_000_000 };
const CLAIMS = {
  sub: "u1",
  role: "shopper",
  tier: 2,
  reg: 1_700_000_000,
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 60,
};
const { current, byKid } = signingKeys(env);

interface Forgery {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  secret?: Uint8Array;
}

/** A token signed as asked, however wrong that is. */
function sign({ claims, header, secret }: Forgery): Promise<string> {
  return new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: "HS256", kid: current.kid, ...header })
    .sign(secret ?? current.secret, { crit: { x: true } });
}

const verify = (token: string, now = NOW) => verifyAccessToken(env, token, now);
const refused = { name: "Refusal", code: "unauthenticated" };

describe("an access token", () => {
  it("carries the identity there and back, in the claims the contract names", async () => {
    const token = await issueAccessToken(env, SHOPPER, NOW);
    const [header = "", claims = ""] = token.split(".");
    const decode = (part: string): unknown => JSON.parse(new TextDecoder().decode(base64url.decode(part)));
    expect(decode(header)).toEqual({ alg: "HS256", kid: "test1" });
    expect(decode(claims)).toEqual({ ...CLAIMS, exp: NOW_SECONDS + ACCESS_TOKEN_SECONDS });
    expect(await verify(token)).toEqual(SHOPPER);
  });

  it("made by an outside tool with any of the keys is accepted", async () => {
    for (const { kid, secret } of byKid.values()) {
      expect(await verify(await sign({ header: { kid }, secret }))).toEqual(SHOPPER);
    }
  });

  it("lives until the second it expires, also when it was verified before", async () => {
    const token = await issueAccessToken(env, SHOPPER, NOW);
    const expiry = NOW + ACCESS_TOKEN_SECONDS * 1_000;
    expect(await verify(token, expiry - 1)).toEqual(SHOPPER);
    await expect(verify(token, expiry)).rejects.toMatchObject(refused);
    await expect(verify(token, expiry + 1)).rejects.toMatchObject(refused);
  });

  it("remembered under one set of keys is worthless under another", async () => {
    const token = await issueAccessToken(env, SHOPPER, NOW);
    expect(await verify(token)).toEqual(SHOPPER);
    const rotated = { ...env, JWT_KEYS: `other:${base64url.encode(new Uint8Array(32).fill(9))}` };
    await expect(verifyAccessToken(rotated, token, NOW)).rejects.toMatchObject(refused);
    expect(await verify(token)).toEqual(SHOPPER);
  });
});

describe("what an isolate remembers of tokens that it refused", () => {
  const peek = (token: string, now = NOW, of = env) => peekToken(of, token, now);
  const forge = (kid: string) => sign({ header: { kid }, secret: new Uint8Array(32) });

  it("is that they are refused, and why", async () => {
    const token = await sign({ secret: new Uint8Array(32) });
    expect(peek(token)).toBeUndefined();
    await expect(verify(token)).rejects.toMatchObject(refused);
    expect(peek(token)).toMatchObject({ ...refused, message: "The access token is not valid." });
    await expect(verify(token)).rejects.toMatchObject(refused);
  });

  it.each([
    ["that was verified before", NOW],
    ["that was not", NOW + 60_000],
  ])("goes for one that has expired, %s, until the clock is set back", async (_, firstSeenAt) => {
    const token = await sign({ claims: { reg: firstSeenAt } });
    await verify(token, firstSeenAt).catch(() => undefined);
    await expect(verify(token, NOW + 60_000)).rejects.toMatchObject(refused);
    expect(peek(token, NOW + 60_000)).toMatchObject({ message: "The access token has expired." });
    expect(peek(token, NOW + 59_999)).not.toBeInstanceOf(Refusal);
    expect(await verify(token, NOW + 59_999)).toMatchObject({ userId: "u1" });
  });

  it("is nothing of one that will be valid later", async () => {
    const token = await sign({ claims: { nbf: NOW_SECONDS + 1 } });
    await expect(verify(token)).rejects.toMatchObject(refused);
    expect(peek(token)).toBeUndefined();
    expect(await verify(token, NOW + 1_000)).toEqual(SHOPPER);
  });

  it("holds for the keys it was refused under", async () => {
    const secret = new Uint8Array(32).fill(9);
    const token = await sign({ header: { kid: "new" }, secret });
    await expect(verify(token)).rejects.toMatchObject(refused);
    const rotated = { ...env, JWT_KEYS: `${env.JWT_KEYS},new:${base64url.encode(secret)}` };
    expect(peek(token, NOW, rotated)).toBeUndefined();
    expect(await verifyAccessToken(rotated, token, NOW)).toEqual(SHOPPER);
  });

  it("has a bound, and pushes out none that verified", async () => {
    const good = await issueAccessToken(env, SHOPPER, NOW);
    await verify(good);
    const forgeries = await Promise.all(
      Array.from({ length: REFUSED_TOKENS_MAX + 1 }, (_, n) => forge(`nobody${n}`)),
    );
    for (const token of forgeries) await expect(verify(token)).rejects.toMatchObject(refused);
    expect(peek(good)).toEqual(SHOPPER);
    expect(peek(forgeries[0] ?? "")).toBeUndefined();
    expect(peek(forgeries[1] ?? "")).toMatchObject(refused);
  });

  it("is of those that verified as much after they have expired, though a crowd's do so together", async () => {
    const tokens = await Promise.all(
      Array.from({ length: REFUSED_TOKENS_MAX + 1 }, (_, n) => sign({ claims: { sub: `crowd${n}` } })),
    );
    for (const token of tokens) await verify(token);
    for (let round = 1; round <= 2; round++) {
      const known = tokens.map((token) => peek(token, NOW + 60_000));
      expect(known.every((refusal) => refusal instanceof Refusal)).toBe(true);
    }
  });

  it("is nothing of one that is too long to be a token", async () => {
    const token = "x".repeat(ACCESS_TOKEN_MAX_CHARS + 1);
    await expect(verify(token)).rejects.toMatchObject(refused);
    expect(peek(token)).toBeUndefined();
  });
});

describe("refuses a token", () => {
  const SECRET_OF_NOBODY = new Uint8Array(32).fill(1);
  const forgeries: [string, Forgery][] = [
    ["signed with another secret", { secret: SECRET_OF_NOBODY }],
    ["of an unknown kid", { header: { kid: "nobody" } }],
    ["whose kid is a property of every object", { header: { kid: "__proto__" } }],
    ["whose kid is not a string", { header: { kid: 1 } }],
    ["without a kid", { header: { kid: undefined } }],
    ["signed with one key under another's kid", { header: { kid: "test0" } }],
    ["of another HMAC algorithm", { header: { alg: "HS384" }, secret: new Uint8Array(48) }],
    ["with an unknown critical header", { header: { crit: ["x"], x: 1 } }],
    ["that has expired", { claims: { exp: NOW_SECONDS } }],
    ["that is not valid yet", { claims: { nbf: NOW_SECONDS + 1 } }],
    ["without an expiry", { claims: { exp: undefined } }],
    ["with an expiry that is a string", { claims: { exp: String(NOW_SECONDS + 60) } }],
    ["without a subject", { claims: { sub: undefined } }],
    ["with an empty subject", { claims: { sub: "" } }],
    ["with a subject that is a number", { claims: { sub: 7 } }],
    ["with a line break in its subject", { claims: { sub: "u1\r\nset-cookie:" } }],
    ["with too long a subject", { claims: { sub: "u".repeat(129) } }],
    ["of an unknown role", { claims: { role: "root" } }],
    ["with a list of roles", { claims: { role: ["admin"] } }],
    ["without a role", { claims: { role: undefined } }],
    ["with a fractional tier", { claims: { tier: 1.5 } }],
    ["with a negative tier", { claims: { tier: -1 } }],
    ["with a tier that is a string", { claims: { tier: "5" } }],
    ["without a registration time", { claims: { reg: undefined } }],
    ["without an issue time", { claims: { iat: undefined } }],
  ];
  it.each(forgeries)("%s", async (_what, forgery) => {
    await expect(sign(forgery).then((token) => verify(token))).rejects.toMatchObject(refused);
  });

  it("with alg none, in any spelling", async () => {
    const unsigned = new UnsecuredJWT(CLAIMS).encode();
    const [, claims] = unsigned.split(".");
    await expect(verify(unsigned)).rejects.toMatchObject(refused);
    for (const alg of ["none", "None", "NONE", "nOnE"]) {
      const header = base64url.encode(JSON.stringify({ alg, kid: current.kid }));
      await expect(verify(`${header}.${claims}.`)).rejects.toMatchObject(refused);
    }
  });

  it("signed by an asymmetric key under one of our kids", async () => {
    const { privateKey } = await generateKeyPair("RS256", { modulusLength: 2048 });
    const token = await new SignJWT(CLAIMS)
      .setProtectedHeader({ alg: "RS256", kid: current.kid })
      .sign(privateKey);
    await expect(verify(token)).rejects.toMatchObject(refused);
  });

  it("whose claims were changed after signing", async () => {
    const [header, , signature] = (await sign({})).split(".");
    const claims = base64url.encode(JSON.stringify({ ...CLAIMS, role: "admin" }));
    await expect(verify(`${header}.${claims}.${signature}`)).rejects.toMatchObject(refused);
  });

  it.each(["", ".", "..", "...", "a.b", "a.b.c", "e30.e30.", "\u0000", "💥.💥.💥", "null", "[]"])(
    "that is no token at all: %j",
    async (token) => {
      await expect(verify(token)).rejects.toMatchObject(refused);
    },
  );

  it("above the length bound, and takes one at it", async () => {
    const base = await sign({ claims: { pad: "" } });
    const unpadded = ACCESS_TOKEN_MAX_CHARS - base.length;
    // Base64url turns 3 bytes into 4 characters.
    const fitting = await sign({ claims: { pad: "x".repeat(Math.floor((unpadded * 3) / 4)) } });
    expect(fitting.length).toBeLessThanOrEqual(ACCESS_TOKEN_MAX_CHARS);
    expect(fitting.length).toBeGreaterThan(ACCESS_TOKEN_MAX_CHARS - 3);
    expect(await verify(fitting)).toEqual(SHOPPER);
    const longer = await sign({ claims: { pad: "x".repeat(Math.floor((unpadded * 3) / 4) + 3) } });
    expect(longer.length).toBeGreaterThan(ACCESS_TOKEN_MAX_CHARS);
    await expect(verify(longer)).rejects.toMatchObject(refused);
  });
});
