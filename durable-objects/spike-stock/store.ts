import type { LedgerConfig, Wave } from "../../workers/shared/spike.ts";
import type { PlannedWave } from "./messages.ts";
import type { Holding, Reservation } from "./reserve.ts";
import type { Stock } from "./stock.ts";
import type {
  OrderRow,
  ResendProgress,
  Confirmation,
  TransferRow,
  Fields,
  OrderRowFields,
  OpenPaymentRow,
  HoldingRow,
  ResendRow,
  StockRow,
} from "./rows.ts";
import {
  ORDER_COLUMNS,
  SELECT_STOCK,
  UPDATE_STOCK,
  INSERT_ORDERS,
  SELECT_HOLDINGS,
  SELECT_BY_SEQUENCE,
  UPDATE_ORDER,
  SELECT_OVERDUE,
  SELECT_OPEN_PAYMENTS,
  UPSERT_REFUSED_ATTEMPT,
  SELECT_UNRECORDED,
  UPDATE_RECORDED,
  COUNT_KNOWN,
} from "./statements.ts";
import type { UserIndexSource, UserPage } from "./user-index.ts";

/** The tables of one ledger: all that reads or writes them, but for their schema. */
export class LedgerStore implements UserIndexSource {
  readonly #sql: Pick<SqlStorage, "exec">;

  constructor(sql: Pick<SqlStorage, "exec">) {
    this.#sql = sql;
  }

  insertSpike(config: LedgerConfig): void {
    this.#sql.exec("INSERT INTO spike VALUES (1, ?)", JSON.stringify(config));
    this.#sql.exec("INSERT INTO stock VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)");
  }

  updateConfig(config: LedgerConfig): void {
    this.#sql.exec("UPDATE spike SET config = ?", JSON.stringify(config));
  }

  readConfig(): LedgerConfig | null {
    const [row] = this.#sql.exec<{ config: string }>("SELECT config FROM spike").toArray();
    return row ? (JSON.parse(row.config) as LedgerConfig) : null;
  }

  readStock(): Stock {
    const row = this.#sql.exec<StockRow>(SELECT_STOCK).one();
    return { ...row, paused: row.paused === 1, halted: row.halted === 1 };
  }

  writeStock(stock: Stock): void {
    const { total, available, held, sold, returned, scheduled } = stock;
    const { reserved, paid, cancelled, expired, paused, lastSequence } = stock;
    const { halted, switchVersion, closedUntil } = stock;
    this.#sql.exec(
      UPDATE_STOCK,
      ...[total, available, held, sold, returned, scheduled],
      ...[reserved, paid, cancelled, expired, paused ? 1 : 0, lastSequence],
      ...[halted ? 1 : 0, switchVersion, closedUntil],
    );
  }

  /** The orders of these sequences, by user. */
  holdings(sequences: readonly number[]): Map<string, Holding[]> {
    const holdings = new Map<string, Holding[]>();
    if (sequences.length === 0) return holdings;
    for (const holding of this.#sql.exec<HoldingRow>(SELECT_HOLDINGS, JSON.stringify(sequences))) {
      const mine = holdings.get(holding.userId);
      if (mine) mine.push(holding);
      else holdings.set(holding.userId, [holding]);
    }
    return holdings;
  }

  *userPages(): Generator<UserPage> {
    const query = "SELECT page, hashes FROM user_pages ORDER BY page";
    for (const { page, hashes } of this.#sql.exec<{ page: number; hashes: ArrayBuffer }>(query)) {
      yield { page, hashes: new Uint32Array(hashes) };
    }
  }

  userHashes(page: number): Uint32Array {
    const query = "SELECT hashes FROM user_pages WHERE page = ?";
    return new Uint32Array(this.#sql.exec<{ hashes: ArrayBuffer }>(query, page).one().hashes);
  }

  usersAfter(after: number): Iterable<{ sequence: number; userId: string }> {
    const query = "SELECT sequence, user_id AS userId FROM orders WHERE sequence > ? ORDER BY sequence";
    return this.#sql.exec<{ sequence: number; userId: string }>(query, after);
  }

  insertUserPage({ page, hashes }: UserPage): void {
    this.#sql.exec("INSERT INTO user_pages VALUES (?, ?)", page, hashes.buffer);
  }

  insertReservations(reservations: readonly Reservation[]): void {
    const rows = reservations.map((r) => [
      ...[r.sequence, r.nonce, r.userId, r.key, r.requestId],
      ...[r.quantity, r.amountMinor, r.payBefore, r.createdAt],
    ]);
    this.#sql.exec(INSERT_ORDERS, JSON.stringify(rows));
  }

  findOrder(sequence: number, nonce: string): OrderRow | null {
    const found = this.#orders(`SELECT ${ORDER_COLUMNS} FROM orders WHERE sequence = ?`, sequence)[0];
    return found?.nonce === nonce ? found : null;
  }

  updateOrder({ sequence, state, version, updatedAt, paymentId }: OrderRow): void {
    this.#sql.exec(UPDATE_ORDER, state, version, updatedAt, paymentId, sequence);
  }

  /** Orders by sequence, from the one after `after`. */
  ordersAfter(after: number, limit: number): OrderRow[] {
    const query = `SELECT ${ORDER_COLUMNS} FROM orders WHERE sequence > ? ORDER BY sequence LIMIT ?`;
    return this.#orders(query, after, limit);
  }

  /** Those of the sequences that have an order, in no particular order. */
  ordersBySequence(sequences: readonly number[]): OrderRow[] {
    return this.#orders(SELECT_BY_SEQUENCE, JSON.stringify(sequences));
  }

  /** Keys by sequence, from the one after `after`. */
  keysAfter(after: number, limit: number): { sequence: number; key: string }[] {
    const query = "SELECT sequence, key FROM orders WHERE sequence > ? ORDER BY sequence LIMIT ?";
    return this.#sql.exec<{ sequence: number; key: string }>(query, after, limit).toArray();
  }

  /** Reserved orders whose time to pay is over, the longest overdue first. */
  overdueOrders(now: number, limit: number): OrderRow[] {
    return this.#orders(SELECT_OVERDUE, now, limit);
  }

  /** The last sequence that a lost life of this ledger may have used, 0 when none was lost. */
  lostThrough(): number {
    const query = "SELECT COALESCE(MAX(lost_through), 0) AS sequence FROM restores";
    return this.#sql.exec<{ sequence: number }>(query).one().sequence;
  }

  /** When the next reservation is due, null when nothing is reserved. */
  earliestPayBefore(): number | null {
    const query =
      "SELECT pay_before AS at FROM orders INDEXED BY orders_due WHERE state = 'reserved' ORDER BY pay_before LIMIT 1";
    return this.#sql.exec<{ at: number }>(query).toArray()[0]?.at ?? null;
  }

  /** The order's attempt that others may join; opened if there is none. */
  joinPayment(sequence: number, now: number): number {
    const open = "SELECT attempt FROM open_payments WHERE sequence = ? AND NOT refused";
    const joined = this.#sql.exec<{ attempt: number }>(open, sequence).toArray()[0];
    if (joined) return joined.attempt;
    const insert =
      "INSERT INTO open_payments (sequence, begun_at, refused) VALUES (?, ?, 0) RETURNING attempt";
    return this.#sql.exec<{ attempt: number }>(insert, sequence, now).one().attempt;
  }

  closePayment(sequence: number, attempt: number): void {
    this.#sql.exec("DELETE FROM open_payments WHERE attempt = ? AND sequence = ?", attempt, sequence);
  }

  /** The order is paid: its attempts are over, except those that wait for a refund. */
  closePaidAttempts(sequence: number): void {
    this.#sql.exec("DELETE FROM open_payments WHERE sequence = ? AND NOT refused", sequence);
  }

  /** Remembers a refused charge for ever; its attempt stays open until it is refunded. */
  refusePayment(sequence: number, paymentId: string, attempt: number, now: number): void {
    this.#sql.exec("INSERT INTO refused_payments VALUES (?, ?)", sequence, paymentId);
    this.#sql.exec(UPSERT_REFUSED_ATTEMPT, attempt, sequence, now);
  }

  isRefused(sequence: number, paymentId: string): boolean {
    const query = "SELECT 1 FROM refused_payments WHERE sequence = ? AND payment_id = ?";
    return this.#sql.exec(query, sequence, paymentId).toArray().length > 0;
  }

  /** Attempts begun before `olderThan` and not closed, the oldest first, each with its order. */
  openPayments(olderThan: number, limit: number): (OrderRow & { attempt: number })[] {
    return this.#sql.exec<OpenPaymentRow>(SELECT_OPEN_PAYMENTS, olderThan, limit).toArray();
  }

  hasOpenPayments(): boolean {
    return this.#sql.exec("SELECT 1 FROM open_payments LIMIT 1").toArray().length > 0;
  }

  /** Orders after `afterSequence` that are not recorded and have not changed since `changedBefore`. */
  unrecordedOrders(afterSequence: number, changedBefore: number, limit: number): OrderRow[] {
    return this.#orders(SELECT_UNRECORDED, afterSequence, changedBefore, limit);
  }

  countUnrecorded(): number {
    const query =
      "SELECT COUNT(*) AS count FROM orders INDEXED BY orders_unrecorded WHERE recorded_version < version";
    return this.#sql.exec<{ count: number }>(query).one().count;
  }

  /** When the unrecorded order that was sold first changed last, null when everything is recorded. */
  oldestUnrecordedAt(): number | null {
    const query =
      "SELECT updated_at AS at FROM orders INDEXED BY orders_unrecorded WHERE recorded_version < version ORDER BY sequence LIMIT 1";
    return this.#sql.exec<{ at: number }>(query).toArray()[0]?.at ?? null;
  }

  hasUnrecorded(): boolean {
    return this.oldestUnrecordedAt() !== null;
  }

  /** Notes what the database holds. A version the ledger never had, or an older one, changes nothing. */
  confirm(confirmations: readonly Confirmation[]): void {
    this.#sql.exec(UPDATE_RECORDED, toJson(confirmations));
  }

  /** How many of these orders there are, in this version or a newer one. */
  countKnown(orders: readonly Confirmation[]): number {
    return this.#sql.exec<{ count: number }>(COUNT_KNOWN, toJson(orders)).one().count;
  }

  readResend(): ResendProgress {
    const query = "SELECT after_sequence AS afterSequence, delay_ms AS delayMs FROM resend";
    return this.#sql.exec<ResendRow>(query).toArray()[0] ?? { afterSequence: 0, delayMs: 0 };
  }

  writeResend({ afterSequence, delayMs }: ResendProgress): void {
    this.#sql.exec("INSERT OR REPLACE INTO resend VALUES (1, ?, ?)", afterSequence, delayMs);
  }

  /** With how many units this restock was applied; null when it was not. */
  findRestock(operationId: string): number | null {
    const query = "SELECT quantity FROM restocks WHERE operation_id = ?";
    return this.#sql.exec<{ quantity: number }>(query, operationId).toArray()[0]?.quantity ?? null;
  }

  noteRestock(operationId: string, quantity: number, now: number): void {
    this.#sql.exec("INSERT INTO restocks VALUES (?, ?, ?)", operationId, quantity, now);
  }

  /** What has gone between this ledger and each of the others; those without a row have exchanged nothing. */
  transfers(): TransferRow[] {
    return this.#sql
      .exec<Fields<TransferRow>>("SELECT stripe, given, confirmed, taken FROM transfers")
      .toArray();
  }

  transfer(stripe: number): TransferRow {
    const query = "SELECT stripe, given, confirmed, taken FROM transfers WHERE stripe = ?";
    const [row] = this.#sql.exec<Fields<TransferRow>>(query, stripe).toArray();
    return row ?? { stripe, given: 0, confirmed: 0, taken: 0 };
  }

  writeTransfer({ stripe, given, confirmed, taken }: TransferRow): void {
    const query = "INSERT OR REPLACE INTO transfers VALUES (?, ?, ?, ?)";
    this.#sql.exec(query, stripe, given, confirmed, taken);
  }

  /** All waves in the order of their times. */
  waves(): PlannedWave[] {
    const query = "SELECT at, quantity, released_at AS releasedAt FROM waves ORDER BY at";
    return this.#sql.exec<Fields<PlannedWave>>(query).toArray();
  }

  nextWave(): Wave | null {
    const query = "SELECT at, quantity FROM waves WHERE released_at IS NULL ORDER BY at LIMIT 1";
    return this.#sql.exec<Fields<Wave>>(query).toArray()[0] ?? null;
  }

  /** Marks the waves whose time has come and returns them: each is returned once, ever. */
  releaseWaves(now: number): Wave[] {
    const query =
      "UPDATE waves SET released_at = ? WHERE released_at IS NULL AND at <= ? RETURNING at, quantity";
    return this.#sql.exec<Fields<Wave>>(query, now, now).toArray();
  }

  /** Forgets the waves still to come and plans these instead. */
  replaceWavesToCome(waves: readonly Wave[]): void {
    this.#sql.exec("DELETE FROM waves WHERE released_at IS NULL");
    const rows = JSON.stringify(waves.map(({ at, quantity }) => [at, quantity]));
    this.#sql.exec("INSERT INTO waves SELECT value ->> 0, value ->> 1, NULL FROM json_each(?)", rows);
  }

  #orders(query: string, ...bindings: SqlStorageValue[]): OrderRow[] {
    return this.#sql.exec<OrderRowFields>(query, ...bindings).toArray();
  }
}

function toJson(confirmations: readonly Confirmation[]): string {
  return JSON.stringify(confirmations.map(({ sequence, nonce, version }) => [sequence, nonce, version]));
}
