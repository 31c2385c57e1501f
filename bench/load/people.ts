import { importJWK, SignJWT } from "jose";
import { between, randomStream } from "./random.ts";

/** Somebody at the door: an account, its access token, and the address it comes from. */
export interface Person {
  userId: string;
  accessToken: string;
  /** Undefined where the target does not believe an address that a client sends. */
  address: string | undefined;
}

/** Longer than the longest rehearsal, in seconds. */
const TOKEN_LIFETIME_SECONDS = 4 * 3600;
const TIER_MAX = 5;
/** The oldest accounts are three years old, in seconds. */
const ACCOUNT_AGE_MAX_SECONDS = 3 * 365 * 86_400;
/** Tokens signed between two breaths of the event loop, so that progress can be shown. */
const MINT_CHUNK = 2_000;

/** Addresses of 10.0.0.0/8 that shoppers come from: one each, none shared, none on the real internet. */
export const PEOPLE_MAX = 2 ** 24 - 2;

/** The nth address of 10.0.0.0/8. */
export function addressOf(index: number): string {
  const host = index + 1;
  return `10.${(host >> 16) & 255}.${(host >> 8) & 255}.${host & 255}`;
}

/** The key that signs, out of `kid:base64url,kid2:base64url…`. */
export function signingKeyOf(jwtKeys: string): { kid: string; secret: string } {
  const [first = ""] = jwtKeys.split(",");
  const colon = first.indexOf(":");
  if (colon < 1 || colon === first.length - 1) {
    throw new Error("JWT_KEYS must be kid:base64url[,kid2:base64url…]");
  }
  return { kid: first.slice(0, colon).trim(), secret: first.slice(colon + 1).trim() };
}

export interface Crowd {
  count: number;
  seed: number;
  jwtKeys: string;
  sendAddresses: boolean;
}

/**
 * Makes up `count` distinct accounts and signs their access tokens as the server would. Logging in
 * that many real accounts would measure scrypt, which a sale never runs.
 */
export async function mintPeople(
  crowd: Crowd,
  nowMs: number,
  onProgress: (done: number) => void,
): Promise<Person[]> {
  const { kid, secret } = signingKeyOf(crowd.jwtKeys);
  const key = await importJWK({ kty: "oct", k: secret, alg: "HS256" });
  const random = randomStream(crowd.seed, "people");
  const now = Math.floor(nowMs / 1000);
  const mint = async (index: number): Promise<Person> => {
    const userId = `rehearsal-${crowd.seed}-${index}`;
    const claims = {
      role: "shopper",
      tier: Math.floor(between(random, 0, TIER_MAX + 1)),
      reg: now - Math.floor(between(random, 0, ACCOUNT_AGE_MAX_SECONDS)),
    };
    const accessToken = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256", kid })
      .setSubject(userId)
      .setIssuedAt(now)
      .setExpirationTime(now + TOKEN_LIFETIME_SECONDS)
      .sign(key);
    return { userId, accessToken, address: crowd.sendAddresses ? addressOf(index) : undefined };
  };
  const people: Person[] = [];
  while (people.length < crowd.count) {
    const from = people.length;
    const size = Math.min(MINT_CHUNK, crowd.count - from);
    people.push(...(await Promise.all(Array.from({ length: size }, (_, offset) => mint(from + offset)))));
    onProgress(people.length);
  }
  return people;
}
