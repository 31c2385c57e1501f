import { DetailsByWait } from "../details-by-wait.ts";
import { Refusal, type RefusalDetails } from "../refusals.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { OFF, type Settings } from "../settings.ts";
import { type TokenRate, TokenBuckets } from "./token-bucket.ts";

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

const ofAddress = new DetailsByWait("Too many requests from your network address.");
const ofAccount = new DetailsByWait("Too many requests from your account.");

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
  settings: Settings,
  now: number,
): Refusal | null {
  const rate = addressRateOf(settings);
  if (network === null || rate === null) return null;
  const waitMs = addresses.take(`${action} ${network}`, rate, now);
  return waitMs === 0 ? null : new Refusal("rate_limited", addressLimitDetails(waitMs));
}

/** Milliseconds until `limitAddress` would let this address pass, 0 when it does now. Counts nothing. */
export function addressWaitMs(
  action: LimitedAction,
  network: string | null,
  settings: Settings,
  now: number,
): number {
  const rate = addressRateOf(settings);
  return network === null || rate === null ? 0 : addresses.peek(`${action} ${network}`, rate, now);
}

/** Whether addresses are counted at all, so that nobody need look for one. */
export function limitsAddresses(settings: Settings): boolean {
  return addressRateOf(settings) !== null;
}

function addressRateOf({ addressRequestsPerWindow, addressWindowSeconds }: Settings): TokenRate | null {
  if (addressRequestsPerWindow === OFF || addressWindowSeconds === OFF) return null;
  return { capacity: addressRequestsPerWindow, fillMs: addressWindowSeconds * MS_PER_SECOND };
}

/** What goes with `rate_limited` when an address has to wait. */
export function addressLimitDetails(waitMs: number): RefusalDetails {
  return ofAddress.of(retryAfterSeconds(waitMs));
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
  return waitMs === 0 ? null : new Refusal("rate_limited", ofAccount.of(retryAfterSeconds(waitMs)));
}
