import { loadSpikeSettings, peekSpikeSettings } from "../../platform/settings-store.ts";
import { DetailsByWait } from "../../shared/details-by-wait.ts";
import { toInstant } from "../../shared/instant.ts";
import { Refusal, type RefusalDetails } from "../../shared/refusals.ts";
import { retryAfterSeconds } from "../../shared/retry-after.ts";
import { andThen } from "../../shared/soon.ts";
import { type Phase, phaseAt, type Wave } from "../../shared/spike.ts";
import { findSale } from "../catalogue.ts";
import { mayBeKnown, peekKey } from "../known-keys.ts";
import { type Attempt, type Filter, learned } from "./attempt.ts";

/** How soon to ask again while a sale is paused, in milliseconds. */
const PAUSED_RETRY_MS = 5_000;
/** How soon to ask again when sold out: returns may come any second. */
const SOLD_OUT_RETRY_MS = 2_000;
/** Longest wait we ask for, in milliseconds: start times can change. */
const TOO_EARLY_RETRY_MAX_MS = 3_600_000;

const NOTHING_LEFT = "Everything is sold or held. Unpaid and cancelled units come back on sale.";
const nothingLeft = new DetailsByWait(NOTHING_LEFT);
const paused = new DetailsByWait();
const ENDED: RefusalDetails = Object.freeze({});

const phaseOf = (attempt: Attempt) =>
  phaseAt(attempt.now, learned(attempt, "spike"), learned(attempt, "stock"));

/** Refuses what is no spike, before its name can create a ledger; learns the spike and its stock. */
export const knownSpike: Filter = {
  name: "known_spike",
  check(attempt) {
    const { env, spikeId, now } = attempt;
    return andThen(findSale(env, spikeId), ({ spike, stock }) => {
      attempt.spike = spike;
      attempt.stock = stock;
      return andThen(peekSpikeSettings(spikeId, now) ?? loadSpikeSettings(env, spikeId), (settings) => {
        attempt.settings = settings;
        return null;
      });
    });
  },
};

/** The latch: while nothing is left, everyone is told so from memory. It opens within a second of a return. */
export const soldOut: Filter = {
  name: "sold_out",
  check(attempt) {
    return phaseOf(attempt) === "sold_out" ? soldOutRefusal(attempt) : null;
  },
};

/**
 * The latch of a purchase, also when the sale is paused or over. A key that may have won goes on to the
 * ledger, whose answer to it stays the same for ever: who lost the connection after winning must not be
 * told that there is nothing left.
 */
export const openForNew: Filter = {
  name: "sold_out",
  check(attempt) {
    const phase = phaseOf(attempt);
    const refusal = phase === "upcoming" ? null : refusalInPhase(phase, attempt);
    if (refusal === null || attempt.key === null) return refusal;
    const decide = (mayBeRetry: boolean): Refusal | null => {
      attempt.mayBeRetry = mayBeRetry;
      return mayBeRetry ? null : refusal;
    };
    const known = peekKey(attempt.spikeId, attempt.key);
    return known === undefined
      ? mayBeKnown(attempt.env, attempt.spikeId, attempt.key).then(decide)
      : decide(known);
  },
};

/** Refuses outside the sale's time and while it is paused. */
export const openPhase: Filter = {
  name: "phase",
  check(attempt) {
    const phase = phaseOf(attempt);
    if (phase === "upcoming") return tooEarlyRefusal(learned(attempt, "spike").startsAt, attempt.now);
    return attempt.mayBeRetry ? null : refusalInPhase(phase, attempt);
  },
};

function refusalInPhase(phase: Exclude<Phase, "upcoming">, attempt: Attempt): Refusal | null {
  return phase === "open" ? null : new Refusal(phase, closedDetails(phase, attempt));
}

/** What is known of a sale that sells nothing. */
type ClosedSale = Pick<Attempt, "spike" | "stock">;

/** What goes with the refusal of a sale that has started and sells nothing; its code is the phase. */
export function closedDetails(phase: "paused" | "ended" | "sold_out", sale: ClosedSale): RefusalDetails {
  switch (phase) {
    case "paused":
      return paused.of(retryAfterSeconds(PAUSED_RETRY_MS));
    case "ended":
      return ENDED;
    case "sold_out":
      return soldOutDetails(sale);
  }
}

export const soldOutRefusal = (sale: ClosedSale): Refusal => new Refusal("sold_out", soldOutDetails(sale));

/** Says when the next wave comes, where one is known. */
function soldOutDetails({ spike, stock }: ClosedSale): RefusalDetails {
  const wave = stock?.nextWave;
  const retryAfter = retryAfterSeconds(SOLD_OUT_RETRY_MS);
  if (!wave || !spike || wave.at >= spike.endsAt) return nothingLeft.of(retryAfter);
  return untilWave(wave).of(retryAfter);
}

/** By the wave, as long as the stock that names it is kept: a crowd that waits for one hears the same each time. */
const nothingUntil = new WeakMap<Wave, DetailsByWait>();

function untilWave(wave: Wave): DetailsByWait {
  let details = nothingUntil.get(wave);
  if (!details) nothingUntil.set(wave, (details = new DetailsByWait(NOTHING_LEFT + waveNotice(wave))));
  return details;
}

function waveNotice({ at, quantity }: Wave): string {
  return ` ${quantity} more go on sale at ${toInstant(at)}.`;
}

export const pausedRefusal = (): Refusal => new Refusal("paused", closedDetails("paused", {}));

/** @param startsAt and `now` in epoch milliseconds. */
export const tooEarlyRefusal = (startsAt: number, now: number): Refusal =>
  new Refusal("too_early", tooEarlyDetails(startsAt, now));

/** What was said in the last millisecond in which anybody asked, by the start: a crowd asks many times in each. */
const early = { now: NaN, byStart: new Map<number, RefusalDetails>() };

/** The wait has no jitter of its own: it ends within a second of the start, at the fraction at which it began. */
export function tooEarlyDetails(startsAt: number, now: number): RefusalDetails {
  if (early.now !== now) {
    early.now = now;
    early.byStart.clear();
  }
  let details = early.byStart.get(startsAt);
  if (!details) early.byStart.set(startsAt, (details = Object.freeze(earlyDetails(startsAt, now))));
  return details;
}

function earlyDetails(startsAt: number, now: number): RefusalDetails {
  return {
    startsAt: toInstant(startsAt),
    serverTime: toInstant(now),
    retryAfter: Math.max(1, Math.ceil(Math.min(startsAt - now, TOO_EARLY_RETRY_MAX_MS) / 1000)),
  };
}
