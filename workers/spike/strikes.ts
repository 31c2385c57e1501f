import { waitUntil } from "cloudflare:workers";
import { LRUCache } from "lru-cache";
import type { GateLimits, UserStanding } from "../../durable-objects/spike-gate/messages.ts";
import { withGate } from "../platform/gate.ts";
import { DistinctCounters } from "../shared/rate/distinct-counters.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import {
  CROWD_ACCOUNTS,
  mustBar,
  needsChallenge,
  type StrikeReason,
  type Subject,
} from "../shared/strikes.ts";
import { keeperOf } from "./gates.ts";
import { Suspects } from "./suspects.ts";

/*
 * Strikes as this isolate sees them, per spike. The gate that keeps a subject's strikes knows them
 * all; see docs/decisions/081.
 */

/** More accounts than a household has on one address within ten minutes; from here on each is a strike for the address. */
export const ACCOUNTS_PER_ADDRESS = 20;
const ACCOUNTS_WINDOW_MS = 600_000;
const WATCHED_ADDRESSES_MAX = 50_000;

/** Gates an isolate reports to: a few spikes are hot at a time, each with at most 64 gates. */
const KEEPERS_MAX = 1_000;

const keepers = new LRUCache<string, Suspects>({ max: KEEPERS_MAX });
const accountsByAddress = new DistinctCounters({
  keysMax: WATCHED_ADDRESSES_MAX,
  valuesMax: CROWD_ACCOUNTS,
  windowMs: ACCOUNTS_WINDOW_MS,
});

/** Who does something in which spike. */
export interface Actor {
  env: Env;
  spikeId: string;
  settings: Settings;
  userId: string;
  /** What the client's address counts as; null when there is nothing to count. */
  address: string | null;
  /** Epoch milliseconds. */
  now: number;
}

/** What follows from an actor's strikes and those of his address. */
export type Verdict = "fine" | "challenge" | "barred";

/** Counts a suspicious act of the account, and of the address it comes from. */
export function strike(actor: Actor, reason: StrikeReason): void {
  const counted = suspects(actor, userOf(actor)).strike(userOf(actor), reason, 0, limitsOf(actor.settings));
  if (counted) strikeAddress(actor, reason);
}

/** Takes note of the account on its address, and strikes an address that has too many. */
export function noteAccount(actor: Actor): void {
  const { address, userId, now } = actor;
  if (address === null || !countsAddresses(actor.settings)) return;
  const { count, isNew } = accountsByAddress.see(address, userId, now);
  if (isNew && count > ACCOUNTS_PER_ADDRESS) strikeAddress(actor, "many_accounts");
}

/** Takes over how a user stands, and counts what he has done for his address too. */
export function learnStanding(actor: Actor, standing: UserStanding): void {
  suspects(actor, userOf(actor)).learn(userOf(actor), standing);
  if (standing.struck) strikeAddress(actor, standing.struck);
}

export function judge(actor: Actor): Verdict {
  const { settings, address } = actor;
  const subjects = [userOf(actor)];
  if (address !== null && countsAddresses(settings)) subjects.push({ kind: "ip", value: address });
  let verdict: Verdict = "fine";
  const limits = limitsOf(settings);
  for (const subject of subjects) {
    const { strikes, barredUntil } = suspects(actor, subject).standingOf(subject, limits);
    const accounts = accountsOn(subject, actor.now);
    if (barredUntil !== undefined || mustBar(subject.kind, strikes, accounts, limits)) return "barred";
    if (needsChallenge(subject.kind, strikes, accounts, limits)) verdict = "challenge";
  }
  return verdict;
}

/** Forgets what this isolate knows about the subject, in all sales. */
export function forgetSuspect(subject: Subject): void {
  for (const keeper of keepers.values()) keeper.forget(subject);
}

/** The settings that a gate's own filters follow. */
export function limitsOf(settings: Settings): GateLimits {
  const { accountRequestsPerWindow, accountWindowSeconds } = settings;
  const { strikesBeforeBlacklist, blacklistSeconds } = settings;
  // Who switches challenges off does not want them asked for by the gate either.
  const strikesBeforeChallenge = settings.challengeCost === OFF ? OFF : settings.strikesBeforeChallenge;
  return {
    accountRequestsPerWindow,
    accountWindowSeconds,
    strikesBeforeChallenge,
    strikesBeforeBlacklist,
    blacklistSeconds,
  };
}

function strikeAddress(actor: Actor, reason: StrikeReason): void {
  if (actor.address === null || !countsAddresses(actor.settings)) return;
  const subject: Subject = { kind: "ip", value: actor.address };
  suspects(actor, subject).strike(subject, reason, accountsOn(subject, actor.now), limitsOf(actor.settings));
}

const userOf = ({ userId }: Actor): Subject => ({ kind: "user", value: userId });

/** Who switches the limit per address off does not want addresses to count, for example behind one proxy. */
const countsAddresses = (settings: Settings) => settings.addressRequestsPerWindow !== OFF;

const accountsOn = ({ kind, value }: Subject, now: number) =>
  kind === "ip" ? accountsByAddress.count(value, now) : 0;

function suspects({ env, spikeId, settings }: Actor, subject: Subject): Suspects {
  const gate = keeperOf(subject, settings);
  const name = `${spikeId}/${gate}`;
  let keeper = keepers.get(name);
  if (!keeper) {
    keeper = new Suspects({
      send: (strikes, limits) => withGate(env, spikeId, gate, (stub) => stub.strike({ strikes, limits })),
      waitUntil,
      now: Date.now,
    });
    keepers.set(name, keeper);
  }
  return keeper;
}
