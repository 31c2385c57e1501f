import { BoundedMap } from "../shared/bounded-map.ts";
import { DecayingCount } from "../shared/rate/decaying-count.ts";
import { DistinctCounters } from "../shared/rate/distinct-counters.ts";
import { CROWD_ACCOUNTS, isSuspiciousAddress, STRIKE_HALF_LIFE_MS } from "../shared/strikes.ts";

/*
 * What this isolate knows of addresses: which accounts come from each, and which of them misbehave. Many people
 * share an address, so both are told apart by account: docs/decisions/082 and 197.
 */

/** More accounts than a household has on one address within ten minutes; from here on each is a strike for the address. */
export const ACCOUNTS_PER_ADDRESS = 20;
const ACCOUNTS_WINDOW_MS = 600_000;
const WATCHED_ADDRESSES_MAX = 50_000;
/** Accounts whose strikes an address has answered for, some 200 bytes each. */
const BLAMED_ACCOUNTS_MAX = 50_000;

const accounts = new DistinctCounters({
  keysMax: WATCHED_ADDRESSES_MAX,
  valuesMax: CROWD_ACCOUNTS,
  windowMs: ACCOUNTS_WINDOW_MS,
});
/** Accounts that misbehaved, for about as long as their strikes last. */
const culprits = new DistinctCounters({
  keysMax: WATCHED_ADDRESSES_MAX,
  valuesMax: CROWD_ACCOUNTS,
  windowMs: STRIKE_HALF_LIFE_MS,
});
/** Strikes that an account has brought upon its address. */
const brought = new BoundedMap<string, DecayingCount>(BLAMED_ACCOUNTS_MAX);

/** Takes note of the account; true when it is one too many for the address. `now` in epoch milliseconds. */
export function isOneTooMany(address: string, userId: string, now: number): boolean {
  const { count, isNew } = accounts.see(address, userId, now);
  return isNew && count > ACCOUNTS_PER_ADDRESS;
}

/** How many accounts came from the address lately. */
export const accountsOn = (address: string, now: number): number => accounts.count(address, now);

/** Takes note of an account that misbehaves. */
export function noteCulprit(address: string, userId: string, now: number): void {
  culprits.see(address, userId, now);
}

/** Whether so many of its accounts misbehave that all have to prove that a person is there. */
export const isSuspicious = (address: string, now: number): boolean =>
  isSuspiciousAddress(culprits.count(address, now), accounts.count(address, now));

/**
 * Whether the address answers for an act of this account, too: only until its acts bar the account, or one script that
 * does not stop would bar all its neighbours.
 * @param strikesMax that bar an account.
 */
export function answersFor(address: string, userId: string, strikesMax: number, now: number): boolean {
  const key = `${address} ${userId}`;
  let strikes = brought.get(key);
  if (!strikes) brought.set(key, (strikes = new DecayingCount(STRIKE_HALF_LIFE_MS)));
  if (strikes.valueAt(now) > strikesMax) return false;
  strikes.add(1, now);
  return true;
}

/** Gives the address a fresh start. What its accounts have brought upon it fades by itself. */
export function forgetCulprits(address: string): void {
  culprits.forget(address);
}
