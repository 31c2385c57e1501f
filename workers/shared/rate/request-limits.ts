import { Refusal } from "../refusals.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { OFF, type Settings } from "../settings.ts";
import { TokenBuckets } from "./token-bucket.ts";

/*
 * The isolate's own brakes on floods: cheap enough to stand in front of everything, and counted by
 * each isolate for itself. A burst is normal, since a page loads many things at once, so these are
 * token buckets.
 */

/** What is counted apart: taking part in a sale, orders, and everything else. */
export type LimitedAction = "sale" | "token" | "orders" | "other";

/** Addresses and accounts an isolate counts, some 100 bytes each. */
const COUNTED_MAX = 100_000;

const MS_PER_SECOND = 1_000;

const addresses = new TokenBuckets(COUNTED_MAX);
const accounts = new TokenBuckets(COUNTED_MAX);

/**
 * Refuses an address that has used up its `addressRequestsPerWindow` for this action.
 * @param network as `networkOf` names it; null is not counted.
 * @param now epoch milliseconds.
 */
export function limitAddress(
  action: LimitedAction,
  network: string | null,
  { addressRequestsPerWindow: capacity, addressWindowSeconds }: Settings,
  now: number,
): Refusal | null {
  if (network === null || capacity === OFF || addressWindowSeconds === OFF) return null;
  const rate = { capacity, fillMs: addressWindowSeconds * MS_PER_SECOND };
  const waitMs = addresses.take(`${action} ${network}`, rate, now);
  return waitMs === 0 ? null : tooMany("Too many requests from your network address.", waitMs);
}

/** Refuses an account that has used up its `accountRequestsPerWindow` for this action; `now` in epoch milliseconds. */
export function limitAccount(
  action: LimitedAction,
  userId: string,
  { accountRequestsPerWindow: capacity, accountWindowSeconds }: Settings,
  now: number,
): Refusal | null {
  if (capacity === OFF || accountWindowSeconds === OFF) return null;
  const rate = { capacity, fillMs: accountWindowSeconds * MS_PER_SECOND };
  const waitMs = accounts.take(`${action} ${userId}`, rate, now);
  return waitMs === 0 ? null : tooMany("Too many requests from your account.", waitMs);
}

function tooMany(detail: string, waitMs: number): Refusal {
  return new Refusal("rate_limited", { detail, retryAfter: retryAfterSeconds(waitMs) });
}
