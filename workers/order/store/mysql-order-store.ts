import { and, count, desc, eq, getTableColumns, inArray, type SQL, sql } from "drizzle-orm";
import { drizzle, type MySqlRemoteDatabase } from "drizzle-orm/mysql-proxy";
import { mysqlOrders as orders, ORDER_TEXT_MAX_CHARS } from "../../database/mysql-schema.ts";
import type { Position } from "../../shared/cursor.ts";
import { messageOf } from "../../shared/log.ts";
import { isOfLedger } from "./is-of-ledger.ts";
import { literalOf } from "./mysql-literal.ts";
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

/** Rows in one statement: past this the cost of a row no longer falls. */
export const MYSQL_ROWS_MAX = 1_000;
/** Parameters of one prepared statement: the server describes each of them when it prepares it. */
const MYSQL_PARAMETERS_MAX = 250;
/** Characters of one statement, all of them ASCII; the smallest packet that a server takes by default has 4 MB. */
export const MYSQL_STATEMENT_MAX_CHARS = 1_000_000;

/**
 * What MySQL and MariaDB say about a row that they will not take however often it is sent: null where there
 * must be something, a value out of range, of the wrong type, too long, or against a constraint.
 */
const ROW_REFUSED = new Set([1048, 1264, 1265, 1366, 1367, 1406, 3819, 4025]);

type OrderRow = typeof orders.$inferSelect;

/** Column names and values of one row in one place, so that they cannot drift apart. */
const COLUMNS: { name: string; value: (order: OrderSnapshot) => Parameter }[] = Object.entries(
  getTableColumns(orders),
).map(([key, { name }]) => ({ name, value: (order) => order[fieldOf(key)] }));

const TEXT_LIMITS = Object.entries(ORDER_TEXT_MAX_CHARS).map(([key, max]) => [fieldOf(key), max] as const);
const INSERT = `INSERT INTO orders (${COLUMNS.map(({ name }) => name).join(", ")}) VALUES `;
const NEWEST_WINS = newestWins();

/** Orders in MySQL, through one connection, which closes with the store. */
export function mysqlOrderStore(server: MySqlServer): OrderStore {
  const session = new MySqlSession(server);
  const db = drizzle(async (query, parameters: Parameter[]) => ({
    rows: await session.run(({ execute }) => readRows(execute, query, parameters)),
  }));
  return {
    async upsert(snapshots) {
      for (const statement of upsertsOf(inOrderOfSale(snapshots))) {
        await session.run(({ query }) => query(statement)).catch(rethrowKnown);
      }
    },
    async replace(wrong, right) {
      const upserts = [...upsertsOf(inOrderOfSale(right))];
      await session
        .transaction(async ({ execute, query }) => {
          for (const piece of inPieces(wrong, MYSQL_PARAMETERS_MAX / 2)) await forget(execute, piece);
          for (const statement of upserts) await query(statement);
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
      for (const piece of inPieces(orderIds, MYSQL_PARAMETERS_MAX)) {
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
    close: () => session.close(),
  };
}

/** The field of an order that a column holds. */
function fieldOf(column: string): keyof OrderSnapshot {
  return column === "id" ? "orderId" : (column as keyof OrderSnapshot);
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

/** The fewest statements that record these orders, each within the limits. */
export function* upsertsOf(orders: readonly OrderSnapshot[]): Generator<string> {
  let values: string[] = [];
  let chars = 0;
  for (const order of orders) {
    assertFits(order);
    const text = `(${COLUMNS.map(({ value }) => literalOf(value(order))).join(",")})`;
    if (values.length === MYSQL_ROWS_MAX || chars + text.length > MYSQL_STATEMENT_MAX_CHARS) {
      yield INSERT + values.join(",") + NEWEST_WINS;
      values = [];
      chars = 0;
    }
    values.push(text);
    chars += text.length;
  }
  if (values.length > 0) yield INSERT + values.join(",") + NEWEST_WINS;
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

/** Consumers that lock their rows in one order do not lock each other out. */
function inOrderOfSale(snapshots: readonly OrderSnapshot[]): OrderSnapshot[] {
  return snapshots.toSorted(bySale);
}

/** Looked at here, because a server that is not strict would cut a text off and say nothing. */
function assertFits(order: OrderSnapshot): void {
  for (const [name, max] of TEXT_LIMITS) {
    const text = order[name];
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
