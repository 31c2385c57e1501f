import { base64url } from "jose";

/** HS256 needs a key at least as long as its hash (RFC 7518, section 3.2). */
const SECRET_MIN_BYTES = 32;

const ENTRY = /^([\w.-]{1,64}):([A-Za-z0-9_-]+)$/;

const HOW_TO_SET_KEYS =
  "Set the secret JWT_KEYS to `kid:key` pairs separated by commas, each key at least 32 random bytes in " +
  "base64url without padding and each kid at most 64 letters, digits, dots, dashes or underscores; the " +
  "first pair signs, all verify.";

export interface SigningKey {
  readonly kid: string;
  readonly secret: Uint8Array;
}

export interface SigningKeys {
  /** Signs everything new. */
  readonly current: SigningKey;
  /** Verifies; a key stays here until the last token it signed has expired. */
  readonly byKid: ReadonlyMap<string, SigningKey>;
}

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

function parseSigningKeys(text: string | undefined): SigningKeys {
  const byKid = new Map<string, SigningKey>();
  for (const entry of (text ?? "").split(",")) {
    const key = parseEntry(entry.trim());
    if (byKid.has(key.kid)) throw new Error(`The secret JWT_KEYS names a kid twice. ${HOW_TO_SET_KEYS}`);
    byKid.set(key.kid, key);
  }
  const [current] = byKid.values();
  if (!current) throw new Error(HOW_TO_SET_KEYS);
  return { current, byKid };
}

function parseEntry(entry: string): SigningKey {
  const [, kid, encoded] = ENTRY.exec(entry) ?? [];
  if (!kid || !encoded) throw new Error(HOW_TO_SET_KEYS);
  const secret = base64url.decode(encoded);
  if (secret.length < SECRET_MIN_BYTES) {
    throw new Error(`A key in the secret JWT_KEYS is shorter than 32 bytes. ${HOW_TO_SET_KEYS}`);
  }
  return { kid, secret };
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
