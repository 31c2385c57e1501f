import { createChallenge, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import { base64url } from "jose";
import { z } from "zod";
import { derivedSecret } from "../../platform/signing-keys.ts";
import type { SigningKey, SigningKeys } from "../../shared/signing-keys.ts";
import type { ChallengeProvider, ChallengeSubject, SolutionFault, Verification } from "./challenge.ts";

/** Long enough for a slow phone, short enough that solutions cannot be hoarded. */
export const ALTCHA_SECONDS = 120;

const ALGORITHM = "PBKDF2/SHA-256";

/** One hexadecimal prefix in 256 fits, so this many tries are expected. Checking takes one. */
const KEY_PREFIX = "00";

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

/**
 * Proof of work in the format of the ALTCHA widget, version 2: the client searches a number whose
 * derived key begins with a given prefix. Needs no other host, and nothing is stored until a solution
 * is used: the challenge itself says whom and what it is for and how long, and is signed.
 *
 * @param cost PBKDF2 iterations of one try; about 256 tries solve a challenge.
 */
export function altcha(keys: SigningKeys, cost: number): ChallengeProvider {
  return {
    async offer({ spikeId, userId, now }) {
      const { kid } = keys.current;
      const { parameters, signature = "" } = await createChallenge({
        algorithm: ALGORITHM,
        cost,
        deriveKey,
        keyPrefix: KEY_PREFIX,
        data: { spikeId, userId, kid },
        expiresAt: Math.floor(now / 1_000) + ALTCHA_SECONDS,
        hmacSignatureSecret: await hmacSecret(keys.current),
      });
      return { kind: "altcha", parameters: { ...parameters }, signature };
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

async function hmacSecret(key: SigningKey): Promise<string> {
  let secret = hmacSecrets.get(key);
  if (secret === undefined) {
    secret = base64url.encode(await derivedSecret(key, "challenge"));
    hmacSecrets.set(key, secret);
  }
  return secret;
}

const fault = (why: SolutionFault): Verification => ({ ok: false, fault: why });
