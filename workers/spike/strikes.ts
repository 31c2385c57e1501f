import { waitUntil } from "cloudflare:workers";
import type { GateLimits, UserStanding } from "../../durable-objects/spike-gate/messages.ts";
import { withGate } from "../platform/gate.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import { DistinctCounters } from "../shared/rate/distinct-counters.ts";
import { TokenBuckets } from "../shared/rate/token-bucket.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import {
  CROWD_ACCOUNTS,
  mustBar,
  needsChallenge,
  type StrikeReason,
  type Subject,
} from "../shared/strikes.ts";
import { keeperOf } from "./gates.ts";
import { suspectMemory, Suspects, warnOfSuspicion } from "./suspects.ts";

/*
 * Strikes as this isolate sees them, per spike. The gate that keeps a subject's strikes knows them
 * all; see docs/decisions/081.
 */

/** More accounts than a household has on one address within ten minutes; from here on each is a strike for the address. */
export const ACCOUNTS_PER_ADDRESS = 20;
const ACCOUNTS_WINDOW_MS = 600_000;
const WATCHED_ADDRESSES_MAX = 50_000;

/**
 * Requests before the start that an address may make without being suspicious. The refusal says when
 * the sale starts and our pages come back then; this is room for a client that looks once a second.
 */
export const EARLY_RATE = { capacity: 10, fillMs: 10_000 };
/**
 * Asking early is a reason for a challenge and never for the blacklist: it stops giving strikes at
 * this many times the bound of a challenge. A crowd that arrives later outgrows that by its accounts.
 */
export const EARLY_HOUSEHOLDS = 3;

/** Gates an isolate reports to: a few spikes are hot at a time, each with at most 64 gates. */
const KEEPERS_MAX = 1_000;

const keepers = new BoundedMap<string, Suspects>(KEEPERS_MAX);
const memory = suspectMemory();
const earlyByAddress = new TokenBuckets(WATCHED_ADDRESSES_MAX);
const accountsByAddress = new DistinctCounters({
  keysMax: WATCHED_ADDRESSES_MAX,
  valuesMax: CROWD_ACCOUNTS,
  windowMs: ACCOUNTS_WINDOW_MS,
});

/** From where something is done in which spike. */
export interface Place {
  env: Env;
  spikeId: string;
  settings: Settings;
  /** What the client's address counts as; null when there is nothing to count. */
  address: string | null;
  /** Epoch milliseconds. */
  now: number;
}

/** Who does something, and from where. */
export interface Actor extends Place {
  userId: string;
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

/** Takes note of a request before the start, and strikes an address that keeps asking. */
export function noteEarly(place: Place): void {
  const { address, spikeId, settings, now } = place;
  if (address === null || !countsAddresses(settings)) return;
  if (earlyByAddress.take(`${spikeId} ${address}`, EARLY_RATE, now) === 0) return;
  const subject: Subject = { kind: "ip", value: address };
  const limits = limitsOf(settings);
  const { strikes } = suspects(place, subject).standingOf(subject, limits);
  if (strikes <= limits.strikesBeforeChallenge * EARLY_HOUSEHOLDS) strikeAddress(place, "too_early");
}

/** Takes over how a user stands, and counts what he has done for his address too. */
export function learnStanding(actor: Actor, standing: UserStanding): void {
  suspects(actor, userOf(actor)).learn(userOf(actor), standing);
  if (!standing.struck) return;
  warnOfSuspicion(userOf(actor), standing.struck);
  strikeAddress(actor, standing.struck);
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

function strikeAddress(place: Place, reason: StrikeReason): void {
  if (place.address === null || !countsAddresses(place.settings)) return;
  const subject: Subject = { kind: "ip", value: place.address };
  suspects(place, subject).strike(subject, reason, accountsOn(subject, place.now), limitsOf(place.settings));
}

const userOf = ({ userId }: Actor): Subject => ({ kind: "user", value: userId });

/** Who switches the limit per address off does not want addresses to count, for example behind one proxy. */
export const countsAddresses = (settings: Settings): boolean => settings.addressRequestsPerWindow !== OFF;

const accountsOn = ({ kind, value }: Subject, now: number) =>
  kind === "ip" ? accountsByAddress.count(value, now) : 0;

function suspects({ env, spikeId, settings }: Place, subject: Subject): Suspects {
  const gate = keeperOf(subject, settings);
  const name = `${spikeId}/${gate}`;
  let keeper = keepers.get(name);
  if (!keeper) {
    keeper = new Suspects({
      memory,
      send: (report) => withGate(env, spikeId, gate, (stub) => stub.strike(report)),
      waitUntil,
      // Asked each time, since the clock may be set while the keeper lives.
      now: () => Date.now(),
    });
    keepers.set(name, keeper);
  }
  return keeper;
}
