import { signingKeys } from "../../platform/signing-keys.ts";
import type { Settings } from "../../shared/settings.ts";
import { altcha } from "./altcha.ts";
import type { ChallengeProvider } from "./challenge.ts";
import { turnstile } from "./turnstile.ts";
import { noOutage, withFallback } from "./with-fallback.ts";

/** A secret that only those set who use Turnstile. */
type ChallengeEnv = Pick<Env, "JWT_KEYS" | "TURNSTILE_SITE_KEY" | "TURNSTILE_VERIFY_URL"> & {
  TURNSTILE_SECRET_KEY?: string;
};

type TurnstileKeys = Pick<ChallengeEnv, "TURNSTILE_SITE_KEY" | "TURNSTILE_SECRET_KEY">;

/** Whether both of Turnstile's keys are configured. */
export function usesTurnstile<Keys extends TurnstileKeys>(
  env: Keys,
): env is Keys & { TURNSTILE_SECRET_KEY: string } {
  return Boolean(env.TURNSTILE_SITE_KEY && env.TURNSTILE_SECRET_KEY);
}

const turnstileOutage = noOutage();

/** Turnstile where both its keys are set, with proof of work behind it; else proof of work. */
export function openChallenge(
  env: ChallengeEnv,
  { challengeCost }: Pick<Settings, "challengeCost">,
): ChallengeProvider {
  const proofOfWork = altcha(signingKeys(env), challengeCost);
  if (!usesTurnstile(env)) return proofOfWork;
  const {
    TURNSTILE_SITE_KEY: siteKey,
    TURNSTILE_SECRET_KEY: secretKey,
    TURNSTILE_VERIFY_URL: verifyUrl,
  } = env;
  return withFallback(turnstile({ siteKey, secretKey, verifyUrl }), proofOfWork, turnstileOutage);
}
