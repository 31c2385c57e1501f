import { log, type LogFields } from "./log.ts";

/** An order, and the request of the browser that made it. */
export interface FollowedOrder {
  /** Absent in what was sent by the version before. */
  requestId?: string | undefined;
  orderId: string;
}

/** Orders in one line, so that it stays below what a log takes for a line: 16 KB and some. */
const ORDERS_PER_LINE_MAX = 250;

/**
 * Logs that these orders have come by this place, `<request id> <order id>` each: `grep` for either finds a
 * purchase at every place on its way. One line for a whole batch, and none for an empty one.
 */
export function logPassage(event: string, fields: LogFields, orders: readonly FollowedOrder[]): void {
  for (let start = 0; start < orders.length; start += ORDERS_PER_LINE_MAX) {
    const line = orders.slice(start, start + ORDERS_PER_LINE_MAX);
    log.info(event, {
      ...fields,
      orders: line.map(({ requestId, orderId }) => `${requestId ?? "-"} ${orderId}`),
    });
  }
}

/** The requests that got an order, with it; `results` are in the order of `requests`. */
export function reservedOf(
  requests: readonly { requestId: string }[],
  results: readonly ({ ok: true; orderId: string } | { ok: false })[],
): FollowedOrder[] {
  return requests.flatMap(({ requestId }, position) => {
    const result = results[position];
    return result?.ok ? [{ requestId, orderId: result.orderId }] : [];
  });
}
