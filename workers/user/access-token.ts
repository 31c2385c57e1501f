import { errors, jwtVerify, type JWTHeaderParameters, SignJWT } from "jose";
import { z } from "zod";
import { hmacKey, signingKeys } from "../platform/signing-keys.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import type { SigningKeys } from "../shared/signing-keys.ts";
import type { Identity } from "../shared/identity.ts";
import { USER_ID_MAX_CHARS } from "../shared/limits.ts";
import { Refusal } from "../shared/refusals.ts";

/** Short, because a role or tier taken away lives on in a token until it expires. */
export const ACCESS_TOKEN_SECONDS = 15 * 60;

/** Longer than any token this service makes; bounds what a stranger can make it parse and cache. */
export const ACCESS_TOKEN_MAX_CHARS = 2_048;

/** Verified tokens one isolate remembers: about 15 MB of its 128 MB when full. */
const VERIFIED_TOKENS_MAX = 20_000;

const ALGORITHM = "HS256";
const MS_PER_SECOND = 1_000;

const claimsSchema = z.object({
  sub: z
    .string()
    .min(1)
    .max(USER_ID_MAX_CHARS)
    .regex(/^[^\p{Cc}\s]+$/u),
  role: z.enum(["shopper", "admin"]),
  tier: z.int().min(0),
  reg: z.int().min(0),
  iat: z.int().min(0),
  exp: z.int().min(0),
});

interface VerifiedToken {
  identity: Identity;
  expiresAtMs: number;
}

/** Holds only tokens that verified, and only under the keys in force now. */
let verified: { keys: SigningKeys; tokens: BoundedMap<string, VerifiedToken> } | undefined;

function verifiedTokens(keys: SigningKeys): BoundedMap<string, VerifiedToken> {
  if (verified?.keys !== keys) verified = { keys, tokens: new BoundedMap(VERIFIED_TOKENS_MAX) };
  return verified.tokens;
}

/** A signed access token for `identity`, valid for `ACCESS_TOKEN_SECONDS` from `now` (epoch milliseconds). */
export async function issueAccessToken(env: Env, identity: Identity, now = Date.now()): Promise<string> {
  const { current } = signingKeys(env);
  const issuedAt = Math.floor(now / MS_PER_SECOND);
  return new SignJWT({ role: identity.role, tier: identity.tier, reg: identity.registeredAt })
    .setProtectedHeader({ alg: ALGORITHM, kid: current.kid })
    .setSubject(identity.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + ACCESS_TOKEN_SECONDS)
    .sign(await hmacKey(current, "access-token"));
}

/**
 * Whom an access token speaks for at `now` (epoch milliseconds). A token this isolate has verified
 * before costs one map lookup.
 * @throws Refusal `unauthenticated` when it is malformed, forged, expired or not this service's.
 */
export async function verifyAccessToken(env: Env, token: string, now = Date.now()): Promise<Identity> {
  const known = peekIdentity(env, token, now);
  if (known) return known;
  const keys = signingKeys(env);
  const fresh = await verifyAfresh(keys, token, now);
  verifiedTokens(keys).set(token, fresh);
  return fresh.identity;
}

/**
 * Whom `token` speaks for at `now` (epoch milliseconds) as far as this isolate remembers; undefined for one that
 * it has not verified, or that has expired.
 */
export function peekIdentity(env: Env, token: string, now: number): Identity | undefined {
  const tokens = verifiedTokens(signingKeys(env));
  const known = tokens.get(token);
  if (known === undefined || now < known.expiresAtMs) return known?.identity;
  tokens.delete(token);
  return undefined;
}

async function verifyAfresh(keys: SigningKeys, token: string, now: number): Promise<VerifiedToken> {
  if (token.length > ACCESS_TOKEN_MAX_CHARS) throw refused();
  const findKey = ({ kid }: JWTHeaderParameters): Promise<CryptoKey> => {
    const key = kid === undefined ? undefined : keys.byKid.get(kid);
    if (!key) throw refused();
    return hmacKey(key, "access-token");
  };
  try {
    // One algorithm, named here: whatever the token's header asks for, a key is never used with another.
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw refused();
    const { sub, role, tier, reg, exp } = claims.data;
    return {
      identity: { userId: sub, role, tier, registeredAt: reg },
      expiresAtMs: exp * MS_PER_SECOND,
    };
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refused("The access token has expired.");
    if (error instanceof errors.JOSEError) throw refused();
    throw error;
  }
}

function refused(detail = "The access token is not valid."): Refusal {
  return new Refusal("unauthenticated", { detail });
}
