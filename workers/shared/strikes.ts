import type { Settings } from "./settings.ts";

/*
 * Strikes: one for each suspicious act of an account or an address, half of them forgotten every
 * minute. docs/decisions/081 says why these acts and no others.
 */

/** Half of all strikes are forgotten in this time, in milliseconds. */
export const STRIKE_HALF_LIFE_MS = 60_000;

/**
 * Acts of one kind closer together than this count once, in milliseconds: a double click, or a
 * client that sends its whole queue at once, is one act of one person.
 */
export const STRIKE_PAUSE_MS = 100;

/**
 * Accounts that one household has. Up to here an address answers for all of them like one account;
 * beyond, its bounds grow with them, since somebody else's strikes must not easily become a neighbour's.
 */
export const HOUSEHOLD_ACCOUNTS = 5;

/**
 * An address with this many accounts or more is a crowd behind one router, never blacklisted by its
 * strikes: it may be asked for challenges, and its accounts answer each for itself.
 */
export const CROWD_ACCOUNTS = 64;

export type StrikeReason =
  /** Asked again before the pause was over, with another purchase. */
  | "too_fast"
  /** Two different purchases closer together than a hand can press twice. */
  | "faster_than_a_hand"
  /** Kept asking before the start, though it was told when that is. */
  | "too_early"
  /** Kept asking while nothing was left, though it was told when to come back. */
  | "impatient"
  /** A purchase token that we did not give to this account for this sale. */
  | "bad_token"
  /** A challenge solution that is forged, used, expired or another's. */
  | "bad_solution"
  /** One account from more addresses than a person has. */
  | "many_addresses"
  /** One address with more accounts than a household has. */
  | "many_accounts";

/** Acts that none of our pages causes, whatever its user does. */
const CERTAIN: ReadonlySet<StrikeReason> = new Set(["bad_token", "too_early", "impatient"]);

/** Whether one such act is enough to make an account a culprit of its address. */
export const isCertain = (reason: StrikeReason): boolean => CERTAIN.has(reason);

/** An account or an address, as the blacklist names it. */
export interface Subject {
  kind: "user" | "ip";
  value: string;
}

/** From where on strikes have consequences; 0 for never. */
export type StrikeBounds = Pick<
  Settings,
  "strikesBeforeChallenge" | "strikesBeforeBlacklist" | "blacklistSeconds"
>;

/** What is known about a subject's strikes. */
export interface Standing {
  /** Strikes that are not forgotten. */
  strikes: number;
  /** Until when the subject is barred by its strikes, epoch milliseconds; absent when it is not. */
  barredUntil?: number;
}

export const subjectKey = ({ kind, value }: Subject): string => `${kind}:${value}`;

/** Whether an account has used up its strikes and must prove that a person is there. */
export function needsChallenge(strikes: number, { strikesBeforeChallenge: bound }: StrikeBounds): boolean {
  return bound > 0 && strikes > bound;
}

/**
 * Whether all who come from an address must prove that a person is there: more of its accounts misbehave than
 * one in each household. So one account, however it behaves, never makes its neighbours wait.
 * @param culprits how many of the `accounts` that came from it lately did what no page of ours does, or have used up
 *   their own strikes.
 */
export function isSuspiciousAddress(culprits: number, accounts: number): boolean {
  return culprits > Math.max(1, Math.ceil(accounts / HOUSEHOLD_ACCOUNTS));
}

/**
 * Whether the subject has so many strikes that it is barred.
 * @param accounts how many accounts came from the address lately; it is barred only when they have, on average,
 *   as many strikes as bar an account. Of no meaning for an account.
 */
export function mustBar(
  kind: Subject["kind"],
  strikes: number,
  accounts: number,
  { strikesBeforeBlacklist: bound, blacklistSeconds }: StrikeBounds,
): boolean {
  if (bound === 0 || blacklistSeconds === 0) return false;
  if (kind === "user") return strikes > bound;
  return accounts < CROWD_ACCOUNTS && strikes > bound * Math.max(HOUSEHOLD_ACCOUNTS, accounts);
}
