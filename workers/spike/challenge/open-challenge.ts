import { signingKeys } from "../../platform/signing-keys.ts";
import type { Settings } from "../../shared/settings.ts";
import { altcha } from "./altcha.ts";
import type { ChallengeProvider } from "./challenge.ts";
import { turnstile } from "./turnstile.ts";
import { type Outage, withFallback } from "./with-fallback.ts";

/** A secret that only those set who use Turnstile. */
type ChallengeEnv = Pick<Env, "JWT_KEYS" | "TURNSTILE_SITE_KEY" | "TURNSTILE_VERIFY_URL"> & {
  TURNSTILE_SECRET_KEY?: string;
};

const turnstileOutage: Outage = { since: -Infinity };

/** Turnstile where both its keys are set, with proof of work behind it; else proof of work. */
export function openChallenge(
  env: ChallengeEnv,
  { challengeCost }: Pick<Settings, "challengeCost">,
): ChallengeProvider {
  const proofOfWork = altcha(signingKeys(env), challengeCost);
  const {
    TURNSTILE_SITE_KEY: siteKey,
    TURNSTILE_SECRET_KEY: secretKey,
    TURNSTILE_VERIFY_URL: verifyUrl,
  } = env;
  if (!siteKey || !secretKey) return proofOfWork;
  return withFallback(turnstile({ siteKey, secretKey, verifyUrl }), proofOfWork, turnstileOutage);
}
