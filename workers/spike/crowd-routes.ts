import type { GateResult } from "../../durable-objects/spike-gate/messages.ts";
import { invalidRequest } from "../edge/api.ts";
import { identify, knownCaller } from "../edge/authenticate.ts";
import { assertBodyFits, hasBody, readBody } from "../edge/body-limit.ts";
import { fieldErrorsOf } from "../edge/field-errors.ts";
import { namedOrigin } from "../edge/named-origin.ts";
import { callerNetwork, countryOf } from "../edge/origin.ts";
import { OWN_WRITE_COOKIE } from "../edge/own-reads.ts";
import { answerError, problemResponse } from "../edge/problems.ts";
import { REQUEST_ID_HEADER, requestIdOf } from "../edge/request-id.ts";
import { ANSWER_HEADERS } from "../edge/security-headers.ts";
import { loadSettings, peekSettings } from "../platform/settings-store.ts";
import { toInstant } from "../shared/instant.ts";
import type { Identity } from "../shared/identity.ts";
import { Refusal } from "../shared/refusals.ts";
import type { Settings } from "../shared/settings.ts";
import { andThen, type Soon } from "../shared/soon.ts";
import { SOLUTION_HEADER } from "./challenge/challenge.ts";
import { idempotencyKey, purchaseBody } from "./contract.ts";
import { type Attempt, type Filter, learned, passFunnel } from "./funnel/attempt.ts";
import { challengeRefusal } from "./funnel/challenge.ts";
import { counted, countOutcome, type Funnel } from "./funnel/counting.ts";
import { PURCHASE_FUNNEL, TOKEN_FUNNEL } from "./funnel/funnel.ts";
import { overload, takePlace } from "./funnel/overload.ts";
import { ledgerKeyOf } from "./idempotency-key.ts";
import { noteInVain } from "./impatience.ts";
import { refusalCodeOf, refusalOf } from "./purchase-refusals.ts";
import { issuePurchaseToken } from "./purchase-token.ts";
import { purchase } from "./purchases.ts";

/*
 * The hot path: the two calls of a sale, answered without a router and its middleware, which together
 * cost as much as everything else here. What the middleware does for other routes is done in `answer`
 * and by the filters, with the same functions.
 */

/** The spike's id, and the purchase token where there is one. */
const CROWD_CALL = /^https?:\/\/[^/]+\/api\/spikes\/([^/?#]+)\/(?:token|purchases\/([^/?#]+))(?:[?#]|$)/;

/** For the request that asks for one. */
const NO_TOKEN = "";

/** One request on its way through a sale. */
interface CrowdCall {
  request: Request;
  env: Env;
  requestId: string;
}

/**
 * Gives out a purchase token or makes a purchase; null for every other request. Who is refused from memory is
 * answered at once, without a promise. Neither throws nor rejects.
 */
export function answerCrowdCall(request: Request, env: Env): Soon<Response> | null {
  if (request.method !== "POST") return null;
  const [, spikeId, token] = CROWD_CALL.exec(request.url) ?? [];
  if (spikeId === undefined) return null;
  const call: CrowdCall = { request, env, requestId: requestIdOf(request) };
  const fail = (error: unknown) => answerError(error, request, call.requestId);
  try {
    assertBodyFits(request);
    const answer = token === undefined ? giveToken(call, spikeId) : reserve(call, spikeId, token);
    return answer instanceof Promise ? answer.catch(fail) : answer;
  } catch (error) {
    return fail(error);
  }
}

function giveToken(call: CrowdCall, spikeId: string): Soon<Response> {
  return andThen(attemptOf(call, spikeId, NO_TOKEN, null), (attempt) => {
    const outcome = goThrough("token", TOKEN_FUNNEL, attempt, () => tokenFor(call, attempt));
    return andThen(outcome, (answer) => respond(call, attempt, answer));
  });
}

/** Does the work of an attempt when no filter speaks against it, and counts how it ended. */
function goThrough(
  funnel: Funnel,
  filters: readonly Filter[],
  attempt: Attempt,
  work: () => Promise<Response | Refusal>,
): Soon<Response | Refusal> {
  return counted<Response>(funnel, attempt, () =>
    andThen<Refusal | null, Response | Refusal>(passFunnel(filters, attempt), (refusal) => refusal ?? work()),
  );
}

async function tokenFor(call: CrowdCall, attempt: Attempt): Promise<Response> {
  const { userId } = learned(attempt, "identity");
  const { token, expiresAt } = await issuePurchaseToken(call.env, attempt.spikeId, userId, attempt.now);
  return succeed(call, 200, { token, expiresAt: toInstant(expiresAt) });
}

function reserve(call: CrowdCall, spikeId: string, token: string): Soon<Response> {
  return andThen(attemptOf(call, spikeId, token, readKey(call.request)), (attempt) => {
    const outcome = goThrough("purchase", PURCHASE_FUNNEL, attempt, () => purchaseOnce(call, attempt));
    return andThen(outcome, (answer) => respond(call, attempt, answer));
  });
}

async function purchaseOnce(call: CrowdCall, attempt: Attempt): Promise<Response | Refusal> {
  const { request } = call;
  const quantity = hasBody(request) ? readQuantity(await readBody(request)) : 1;
  // Again, since a body may have been long on its way. Only what is complete takes a place, or those who send
  // nothing could keep everybody else out.
  const refusal = overload.check(attempt, Date.now());
  if (refusal) {
    attempt.filter = overload.name;
    return refusal;
  }
  const result = await purchaseUnderWay(call, attempt, quantity);
  if (!result.ok) {
    return result.code === "challenge_required" ? challengeRefusal(attempt) : refusalOf(result, attempt);
  }
  const { orderId, payBefore } = result;
  const reserved = {
    orderId,
    state: "reserved",
    payBefore: toInstant(payBefore),
    poll: `/api/orders/${orderId}`,
  };
  return succeed(call, 202, reserved, { "set-cookie": OWN_WRITE_COOKIE });
}

/** Makes the purchase, with a place among those under way until somebody here knows how it ended. */
function purchaseUnderWay(call: CrowdCall, attempt: Attempt, quantity: number): Promise<GateResult> {
  const { spikeId, settings } = attempt;
  const { userId } = learned(attempt, "identity");
  const wanted = {
    userId,
    quantity,
    key: attempt.key ?? `auto:${crypto.randomUUID()}`,
    requestId: call.requestId,
    address: attempt.address ?? undefined,
    solution: attempt.solved,
    owesProof: attempt.owesProof,
  };
  const leave = takePlace(spikeId, Date.now());
  const onKnown = (result: GateResult | undefined) => {
    leave();
    if (result) countOutcome("purchase", attempt, result.ok ? "passed" : `refused.${refusalCodeOf(result)}`);
  };
  return purchase(call.env, spikeId, wanted, settings, onKnown).finally(leave);
}

function attemptOf(
  { request, env }: CrowdCall,
  spikeId: string,
  purchaseToken: string,
  key: string | null,
): Soon<Attempt> {
  const now = Date.now();
  const of = (settings: Settings) =>
    new CrowdAttempt(request, { env, settings, now, spikeId, purchaseToken, key });
  return andThen(peekSettings(now) ?? loadSettings(env), of);
}

/** A class, since an object with getters of its own costs more to make than most filters do. */
class CrowdAttempt implements Attempt {
  readonly env: Env;
  settings: Settings;
  readonly now: number;
  readonly spikeId: string;
  readonly purchaseToken: string;
  readonly key: string | null;
  readonly address: string | null;
  readonly #request: Request;

  constructor(
    request: Request,
    known: Pick<Attempt, "env" | "settings" | "now" | "spikeId" | "purchaseToken" | "key">,
  ) {
    this.#request = request;
    this.env = known.env;
    this.settings = known.settings;
    this.now = known.now;
    this.spikeId = known.spikeId;
    this.purchaseToken = known.purchaseToken;
    this.key = known.key;
    this.address = callerNetwork(request);
  }

  identify(): Soon<Identity | undefined> {
    return identify(this.#request, this.env);
  }

  // What only few filters ask about few requests.

  get country(): string | null {
    return countryOf(this.#request);
  }

  get hostname(): string {
    return new URL(namedOrigin(this.#request, this.env) ?? this.#request.url).hostname;
  }

  get solution(): string | null {
    return this.#request.headers.get(SOLUTION_HEADER);
  }
}

/**
 * Units that a purchase's body asks for; no body asks for one.
 * @throws Refusal `invalid_request`.
 */
function readQuantity(body: string): number {
  if (body === "") return 1;
  const parsed = purchaseBody.safeParse(parseJson(body));
  if (!parsed.success) throw invalidRequest(parsed.error);
  return parsed.data.quantity;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal("invalid_request", { detail: "The body is not valid JSON." });
  }
}

/**
 * The client's idempotency key as the ledger knows it, null when there is none; then a purchase gets its
 * own, so that our retries take stock once.
 * @throws Refusal `invalid_request`.
 */
function readKey(request: Request): string | null {
  const header = request.headers.get("idempotency-key");
  if (header === null) return null;
  const key = ledgerKeyOf(header);
  if (key !== null) return key;
  const { error } = idempotencyKey.safeParse(header);
  throw new Refusal("invalid_request", { errors: error ? fieldErrorsOf(error, "Idempotency-Key") : [] });
}

function respond({ request, requestId }: CrowdCall, attempt: Attempt, answer: Response | Refusal): Response {
  if (!(answer instanceof Refusal)) return answer;
  const { code, details } = answer;
  if (code === "too_early" || code === "sold_out") {
    const { env, spikeId, settings, now, address } = attempt;
    const identity = attempt.identity ?? knownCaller(request, env, now);
    if (identity) noteInVain({ env, spikeId, settings, now, address, userId: identity.userId }, code);
  }
  return problemResponse(code, details, requestId);
}

function succeed(
  { requestId }: CrowdCall,
  status: number,
  body: object,
  headers?: Record<string, string>,
): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: {
      ...ANSWER_HEADERS,
      "content-type": "application/json",
      "cache-control": "no-store",
      [REQUEST_ID_HEADER]: requestId,
      ...headers,
    },
  });
}
