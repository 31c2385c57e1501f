import { Reply } from "../resp/reply.ts";
import type { Database, Watched, Watcher } from "./database.ts";

/** A command that waits for one of its keys. */
export interface Blocked {
  args: string[];
  database: Database;
  keys: string[];
  type: "list" | "zset";
  /** Writes the answer for one who waited in vain. */
  giveUp: (reply: Reply) => void;
  timer: number | null;
  /** When it gives up, in epoch milliseconds; null for never. */
  until: number | null;
}

/** A place in what a client is told. */
export interface ReplyMark {
  text: string;
  /** How often output had been taken. */
  taken: number;
}

/** One connection, or one pipeline that came another way, and everything that is kept for it. */
export class Client implements Watcher {
  readonly id: number;
  readonly reply = new Reply();
  readonly createdAt: number;
  name = "";
  database = 0;
  isAuthenticated: boolean;
  /** Otherwise only commands that read one key or several are for it. */
  mayWrite = true;
  /** Commands between MULTI and EXEC; null outside. */
  queued: string[][] | null = null;
  /** What they take, in bytes. */
  queuedBytes = 0;
  /** A key of theirs, with which all others have to be on a ring of several nodes. */
  queuedKey: string | null = null;
  /** One of them could not be queued. */
  hasQueueError = false;
  readonly watched = new Set<Watched>();
  /** A watched key has changed. */
  isTouched = false;
  blocked: Blocked | null = null;
  /** A command that waited here, and whose keys go to another node: to be executed there. */
  rerouted: string[] | null = null;
  /** A command waits for its keys on another node. */
  waitsElsewhere = false;
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  /** CLIENT REPLY: `skip` is for the next command, `off` until it is on again. */
  replies: "on" | "off" | "skip" | "skipping" = "on";
  isClosing = false;
  /** What DEBUG SLEEP asked for, in milliseconds. */
  pauseMs = 0;
  lastCommand = "";
  lastUsedAt: number;
  #taken = 0;
  /** Pipelines without a connection can neither wait nor be sent anything later. */
  readonly canWait: boolean;
  /** There is something to send. */
  onOutput: () => void = () => {};

  constructor(id: number, now: number, options: { isAuthenticated: boolean; canWait: boolean }) {
    this.id = id;
    this.createdAt = now;
    this.lastUsedAt = now;
    this.isAuthenticated = options.isAuthenticated;
    this.canWait = options.canWait;
  }

  get isSubscribed(): boolean {
    return this.channels.size + this.patterns.size > 0;
  }

  /** Executes nothing at the moment. */
  get isWaiting(): boolean {
    return this.blocked !== null || this.waitsElsewhere;
  }

  takeRerouted(): string[] | null {
    const { rerouted } = this;
    this.rerouted = null;
    return rerouted;
  }

  forgetWatched(): void {
    for (const { database, key } of this.watched) database.unwatch(this, key);
    this.watched.clear();
    this.isTouched = false;
  }

  leaveTransaction(): void {
    this.queued = null;
    this.queuedBytes = 0;
    this.queuedKey = null;
    this.hasQueueError = false;
  }

  /** What is to be sent now. */
  takeOutput(): string {
    const { text } = this.reply;
    this.reply.text = "";
    this.#taken++;
    return text;
  }

  /** Where the reply to the next command begins. */
  markReply(): ReplyMark {
    return { text: this.reply.text, taken: this.#taken };
  }

  /** Drops what was replied since; what was sent meanwhile, with a message, is gone. */
  dropReply({ text, taken }: ReplyMark): void {
    this.reply.text = taken === this.#taken ? text : "";
  }
}
