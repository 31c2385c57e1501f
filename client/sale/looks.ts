import { type Phase, phaseAt } from "../../workers/shared/spike.ts";

/** What the script knows of the sale. Times are epoch milliseconds. */
export interface KnownSale {
  startsAt: number;
  endsAt: number;
  remaining: number;
  stock: number;
  isPaused: boolean;
}

/** Pauses between two looks at the stock, in milliseconds; each is stretched by chance up to SPREAD. */
const FAR_PAUSE_MS = 60_000;
const NEAR_PAUSE_MS = 15_000;
const RUNNING_PAUSE_MS = 2_000;
const SPREAD = 1.5;
/** From this long before the start the looks are rarer than the start, in milliseconds. */
const NEAR_MS = 5 * 60_000;
/** Nobody looks in the last moments before the start: there the crowd's only request is to buy. */
const QUIET_BEFORE_MS = 4_000;
/** The first look after the start comes at a random moment of this span, in milliseconds. */
const AFTER_START_MS = 3_000;
/** The sale's phase at `now`, from what was known last: a start or an end needs no request. */
export function phaseNow(sale: KnownSale, now: number): Phase {
  return phaseAt(now, sale, { available: sale.remaining, paused: sale.isPaused });
}

/**
 * How long to wait before the next look, in milliseconds; undefined when there is nothing to see any more.
 * @param now undefined while no answer has told the time: this machine's own may be off by years.
 */
export function nextLookMs(sale: KnownSale, now: number | undefined, chance: number): number | undefined {
  const spread = 1 + chance * (SPREAD - 1);
  if (now === undefined) return RUNNING_PAUSE_MS * spread;
  const untilStart = sale.startsAt - now;
  if (now >= sale.endsAt) return undefined;
  if (untilStart <= 0) return RUNNING_PAUSE_MS * spread;
  const pause = (untilStart > NEAR_MS ? FAR_PAUSE_MS : NEAR_PAUSE_MS) * spread;
  return untilStart - pause > QUIET_BEFORE_MS ? pause : untilStart + chance * AFTER_START_MS;
}
