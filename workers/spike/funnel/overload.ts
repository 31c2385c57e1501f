import { DetailsByWait } from "../../shared/details-by-wait.ts";
import { Refusal } from "../../shared/refusals.ts";
import { retryAfterSeconds } from "../../shared/retry-after.ts";
import { OFF } from "../../shared/settings.ts";
import { type Filter, learned } from "./attempt.ts";

const crowded = new DetailsByWait("More purchases are under way than there is stock.");

/** Purchases on their way per spike, in this isolate. */
const underWay = new Map<string, number>();

/**
 * Lets at most `overloadFactor` times the remaining stock be under way at once: the others could
 * only be told "sold out" later and dearer. A place is free again as soon as its purchase is
 * decided, so no stock is left unsold because of it.
 */
export const overload: Filter = {
  name: "overload",
  check(attempt) {
    const { overloadFactor } = attempt.settings;
    if (overloadFactor === OFF) return null;
    const { available } = learned(attempt, "stock");
    const places = underWay.get(attempt.spikeId) ?? 0;
    // Nothing left is the next filter's to say.
    if (available > 0 && places >= available * overloadFactor) {
      return new Refusal("overloaded", crowded.of(retryAfterSeconds(0)));
    }
    underWay.set(attempt.spikeId, places + 1);
    attempt.onLeave.push(() => leave(attempt.spikeId));
    return null;
  },
};

function leave(spikeId: string): void {
  const places = (underWay.get(spikeId) ?? 1) - 1;
  if (places > 0) underWay.set(spikeId, places);
  else underWay.delete(spikeId);
}
