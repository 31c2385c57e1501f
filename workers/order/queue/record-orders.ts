import { bySale, type OrderSnapshot } from "../../shared/order.ts";
import { type OrderStore, RowsRefused } from "../store/order-store.ts";

/**
 * Store calls spent on finding refused orders in one batch; finding one among 25,000 takes about 30,
 * and an invocation may send 1,000 statements. What is left then is tried again later.
 */
export const ISOLATION_CALLS_MAX = 300;

/** Orders recorded by one call of the store, which is one statement of it. */
export const RECORDED_AT_ONCE_MAX = 1_000;

/** Calls of the store under way at once: while the database writes one part, the next one is made ready. */
export const PARTS_UNDER_WAY_MAX = 2;

/** What became of each order. */
export interface RecordOutcome {
  recorded: OrderSnapshot[];
  /** Orders the database will never take, with its reason, by order id. */
  refused: Map<string, string>;
}

/** The newest version of each order, in the order of sale. */
export function newestOf(orders: Iterable<OrderSnapshot>): OrderSnapshot[] {
  const newest = new Map<string, OrderSnapshot>();
  for (const order of orders) {
    const known = newest.get(order.orderId);
    if (known === undefined || order.version > known.version) newest.set(order.orderId, order);
  }
  return [...newest.values()].sort(bySale);
}

/**
 * Records orders in bulk. If the database refuses the rows, halves the list until each refused order
 * stands alone and the others are recorded: one bad order must not keep the rest from the database.
 * Orders in neither part of the outcome were not tried; `failure` says why.
 * @param onRecorded is told of each part as soon as it is recorded.
 */
export async function recordOrders(
  store: Pick<OrderStore, "upsert">,
  orders: OrderSnapshot[],
  onRecorded: (orders: OrderSnapshot[]) => void = () => {},
): Promise<RecordOutcome & { failure: unknown }> {
  const outcome: RecordOutcome & { failure: unknown } = { recorded: [], refused: new Map(), failure: null };
  const waiting: OrderSnapshot[][] = [];
  for (let start = 0; start < orders.length; start += RECORDED_AT_ONCE_MAX) {
    waiting.unshift(orders.slice(start, start + RECORDED_AT_ONCE_MAX));
  }
  const underWay: { part: OrderSnapshot[]; error: Promise<unknown> }[] = [];
  let calls = 0;
  for (;;) {
    while (outcome.failure === null && waiting.length > 0 && underWay.length < PARTS_UNDER_WAY_MAX) {
      if (calls++ === ISOLATION_CALLS_MAX) {
        outcome.failure = new Error("Too many refused orders to tell apart in one delivery");
        break;
      }
      const part = waiting.pop() ?? [];
      underWay.push({ part, error: errorOf(store.upsert(part)) });
    }
    const oldest = underWay.shift();
    if (!oldest) return outcome;
    const { part } = oldest;
    const error = await oldest.error;
    if (error === null) {
      outcome.recorded.push(...part);
      onRecorded(part);
    } else if (!(error instanceof RowsRefused)) {
      outcome.failure ??= error;
    } else {
      const [first] = part;
      const half = Math.floor(part.length / 2);
      if (half === 0 && first) outcome.refused.set(first.orderId, error.message);
      else waiting.push(part.slice(half), part.slice(0, half));
    }
  }
}

/** Why it failed; null when it did not. */
async function errorOf(work: Promise<void>): Promise<unknown> {
  try {
    await work;
    return null;
  } catch (error) {
    return error ?? new Error("no reason given");
  }
}
