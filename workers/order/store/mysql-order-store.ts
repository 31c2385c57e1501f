import { and, count, desc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import { drizzle, type MySqlRemoteDatabase } from "drizzle-orm/mysql-proxy";
import { mysqlOrders as orders, ORDER_TEXT_MAX_CHARS } from "../../database/mysql-schema.ts";
import type { Position } from "../../shared/cursor.ts";
import { messageOf } from "../../shared/log.ts";
import { bySale, type OrderSnapshot, type RecordedOrder } from "../../shared/order.ts";
import {
  type Execute,
  isUnavailable,
  MySqlSession,
  type MySqlServer,
  numberOf,
  type Parameter,
} from "./mysql-session.ts";
import { type OrderFilter, type OrderStore, RowsRefused, StoreUnavailable } from "./order-store.ts";

/**
 * Rows in one statement: past this the cost of a row no longer falls. The server describes each parameter of a
 * statement it prepares, 1,500 for this many rows, so a connection prepares this one once and uses it again.
 */
export const MYSQL_ROWS_MAX = 125;

/**
 * What MySQL and MariaDB say about a row that they will not take however often it is sent: null where there
 * must be something, a value out of range, of the wrong type, too long, or against a constraint.
 */
const ROW_REFUSED = new Set([1048, 1264, 1265, 1366, 1367, 1406, 3819, 4025]);

type OrderRow = typeof orders.$inferSelect;

/** Column names and values of one row in one place, so that they cannot drift apart. */
const COLUMNS: { name: string; value: (row: OrderRow) => Parameter }[] = Object.entries(
  getTableColumns(orders),
).map(([key, { name }]) => ({ name, value: (row) => row[key as keyof OrderRow] }));

const ONE_ROW = `(${COLUMNS.map(() => "?").join(",")})`;
const INSERT = `INSERT INTO orders (${COLUMNS.map(({ name }) => name).join(", ")}) VALUES `;
const NEWEST_WINS = newestWins();
/** Long batches are made of it. */
const FULL_STATEMENT = upsertOf(MYSQL_ROWS_MAX);

/** Orders in MySQL, through one connection, which closes with the store. */
export function mysqlOrderStore(server: MySqlServer): OrderStore {
  const session = new MySqlSession(server);
  const db = drizzle(async (query, parameters: Parameter[]) => ({
    rows: await session.run((execute) => readRows(execute, query, parameters)),
  }));
  return {
    async upsert(snapshots) {
      for (const rows of inPieces(toRows(snapshots), MYSQL_ROWS_MAX)) {
        await session.run((execute) => record(execute, rows)).catch(rethrowKnown);
      }
    },
    async replace(wrong, right) {
      const rows = toRows(right);
      await session
        .transaction(async (execute) => {
          for (const piece of inPieces(wrong, MYSQL_ROWS_MAX)) await forget(execute, piece);
          for (const piece of inPieces(rows, MYSQL_ROWS_MAX)) await record(execute, piece);
        })
        .catch(rethrowKnown);
    },
    page: (filter, before, limit) => readPage(db, filter, before, limit),
    async find(orderId, userId) {
      const [row] = await db
        .select()
        .from(orders)
        .where(and(eq(orders.id, orderId), isUser(userId)));
      return row ? fromRow(row) : null;
    },
    async findMany(orderIds) {
      const found: OrderSnapshot[] = [];
      for (const piece of inPieces(orderIds, MYSQL_ROWS_MAX)) {
        const rows = await db.select().from(orders).where(inArray(orders.id, piece));
        found.push(...rows.map(fromRow));
      }
      return found;
    },
    async paidIn(userId, spikeIds) {
      const rows = await db
        .selectDistinct({ spikeId: orders.spikeId })
        .from(orders)
        .where(and(isUser(userId), eq(orders.state, "paid"), inArray(orders.spikeId, [...spikeIds])));
      return rows.map(({ spikeId }) => spikeId);
    },
    async countByState(spikeId) {
      const counts = { reserved: 0, paid: 0, cancelled: 0, expired: 0 };
      const rows = await db
        .select({ state: orders.state, orders: count() })
        .from(orders)
        .where(eq(orders.spikeId, spikeId))
        .groupBy(orders.state);
      for (const row of rows) counts[row.state] = row.orders;
      return counts;
    },
    close: () => session.close(),
  };
}

/** Assignments happen from left to right and see each other's results, so the version, which decides, is last. */
function newestWins(): string {
  const newer = `VALUES(version) > ${orders.version.name}`;
  const others = COLUMNS.map(({ name }) => name).filter(
    (name) => name !== orders.id.name && name !== "version",
  );
  const assignments = [...others, "version"].map(
    (name) => `${name} = IF(${newer}, VALUES(${name}), ${name})`,
  );
  return ` ON DUPLICATE KEY UPDATE ${assignments.join(", ")}`;
}

async function record(execute: Execute, rows: readonly OrderRow[]): Promise<void> {
  const parameters: Parameter[] = [];
  for (const row of rows) for (const { value } of COLUMNS) parameters.push(value(row));
  await execute(rows.length === MYSQL_ROWS_MAX ? FULL_STATEMENT : upsertOf(rows.length), parameters);
}

function upsertOf(rows: number): string {
  return INSERT + Array.from({ length: rows }, () => ONE_ROW).join(",") + NEWEST_WINS;
}

async function forget(execute: Execute, wrong: readonly RecordedOrder[]): Promise<void> {
  const statement = `DELETE FROM orders WHERE (id, version) IN (${wrong.map(() => "(?,?)").join(",")})`;
  await execute(
    statement,
    wrong.flatMap(({ orderId, version }) => [orderId, version]),
  );
}

/** The rows as the lists that drizzle takes them for. */
async function readRows(execute: Execute, query: string, parameters: Parameter[]): Promise<unknown[][]> {
  const rows = (await execute(query, parameters)) as object[];
  return rows.map((row) => Object.values(row) as unknown[]);
}

async function readPage(
  db: MySqlRemoteDatabase,
  filter: OrderFilter,
  before: Position | null,
  limit: number,
) {
  const conditions: (SQL | undefined)[] = [
    filter.userId === undefined ? undefined : isUser(filter.userId),
    filter.spikeId === undefined ? undefined : eq(orders.spikeId, filter.spikeId),
    filter.state === undefined ? undefined : eq(orders.state, filter.state),
    before === null ? undefined : isBefore(before),
  ];
  // One row more than asked for tells whether there is a next page.
  const rows = await db
    .select()
    .from(orders)
    .where(and(...conditions))
    .orderBy(desc(orders.createdAt), desc(orders.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit).map(fromRow);
  const last = page.at(-1);
  const next = last && rows.length > limit ? { at: last.createdAt, id: last.orderId } : null;
  return { orders: page, next };
}

/** Not as a comparison of pairs: MySQL and MariaDB find no range of an index in one. */
function isBefore({ at, id }: Position): SQL {
  return sql`${orders.createdAt} <= ${at} AND (${orders.createdAt} < ${at} OR ${orders.id} < ${id})`;
}

/** MySQL takes texts for equal that differ in blanks at their end. The index finds the first, the rest is exact. */
function isUser(userId: string): SQL | undefined {
  return and(eq(orders.userId, userId), sql`CAST(${orders.userId} AS BINARY) = CAST(${userId} AS BINARY)`);
}

/** In the order of sale: consumers that lock their rows in one order do not lock each other out. */
function toRows(snapshots: readonly OrderSnapshot[]): OrderRow[] {
  const rows = snapshots.toSorted(bySale).map(({ orderId, ...rest }) => ({ id: orderId, ...rest }));
  rows.forEach(assertFits);
  return rows;
}

/** Looked at here, because a server that is not strict would cut a text off and say nothing. */
function assertFits(row: OrderRow): void {
  for (const [name, max] of Object.entries(ORDER_TEXT_MAX_CHARS)) {
    const text = row[name as keyof typeof ORDER_TEXT_MAX_CHARS];
    // A character is one or two of JavaScript's units, so most texts need not be counted.
    if (typeof text === "string" && text.length > max && [...text].length > max) {
      throw new RowsRefused(`${name} has more than ${max} characters`);
    }
  }
}

function fromRow({ id, ...rest }: OrderRow): OrderSnapshot {
  return { orderId: id, ...rest };
}

function* inPieces<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let start = 0; start < values.length; start += size) yield values.slice(start, start + size);
}

function rethrowKnown(error: unknown): never {
  if (ROW_REFUSED.has(numberOf(error))) throw new RowsRefused(messageOf(error), { cause: error });
  if (isUnavailable(error)) throw new StoreUnavailable(messageOf(error), { cause: error });
  throw error;
}
