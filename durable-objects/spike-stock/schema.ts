/*
 * The tables of one spike's ledger, in the SQLite database of its Durable Object. Times are epoch
 * milliseconds, money is integer minor units. An object that was never configured has no tables, so
 * asking about an id that does not exist stores nothing.
 */

/** Each entry runs once, in order, in the transaction that raises the schema version. Append, never edit. */
export const MIGRATIONS: readonly string[] = [
  `
  -- The sale as last configured, one row. \`stock\` inside the JSON is what has been applied to \`total\`.
  CREATE TABLE spike (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    config TEXT NOT NULL
  );

  -- Where every unit is, and how many orders are in each state, one row. It changes in the same
  -- transaction as the orders it counts; the CHECKs make an unbalanced ledger impossible to commit.
  CREATE TABLE stock (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    total INTEGER NOT NULL,
    available INTEGER NOT NULL CHECK (available >= 0),
    held INTEGER NOT NULL CHECK (held >= 0),
    sold INTEGER NOT NULL CHECK (sold >= 0),
    returned INTEGER NOT NULL CHECK (returned >= 0),
    scheduled INTEGER NOT NULL CHECK (scheduled >= 0),
    reserved INTEGER NOT NULL CHECK (reserved >= 0),
    paid INTEGER NOT NULL CHECK (paid >= 0),
    cancelled INTEGER NOT NULL CHECK (cancelled >= 0),
    expired INTEGER NOT NULL CHECK (expired >= 0),
    paused INTEGER NOT NULL,
    last_sequence INTEGER NOT NULL,
    CHECK (total = available + held + sold)
  );

  -- One row per reservation, for ever. An order id names its sequence, so finding one needs no index;
  -- the nonce makes the id unguessable. \`recorded_version\` is the newest version the order database
  -- has confirmed: the rows where it lags are the outbox. \`payment_begun_at\` is set while a charge may
  -- be under way; \`payment_id\` is the charge that paid the order.
  CREATE TABLE orders (
    sequence INTEGER PRIMARY KEY,
    nonce TEXT NOT NULL,
    user_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_id TEXT NOT NULL,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    amount_minor INTEGER NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    recorded_version INTEGER NOT NULL,
    pay_before INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    payment_begun_at INTEGER,
    payment_id TEXT
  );
  -- All orders of one user: for idempotency and for the limit. The only index in random order, and so
  -- the only one whose cost grows with the ledger; it leaves the key out to stay half as large.
  CREATE INDEX orders_user ON orders (user_id);
  -- The next three hold only the rows in question and grow at their end, so they stay small and cheap.
  CREATE INDEX orders_due ON orders (pay_before) WHERE state = 'reserved';
  CREATE INDEX orders_unrecorded ON orders (sequence) WHERE recorded_version < version;
  CREATE INDEX orders_payment_open ON orders (payment_begun_at) WHERE payment_begun_at IS NOT NULL;

  -- Restocks that have been applied, so that a repeated call is not applied again.
  CREATE TABLE restocks (
    operation_id TEXT PRIMARY KEY,
    quantity INTEGER NOT NULL,
    applied_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- When each named alarm is due. The object's one real alarm is set to the earliest.
  CREATE TABLE alarms (
    name TEXT PRIMARY KEY,
    due_at INTEGER NOT NULL
  ) WITHOUT ROWID;

  -- How far the current round of re-sending has come, and the pause before the next page, one row.
  CREATE TABLE resend (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    after_sequence INTEGER NOT NULL,
    delay_ms INTEGER NOT NULL
  );
  `,
  `
  -- Stock that comes in batches. \`released_at\` is null while a wave is to come; the units of those
  -- add up to \`scheduled\` in the stock row. A time names a wave, so none can come twice.
  CREATE TABLE waves (
    at INTEGER PRIMARY KEY,
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    released_at INTEGER
  );
  `,
  `
  -- Attempts to pay that have not come to their end. Numbers are never used again, so that the late end
  -- of one attempt cannot close another. While an attempt is open others join it, and with it share its
  -- charge; once its charge is \`refused\` it only waits for the refund, and nobody joins it any more.
  CREATE TABLE open_payments (
    attempt INTEGER PRIMARY KEY AUTOINCREMENT,
    sequence INTEGER NOT NULL,
    begun_at INTEGER NOT NULL,
    refused INTEGER NOT NULL
  );
  CREATE INDEX open_payments_order ON open_payments (sequence);
  CREATE INDEX open_payments_begun ON open_payments (begun_at);
  INSERT INTO open_payments (sequence, begun_at, refused)
    SELECT sequence, payment_begun_at, 0 FROM orders WHERE payment_begun_at IS NOT NULL;
  DROP INDEX orders_payment_open;
  ALTER TABLE orders DROP COLUMN payment_begun_at;

  -- Charges the ledger has said no to. They are being refunded, so they must never pay an order, even
  -- when its units could be taken again by now.
  CREATE TABLE refused_payments (
    sequence INTEGER NOT NULL,
    payment_id TEXT NOT NULL,
    PRIMARY KEY (sequence, payment_id)
  ) WITHOUT ROWID;
  `,
  `
  -- The switch that stops every sale, apart from this sale's own pause; \`switch_version\` is the version
  -- of the settings that last turned it, so that a late order never undoes a newer one.
  ALTER TABLE stock ADD COLUMN halted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE stock ADD COLUMN switch_version INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Where a sale has several ledgers: the units that have gone between this one and each of the others since the
  -- beginning. \`given\` have left for it, \`confirmed\` of those it is known to have, and \`taken\` have come from it.
  CREATE TABLE transfers (
    stripe INTEGER PRIMARY KEY,
    given INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    CHECK (given >= confirmed AND confirmed >= 0 AND taken >= 0)
  );
  -- Until when nothing is sold because the sale is being deleted, which has to find all its ledgers settled.
  ALTER TABLE stock ADD COLUMN closed_until INTEGER NOT NULL DEFAULT 0;
  `,
  `
  -- Restorations of a ledger that was lost, see restoration.ts. While there are tables and no row in
  -- \`spike\`, one is under way: orders are here, and no ledger. \`still_since\` is when the database's orders
  -- were last seen to change, \`lost_through\` the last sequence that the lost ledger may have used.
  CREATE TABLE restores (
    id TEXT PRIMARY KEY,
    begun_at INTEGER NOT NULL,
    walk_began_at INTEGER NOT NULL,
    still_since INTEGER NOT NULL,
    finished TEXT,
    lost_through INTEGER NOT NULL
  );
  `,
  `
  -- Whose the orders are, for every full page of them: see user-index.ts. It replaces an index whose every
  -- insertion dirtied a page of its own.
  CREATE TABLE user_pages (
    page INTEGER PRIMARY KEY,
    hashes BLOB NOT NULL
  );
  DROP INDEX orders_user;
  `,
];

/** Whether this object has the tables of a ledger. Reads only. */
export function hasSchema(sql: Pick<SqlStorage, "exec">): boolean {
  return hasTable(sql, "schema_version");
}

/** Whether the tables hold a ledger that works, not one that is still being restored. Reads only. */
export function isOpen(sql: Pick<SqlStorage, "exec">): boolean {
  return hasSchema(sql) && sql.exec("SELECT 1 FROM spike").toArray().length > 0;
}

/** Whether this object's ledger was erased for good. Reads only. */
export function isErased(sql: Pick<SqlStorage, "exec">): boolean {
  return hasTable(sql, "erased");
}

/** Leaves the mark of an erased ledger, which is all that its object keeps. */
export function markErased(sql: Pick<SqlStorage, "exec">): void {
  sql.exec("CREATE TABLE IF NOT EXISTS erased (only INTEGER PRIMARY KEY)");
}

function hasTable(sql: Pick<SqlStorage, "exec">, name: string): boolean {
  return sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", name).toArray().length > 0;
}

/** Brings the tables to the newest version; harmless to repeat. Call inside a transaction. */
export function migrate(sql: Pick<SqlStorage, "exec">, migrations: readonly string[] = MIGRATIONS): void {
  sql.exec(
    "CREATE TABLE IF NOT EXISTS schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL)",
  );
  sql.exec("INSERT OR IGNORE INTO schema_version VALUES (1, 0)");
  const { version } = sql.exec<{ version: number }>("SELECT version FROM schema_version").one();
  for (const migration of migrations.slice(version)) sql.exec(migration);
  if (version < migrations.length) sql.exec("UPDATE schema_version SET version = ?", migrations.length);
}
