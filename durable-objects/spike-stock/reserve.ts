import { ORDERS_PER_USER_MAX } from "../../workers/shared/limits.ts";
import type { OrderState } from "../../workers/shared/order.ts";
import { orderIdOf } from "../../workers/shared/ids.ts";
import { type LedgerConfig, phaseAt } from "../../workers/shared/spike.ts";
import { refOf } from "../../workers/shared/stripes.ts";
import type { ReserveRequest, ReserveResult } from "./messages.ts";
import { isStopped, moveUnits, type Stock } from "./stock.ts";

/** What the ledger knows of an order when it decides about its owner's next one. */
export interface Holding {
  userId: string;
  key: string;
  sequence: number;
  nonce: string;
  quantity: number;
  state: OrderState;
  payBefore: number;
}

/** Units taken off the shelf for a user; becomes a row of `orders`. */
export interface Reservation extends Holding {
  state: "reserved";
  version: 1;
  requestId: string;
  amountMinor: number;
  createdAt: number;
  updatedAt: number;
  paymentId: null;
}

/** Everything a decision depends on. `stock` and `holdings` are brought up to date with each yes. */
export interface ReserveContext {
  now: number;
  config: LedgerConfig;
  stock: Stock;
  /** All orders of the users who ask, by user. */
  holdings: Map<string, Holding[]>;
  newNonce: () => string;
}

/**
 * The stock rule. Decides the requests in order; each sees what those before it took. A request that
 * is refused changes nothing, so a later and smaller one may still succeed.
 */
export function decideReservations(
  requests: readonly ReserveRequest[],
  context: ReserveContext,
): { results: ReserveResult[]; reservations: Reservation[] } {
  const reservations: Reservation[] = [];
  const results = requests.map((request) => {
    const refusalOrKnown = answerWithoutStock(request, context);
    if (refusalOrKnown) return refusalOrKnown;
    const reservation = take(request, context);
    reservations.push(reservation);
    return accepted(context.config, reservation);
  });
  return { results, reservations };
}

/** The answer when no stock is to be taken: idempotency, then phase, then limit, then stock. */
function answerWithoutStock(request: ReserveRequest, context: ReserveContext): ReserveResult | null {
  const { config, stock } = context;
  const mine = context.holdings.get(request.userId) ?? [];
  const known = mine.find((holding) => holding.key === request.key);
  if (known) {
    // The same answer for ever, whatever became of the order, the sale or the stock since.
    return known.quantity === request.quantity
      ? accepted(config, known)
      : { ok: false, code: "idempotency_conflict" };
  }
  return (
    phaseRefusal(context) ??
    limitRefusal(request, mine, context) ??
    (request.quantity > stock.available ? { ok: false, code: "sold_out" } : null)
  );
}

function phaseRefusal({ now, config, stock }: ReserveContext): ReserveResult | null {
  const phase = phaseAt(now, config, {
    available: stock.available,
    paused: isStopped(stock) || now < stock.closedUntil,
  });
  if (phase === "upcoming") return { ok: false, code: "too_early", startsAt: config.startsAt };
  if (phase === "ended" || phase === "paused") return { ok: false, code: phase };
  return null;
}

function limitRefusal(
  request: ReserveRequest,
  mine: Holding[],
  { now, config }: ReserveContext,
): ReserveResult | null {
  const active = mine.filter((holding) => isActive(holding, now));
  if (mine.length < ORDERS_PER_USER_MAX && unitsOf(active) + request.quantity <= config.maxPerUser) {
    return null;
  }
  const newest = newestOf(active) ?? newestOf(mine);
  // Nothing to point to when the limit itself is below what is asked for.
  if (!newest) return { ok: false, code: "limit_reached" };
  return {
    ok: false,
    code: "limit_reached",
    orderId: orderIdOf(refOf(config), newest.sequence, newest.nonce),
  };
}

function take(request: ReserveRequest, context: ReserveContext): Reservation {
  const { now, config, stock, holdings } = context;
  const { userId, key, quantity, requestId } = request;
  moveUnits(stock, null, "reserved", quantity);
  stock.lastSequence += 1;
  const reservation: Reservation = {
    userId,
    key,
    requestId,
    quantity,
    sequence: stock.lastSequence,
    nonce: context.newNonce(),
    amountMinor: config.priceMinor * quantity,
    state: "reserved",
    version: 1,
    payBefore: now + config.holdSeconds * 1000,
    createdAt: now,
    updatedAt: now,
    paymentId: null,
  };
  const mine = holdings.get(userId);
  if (mine) mine.push(reservation);
  else holdings.set(userId, [reservation]);
  return reservation;
}

/** Whether an order counts towards its owner's limit: what was cancelled or has expired frees it. */
export function isActive({ state, payBefore }: Pick<Holding, "state" | "payBefore">, now: number): boolean {
  return state === "paid" || (state === "reserved" && payBefore > now);
}

export function unitsOf(holdings: readonly Pick<Holding, "quantity">[]): number {
  return holdings.reduce((units, { quantity }) => units + quantity, 0);
}

function newestOf(holdings: readonly Holding[]): Holding | undefined {
  return holdings.reduce<Holding | undefined>(
    (newest, holding) => (newest && newest.sequence > holding.sequence ? newest : holding),
    undefined,
  );
}

function accepted(config: LedgerConfig, { sequence, nonce, payBefore }: Holding): ReserveResult {
  return { ok: true, orderId: orderIdOf(refOf(config), sequence, nonce), payBefore };
}
