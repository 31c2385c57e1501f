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
/** Refused tokens it remembers: some 1 MB, and 5 MB if all are as long as may be. */
export const REFUSED_TOKENS_MAX = 2_000;

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

interface RefusedToken {
  refusal: Refusal;
  /** Since when it holds, epoch milliseconds: a clock that is set back gives an expired token its time again. */
  from: number;
}

/**
 * What an isolate knows of tokens, under the keys in force now. Refused ones are apart: anybody can make up as
 * many as he likes, and none of them may push out one that verified.
 */
interface KnownTokens {
  keys: SigningKeys;
  verified: BoundedMap<string, VerifiedToken>;
  refused: BoundedMap<string, RefusedToken>;
}

let knownTokens: KnownTokens | undefined;

function tokensUnder(keys: SigningKeys): KnownTokens {
  if (knownTokens?.keys !== keys) {
    knownTokens = {
      keys,
      verified: new BoundedMap(VERIFIED_TOKENS_MAX),
      refused: new BoundedMap(REFUSED_TOKENS_MAX),
    };
  }
  return knownTokens;
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
 * Whom an access token speaks for at `now` (epoch milliseconds). A token this isolate has verified or
 * refused before costs one map lookup.
 * @throws Refusal `unauthenticated` when it is malformed, forged, expired or not this service's.
 */
export async function verifyAccessToken(env: Env, token: string, now = Date.now()): Promise<Identity> {
  const known = peekToken(env, token, now);
  if (known instanceof Refusal) throw known;
  if (known) return known;
  const keys = signingKeys(env);
  const fresh = await verifyAfresh(keys, token, now);
  tokensUnder(keys).verified.set(token, fresh);
  return fresh.identity;
}

/**
 * Whom `token` speaks for at `now` (epoch milliseconds), or why it is refused, as far as this isolate remembers;
 * undefined for one that it has not seen.
 */
export function peekToken(env: Env, token: string, now: number): Identity | Refusal | undefined {
  const { verified, refused } = tokensUnder(signingKeys(env));
  const good = verified.get(token);
  // It stays there when it has expired: tokens of a crowd do so together, and more than refused ones have room for.
  if (good) return now < good.expiresAtMs ? good.identity : EXPIRED;
  const bad = refused.get(token);
  return bad && now >= bad.from ? bad.refusal : undefined;
}

async function verifyAfresh(keys: SigningKeys, token: string, now: number): Promise<VerifiedToken> {
  if (token.length > ACCESS_TOKEN_MAX_CHARS) throw NOT_VALID;
  const refuse = (refusal: Refusal, from = -Infinity): Refusal => {
    tokensUnder(keys).refused.set(token, { refusal, from });
    return refusal;
  };
  const findKey = ({ kid }: JWTHeaderParameters): Promise<CryptoKey> => {
    const key = kid === undefined ? undefined : keys.byKid.get(kid);
    if (!key) throw refuse(NOT_VALID);
    return hmacKey(key, "access-token");
  };
  try {
    // One algorithm, named here: whatever the token's header asks for, a key is never used with another.
    const { payload } = await jwtVerify(token, findKey, {
      algorithms: [ALGORITHM],
      currentDate: new Date(now),
    });
    const claims = claimsSchema.safeParse(payload);
    if (!claims.success) throw refuse(NOT_VALID);
    const { sub, role, tier, reg, exp } = claims.data;
    return {
      identity: { userId: sub, role, tier, registeredAt: reg },
      expiresAtMs: exp * MS_PER_SECOND,
    };
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw refuse(EXPIRED, Number(error.payload.exp) * MS_PER_SECOND);
    // What a claim says of a time may be true later.
    if (error instanceof errors.JWTClaimValidationFailed) throw NOT_VALID;
    if (error instanceof errors.JOSEError) throw refuse(NOT_VALID);
    throw error;
  }
}

/** Frozen details, and one object for all: a flood of bad tokens hears the same again and again. */
const refusing = (detail: string): Refusal => new Refusal("unauthenticated", Object.freeze({ detail }));

const NOT_VALID = refusing("The access token is not valid.");
const EXPIRED = refusing("The access token has expired.");
