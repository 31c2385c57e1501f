import { parseSigningKeys, type SigningKey, type SigningKeys } from "../shared/signing-keys.ts";

let parsed: { text: string; keys: SigningKeys } | undefined;

/**
 * The keys of the secret `JWT_KEYS`. The same text gives the same object, so caches may hang on it.
 * @throws Error that says how to set the secret, and never what it holds.
 */
export function signingKeys(env: Pick<Env, "JWT_KEYS">): SigningKeys {
  const text = env.JWT_KEYS;
  if (parsed?.text !== text) parsed = { text, keys: parseSigningKeys(text) };
  return parsed.keys;
}

/** What a key derived from a signing key is for; a signature for one purpose is worthless for another. */
export type KeyPurpose = "access-token" | "purchase-token" | "challenge";

const imported = new WeakMap<SigningKey, Map<KeyPurpose, CryptoKey>>();

/**
 * The HMAC-SHA-256 key of one purpose, ready for `jose` and Web Crypto, kept as long as `key` is.
 * Access tokens are signed with the key itself, because outside tools mint them from `JWT_KEYS`.
 */
export async function hmacKey(key: SigningKey, purpose: KeyPurpose): Promise<CryptoKey> {
  const known = imported.get(key)?.get(purpose);
  if (known) return known;
  const secret = purpose === "access-token" ? key.secret : await derivedSecret(key, purpose);
  const made = await importHmac(secret);
  const forKey = imported.get(key) ?? new Map<KeyPurpose, CryptoKey>();
  imported.set(key, forKey.set(purpose, made));
  return made;
}

/** HMAC-SHA-256 of the purpose's label under the signing key: 32 bytes that do not reveal the key. */
export async function derivedSecret(
  key: SigningKey,
  purpose: Exclude<KeyPurpose, "access-token">,
): Promise<Uint8Array> {
  const label = new TextEncoder().encode(`spike:${purpose}:v1`);
  return new Uint8Array(await crypto.subtle.sign("HMAC", await importHmac(key.secret), label));
}

function importHmac(secret: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, ["sign", "verify"]);
}
