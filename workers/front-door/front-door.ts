import { faultsOfIsolate } from "../operations/assert-configured.ts";
import { sayWhatIsMissing } from "./not-configured.ts";
import { answerRead } from "./reads.ts";
import { turnAway } from "./turn-away.ts";

/** What a crowd asks: what is on sale, one sale, what is left; and for a purchase token, and the purchase. */
const CROWD_CALL =
  /^https?:\/\/[^/]+\/api\/spikes(?:\/([0-9a-z]{1,40})(?:\/(stock|token|purchases\/[^/?#]+))?)?(?:[?#]|$)/;

/**
 * Answers the crowd from memory, before anything is routed, parsed or verified: nearly all requests of a
 * sale end here, so this costs little more than answering at all. The answers are those of the routes and
 * of the funnel's own filters. Returns null whenever memory alone cannot decide. A Worker that is not
 * configured turns everybody away.
 */
export function answerAtTheDoor(request: Request, env: Env): Response | null {
  const faults = faultsOfIsolate(env);
  if (faults.length > 0) return sayWhatIsMissing(request, faults);
  const match = CROWD_CALL.exec(request.url);
  if (!match) return null;
  const [, spikeId, call] = match;
  switch (request.method) {
    case "GET":
      return call === undefined || call === "stock" ? answerRead(request, env, spikeId, call) : null;
    case "POST":
      if (spikeId === undefined || call === undefined || call === "stock") return null;
      return turnAway(request, env, spikeId, call === "token" ? "token" : "purchase");
    default:
      return null;
  }
}
