import { type Challenge, solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

/** A slow phone gets this long, in milliseconds; the challenge itself expires about then. */
const SOLVE_MAX_MS = 110_000;

/**
 * Solves the challenge of a `challenge_required` refusal, in the format of ALTCHA version 2: the number
 * whose derived key begins with a given prefix. Fetched only by those who are asked.
 * @returns the header value that proves it; null when it cannot be solved here.
 */
export async function solve(offer: unknown): Promise<string | null> {
  if (!isAltcha(offer)) return null;
  const { parameters, signature } = offer;
  const solution = await solveChallenge({
    challenge: { parameters, signature },
    deriveKey,
    timeout: SOLVE_MAX_MS,
  });
  if (!solution) return null;
  const { counter, derivedKey } = solution;
  return btoa(JSON.stringify({ challenge: { parameters, signature }, solution: { counter, derivedKey } }));
}

type AltchaOffer = { kind: "altcha"; signature: string } & Pick<Challenge, "parameters">;

function isAltcha(offer: unknown): offer is AltchaOffer {
  return typeof offer === "object" && offer !== null && "kind" in offer && offer.kind === "altcha";
}
