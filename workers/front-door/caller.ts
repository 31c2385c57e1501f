import { ADDRESS_HEADER } from "../edge/origin.ts";
import { clientNetwork } from "../shared/address.ts";
import { isVerifiedAccessToken } from "../user/access-token.ts";

const BEARER = "Bearer ";

/** What the caller's address counts as, null when there is nothing to count. */
export function networkOf(request: Request): string | null {
  return clientNetwork(request.headers.get(ADDRESS_HEADER));
}

/** Whether this isolate has verified the request's bearer token before and it still holds. */
export function isKnownCaller(authorization: string | null, env: Env, now: number): boolean {
  if (authorization === null || !authorization.startsWith(BEARER)) return false;
  return isVerifiedAccessToken(env, authorization.slice(BEARER.length), now);
}
