import { encodeCommand } from "../resp/encode-command.ts";
import { complaintAbout, unknownCommand } from "./admission.ts";
import { BlockedClients } from "./blocked-clients.ts";
import { Client, type ReplyMark } from "./client.ts";
import { Call, type Command, type CommandHost, type RingHost, type ScriptRunner } from "./command.ts";
import { Database, DATABASES } from "./database.ts";
import { RedisError } from "./errors.ts";
import { MemoryGauge } from "./memory.ts";
import { PubSub } from "./pub-sub.ts";
import { Replication } from "./replication.ts";

/** Sweeps for expired keys are at least this far apart, in milliseconds. */
const SWEEP_PAUSE_MS = 100;

/** Commands that a client may send between MULTI and EXEC without their being queued. */
const NOT_QUEUED = new Set(["exec", "discard", "multi", "watch", "quit", "reset"]);

/** Clients at one time, as in Redis; more connections are refused. */
export const CLIENTS_MAX = 10_000;

/** What the commands between MULTI and EXEC may take together, in bytes: nodes pass them on in one call. */
export const QUEUED_MAX_BYTES = 24 * 1024 * 1024;
/** What V8 needs for an argument besides its bytes. */
const ARGUMENT_BYTES = 24;

function queue(client: Client, queued: string[][], args: string[]): void {
  for (const arg of args) client.queuedBytes += arg.length + ARGUMENT_BYTES;
  if (client.queuedBytes > QUEUED_MAX_BYTES) {
    // It cannot be executed any more: nothing of it has to be kept.
    client.queued = [];
    client.hasQueueError = true;
    client.reply.error(`ERR commands of a transaction take more than ${QUEUED_MAX_BYTES} bytes`);
    return;
  }
  queued.push(args);
  client.reply.status("QUEUED");
}

/**
 * A Redis without any input or output: takes commands of clients, writes their replies, and keeps what is to
 * be logged. Everything a command does happens at once; nothing is awaited.
 */
export class Engine implements CommandHost {
  readonly databases: Database[];
  readonly memory: MemoryGauge;
  readonly blockedClients = new BlockedClients(this);
  readonly pubSub = new PubSub();
  readonly replication = new Replication();
  readonly clients = new Map<number, Client>();
  readonly scripts: ScriptRunner;
  /** The password of AUTH; null when everybody may come in. */
  readonly password: string | null;
  /** Epoch milliseconds; stands still within a command and within a transaction. */
  now: number;
  /** Replays the log: nothing expires by itself, and nothing is logged. */
  isReplaying = false;
  sweeps = true;
  /** Memory is ahead of the log and stays so: it must not be used any more. */
  onUnlogged: (error: unknown) => void = () => {};
  /** Null until it is told that it belongs to one. */
  ring: RingHost | null = null;
  readonly startedAt: number;
  commandsProcessed = 0;
  expiredKeys = 0;
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #clock: () => number;
  #changes = 0;
  #log = "";
  /** The database that the log is at. */
  #loggedDatabase = -1;
  #nextClientId = 1;
  #depth = 0;
  #sweptAt = 0;

  /** @param commands by their names in small letters. */
  constructor(
    commands: ReadonlyMap<string, Command>,
    scripts: ScriptRunner,
    clock: () => number,
    password: string | null = null,
  ) {
    this.#commands = commands;
    this.scripts = scripts;
    this.#clock = clock;
    this.now = clock();
    this.startedAt = this.now;
    this.password = password;
    const events = {
      changed: (database: Database, key: string) => this.#onChanged(database, key),
      expired: (database: Database, key: string) => this.#onExpired(database, key),
    };
    const isReplaying = () => this.isReplaying;
    this.databases = Array.from(
      { length: DATABASES },
      (_, index) => new Database(index, events, () => this.now, isReplaying),
    );
    this.memory = new MemoryGauge(this.databases);
  }

  connect(options: { canWait: boolean; isTrusted?: boolean }): Client {
    const isAuthenticated = this.password === null || options.isTrusted === true;
    const client = new Client(this.#nextClientId++, this.#clock(), { ...options, isAuthenticated });
    this.clients.set(client.id, client);
    return client;
  }

  disconnect(client: Client): void {
    this.clients.delete(client.id);
    this.blockedClients.forget(client);
    this.pubSub.forget(client);
    this.replication.delete(client);
    client.forgetWatched();
    client.isClosing = true;
  }

  /** Executes one command of a client, or queues it; the answer is in `client.reply`. */
  execute(client: Client, args: string[]): void {
    this.now = this.#clock();
    this.#sweep();
    const mark = client.markReply();
    this.#admit(client, args);
    if (client.replies !== "on") this.#silence(client, mark);
  }

  /** Runs a command that was admitted, for EXEC and for one that waited. */
  run(client: Client, command: Command, args: string[]): void {
    const before = this.#changes;
    const mark = client.markReply();
    const call = new Call(this, client, command, args);
    this.#depth++;
    try {
      command.run(call);
    } catch (error) {
      if (!(error instanceof RedisError)) {
        if (this.#changes !== before) this.onUnlogged(error);
        throw error;
      }
      client.dropReply(mark);
      client.reply.error(error.message);
    } finally {
      this.#depth--;
    }
    this.commandsProcessed++;
    if (this.#changes !== before) this.#append(call.database.index, call.logged ?? [args]);
    if (this.#depth > 0) return;
    // Keys whose time has come, noticed by who only reads, are no transaction.
    if (this.replication.size > 0) this.replication.tell(!command.flags.includes("readonly"));
    this.blockedClients.serve();
  }

  /** The command that a client may execute now; null when `execute` would refuse it. */
  admitted(client: Client, args: string[]): Command | null {
    const command = this.find(args[0] ?? "");
    return command && complaintAbout(this, client, command, args) === null ? command : null;
  }

  /** Whether a client between MULTI and EXEC has it queued, not executed at once. */
  isQueued(command: Command): boolean {
    return !NOT_QUEUED.has(command.name);
  }

  /** Whether the answer to a command that was executed elsewhere is not wanted (CLIENT REPLY). */
  silences(client: Client): boolean {
    const isWanted = client.replies === "on";
    if (client.replies === "skipping") client.replies = "on";
    return !isWanted;
  }

  /** Removes keys as DEL does. @param keys of each database. */
  remove(keys: readonly (readonly string[])[]): void {
    for (const [index, ownKeys] of keys.entries()) {
      const removed = ownKeys.filter((key) => this.databases[index]?.delete(key));
      if (removed.length > 0) this.#append(index, [["DEL", ...removed]]);
    }
    this.replication.tell(true);
  }

  /** A command by its name, in whatever letters. */
  find(name: string): Command | undefined {
    return this.#commands.get(name) ?? this.#commands.get(name.toLowerCase());
  }

  get commands(): ReadonlyMap<string, Command> {
    return this.#commands;
  }

  /** Runs several commands at one moment; who waits for keys sees none of the states between. */
  atOnce(work: () => void): void {
    this.#depth++;
    try {
      work();
    } finally {
      this.#depth--;
    }
    if (this.#depth === 0) this.replication.tell(true);
  }

  get hasLog(): boolean {
    return this.#log !== "";
  }

  /** Commands to be logged since the last time, as RESP; empty when nothing changed. */
  takeLog(): string {
    const log = this.#log;
    this.memory.note(log.length);
    this.#log = "";
    return log;
  }

  /** The log begins anew: the next entry names its database. */
  restartLog(): void {
    this.#loggedDatabase = -1;
  }

  /** A command pretends to have taken so long; the next one takes the time from the clock again. */
  passTime(ms: number): void {
    this.now += ms;
  }

  /** Something changed that is no change of a key. */
  noteChange(): void {
    this.#changes++;
  }

  get changes(): number {
    return this.#changes;
  }

  #admit(client: Client, args: string[]): void {
    const { reply } = client;
    const [name = ""] = args;
    const command = this.find(name);
    client.lastUsedAt = this.now;
    const complaint = command ? complaintAbout(this, client, command, args) : unknownCommand(args);
    if (complaint !== null && command?.name === "exec") {
      client.leaveTransaction();
      client.forgetWatched();
      reply.error(`EXECABORT Transaction discarded because of: ${complaint.replace(/^ERR /, "")}`);
      return;
    }
    if (complaint !== null || !command) {
      if (client.queued !== null) client.hasQueueError = true;
      reply.error(complaint ?? "ERR");
      return;
    }
    client.lastCommand = command.name;
    if (client.queued !== null && this.isQueued(command)) return queue(client, client.queued, args);
    this.run(client, command, args);
  }

  /** Drops an answer that CLIENT REPLY does not want. */
  #silence(client: Client, mark: ReplyMark): void {
    if (client.replies === "skip") {
      // The answer of CLIENT REPLY SKIP itself; the next one is dropped as well.
      client.replies = "skipping";
      client.dropReply(mark);
    } else {
      client.dropReply(mark);
      if (client.replies === "skipping") client.replies = "on";
    }
  }

  #append(database: number, commands: readonly string[][]): void {
    if (this.isReplaying || commands.length === 0) return;
    if (database !== this.#loggedDatabase) {
      this.#log += encodeCommand(["SELECT", String(database)]);
      this.#loggedDatabase = database;
    }
    for (const command of commands) this.#log += encodeCommand(command);
    this.replication.note(database, commands);
  }

  #onChanged(database: Database, key: string): void {
    this.#changes++;
    this.blockedClients.onChanged(database, key);
  }

  #onExpired(database: Database, key: string): void {
    // It was counted as a change, but the command that noticed it is not what is to be logged.
    this.#changes--;
    this.expiredKeys++;
    this.#append(database.index, [["DEL", key]]);
  }

  #sweep(): void {
    if (!this.sweeps || this.now - this.#sweptAt < SWEEP_PAUSE_MS) return;
    this.#sweptAt = this.now;
    for (const database of this.databases) if (database.expiring > 0) database.sweep();
    this.replication.tell(false);
  }
}
