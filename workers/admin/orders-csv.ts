import { toInstant } from "../shared/instant.ts";
import type { OrderSnapshot } from "../shared/order.ts";
import type { OrderFilter, OrderStore } from "../order/store/order-store.ts";

/** Orders read at once: enough to keep the stream busy, few enough to hold in memory. */
export const CSV_PAGE_ORDERS = 500;

const COLUMNS: { name: string; value: (order: OrderSnapshot) => string | number }[] = [
  { name: "id", value: (order) => order.orderId },
  { name: "spikeId", value: (order) => order.spikeId },
  { name: "spikeTitle", value: (order) => order.spikeTitle },
  { name: "userId", value: (order) => order.userId },
  { name: "quantity", value: (order) => order.quantity },
  { name: "amountMinor", value: (order) => order.amountMinor },
  { name: "currency", value: (order) => order.currency },
  { name: "state", value: (order) => order.state },
  { name: "payBefore", value: (order) => toInstant(order.payBefore) },
  { name: "createdAt", value: (order) => toInstant(order.createdAt) },
  { name: "updatedAt", value: (order) => toInstant(order.updatedAt) },
];

/** What makes a spreadsheet take a cell for a formula: a title could then run code on an admin's machine. */
const FORMULA_START = /^[=+\-@\t\r]/;

/**
 * All orders that match, newest first, as CSV (RFC 4180, with a header). A page is read when the
 * client has taken the one before, so an export of any length needs the memory of one page. The store is
 * closed when the last page is sent, or the client has had enough.
 */
export function streamOrdersCsv(store: OrderStore, filter: OrderFilter): ReadableStream<Uint8Array> {
  const lines = csvPages(store, filter);
  return new ReadableStream({
    async pull(controller) {
      const line = await lines.next();
      if (line.done) controller.close();
      else controller.enqueue(line.value);
    },
    async cancel() {
      await lines.return();
    },
  });
}

async function* csvPages(store: OrderStore, filter: OrderFilter): AsyncGenerator<Uint8Array, void> {
  try {
    const utf8 = new TextEncoder();
    yield utf8.encode(csvLine(COLUMNS.map(({ name }) => name)));
    let before: Parameters<OrderStore["page"]>[1] = null;
    do {
      const { orders, next } = await store.page(filter, before, CSV_PAGE_ORDERS);
      const lines = orders.map((order) => csvLine(COLUMNS.map(({ value }) => value(order))));
      if (lines.length > 0) yield utf8.encode(lines.join(""));
      before = next;
    } while (before);
  } finally {
    await store.close();
  }
}

function csvLine(cells: (string | number)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/** Quoted where the standard asks for it; an apostrophe keeps a spreadsheet from calculating. */
export function csvCell(value: string | number): string {
  const text = String(value);
  const harmless = FORMULA_START.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
