import { and, count, desc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { orders } from "../../database/schema.ts";
import { messageOf } from "../../shared/log.ts";
import type { Position } from "../../shared/cursor.ts";
import type { OrderSnapshot } from "../../shared/order.ts";
import { isOfLedger } from "./is-of-ledger.ts";
import { packJson } from "./pack-json.ts";
import { type OrderFilter, type OrderStore, RowsRefused, StoreUnavailable } from "./order-store.ts";

/**
 * Largest JSON parameter in characters. D1 takes strings up to 1,000,000 bytes, and a character is
 * at most three bytes of UTF-8.
 */
export const D1_ROWS_MAX_CHARS = 300_000;

/** SQLite's own words for a row that it will not take however often it is sent. */
const ROW_REFUSED = /SQLITE_(CONSTRAINT|MISMATCH|TOOBIG|RANGE)/;
/**
 * What SQLite or D1 say about a statement. Whatever else goes wrong says that the database is away: a broken
 * connection has no code at all.
 */
const ABOUT_THE_STATEMENT = /SQLITE_(?!FULL|IOERR|READONLY|BUSY|LOCKED|CANTOPEN|NOMEM)|D1_TYPE_ERROR/;

type OrderRow = typeof orders.$inferSelect;

/** Column names and values of one row in one place, so that they cannot drift apart. */
const COLUMNS: { name: string; value: (order: OrderSnapshot) => string | number }[] = [
  { name: orders.id.name, value: (order) => order.orderId },
  { name: orders.spikeId.name, value: (order) => order.spikeId },
  { name: orders.spikeTitle.name, value: (order) => order.spikeTitle },
  { name: orders.userId.name, value: (order) => order.userId },
  { name: orders.quantity.name, value: (order) => order.quantity },
  { name: orders.amountMinor.name, value: (order) => order.amountMinor },
  { name: orders.currency.name, value: (order) => order.currency },
  { name: orders.state.name, value: (order) => order.state },
  { name: orders.version.name, value: (order) => order.version },
  { name: orders.payBefore.name, value: (order) => order.payBefore },
  { name: orders.createdAt.name, value: (order) => order.createdAt },
  { name: orders.updatedAt.name, value: (order) => order.updatedAt },
];

const UPSERT = upsertStatement();
const FORGET =
  "DELETE FROM orders WHERE (id, version) IN (SELECT value ->> 0, value ->> 1 FROM json_each(?1))";

/** Orders in D1. Rows travel as one JSON parameter, because a statement takes 100 parameters at most. */
export function d1OrderStore(database: D1Database): OrderStore {
  const db = drizzle(database);
  return {
    async upsert(snapshots) {
      const statement = database.prepare(UPSERT);
      for (const rows of packRows(snapshots, D1_ROWS_MAX_CHARS)) {
        await statement.bind(rows).run().catch(rethrowKnown);
      }
    },
    async replace(wrong, right) {
      const forget = JSON.stringify(wrong.map(({ orderId, version }) => [orderId, version]));
      const record = database.prepare(UPSERT);
      const rows = [...packRows(right, D1_ROWS_MAX_CHARS)].map((packed) => record.bind(packed));
      await database.batch([database.prepare(FORGET).bind(forget), ...rows]).catch(rethrowKnown);
    },
    page: (filter, before, limit) => readPage(db, filter, before, limit),
    async find(orderId, userId) {
      const [row] = await db
        .select()
        .from(orders)
        .where(and(eq(orders.id, orderId), eq(orders.userId, userId)));
      return row ? fromRow(row) : null;
    },
    async findMany(orderIds) {
      const rows = await db
        .select()
        .from(orders)
        .where(inArray(orders.id, eachOf(orderIds)));
      return rows.map(fromRow);
    },
    async paidIn(userId, spikeIds) {
      const rows = await db
        .selectDistinct({ spikeId: orders.spikeId })
        .from(orders)
        .where(
          and(eq(orders.userId, userId), eq(orders.state, "paid"), inArray(orders.spikeId, eachOf(spikeIds))),
        );
      return rows.map(({ spikeId }) => spikeId);
    },
    async countByState(spikeId, stripe) {
      const counts = { reserved: 0, paid: 0, cancelled: 0, expired: 0 };
      const rows = await db
        .select({ state: orders.state, orders: count() })
        .from(orders)
        .where(and(eq(orders.spikeId, spikeId), isOfLedger(orders.id, spikeId, stripe)))
        .groupBy(orders.state);
      for (const row of rows) counts[row.state] = row.orders;
      return counts;
    },
    // D1 has no connection of ours.
    close: () => Promise.resolve(),
  };
}

/** Any number of texts as one parameter. */
function eachOf(texts: readonly string[]): SQL {
  return sql`(SELECT value FROM json_each(${JSON.stringify(texts)}))`;
}

function upsertStatement(): string {
  const names = COLUMNS.map((column) => column.name);
  const [key, ...others] = names;
  // "WHERE true" keeps SQLite from reading ON CONFLICT as the ON of a join.
  return `INSERT INTO orders (${names.join(", ")})
    SELECT ${names.map((_, position) => `value ->> ${position}`).join(", ")} FROM json_each(?1) WHERE true
    ON CONFLICT (${key}) DO UPDATE SET ${others.map((name) => `${name} = excluded.${name}`).join(", ")}
    WHERE excluded.version > orders.version`;
}

/** Orders as JSON arrays of rows, each at most `maxChars` long unless a single row is longer. */
export function packRows(snapshots: readonly OrderSnapshot[], maxChars: number): Generator<string> {
  return packJson(
    snapshots.map((order) => COLUMNS.map((column) => column.value(order))),
    maxChars,
  );
}

async function readPage(db: DrizzleD1Database, filter: OrderFilter, before: Position | null, limit: number) {
  const conditions: (SQL | undefined)[] = [
    filter.userId === undefined ? undefined : eq(orders.userId, filter.userId),
    filter.spikeId === undefined ? undefined : eq(orders.spikeId, filter.spikeId),
    filter.state === undefined ? undefined : eq(orders.state, filter.state),
    before === null ? undefined : sql`(${orders.createdAt}, ${orders.id}) < (${before.at}, ${before.id})`,
  ];
  // One row more than asked for tells whether there is a next page.
  const rows = await db
    .select(getTableColumns(orders))
    .from(orders)
    .where(and(...conditions))
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(fromRow);
  const last = page.at(-1);
  return { orders: page, next: last && rows.length > limit ? positionOf(last) : null };
}

function positionOf({ createdAt, orderId }: OrderSnapshot): Position {
  return { at: createdAt, id: orderId };
}

function fromRow({ id, ...rest }: OrderRow): OrderSnapshot {
  return { orderId: id, ...rest };
}

function rethrowKnown(error: unknown): never {
  const message = messageOf(error);
  if (ROW_REFUSED.test(message)) throw new RowsRefused(message, { cause: error });
  if (!ABOUT_THE_STATEMENT.test(message)) throw new StoreUnavailable(message, { cause: error });
  throw error;
}
