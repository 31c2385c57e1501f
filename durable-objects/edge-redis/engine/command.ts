import type { Blocked, Client } from "./client.ts";
import type { Database } from "./database.ts";
import { syntaxError } from "./errors.ts";
import type { MemoryGauge } from "./memory.ts";
import { toInteger } from "./numbers.ts";
import type { PubSub } from "./pub-sub.ts";
import type { Replication } from "./replication.ts";
import type { Reply } from "../resp/reply.ts";

export type Flag =
  | "write"
  | "readonly"
  | "denyoom"
  | "admin"
  | "pubsub"
  | "noscript"
  | "blocking"
  | "fast"
  | "loading"
  | "stale"
  | "no_auth"
  | "no_multi"
  | "movablekeys"
  | "no_mandatory_keys"
  | "skip_monitor";

/** Which arguments are keys, counted from the command's name at 0. */
export interface KeyPositions {
  first: number;
  /** Negative: from the end. */
  last: number;
  step: number;
  /** Where the number of keys stands that follow it, for commands that say how many they have. */
  countAt?: number;
  /** Finds those that stand nowhere in particular. */
  others?: (args: readonly string[]) => string[];
}

/** Everything there is to say about a command. */
export interface Command {
  name: string;
  /** Arguments with the name; negative: at least so many. */
  arity: number;
  flags: readonly Flag[];
  keys: KeyPositions;
  /** By the names in small letters, the arity of each, counted as the command's own. */
  subcommands?: Readonly<Record<string, number>>;
  group: string;
  run: (call: Call) => void;
}

/** Clients that wait for keys. */
export interface WaitingClients {
  readonly size: number;
  /** @param timeoutMs 0 for ever. */
  add(client: Client, blocked: Omit<Blocked, "timer" | "until">, timeoutMs: number): void;
  /** Ends a wait in vain, or with an error. */
  giveUp(client: Client, error?: string): void;
  /** All keys of these databases may have come. */
  onSwapped(databases: readonly Database[]): void;
}

/** Programs that run as one command. */
export interface ScriptRunner {
  /** Remembers a script and returns its hash. @throws RedisError when it cannot be compiled. */
  load(source: string): string;
  has(hash: string): boolean;
  flush(): void;
  /** Runs a script that was loaded and writes its reply. @throws RedisError */
  run(call: Call, hash: string, keys: string[], args: string[], mayWrite: boolean): void;
}

/** The ring that a node belongs to, as its commands see it. */
export interface RingHost {
  /** This node's number. */
  readonly self: number;
  readonly nodes: number;
  /** How many there are to be. */
  readonly goal: number;
  readonly isGrowing: boolean;
  /** Of the growth under way, from 0 to 1. */
  readonly progress: number;
  /** The number of the node that has a key. */
  ownerOf(key: string): number;
  /** Why a script may not run this command here; null when it may. */
  refusalInScript(command: Command, args: readonly string[]): string | null;
  /** @throws RedisError */
  growTo(nodes: number): void;
}

/** What commands may ask of the engine that runs them. */
export interface CommandHost {
  readonly databases: Database[];
  readonly clients: ReadonlyMap<number, Client>;
  readonly blockedClients: WaitingClients;
  readonly pubSub: PubSub;
  readonly replication: Replication;
  readonly scripts: ScriptRunner;
  readonly commands: ReadonlyMap<string, Command>;
  readonly password: string | null;
  readonly memory: MemoryGauge;
  readonly ring: RingHost | null;
  /** Epoch milliseconds; stands still within a command and within a transaction. */
  readonly now: number;
  readonly startedAt: number;
  readonly isReplaying: boolean;
  readonly commandsProcessed: number;
  readonly expiredKeys: number;
  /** Whether keys are looked for whose time has come. */
  sweeps: boolean;
  /** A command by its name, in whatever letters. */
  find(name: string): Command | undefined;
  /** Runs a command that was admitted. */
  run(client: Client, command: Command, args: string[]): void;
  /** Runs several commands at one moment; who waits for keys sees none of the states between. */
  atOnce(work: () => void): void;
  /** A command pretends to have taken so long. */
  passTime(ms: number): void;
  /** Something changed that is no change of a key. */
  noteChange(): void;
}

export const NO_KEYS: KeyPositions = { first: 0, last: 0, step: 0 };
export const ONE_KEY: KeyPositions = { first: 1, last: 1, step: 1 };
export const TWO_KEYS: KeyPositions = { first: 1, last: 2, step: 1 };
export const ALL_KEYS: KeyPositions = { first: 1, last: -1, step: 1 };
/** All but the last argument, which is a timeout. */
export const KEYS_THEN_TIMEOUT: KeyPositions = { first: 1, last: -2, step: 1 };
export const KEY_VALUE_PAIRS: KeyPositions = { first: 1, last: -1, step: 2 };
export const countedKeys = (countAt: number): KeyPositions => ({ first: 0, last: 0, step: 0, countAt });
/** Behind the subcommand. */
export const KEY_OF_SUBCOMMAND: KeyPositions = { first: 2, last: 2, step: 1 };
/** A destination, and then keys that are counted. */
export const storedCountedKeys: KeyPositions = { first: 1, last: 1, step: 1, countAt: 2 };

/** The keys among a command's arguments. */
export function keysOf({ keys }: Command, args: readonly string[]): string[] {
  const found: string[] = [];
  if (keys.first > 0) {
    const last = keys.last < 0 ? args.length + keys.last : keys.last;
    for (let at = keys.first; at <= last && at < args.length; at += keys.step) found.push(args[at] as string);
  }
  if (keys.countAt !== undefined) {
    const count = Number(args[keys.countAt]);
    const end = Math.min(args.length, keys.countAt + 1 + count);
    for (let at = keys.countAt + 1; at < end; at++) found.push(args[at] as string);
  }
  return keys.others ? found.concat(keys.others(args)) : found;
}

/** One execution of a command. */
export class Call {
  readonly engine: CommandHost;
  readonly client: Client;
  readonly command: Command;
  /** The command's name at 0. */
  readonly args: string[];
  readonly database: Database;
  readonly reply: Reply;
  /** What goes into the log instead of the command itself, where doing it again would not do the same. */
  logged: string[][] | null = null;

  constructor(engine: CommandHost, client: Client, command: Command, args: string[]) {
    this.engine = engine;
    this.client = client;
    this.command = command;
    this.args = args;
    this.database = engine.databases[client.database] as Database;
    this.reply = client.reply;
  }

  get now(): number {
    return this.engine.now;
  }

  /** The nth argument; the arity of the command says that it is there. */
  arg(index: number): string {
    const value = this.args[index];
    if (value === undefined) throw syntaxError();
    return value;
  }

  integer(index: number): number {
    return toInteger(this.arg(index));
  }

  /** An option's name in capitals; undefined beyond the last argument. */
  option(index: number): string | undefined {
    return this.args[index]?.toUpperCase();
  }

  /** Logs these commands instead of the one that was sent. */
  logAs(...commands: string[][]): void {
    this.logged = commands;
  }
}

/** Whether keys are among its arguments, or could be: of a script there may be none. */
export function mayNameKeys({ keys }: Command): boolean {
  return keys.first > 0 || keys.countAt !== undefined;
}
