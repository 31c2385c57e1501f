/*
 * The longer SQL statements of the ledger. Their texts are constants because the platform keeps prepared
 * statements by their text. Many rows travel as one JSON parameter: crossing into SQLite costs more than the row
 * does.
 */

export const ORDER_COLUMNS = `sequence, nonce, user_id AS userId, key, request_id AS requestId, quantity,
  amount_minor AS amountMinor, state, version, recorded_version AS recordedVersion, pay_before AS payBefore,
  created_at AS createdAt, updated_at AS updatedAt, payment_id AS paymentId`;

export const SELECT_STOCK = `SELECT total, available, held, sold, returned, scheduled, reserved, paid, cancelled, expired,
  paused, last_sequence AS lastSequence, halted, switch_version AS switchVersion, closed_until AS closedUntil FROM stock`;
export const UPDATE_STOCK = `UPDATE stock SET total = ?, available = ?, held = ?, sold = ?, returned = ?, scheduled = ?,
  reserved = ?, paid = ?, cancelled = ?, expired = ?, paused = ?, last_sequence = ?,
  halted = ?, switch_version = ?, closed_until = ?`;
export const INSERT_ORDERS = `INSERT INTO orders (sequence, nonce, user_id, key, request_id, quantity, amount_minor, state,
    version, recorded_version, pay_before, created_at, updated_at)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, 'reserved',
    1, 0, value ->> 7, value ->> 8, value ->> 8 FROM json_each(?)`;
export const SELECT_HOLDINGS = `SELECT user_id AS userId, key, sequence, nonce, quantity, state, pay_before AS payBefore
  FROM orders WHERE sequence IN (SELECT value FROM json_each(?)) ORDER BY sequence`;
export const SELECT_BY_SEQUENCE = `SELECT ${ORDER_COLUMNS} FROM orders WHERE sequence IN (SELECT value FROM json_each(?))`;
export const UPDATE_ORDER = `UPDATE orders SET state = ?, version = ?, updated_at = ?, payment_id = ? WHERE sequence = ?`;
export const SELECT_OVERDUE = `SELECT ${ORDER_COLUMNS} FROM orders INDEXED BY orders_due
  WHERE state = 'reserved' AND pay_before <= ? ORDER BY pay_before LIMIT ?`;
// CROSS JOIN: the oldest payments first, each with its order, and no sorting.
export const SELECT_OPEN_PAYMENTS = `SELECT ${ORDER_COLUMNS}, attempt FROM
  (SELECT attempt, sequence AS paid_sequence, begun_at FROM open_payments INDEXED BY open_payments_begun
    WHERE begun_at < ? ORDER BY begun_at LIMIT ?) AS payment CROSS JOIN orders ON sequence = paid_sequence`;
export const UPSERT_REFUSED_ATTEMPT = `INSERT INTO open_payments (attempt, sequence, begun_at, refused) VALUES (?, ?, ?, 1)
  ON CONFLICT (attempt) DO UPDATE SET refused = 1 WHERE sequence = excluded.sequence`;
export const SELECT_UNRECORDED = `SELECT ${ORDER_COLUMNS} FROM orders INDEXED BY orders_unrecorded
  WHERE recorded_version < version AND sequence > ? AND updated_at <= ? ORDER BY sequence LIMIT ?`;
export const UPDATE_RECORDED = `UPDATE orders SET recorded_version = confirmed.version
  FROM (SELECT value ->> 0 AS sequence, value ->> 1 AS nonce, value ->> 2 AS version FROM json_each(?)) AS confirmed
  WHERE orders.sequence = confirmed.sequence AND orders.nonce = confirmed.nonce
    AND confirmed.version > orders.recorded_version AND confirmed.version <= orders.version`;

export const COUNT_KNOWN = `SELECT COUNT(*) AS count FROM json_each(?) CROSS JOIN orders
  ON sequence = value ->> 0 AND nonce = value ->> 1 AND version >= value ->> 2`;
