import { hasUnknownBearer } from "../edge/authenticate.ts";
import { etagOf, hasState } from "../edge/conditional.ts";
import { callerNetwork } from "../edge/origin.ts";
import { problemResponse } from "../edge/problems.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "../edge/request-id.ts";
import { ANSWER_HEADERS } from "../edge/security-headers.ts";
import { peekSettings } from "../platform/settings-store.ts";
import { BoundedMap } from "../shared/bounded-map.ts";
import {
  addressLimitDetails,
  addressWaitMs,
  limitAddress,
  limitsAddresses,
} from "../shared/rate/request-limits.ts";
import { peekSale, peekSales, type Sale } from "../spike/catalogue.ts";
import { Description, type Kind, ONE_SALE, SALE_LIST, STOCK_OF_SALE } from "../spike/descriptions.ts";

/** Answers an isolate keeps ready, of some KB each. */
const READY_MAX = 500;

/** The key of the list among answers whose keys are a spike's id, or that and a part of it. */
const LIST_KEY = "/";

/** An answer that lacks the clock and the request's id. */
interface Ready {
  description: Description;
  etag: string;
  /** A Response copies what it is given, so one object serves all. */
  headers: Headers;
  /** Of a 304, which has no body whose type could be said. */
  unchangedHeaders: Headers;
}

const answers = new BoundedMap<string, Ready>(READY_MAX);

/**
 * Answers the public reads from memory: the list, one sale, its stock. Null when memory does not hold
 * them, or does not know the caller that the request names, unless his address has used up its allowance.
 */
export function answerRead(
  request: Request,
  env: Env,
  spikeId: string | undefined,
  part: "stock" | undefined,
): Response | null {
  const now = Date.now();
  const settings = peekSettings(now);
  if (!settings) return null;
  const network = limitsAddresses(settings) ? callerNetwork(request) : null;
  // Who names himself must be right or is told so, which is not for the door to do.
  const answer = hasUnknownBearer(request, env, now) ? null : readyAnswer(spikeId, part, now);
  if (!answer) return tooFast(request, addressWaitMs("other", network, settings, now));
  const refusal = limitAddress("other", network, settings, now);
  if (refusal) return problemResponse(refusal.code, refusal.details, requestIdOf(request));
  return respond(request, answer, now);
}

/** Said also without an answer at hand: whom the routes stop for this never brings one into memory. */
function tooFast(request: Request, waitMs: number): Response | null {
  if (waitMs === 0) return null;
  return problemResponse("rate_limited", addressLimitDetails(waitMs), requestIdOf(request));
}

function readyAnswer(spikeId: string | undefined, part: "stock" | undefined, now: number): Ready | null {
  return spikeId === undefined ? readyList(now) : readySale(spikeId, part, now);
}

function readyList(now: number): Ready | null {
  const sales = peekSales();
  return sales && ready(LIST_KEY, SALE_LIST, sales, now);
}

function readySale(spikeId: string, part: "stock" | undefined, now: number): Ready | null {
  const sale = peekSale(spikeId);
  if (!sale) return null;
  return part === undefined
    ? ready(spikeId, ONE_SALE, sale, now)
    : ready(`${spikeId}/${part}`, STOCK_OF_SALE, sale, now);
}

function ready<Subject extends Sale | readonly Sale[]>(
  key: string,
  kind: Kind<Subject, object>,
  subject: Subject,
  now: number,
): Ready {
  const known = answers.get(key);
  if (known?.description.describes(subject, now)) return known;
  const description = Description.of(kind, subject, now);
  const etag = etagOf(description.state);
  const { cacheControl } = kind;
  const unchangedHeaders = new Headers({ etag, "cache-control": cacheControl, ...ANSWER_HEADERS });
  const headers = new Headers(unchangedHeaders);
  headers.set("content-type", "application/json");
  const fresh = { description, etag, headers, unchangedHeaders };
  answers.set(key, fresh);
  return fresh;
}

function respond(request: Request, answer: Ready, now: number): Response {
  const isKnown = hasState(request.headers.get("if-none-match"), answer.etag);
  const headers = isKnown ? answer.unchangedHeaders : answer.headers;
  headers.set(REQUEST_ID_HEADER, requestIdOf(request));
  return isKnown
    ? new Response(null, { status: 304, headers })
    : new Response(answer.description.textAt(now), { headers });
}
