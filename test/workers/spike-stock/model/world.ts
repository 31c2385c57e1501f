import type { LedgerStorage } from "../../../../durable-objects/spike-stock/alarms.ts";
import type { Ledger } from "../../../../durable-objects/spike-stock/ledger.ts";
import { packMessages } from "../../../../durable-objects/spike-stock/outbox.ts";
import type {
  OrderEvent,
  OrderEventsMessage,
  OrderState,
  RecordedOrder,
} from "../../../../workers/shared/order.ts";
import type { LedgerConfig } from "../../../../workers/shared/spike.ts";

export class StatementFailed extends Error {}

/** So few that a life fills some. */
const USER_PAGE_ORDERS = 4;

const TABLES = [
  "spike",
  "stock",
  "orders",
  "open_payments",
  "refused_payments",
  "restocks",
  "alarms",
  "resend",
  "waves",
  "transfers",
  "user_pages",
];

/** What of an object's storage a world is built on. */
export interface SqlDatabase extends Pick<DurableObjectStorage, "transactionSync"> {
  sql: Pick<SqlStorage, "exec">;
  /** What its tables' names begin with in `sqlite_master`. */
  prefix?: string;
}

/**
 * Everything around a ledger, made of plain values: a clock, an alarm, a queue that loses, doubles
 * and reorders, and a database where the newest version of an order wins. The ledger itself is the
 * real one on a real object's SQLite database. Its memory can be taken away at any moment.
 */
export class World {
  ledger: Ledger;
  now: number;
  alarmAt: number | null = null;
  /** Committed events that wait in the object's memory. */
  unsent: OrderEvent[] = [];
  /** Other ledgers of the sale that are to be told what they were given. */
  toTell: number[] = [];
  /** Messages on their way. */
  queue: OrderEventsMessage[] = [];
  /** Confirmations on their way back. */
  confirmations: RecordedOrder[][] = [];
  /** The order database, by order id. */
  readonly database = new Map<string, { version: number; state: OrderState }>();
  readonly #LedgerClass: typeof Ledger;
  readonly #storage: LedgerStorage;
  /** Statements of the running transaction until one fails; infinite when none shall. */
  #statementsLeft = Number.POSITIVE_INFINITY;
  #nonces = 0;

  constructor(LedgerClass: typeof Ledger, storage: SqlDatabase, config: LedgerConfig, now: number) {
    this.#LedgerClass = LedgerClass;
    this.#storage = this.#fallible(storage);
    this.now = now;
    for (const table of existingTables(storage)) storage.sql.exec(`DELETE FROM ${table}`);
    LedgerClass.create(this.#storage, config, now);
    this.ledger = this.#open();
  }

  /** What the object remembers is gone; what it committed is not. */
  crash(): void {
    this.unsent = [];
    this.toTell = [];
    this.ledger = this.#open();
  }

  /** Runs `work`, whose transaction fails at its `statement`th statement. Says whether it did. */
  failing(statement: number, work: () => void): boolean {
    this.#statementsLeft = statement;
    try {
      work();
      return false;
    } catch (error) {
      if (!(error instanceof StatementFailed)) throw error;
      return true;
    } finally {
      this.#statementsLeft = Number.POSITIVE_INFINITY;
    }
  }

  /** Lets the alarm go off if it is due; the platform calls again when it fails. */
  ring(statement = 0): void {
    if (this.alarmAt === null || this.alarmAt > this.now) return;
    this.alarmAt = null;
    const failed = this.failing(statement > 0 ? statement : Number.POSITIVE_INFINITY, () =>
      this.ledger.ring(),
    );
    if (failed) this.alarmAt = this.now;
  }

  send(lost: boolean): void {
    const events = this.unsent.splice(0);
    if (lost || events.length === 0) return;
    this.queue.push(...structuredClone(packMessages(this.ledger.header, events)));
  }

  deliver(index: number, again: boolean): void {
    const message = this.queue[index];
    if (!message) return;
    if (!again) this.queue.splice(index, 1);
    for (const { orderId, version, state } of message.events) {
      if (version > (this.database.get(orderId)?.version ?? 0))
        this.database.set(orderId, { version, state });
    }
    this.confirmations.push(message.events.map(({ orderId, version }) => ({ orderId, version })));
  }

  /** Says whether the ledger took the message's orders back; when not, the message stays on its way. */
  giveBack(index: number): boolean {
    const message = this.queue[index];
    if (!message) return true;
    const orders = message.events.map(({ orderId, version }) => ({ orderId, version }));
    const taken = this.ledger.takeBack(orders);
    if (taken) this.queue.splice(index, 1);
    return taken;
  }

  confirm(index: number, { again, lost }: { again: boolean; lost: boolean }): void {
    const confirmation = this.confirmations[index];
    if (!confirmation) return;
    if (!again) this.confirmations.splice(index, 1);
    if (!lost) this.ledger.recorded(confirmation);
  }

  #open(): Ledger {
    return new this.#LedgerClass({
      storage: this.#storage,
      now: () => this.now,
      newNonce: () => `nonce${(this.#nonces++).toString(36)}`,
      random: () => 0.5,
      userPageOrders: USER_PAGE_ORDERS,
      send: (events) => this.unsent.push(...events),
      tell: (stripes) => this.toTell.push(...stripes),
    });
  }

  /** Storage whose statements can be made to fail, and whose alarm is this world's. */
  #fallible(storage: SqlDatabase): LedgerStorage {
    const exec: SqlStorage["exec"] = (query, ...bindings) => {
      this.#statementsLeft -= 1;
      if (this.#statementsLeft === 0) throw new StatementFailed();
      return storage.sql.exec(query, ...bindings);
    };
    return {
      sql: { exec },
      transactionSync: (work) => {
        const result = storage.transactionSync(work);
        // What fails after the commit is a lost answer, which steps of their own stand for.
        this.#statementsLeft = Number.POSITIVE_INFINITY;
        return result;
      },
      setAlarm: async (at) => {
        this.alarmAt = Number(at);
      },
      deleteAlarm: async () => {
        this.alarmAt = null;
      },
    };
  }
}

function existingTables({ sql, prefix = "" }: SqlDatabase): string[] {
  const names = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
  return TABLES.filter((table) => names.some(({ name }) => name === `${prefix}${table}`));
}
