import { waitUntil } from "cloudflare:workers";
import type { GateLimits, UserStanding } from "../../durable-objects/spike-gate/messages.ts";
import { withGate } from "../platform/gate.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import { OFF, type Settings } from "../shared/settings.ts";
import {
  isCertain,
  mustBar,
  needsChallenge,
  type Standing,
  type StrikeReason,
  type Subject,
} from "../shared/strikes.ts";
import {
  accountsOn,
  answersFor,
  forgetCulprits,
  isOneTooMany,
  isSuspicious,
  noteCulprit,
} from "./addresses.ts";
import { keeperOf } from "./gates.ts";
import { suspectMemory, Suspects, warnOfSuspicion } from "./suspects.ts";

/*
 * Strikes as this isolate sees them, per spike. The gate that keeps a subject's strikes knows them
 * all; see docs/decisions/081.
 */

/** Gates an isolate reports to: a few spikes are hot at a time, each with at most 64 gates. */
const KEEPERS_MAX = 1_000;

const keepers = new BoundedMap<string, Suspects>(KEEPERS_MAX);
const memory = suspectMemory();

/** Who does something in which spike, and from where. */
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
  const user = userOf(actor);
  const counted = suspects(actor, user).strike(user, reason, 0, limitsOf(actor.settings));
  if (counted) blameAddress(actor, reason, standingOf(actor));
}

/** Takes note of the account on its address, and strikes an address that has too many. */
export function noteAccount(actor: Actor): void {
  const address = countedAddress(actor);
  if (address !== null && isOneTooMany(address, actor.userId, actor.now)) {
    strikeAddress(actor, address, "many_accounts");
  }
}

/** Takes over how a user stands, and counts what he has done for his address too. */
export function learnStanding(actor: Actor, standing: UserStanding): void {
  suspects(actor, userOf(actor)).learn(userOf(actor), standing);
  if (!standing.struck) return;
  warnOfSuspicion(userOf(actor), standing.struck);
  blameAddress(actor, standing.struck, standing);
}

export function judge(actor: Actor): Verdict {
  const limits = limitsOf(actor.settings);
  const own = standingOf(actor);
  if (own.barredUntil !== undefined || mustBar("user", own.strikes, 0, limits)) return "barred";
  const verdict = needsChallenge(own.strikes, limits) ? "challenge" : "fine";
  const address = countedAddress(actor);
  if (address === null) return verdict;
  const { strikes, barredUntil } = standingOf(actor, addressOf(address));
  if (barredUntil !== undefined || mustBar("ip", strikes, accountsOn(address, actor.now), limits))
    return "barred";
  return isSuspicious(address, actor.now) ? "challenge" : verdict;
}

/** How the actor's account stands, or another subject, as far as this isolate knows. */
export function standingOf(actor: Actor, subject: Subject = userOf(actor)): Standing {
  return suspects(actor, subject).standingOf(subject, limitsOf(actor.settings));
}

/** Forgets what this isolate knows about the subject, in all sales. */
export function forgetSuspect(subject: Subject): void {
  for (const keeper of keepers.values()) keeper.forget(subject);
  if (subject.kind === "ip") forgetCulprits(subject.value);
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

/** Makes an address answer for what one of its accounts has done. */
function blameAddress(actor: Actor, reason: StrikeReason, { strikes, barredUntil }: Standing): void {
  const address = countedAddress(actor);
  if (address === null) return;
  const { settings, userId, now } = actor;
  const limits = limitsOf(settings);
  noteAccount(actor);
  const isCulprit = isCertain(reason) || barredUntil !== undefined || needsChallenge(strikes, limits);
  if (isCulprit) noteCulprit(address, userId, now);
  if (answersFor(address, userId, limits.strikesBeforeBlacklist, now)) {
    strikeAddress(actor, address, reason);
  }
}

function strikeAddress(actor: Actor, address: string, reason: StrikeReason): void {
  const subject = addressOf(address);
  const accounts = accountsOn(address, actor.now);
  suspects(actor, subject).strike(subject, reason, accounts, limitsOf(actor.settings));
}

const userOf = ({ userId }: Actor): Subject => ({ kind: "user", value: userId });
const addressOf = (address: string): Subject => ({ kind: "ip", value: address });

/** Null also when the limit per address is off: then addresses are not to count, for example behind one proxy. */
export const countedAddress = ({ address, settings }: Actor): string | null =>
  settings.addressRequestsPerWindow === OFF ? null : address;

function suspects({ env, spikeId, settings }: Actor, subject: Subject): Suspects {
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
