import { knownCaller } from "../edge/authenticate.ts";
import { callerNetwork } from "../edge/origin.ts";
import { problemResponse } from "../edge/problems.ts";
import { requestIdOf } from "../edge/request-id.ts";
import { knownSettings, peekSettings } from "../platform/settings-store.ts";
import { addressLimitDetails, addressWaitMs } from "../shared/rate/request-limits.ts";
import type { RefusalCode, RefusalDetails } from "../shared/refusals.ts";
import type { Identity } from "../shared/identity.ts";
import { phaseAt } from "../shared/spike.ts";
import { peekSale, type Sale } from "../spike/catalogue.ts";
import { addressLimit } from "../spike/funnel/address-limit.ts";
import { countStopped, type Funnel } from "../spike/funnel/counting.ts";
import { closedDetails, openForNew, openPhase, soldOut, tooEarlyDetails } from "../spike/funnel/phase.ts";
import { ledgerKeyOf } from "../spike/idempotency-key.ts";
import { peekKey } from "../spike/known-keys.ts";
import { heedsImpatience, noteInVain } from "../spike/impatience.ts";
import type { Actor } from "../spike/strikes.ts";

/** A no, and the funnel's filter that says it. */
interface No {
  filter: string;
  code: RefusalCode;
  details: RefusalDetails;
}

/**
 * Says "not yet", "sold out", "paused", "over" and "too fast" as the funnel would. Null when memory
 * cannot decide, or when nothing speaks against the request.
 */
export function turnAway(request: Request, env: Env, spikeId: string, funnel: Funnel): Response | null {
  const now = Date.now();
  const sale = peekSale(spikeId);
  const no = sale ? refusalOf(request, env, sale, funnel, now) : tooFast(request, now);
  if (!no) return null;
  countStopped(env, spikeId, funnel, no.filter);
  return problemResponse(no.code, no.details, requestIdOf(request));
}

function refusalOf(request: Request, env: Env, sale: Sale, funnel: Funnel, now: number): No | null {
  const phase = phaseAt(now, sale.spike, sale.stock);
  switch (phase) {
    case "open":
      return tooFast(request, now);
    case "upcoming":
      return tooEarly(request, env, sale, now);
    case "sold_out":
      if (funnel === "purchase" && mayHaveWon(request, sale.spike.id)) return null;
      note(request, env, sale, phase, now);
      return { filter: soldOut.name, code: phase, details: closedDetails(phase, sale) };
    case "paused":
    case "ended":
      return closed(request, env, sale, phase, funnel, now);
  }
}

/** Purchases are told by anyone's latch; who asks for a token, the funnel wants to know first. */
function closed(
  request: Request,
  env: Env,
  sale: Sale,
  phase: "paused" | "ended",
  funnel: Funnel,
  now: number,
): No | null {
  if (funnel === "purchase" ? mayHaveWon(request, sale.spike.id) : !knownCaller(request, env, now))
    return null;
  const filter = funnel === "purchase" ? openForNew : openPhase;
  return { filter: filter.name, code: phase, details: closedDetails(phase, sale) };
}

/** With a key it may be the retry of a purchase that won. What is no key, the funnel says. */
function mayHaveWon(request: Request, spikeId: string): boolean {
  const header = request.headers.get("idempotency-key");
  if (header === null) return false;
  const key = ledgerKeyOf(header);
  return key === null || peekKey(spikeId, key) !== false;
}

/**
 * The funnel counts the requests of an address; here only who has used up its allowance is told so, also when
 * memory does not hold the sale, since whom the funnel stops for this never has it loaded.
 */
function tooFast(request: Request, now: number): No | null {
  const settings = peekSettings(now);
  if (!settings) return null;
  const waitMs = addressWaitMs("sale", callerNetwork(request), settings, now);
  if (waitMs === 0) return null;
  return { filter: addressLimit.name, code: "rate_limited", details: addressLimitDetails(waitMs) };
}

function tooEarly(request: Request, env: Env, sale: Sale, now: number): No | null {
  const identity = knownCaller(request, env, now);
  if (!identity) return null;
  note(request, env, sale, "too_early", now, identity);
  return { filter: openPhase.name, code: "too_early", details: tooEarlyDetails(sale.spike.startsAt, now) };
}

/** Takes note of a request that asks too early or too late, where the settings of its sale are in memory. */
function note(
  request: Request,
  env: Env,
  { spike: { id: spikeId } }: Sale,
  code: "too_early" | "sold_out",
  now: number,
  known?: Identity,
): void {
  const settings = knownSettings(spikeId);
  if (!settings || !heedsImpatience(settings)) return;
  const identity = known ?? knownCaller(request, env, now);
  if (!identity) return;
  const actor: Actor = {
    ...{ env, spikeId, settings, userId: identity.userId, now },
    // Read of few, since few do not listen.
    get address() {
      return callerNetwork(request);
    },
  };
  noteInVain(actor, code);
}
