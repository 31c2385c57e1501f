import { parseOrderId } from "../../workers/shared/ids.ts";
import type { OrderSnapshot } from "../../workers/shared/order.ts";
import type { LedgerConfig } from "../../workers/shared/spike.ts";
import { Alarms, type LedgerStorage } from "./alarms.ts";
import type {
  LedgerCondition,
  RestoredLedger,
  RestoreExpectations,
  RestoreReply,
  RestoreResult,
} from "./messages.ts";
import { ORDER_PAGE_MAX } from "./order-pages.ts";
import { RESEND_AFTER_MS } from "./resend.ts";
import { hasSchema, isErased, isOpen, migrate } from "./schema.ts";
import { LedgerStore } from "./store.ts";

/*
 * Bringing a ledger back that was lost with its object, from what the database has of its orders. They come
 * in pages into the empty table of orders, and stand there until one last transaction makes a ledger of them.
 * Until then the object sells nothing, as if it knew of no sale. Each step may be repeated and the object may die
 * after any of them.
 *
 * What the lost ledger sold and never got recorded is in no database. So a restored ledger has nothing for
 * sale: its total is what is paid, and who knows of more units puts them on sale by a restock.
 *
 * Where a sale has several ledgers, the others know what has gone between them and the lost one. It takes
 * their counters over: what they have given it counts as taken, so it is never given again, and what they
 * have taken as given, so what it gives from now on arrives. Units that were on their way when it was lost stay lost.
 */

/**
 * The database's orders must not have changed for this long, watched by walks over all of them, in
 * milliseconds. Messages wait five minutes at most between two deliveries, so by then a consumer that works
 * has recorded what was on its way.
 */
export const RESTORE_QUIET_MS = 15 * 60_000;
/**
 * Sequences left out after the newest known order: the lost ledger may have used some of them, and a late
 * order of it must not be mistaken for one of the new ledger's.
 */
export const RESTORE_SEQUENCE_GAP = 1_000_000;
/** Added to the version of an order that restoring changes, so that no late event of the lost ledger is newer. */
export const RESTORE_VERSION_STEP = 1_000;

const SELECT_PROGRESS = `SELECT id, walk_began_at AS walkBeganAt, still_since AS stillSince,
  finished AS finished FROM restores ORDER BY begun_at DESC LIMIT 1`;
/** Orders of the page that are not in the table as they are. */
const COUNT_CHANGED = `SELECT COUNT(*) AS count FROM json_each(?) WHERE NOT EXISTS (SELECT 1 FROM orders
  WHERE sequence = value ->> 0 AND nonce = value ->> 1 AND state = value ->> 6 AND version = value ->> 7
    AND user_id = value ->> 2 AND quantity = value ->> 4)`;
const COUNT_CLASHES = `SELECT COUNT(*) AS count FROM json_each(?) CROSS JOIN orders
  ON sequence = value ->> 0 WHERE nonce <> value ->> 1`;
const INSERT_PAGE = `INSERT OR REPLACE INTO orders (sequence, nonce, user_id, key, request_id, quantity,
    amount_minor, state, version, recorded_version, pay_before, created_at, updated_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, 'restored', value ->> 4, value ->> 5, value ->> 6,
    value ->> 7, value ->> 7, value ->> 8, value ->> 9, value ->> 10 FROM json_each(?)`;
const EXPIRE_UNPAID = `UPDATE orders SET state = 'expired', version = version + ?, updated_at = ?
  WHERE state = 'reserved'`;
const SUM_UP = `SELECT state, COUNT(*) AS orders, SUM(quantity) AS units, MAX(sequence) AS last
  FROM orders GROUP BY state`;

interface Progress {
  id: string;
  walkBeganAt: number;
  stillSince: number;
  /** What came of it, as JSON; null before the end. */
  finished: string | null;
}

/** What a ledger is that is asked for its orders and has none to give. Reads only. */
export function conditionOf(sql: LedgerStorage["sql"]): LedgerCondition {
  if (isErased(sql)) return "erased";
  if (!hasSchema(sql)) return "lost";
  return isOpen(sql) ? "open" : "restoring";
}

/**
 * Takes a page of the database's orders; `isFirst` begins a walk over all of them. Another restoration than the
 * one under way begins anew.
 * @throws RangeError for more than ORDER_PAGE_MAX orders.
 */
export function takePage(
  storage: LedgerStorage,
  restore: string,
  page: readonly OrderSnapshot[],
  isFirst: boolean,
  now: number,
): RestoreReply {
  if (page.length > ORDER_PAGE_MAX) throw new RangeError(`${page.length} orders; at most ${ORDER_PAGE_MAX}`);
  return storage.transactionSync(() => {
    const { sql } = storage;
    const condition = conditionOf(sql);
    if (condition === "open" || condition === "erased") return { ok: false, code: "not_lost" };
    migrate(sql);
    if (progressOf(sql)?.id !== restore) {
      if (!isFirst) return { ok: false, code: "other_restore" };
      sql.exec("DELETE FROM orders");
      sql.exec("DELETE FROM restores");
      sql.exec("INSERT INTO restores VALUES (?, ?, ?, ?, NULL, 0)", restore, now, now, now);
    }
    if (isFirst) sql.exec("UPDATE restores SET walk_began_at = ?", now);
    const taken = page.map(rowOf);
    const rows = JSON.stringify(taken);
    const hasTwins = new Set(taken.map(([sequence]) => sequence)).size < taken.length;
    if (hasTwins || count(sql, COUNT_CLASHES, rows) > 0) return { ok: false, code: "damaged" };
    if (count(sql, COUNT_CHANGED, rows) > 0) {
      sql.exec(INSERT_PAGE, rows);
      sql.exec("UPDATE restores SET still_since = ?", now);
    }
    return { ok: true, orders: count(sql, "SELECT COUNT(*) AS count FROM orders") };
  });
}

/**
 * Makes a ledger of the orders that were taken, in one transaction, or says why not. It is paused, and has nothing
 * for sale; unpaid reservations are expired, because their time is over and they may have been paid.
 */
export function finishRestoration(
  storage: LedgerStorage,
  restore: string,
  config: LedgerConfig,
  expected: RestoreExpectations,
  now: number,
): RestoreResult {
  return storage.transactionSync(() => {
    const { sql } = storage;
    const progress = hasSchema(sql) ? progressOf(sql) : null;
    if (progress?.id !== restore) return { ok: false, code: isOpen(sql) ? "not_lost" : "other_restore" };
    if (progress.finished !== null) {
      return { ok: true, ledger: JSON.parse(progress.finished) as RestoredLedger, again: true };
    }
    const orders = count(sql, "SELECT COUNT(*) AS count FROM orders");
    if (orders !== expected.orders) return { ok: false, code: "changed" };
    // Nothing that comes while the database is watched can make it less, so nobody need wait to hear it.
    const sold = count(sql, "SELECT TOTAL(quantity) AS count FROM orders WHERE state = 'paid'");
    if (sold > expected.units) return { ok: false, code: "oversold", sold };
    const quietAt = progress.stillSince + RESTORE_QUIET_MS;
    if (progress.walkBeganAt < quietAt) return { ok: false, code: "wait", until: quietAt };
    const ledger = makeLedger(storage, config, now);
    for (const { stripe, given, taken } of expected.transfers ?? []) {
      new LedgerStore(sql).writeTransfer({ stripe, given, confirmed: given, taken });
    }
    sql.exec(
      "UPDATE restores SET finished = ?, lost_through = ?",
      JSON.stringify(ledger),
      lastSequenceOf(sql),
    );
    return { ok: true, ledger, again: false };
  });
}

function makeLedger(storage: LedgerStorage, config: LedgerConfig, now: number): RestoredLedger {
  const { sql } = storage;
  const store = new LedgerStore(sql);
  const unpaid = count(sql, "SELECT COUNT(*) AS count FROM orders WHERE state = 'reserved'");
  sql.exec(EXPIRE_UNPAID, RESTORE_VERSION_STEP, now);
  const states = sql.exec<{ state: string; orders: number; units: number; last: number }>(SUM_UP).toArray();
  const of = (state: string) => states.find((row) => row.state === state) ?? { orders: 0, units: 0 };
  const last = Math.max(0, ...states.map((row) => row.last));
  const [paid, cancelled, expired] = [of("paid"), of("cancelled"), of("expired")];
  store.insertSpike(config);
  const stock = store.readStock();
  Object.assign(stock, {
    ...{ total: paid.units, sold: paid.units, returned: cancelled.units + expired.units, paused: true },
    ...{ paid: paid.orders, cancelled: cancelled.orders, expired: expired.orders },
    lastSequence: last + RESTORE_SEQUENCE_GAP,
  });
  store.writeStock(stock);
  // No attempt of the lost ledger may be joined by one of this: to the provider its number names a charge.
  sql.exec("INSERT INTO open_payments VALUES (?, 0, 0, 0)", RESTORE_SEQUENCE_GAP);
  sql.exec("DELETE FROM open_payments");
  if (unpaid > 0) new Alarms(storage).set("outbox", now + RESEND_AFTER_MS);
  const orders = states.reduce((sum, row) => sum + row.orders, 0);
  return { orders, sold: paid.units, expired: unpaid, missing: last - orders };
}

function progressOf(sql: LedgerStorage["sql"]): Progress | null {
  return sql.exec<{ [Field in keyof Progress]: Progress[Field] }>(SELECT_PROGRESS).toArray()[0] ?? null;
}

function lastSequenceOf(sql: LedgerStorage["sql"]): number {
  return new LedgerStore(sql).readStock().lastSequence;
}

function count(sql: LedgerStorage["sql"], query: string, ...bindings: SqlStorageValue[]): number {
  return sql.exec<{ count: number }>(query, ...bindings).one().count;
}

/** @throws RangeError for an id that is no order id. */
function rowOf(order: OrderSnapshot): (string | number)[] {
  const parts = parseOrderId(order.orderId);
  if (!parts) throw new RangeError(`not an order id: ${order.orderId}`);
  const { userId, quantity, amountMinor, state, version, payBefore, createdAt, updatedAt } = order;
  // The client's key is lost; this one is no client's.
  const key = `restored:${order.orderId}`;
  return [
    ...[parts.sequence, parts.nonce, userId, key, quantity, amountMinor, state, version],
    ...[payBefore, createdAt, updatedAt],
  ];
}
