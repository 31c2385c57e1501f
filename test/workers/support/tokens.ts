import { env } from "cloudflare:workers";
import type { Identity } from "../../../workers/shared/identity.ts";
import { issueAccessToken } from "../../../workers/user/access-token.ts";

/** A bearer header for anyone the test makes up; a shopper of tier 0 registered in 1970 by default. */
export async function bearer(identity: Partial<Identity> = {}): Promise<{ authorization: string }> {
  const whole: Identity = { userId: "u-shopper", role: "shopper", tier: 0, registeredAt: 0, ...identity };
  return { authorization: `Bearer ${await issueAccessToken(env, whole)}` };
}

export const adminBearer = () => bearer({ userId: "u-admin", role: "admin" });
