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

/**
 * The keys that a text names.
 * @throws Error that says how to set the secret, and never what it holds.
 */
export function parseSigningKeys(text: string | undefined): SigningKeys {
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
  const secret = decode(encoded);
  if (secret.length < SECRET_MIN_BYTES) {
    throw new Error(`A key in the secret JWT_KEYS is shorter than 32 bytes. ${HOW_TO_SET_KEYS}`);
  }
  return { kid, secret };
}

/** Some lengths are no base64url at all, and the decoder does not say whose they are. */
function decode(encoded: string): Uint8Array {
  try {
    return base64url.decode(encoded);
  } catch {
    throw new Error(`A key in the secret JWT_KEYS is cut off. ${HOW_TO_SET_KEYS}`);
  }
}
