import { type Challenge, solveChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";

/** Does the work that the `challenge` of a refusal asks for; returns the header's value. */
export async function solve(challenge: unknown): Promise<string> {
  const { kind, parameters, signature } = challenge as Challenge & { kind: string };
  if (kind !== "altcha") throw new Error(`not a proof of work but ${kind}`);
  const asked = { parameters, signature } as Challenge;
  const solution = await solveChallenge({ challenge: asked, deriveKey });
  return btoa(JSON.stringify({ challenge: asked, solution }));
}
