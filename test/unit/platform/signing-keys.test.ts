import { base64url } from "jose";
import { describe, expect, it } from "vitest";
import { derivedSecret, hmacKey, signingKeys } from "../../../workers/platform/signing-keys.ts";

const SECRET_BYTES = 32;
const encoded = (fill: number, length = SECRET_BYTES) => base64url.encode(new Uint8Array(length).fill(fill));
const keysOf = (JWT_KEYS: string) => signingKeys({ JWT_KEYS });

describe("signingKeys", () => {
  it("signs with the first key and verifies with all", () => {
    const keys = keysOf(`new:${encoded(1)}, old.2:${encoded(2)}`);
    expect(keys.current.kid).toBe("new");
    expect([...keys.byKid.keys()]).toEqual(["new", "old.2"]);
    expect(keys.byKid.get("old.2")?.secret).toEqual(new Uint8Array(SECRET_BYTES).fill(2));
  });

  it("gives the same object for the same text, another for another", () => {
    const text = `a:${encoded(1)}`;
    const first = keysOf(text);
    expect(keysOf(text)).toBe(first);
    expect(keysOf(`b:${encoded(1)}`)).not.toBe(first);
  });

  it("takes a key of 32 bytes and refuses one of 31", () => {
    expect(keysOf(`a:${encoded(7, SECRET_BYTES)}`).current.secret).toHaveLength(SECRET_BYTES);
    expect(() => keysOf(`a:${encoded(7, SECRET_BYTES - 1)}`)).toThrow("shorter than 32 bytes");
  });

  it.each([
    ["nothing", ""],
    ["no kid", encoded(1)],
    ["an empty kid", `:${encoded(1)}`],
    ["no key", "a:"],
    ["a trailing comma", `a:${encoded(1)},`],
    ["base64 that is not base64url", `a:${"+/".repeat(24)}`],
    ["a kid with a space", `a b:${encoded(1)}`],
    ["a kid twice", `a:${encoded(1)},a:${encoded(2)}`],
  ])("refuses %s, says what to do and not what it holds", (_what, text) => {
    expect(() => keysOf(text)).toThrow("Set the secret JWT_KEYS to");
    expect(() => keysOf(text)).not.toThrow(encoded(1));
  });

  it("says what to do when the secret is not set at all", () => {
    expect(() => signingKeys({} as Pick<Env, "JWT_KEYS">)).toThrow("Set the secret JWT_KEYS to");
  });
});

describe("derived keys", () => {
  const key = keysOf(`a:${encoded(3)}`).current;

  it("differ from the signing key and are the same each time", async () => {
    const derived = await derivedSecret(key, "purchase-token");
    expect(derived).toHaveLength(SECRET_BYTES);
    expect(derived).not.toEqual(key.secret);
    expect(await derivedSecret(key, "purchase-token")).toEqual(derived);
  });

  it("make signatures that are worthless for another purpose", async () => {
    const message = new TextEncoder().encode("buy");
    const signature = await crypto.subtle.sign("HMAC", await hmacKey(key, "purchase-token"), message);
    const verify = async (purpose: "access-token" | "purchase-token") =>
      crypto.subtle.verify("HMAC", await hmacKey(key, purpose), signature, message);
    expect(await verify("purchase-token")).toBe(true);
    expect(await verify("access-token")).toBe(false);
  });

  it("are imported once", async () => {
    expect(await hmacKey(key, "purchase-token")).toBe(await hmacKey(key, "purchase-token"));
  });
});
