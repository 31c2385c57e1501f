import type { Blocked, Client } from "./client.ts";
import type { Database } from "./database.ts";
import { type Command, type CommandHost, keysOf, type WaitingClients } from "./command.ts";

const MS_PER_SECOND = 1_000;

/** Clients that wait for keys, served in the order in which they came. */
export class BlockedClients implements WaitingClients {
  readonly #engine: CommandHost;
  /** In the order in which they began to wait. */
  readonly #waiting = new Set<Client>();
  /** The same by the keys that they wait for. */
  readonly #byKey = new Map<Database, Map<string, Set<Client>>>();
  /** Keys that changed and that somebody waits for. */
  #ready: { database: Database; key: string }[] = [];

  constructor(engine: CommandHost) {
    this.#engine = engine;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Lets a client wait. One that waits already and whose command found nothing again goes on waiting.
   * @param timeoutMs 0 for ever.
   */
  add(client: Client, blocked: Omit<Blocked, "timer" | "until">, timeoutMs: number): void {
    if (client.blocked) return;
    const timer = timeoutMs > 0 ? setTimeout(() => this.giveUp(client), timeoutMs) : null;
    const until = timeoutMs > 0 ? this.#engine.now + timeoutMs : null;
    client.blocked = { ...blocked, timer, until };
    this.#waiting.add(client);
    for (const key of blocked.keys) this.#clientsAt(blocked.database, key).add(client);
  }

  /** Ends a client's wait with the answer for having waited in vain, or with an error. */
  giveUp(client: Client, error?: string): void {
    const { blocked } = client;
    if (!blocked) return;
    this.forget(client);
    if (error === undefined) blocked.giveUp(client.reply);
    else client.reply.error(error);
    client.onOutput();
  }

  /** Those who wait for keys that leave this node are to wait where the keys go. */
  reroute(leaves: (keys: string[]) => boolean): void {
    for (const client of [...this.#waiting]) {
      const { args, until } = client.blocked as Blocked;
      const command = this.#engine.find(args[0] as string) as Command;
      if (!leaves(keysOf(command, args))) continue;
      this.forget(client);
      client.rerouted = until === null ? args : withTimeout(command, args, until - Date.now());
      client.onOutput();
    }
  }

  forget(client: Client): void {
    const { blocked } = client;
    if (!blocked) return;
    clearTimeout(blocked.timer);
    client.blocked = null;
    this.#waiting.delete(client);
    const byKey = this.#byKey.get(blocked.database);
    for (const key of blocked.keys) {
      byKey?.get(key)?.delete(client);
      if (byKey?.get(key)?.size === 0) byKey.delete(key);
    }
  }

  onChanged(database: Database, key: string): void {
    if (this.#waiting.size > 0 && this.#byKey.get(database)?.has(key)) this.#ready.push({ database, key });
  }

  /** All keys of these databases may have come. */
  onSwapped(databases: readonly Database[]): void {
    for (const { blocked } of this.#waiting) {
      if (!blocked || !databases.includes(blocked.database)) continue;
      for (const key of blocked.keys) this.onChanged(blocked.database, key);
    }
  }

  /** Serves those whose keys have come, and those who wait for what these moved. */
  serve(): void {
    while (this.#ready.length > 0) {
      const ready = this.#ready;
      this.#ready = [];
      for (const { database, key } of ready) this.#serveKey(database, key);
    }
    // Keys among them whose time had come.
    this.#engine.replication.tell(false);
  }

  #clientsAt(database: Database, key: string): Set<Client> {
    let byKey = this.#byKey.get(database);
    if (!byKey) this.#byKey.set(database, (byKey = new Map<string, Set<Client>>()));
    let clients = byKey.get(key);
    if (!clients) byKey.set(key, (clients = new Set()));
    return clients;
  }

  #serveKey(database: Database, key: string): void {
    for (const client of this.#byKey.get(database)?.get(key) ?? []) {
      const { blocked } = client;
      if (!blocked) continue;
      // Something else may have been put there meanwhile.
      if (database.get(key)?.type !== blocked.type) continue;
      this.#retry(client, blocked);
    }
  }

  #retry(client: Client, { args, database }: Blocked): void {
    const command = this.#engine.find(args[0] as string);
    if (!command) return;
    const { text } = client.reply;
    const selected = client.database;
    client.database = database.index;
    this.#engine.atOnce(() => this.#engine.run(client, command, args));
    client.database = selected;
    if (client.reply.text === text) return;
    this.forget(client);
    client.onOutput();
  }
}

/** The same command with the time that is left; it stands in front where the keys are counted, else last. */
function withTimeout({ keys }: Command, args: readonly string[], leftMs: number): string[] {
  const seconds = String(Math.max(1, leftMs) / MS_PER_SECOND);
  return args.with(keys.countAt === undefined ? -1 : 1, seconds);
}
