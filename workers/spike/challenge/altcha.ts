import { createHmac } from "node:crypto";
import { verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { base64url } from "jose";
import { z } from "zod";
import { derivedSecret } from "../../platform/signing-keys.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import type { SigningKey, SigningKeys } from "../../shared/signing-keys.ts";
import { andThen, type Soon } from "../../shared/soon.ts";
import type {
  ChallengeOffer,
  ChallengeProvider,
  ChallengeSubject,
  SolutionFault,
  Verification,
} from "./challenge.ts";

/** Long enough for a slow phone, short enough that solutions cannot be hoarded. */
export const ALTCHA_SECONDS = 120;

const ALGORITHM = "PBKDF2/SHA-256";

/** One hexadecimal prefix in 256 fits, so this many tries are expected. Checking takes one. */
const KEY_PREFIX = "00";
const KEY_BYTES = 32;

/** The parts that are read before the signature is known to be ours; the signature covers all parameters. */
const payloadSchema = z.object({
  challenge: z.object({
    parameters: z.looseObject({
      algorithm: z.literal(ALGORITHM),
      nonce: z.string(),
      salt: z.string(),
      cost: z.number(),
      keyLength: z.number(),
      keyPrefix: z.string(),
      expiresAt: z.number(),
      data: z.record(z.string(), z.string()),
    }),
    signature: z.string(),
  }),
  solution: z.object({ counter: z.number(), derivedKey: z.string() }),
});

type Payload = z.infer<typeof payloadSchema>;

const hmacSecrets = new WeakMap<SigningKey, string>();

/** How long the same purchase is offered the same challenge: what is left of it then is enough to solve it. */
export const ALTCHA_REPEATED_MS = 30_000;

/** Challenges an isolate remembers, some KB each. */
const OFFERS_MAX = 5_000;

interface Offered {
  offer: ChallengeOffer;
  /** Epoch milliseconds. */
  at: number;
}

/** By the key that signed them and the purchase they were offered for. */
const offered = new WeakMap<SigningKey, BoundedMap<string, Offered>>();

/**
 * Proof of work in the format of the ALTCHA widget, version 2: the client searches a number whose
 * derived key begins with a given prefix. Needs no other host, and nothing is stored until a solution
 * is used: the challenge itself says whom and what it is for and how long, and is signed. A purchase that comes again
 * with its key is offered the same one for a while, as its solution works for that purchase however often it comes;
 * but not after a solution that did not do, which may be that one's, used up by another purchase.
 *
 * @param cost PBKDF2 iterations of one try; about 256 tries solve a challenge.
 */
export function altcha(keys: SigningKeys, cost: number): ChallengeProvider {
  return {
    offer(subject) {
      const { current } = keys;
      if (subject.key === null) return offerAnew(subject, current, cost);
      const offers = offersSignedBy(current);
      const purchase = `${cost} ${subject.spikeId} ${subject.userId} ${subject.key}`;
      const known = offers.get(purchase);
      const isFresh = known && Math.abs(subject.now - known.at) < ALTCHA_REPEATED_MS;
      if (isFresh && !subject.hasSolution) return known.offer;
      return andThen(offerAnew(subject, current, cost), (offer) => {
        offers.set(purchase, { offer, at: subject.now });
        return offer;
      });
    },

    async verify(subject, text) {
      const payload = parse(text);
      if (!payload) return fault("malformed");
      const { data, expiresAt } = payload.challenge.parameters;
      const key = keys.byKid.get(data["kid"] ?? "");
      if (!key) return fault("forged");
      const verdict = await verifySolution({
        ...payload,
        solution: { ...payload.solution, time: 0 },
        deriveKey,
        hmacSignatureSecret: await hmacSecret(key),
      });
      if (verdict.expired || expiresAt * 1_000 <= subject.now) return fault("expired");
      if (verdict.invalidSignature) return fault("forged");
      if (!isFor(subject, data)) return fault("not_yours");
      if (!verdict.verified) return fault("unsolved");
      return { ok: true, solution: { id: payload.challenge.signature, expiresAt: expiresAt * 1_000 } };
    },
  };
}

function offerAnew(subject: ChallengeSubject, key: SigningKey, cost: number): Soon<ChallengeOffer> {
  return andThen(hmacSecret(key), (secret) => sign(parametersFor(subject, key, cost), secret));
}

function offersSignedBy(key: SigningKey): BoundedMap<string, Offered> {
  let offers = offered.get(key);
  if (!offers) offered.set(key, (offers = new BoundedMap(OFFERS_MAX)));
  return offers;
}

/** In the order of their names, in which `altcha-lib` writes them to check the signature. */
function parametersFor({ spikeId, userId, now }: ChallengeSubject, { kid }: SigningKey, cost: number) {
  return {
    algorithm: ALGORITHM,
    cost,
    data: { kid, spikeId, userId },
    expiresAt: Math.floor(now / 1_000) + ALTCHA_SECONDS,
    keyLength: KEY_BYTES,
    keyPrefix: KEY_PREFIX,
    nonce: randomHex(),
    salt: randomHex(),
  };
}

/** 16 bytes, 122 bits of which are random: a UUID is the cheapest way to get hexadecimal ones. */
const randomHex = (): string => crypto.randomUUID().replaceAll("-", "");

/**
 * What `createChallenge` of `altcha-lib` does, but at once: that one imports the key each time, and its promises
 * made a challenge the dearest of all refusals.
 */
function sign(parameters: Record<string, unknown>, secret: string): ChallengeOffer {
  const signature = createHmac("sha256", secret).update(JSON.stringify(parameters)).digest("hex");
  return { kind: "altcha", parameters, signature };
}

function isFor({ spikeId, userId }: ChallengeSubject, data: Record<string, string>): boolean {
  return data["spikeId"] === spikeId && data["userId"] === userId;
}

/** The widget sends JSON in base64. */
function parse(text: string): Payload | null {
  try {
    return payloadSchema.safeParse(JSON.parse(atob(text))).data ?? null;
  } catch {
    return null;
  }
}

/** Derived once. */
function hmacSecret(key: SigningKey): Soon<string> {
  return hmacSecrets.get(key) ?? deriveSecret(key);
}

async function deriveSecret(key: SigningKey): Promise<string> {
  const secret = base64url.encode(await derivedSecret(key, "challenge"));
  hmacSecrets.set(key, secret);
  return secret;
}

const fault = (why: SolutionFault): Verification => ({ ok: false, fault: why });
