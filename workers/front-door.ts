import { problemResponse } from "./edge/problems.ts";
import { ADDRESS_HEADER } from "./edge/origin.ts";
import { requestIdOf } from "./edge/request-id.ts";
import { faultsOfIsolate } from "./operations/assert-configured.ts";
import { clientNetwork } from "./shared/address.ts";
import { log } from "./shared/log.ts";
import type { RefusalCode, RefusalDetails } from "./shared/refusals.ts";
import { knownSettings } from "./platform/settings-store.ts";
import { phaseAt } from "./shared/spike.ts";
import { peekSale } from "./spike/catalogue.ts";
import { countStopped } from "./spike/funnel/counting.ts";
import { openPhase, soldOut, soldOutDetails, tooEarlyDetails } from "./spike/funnel/phase.ts";
import { isVerifiedAccessToken } from "./user/access-token.ts";
import { noteEarly } from "./spike/strikes.ts";

/** The two calls that a crowd makes: for a purchase token, and the purchase. */
const CROWD_CALL = /\/api\/spikes\/([0-9a-z]{1,40})\/(token|purchases\/[^/?#]+)(?:[?#]|$)/;

const BEARER = "Bearer ";

/**
 * Tells the crowd "not yet" and "sold out" from memory, before anything is routed, parsed or verified:
 * nearly all requests of a sale end here, so this costs little more than answering at all. The answers
 * are those of the funnel's own filters. Returns null whenever memory alone cannot decide. A Worker that
 * is not configured turns everybody away.
 */
export function turnAwayAtTheDoor(request: Request, env: Env): Response | null {
  const faults = faultsOfIsolate(env);
  if (faults.length > 0) return sayWhatIsMissing(request, faults);
  if (request.method !== "POST") return null;
  const match = CROWD_CALL.exec(request.url);
  if (!match) return null;
  const [, id = "", call] = match;
  const sale = peekSale(id);
  if (!sale) return null;
  const funnel = call === "token" ? "token" : "purchase";
  const now = Date.now();
  switch (phaseAt(now, sale.spike, sale.stock)) {
    case "upcoming":
      // The funnel asks who it is first; only a caller whom this isolate knows may skip that.
      if (!isKnownCaller(request, env, now)) return null;
      noteEarlyCaller(request, env, sale.spike.id, now);
      countStopped(env, id, funnel, openPhase.name);
      return refuse(request, "too_early", tooEarlyDetails(sale.spike.startsAt, now));
    case "sold_out":
      // With a key it may be the retry of a purchase that won, which only the funnel can tell.
      if (request.headers.has("idempotency-key")) return null;
      countStopped(env, id, funnel, soldOut.name);
      return refuse(request, "sold_out", soldOutDetails(sale));
    default:
      return null;
  }
}

function isKnownCaller(request: Request, env: Env, now: number): boolean {
  const authorization = request.headers.get("authorization");
  if (!authorization?.startsWith(BEARER)) return false;
  return isVerifiedAccessToken(env, authorization.slice(BEARER.length), now);
}

/** The funnel's own filter does the same for those who get that far. */
function noteEarlyCaller(request: Request, env: Env, spikeId: string, now: number): void {
  const settings = knownSettings(spikeId);
  if (!settings) return;
  const address = clientNetwork(request.headers.get(ADDRESS_HEADER) ?? undefined);
  noteEarly({ env, spikeId, settings, address, now });
}

/** Nothing works yet, and who deployed this is the first to ask, so the answer says what to do. */
function sayWhatIsMissing(request: Request, faults: readonly string[]): Response {
  const requestId = requestIdOf(request);
  log.error("not_configured", { requestId, faults: faults.join(" ") });
  const detail = `This Worker is not configured. ${faults.join(" ")}`;
  return problemResponse("internal_error", { detail }, requestId);
}

function refuse(request: Request, code: RefusalCode, details: RefusalDetails): Response {
  return problemResponse(code, details, requestIdOf(request));
}
