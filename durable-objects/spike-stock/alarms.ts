/** What a ledger does by itself when the time comes. */
export type AlarmName = "expiry" | "outbox" | "start" | "transfers" | "waves";

/** Does what is due and says when to come back, null for never. Runs inside a transaction: no await. */
export type AlarmHandler = (now: number) => number | null;

/** What of a Durable Object's storage the ledger uses. */
export interface LedgerStorage extends Pick<
  DurableObjectStorage,
  "transactionSync" | "setAlarm" | "deleteAlarm"
> {
  sql: Pick<SqlStorage, "exec">;
}

/**
 * Several named alarms on the one alarm a Durable Object has. They live in a table, so that setting
 * one commits or rolls back together with what it is for; `arm` then sets the real alarm.
 */
export class Alarms {
  readonly #storage: LedgerStorage;
  /** What the real alarm was last set to by this instance; unknown until then. */
  #armedFor: number | null | undefined;

  constructor(storage: LedgerStorage) {
    this.#storage = storage;
  }

  /** When this alarm is due, null when it is not set. */
  dueAt(name: AlarmName): number | null {
    const query = "SELECT due_at AS at FROM alarms WHERE name = ?";
    return this.#storage.sql.exec<{ at: number }>(query, name).toArray()[0]?.at ?? null;
  }

  set(name: AlarmName, at: number | null): void {
    if (at === null) this.#storage.sql.exec("DELETE FROM alarms WHERE name = ?", name);
    else this.#storage.sql.exec("INSERT OR REPLACE INTO alarms VALUES (?, ?)", name, at);
  }

  /** Sets the alarm unless it is set already for that time or earlier: the usual case writes nothing. */
  setAtMost(name: AlarmName, at: number): void {
    const dueAt = this.dueAt(name);
    if (dueAt === null || dueAt > at) this.set(name, at);
  }

  /** Sets the alarm unless it is set already, for whatever time. */
  setIfUnset(name: AlarmName, at: number): void {
    if (this.dueAt(name) === null) this.set(name, at);
  }

  /** Runs what is due, inside the caller's transaction. A handler that throws undoes all of it. */
  run(now: number, handlers: Record<AlarmName, AlarmHandler>): void {
    const query = "SELECT name FROM alarms WHERE due_at <= ? ORDER BY due_at";
    const due = this.#storage.sql.exec<{ name: AlarmName }>(query, now).toArray();
    for (const { name } of due) this.set(name, handlers[name](now));
  }

  /**
   * Sets the real alarm to the earliest named one. Call after the transaction and in the same turn:
   * the platform then makes both durable together. Costs a write only when the time has changed.
   */
  arm(): void {
    const query = "SELECT MIN(due_at) AS at FROM alarms";
    const { at } = this.#storage.sql.exec<{ at: number | null }>(query).one();
    if (at === this.#armedFor) return;
    this.#armedFor = at;
    // Not awaited: the output gate holds every answer until the write is confirmed.
    void (at === null ? this.#storage.deleteAlarm() : this.#storage.setAlarm(at));
  }

  /** The real alarm has gone off, so it is no longer set. */
  rang(): void {
    this.#armedFor = undefined;
  }
}
