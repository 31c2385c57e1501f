import { base64url } from "jose";
import { hmacKey, signingKeys } from "../platform/signing-keys.ts";
import type { SigningKey } from "../shared/signing-keys.ts";
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

const SHAPE = /^([0-9a-z]{6,9})\.([A-Za-z0-9_-]{43})$/;

export interface PurchaseToken {
  token: string;
  /** Epoch milliseconds. */
  expiresAt: number;
}

/** A token with which `userId` may purchase in `spikeId` from `now` on (epoch milliseconds). */
export async function issuePurchaseToken(
  env: Env,
  spikeId: string,
  userId: string,
  now: number,
): Promise<PurchaseToken> {
  const expiresAt = Math.floor(now / 1000) + PURCHASE_TOKEN_SECONDS;
  const expiry = expiresAt.toString(36);
  const signature = await crypto.subtle.sign(
    "HMAC",
    await keyFor(signingKeys(env).current),
    signedText(spikeId, userId, expiry),
  );
  return { token: `${expiry}.${base64url.encode(new Uint8Array(signature))}`, expiresAt: expiresAt * 1000 };
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
  const [, expiry, signature] = SHAPE.exec(token) ?? [];
  if (!expiry || !signature) return "forged";
  return judgeSignature(env, { expiry, signature, text: signedText(spikeId, userId, expiry) }, now);
}

async function judgeSignature(
  env: Env,
  { expiry, signature, text }: { expiry: string; signature: string; text: Uint8Array },
  now: number,
): Promise<PurchaseTokenVerdict> {
  const bytes = base64url.decode(signature);
  // After a rotation the newest key signed most tokens, and it comes first.
  for (const key of signingKeys(env).byKid.values()) {
    if (!(await crypto.subtle.verify("HMAC", await keyFor(key), bytes, text))) continue;
    return Number.parseInt(expiry, 36) * 1000 > now ? "valid" : "expired";
  }
  return "forged";
}

const keyFor = (key: SigningKey): Promise<CryptoKey> => hmacKey(key, "purchase-token");

/** A newline stands in no id, so the parts cannot be shifted against each other. */
function signedText(spikeId: string, userId: string, expiry: string): Uint8Array {
  return new TextEncoder().encode(`${spikeId}\n${userId}\n${expiry}`);
}
