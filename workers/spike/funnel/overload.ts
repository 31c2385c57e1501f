import { DetailsByWait } from "../../shared/details-by-wait.ts";
import { Refusal } from "../../shared/refusals.ts";
import { retryAfterSeconds } from "../../shared/retry-after.ts";
import { OFF } from "../../shared/settings.ts";
import { type Attempt, type Filter, learned } from "./attempt.ts";

/**
 * A purchase that has held its place for so long is no more, in milliseconds: the platform ended its request, and
 * what would have given the place back with it.
 */
export const PLACE_LOST_MS = 30_000;

const crowded = new DetailsByWait("More purchases are under way than there is stock.");

/** One purchase on its way; `since` in epoch milliseconds. */
interface Place {
  since: number;
}

/** Purchases on their way per spike, in this isolate, the longest on its way first. */
const underWay = new Map<string, Set<Place>>();

/**
 * Lets at most `overloadFactor` times the remaining stock be under way at once: the others could
 * only be told "sold out" later and dearer. A place is taken when a purchase leaves (`takePlace`) and is free
 * again as soon as it is decided, so no stock is left unsold because of it.
 */
export const overload = {
  name: "overload",
  /** @param now epoch milliseconds: of who comes with a body, when that has come. */
  check(attempt: Attempt, now = attempt.now): Refusal | null {
    const { overloadFactor } = attempt.settings;
    if (overloadFactor === OFF) return null;
    const { available } = learned(attempt, "stock");
    // Nothing left is the next filter's to say.
    if (available === 0 || placesTaken(attempt) < available * overloadFactor) return null;
    forgetLost(attempt.spikeId, now);
    if (placesTaken(attempt) < available * overloadFactor) return null;
    return new Refusal("overloaded", crowded.of(retryAfterSeconds(0)));
  },
} satisfies Filter;

/**
 * Takes a place for a purchase that leaves at `now` (epoch milliseconds), and returns how to give it back; doing
 * that twice is the same as once.
 */
export function takePlace(spikeId: string, now: number): () => void {
  const place: Place = { since: now };
  let places = underWay.get(spikeId);
  if (!places) underWay.set(spikeId, (places = new Set()));
  places.add(place);
  return () => leave(spikeId, place);
}

function leave(spikeId: string, place: Place): void {
  const places = underWay.get(spikeId);
  places?.delete(place);
  if (places?.size === 0) underWay.delete(spikeId);
}

const placesTaken = ({ spikeId }: Attempt): number => underWay.get(spikeId)?.size ?? 0;

function forgetLost(spikeId: string, now: number): void {
  for (const place of underWay.get(spikeId) ?? []) {
    // Also when the clock has gone back: a place must not be taken for ever.
    if (Math.abs(now - place.since) < PLACE_LOST_MS) return;
    leave(spikeId, place);
  }
}
