import { base64url } from "jose";
import { hmacKey, signingKeys } from "../platform/signing-keys.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import type { SigningKey, SigningKeys } from "../shared/signing-keys.ts";
import type { Soon } from "../shared/soon.ts";

/*
 * The purchase token is part of the purchase URL, so nobody knows the URL before the sale is open.
 * It is `<expiry>.<signature>`: whom and what it is for is known from the request and is only signed,
 * which keeps the URL short.
 */

/** Long enough to type an address, short enough that a list of tokens is soon worthless. */
export const PURCHASE_TOKEN_SECONDS = 120;

/** Longer than any purchase token; bounds what a stranger can make us hash. */
const PURCHASE_TOKEN_MAX_CHARS = 64;

/** Tokens one isolate remembers, of some 300 bytes: those that it gave out or verified. */
const KNOWN_TOKENS_MAX = 20_000;

const SHAPE = /^([0-9a-z]{6,9})\.([A-Za-z0-9_-]{43})$/;

export interface PurchaseToken {
  token: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Whom and what a token is for. */
interface KnownToken {
  spikeId: string;
  userId: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** Under the keys in force now. A purchase follows its token, often through the same isolate, and is often sent again. */
let known: { keys: SigningKeys; tokens: BoundedMap<string, KnownToken> } | undefined;

function knownTokens(keys: SigningKeys): BoundedMap<string, KnownToken> {
  if (known?.keys !== keys) known = { keys, tokens: new BoundedMap(KNOWN_TOKENS_MAX) };
  return known.tokens;
}

/** A token with which `userId` may purchase in `spikeId` from `now` on (epoch milliseconds). */
export async function issuePurchaseToken(
  env: Env,
  spikeId: string,
  userId: string,
  now: number,
): Promise<PurchaseToken> {
  const keys = signingKeys(env);
  const expiresAtSeconds = Math.floor(now / 1000) + PURCHASE_TOKEN_SECONDS;
  const expiry = expiresAtSeconds.toString(36);
  const signature = await crypto.subtle.sign(
    "HMAC",
    await keyFor(keys.current),
    signedText(spikeId, userId, expiry),
  );
  const token = `${expiry}.${base64url.encode(new Uint8Array(signature))}`;
  const expiresAt = expiresAtSeconds * 1000;
  knownTokens(keys).set(token, { spikeId, userId, expiresAt });
  return { token, expiresAt };
}

export type PurchaseTokenVerdict = "valid" | "expired" | "forged";

/**
 * Whether `token` was given to this user for this spike and has not expired at `now` (epoch
 * milliseconds). One that we gave him, but too long ago, is `expired`; anything else is `forged`.
 */
export function judgePurchaseToken(
  env: Env,
  token: string,
  spikeId: string,
  userId: string,
  now: number,
): Soon<PurchaseTokenVerdict> {
  if (token.length > PURCHASE_TOKEN_MAX_CHARS) return "forged";
  const given = knownTokens(signingKeys(env)).get(token);
  if (given) {
    return given.spikeId === spikeId && given.userId === userId ? verdictAt(given, now) : "forged";
  }
  const [, expiry, signature] = SHAPE.exec(token) ?? [];
  if (!expiry || !signature) return "forged";
  return judgeAfresh(env, { token, spikeId, userId, expiry, signature }, now);
}

const verdictAt = ({ expiresAt }: KnownToken, now: number): PurchaseTokenVerdict =>
  expiresAt > now ? "valid" : "expired";

interface Claim extends Pick<KnownToken, "spikeId" | "userId"> {
  token: string;
  expiry: string;
  signature: string;
}

async function judgeAfresh(env: Env, claim: Claim, now: number): Promise<PurchaseTokenVerdict> {
  const { token, spikeId, userId, expiry, signature } = claim;
  const keys = signingKeys(env);
  const bytes = base64url.decode(signature);
  const text = signedText(spikeId, userId, expiry);
  // After a rotation the newest key signed most tokens, and it comes first.
  for (const key of keys.byKid.values()) {
    if (!(await crypto.subtle.verify("HMAC", await keyFor(key), bytes, text))) continue;
    const given: KnownToken = { spikeId, userId, expiresAt: Number.parseInt(expiry, 36) * 1000 };
    knownTokens(keys).set(token, given);
    return verdictAt(given, now);
  }
  return "forged";
}

const keyFor = (key: SigningKey): Promise<CryptoKey> => hmacKey(key, "purchase-token");

/** A newline stands in no id, so the parts cannot be shifted against each other. */
function signedText(spikeId: string, userId: string, expiry: string): Uint8Array {
  return new TextEncoder().encode(`${spikeId}\n${userId}\n${expiry}`);
}
