import { encodeCommand } from "../resp/encode-command.ts";
import type { Client } from "./client.ts";

/** How often those who follow hear that the node is still there, unless CONFIG says otherwise. Seconds. */
const PING_SECONDS_DEFAULT = 10;
const MS_PER_SECOND = 1_000;

interface Effect {
  database: number;
  args: readonly string[];
}

/**
 * Clients that asked by SYNC to hear of everything that changes. What one command did, or one transaction, is told
 * at once, and between MULTI and EXEC when it is more than one change.
 */
export class Replication {
  readonly #replicas = new Set<Client>();
  #effects: Effect[] = [];
  /** The database that they are at. */
  #database = -1;
  #pingSeconds = PING_SECONDS_DEFAULT;
  #pings: number | null = null;

  get size(): number {
    return this.#replicas.size;
  }

  has(client: Client): boolean {
    return this.#replicas.has(client);
  }

  get pingSeconds(): number {
    return this.#pingSeconds;
  }

  set pingSeconds(seconds: number) {
    this.#pingSeconds = seconds;
    this.#schedulePings();
  }

  /** From now on the client hears of everything. */
  add(replica: Client): void {
    this.#replicas.add(replica);
    this.#database = -1;
    this.#schedulePings();
  }

  delete(replica: Client): void {
    if (this.#replicas.delete(replica)) this.#schedulePings();
  }

  /** Something that they have to hear of when what goes on now is over. */
  note(database: number, commands: readonly (readonly string[])[]): void {
    if (this.#replicas.size === 0) return;
    for (const args of commands) this.#effects.push({ database, args });
  }

  /** @param together whether all that was noted is one change. */
  tell(together: boolean): void {
    if (this.#effects.length === 0) return;
    const effects = this.#effects;
    this.#effects = [];
    const isWrapped = together && effects.length > 1;
    let text = this.#select((effects[0] as Effect).database);
    if (isWrapped) text += encodeCommand(["MULTI"]);
    for (const { database, args } of effects) text += this.#select(database) + encodeCommand(args);
    if (isWrapped) text += encodeCommand(["EXEC"]);
    this.#send(text);
  }

  #select(database: number): string {
    if (database === this.#database) return "";
    this.#database = database;
    return encodeCommand(["SELECT", String(database)]);
  }

  #send(text: string): void {
    for (const replica of this.#replicas) {
      replica.reply.text += text;
      replica.onOutput();
    }
  }

  #schedulePings(): void {
    clearInterval(this.#pings);
    this.#pings =
      this.#replicas.size === 0
        ? null
        : setInterval(() => this.#send(encodeCommand(["PING"])), this.#pingSeconds * MS_PER_SECOND);
  }
}
