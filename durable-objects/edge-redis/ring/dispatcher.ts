import type { Client } from "../engine/client.ts";
import { mayNameKeys } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { RelayedCommand } from "../messages.ts";
import { askEveryNode } from "./every-node.ts";
import { type Relay, RELAYED_REPLIES_MAX_BYTES } from "./relay.ts";
import type { Ring } from "./ring.ts";
import type { Router } from "./router.ts";
import { Transactions } from "./transactions.ts";

/** Commands that are passed on together at most. */
const BATCH_MAX = 1024;
/**
 * Bytes of their arguments together at most, unless one command alone has more: a call between objects takes
 * 32 MiB.
 */
export const BATCH_MAX_BYTES = 4 * 1024 * 1024;

/** Of a command whose reply is not there yet, or is there and waits for those before it. */
interface Slot {
  text: string;
  isSilent: boolean;
}

/** What a node does for the clients that came to it. */
export interface DispatchHost {
  engine: Engine;
  ring: Ring;
  router: Router;
  relay: Relay;
}

/**
 * Executes the commands of one client wherever their keys are. Those that follow each other are passed on
 * together, to several nodes at the same time; each key sees its commands in their order, and the client its
 * replies.
 */
export class Dispatcher {
  readonly #host: DispatchHost;
  readonly #client: Client;
  readonly #transactions: Transactions;
  /** In the order of the commands; empty when nothing is passed on. */
  #slots: Slot[] = [];
  #batches = new Map<number, { commands: RelayedCommand[]; slots: Slot[] }>();
  /** Of the commands that have gathered to be passed on. */
  #batchBytes = 0;
  /** Ends a command that waits on another node. */
  #cancel: () => void = () => {};

  constructor(host: DispatchHost, client: Client) {
    this.#host = host;
    this.#client = client;
    this.#transactions = new Transactions(host, client);
  }

  /** Whether commands may have to be executed elsewhere. */
  get isNeeded(): boolean {
    return !this.#host.ring.isAlone || this.#client.rerouted !== null;
  }

  /**
   * Executes what `next` gives, until it gives nothing more or the client has to wait.
   * @throws whatever a call of another node does: it is not known then what happened.
   */
  async run(next: () => string[] | null): Promise<void> {
    const client = this.#client;
    try {
      while (!client.isWaiting && !client.isClosing && client.pauseMs === 0) {
        const args = client.takeRerouted() ?? next();
        if (args === null) break;
        const pending = this.#dispatch(args);
        if (pending) await pending;
      }
    } finally {
      await this.#settle();
    }
  }

  /** The client is gone: nothing more waits or watches for it. */
  close(): void {
    this.#cancel();
    this.#transactions.unwatch();
  }

  #dispatch(args: string[]): Promise<void> | null {
    const { router, engine } = this.#host;
    const client = this.#client;
    const route = router.route(client, args);
    switch (route.to) {
      case "wait":
        return route.until.then(() => this.#dispatch(args) ?? undefined);
      case "nowhere":
        return this.#refuse(route.error);
      case "every node":
        return this.#afterOthers(async () => this.#reply(await askEveryNode(this.#host, client, args)));
      case "node":
        if (this.#transactions.concerns(args)) break;
        if (this.#client.canWait && this.#mayWait(args))
          return this.#afterOthers(() => this.#waitAt(route.node, args));
        return this.#passOn(route.node, args);
      case "here":
        if (this.#transactions.concerns(args)) break;
        if (this.#slots.length === 0) {
          engine.execute(client, args);
          return null;
        }
        if (this.#mayWait(args) || !this.#isAboutKeys(args)) {
          return this.#afterOthers(async () => void (await this.#dispatch(args)));
        }
        this.#slots.push({ text: this.#executeHere(args), isSilent: false });
        return null;
    }
    return this.#afterOthers(async () => {
      const reply = await this.#transactions.execute(args, route.to === "node" ? route.node : null);
      if (reply !== null) this.#reply(reply);
    });
  }

  /** Replies of commands executed here that others go before; what was sent to the client meanwhile goes first. */
  #executeHere(args: string[]): string {
    const { engine } = this.#host;
    const before = this.#client.takeOutput();
    engine.execute(this.#client, args);
    const text = this.#client.takeOutput();
    this.#client.reply.text = before;
    return text;
  }

  #isAboutKeys(args: string[]): boolean {
    const command = this.#host.engine.find(args[0] as string);
    return command !== undefined && mayNameKeys(command) && this.#client.queued === null;
  }

  #mayWait(args: string[]): boolean {
    return this.#host.engine.find(args[0] as string)?.flags.includes("blocking") === true;
  }

  #passOn(node: number, args: string[]): Promise<void> | null {
    const bytes = args.reduce((sum, arg) => sum + arg.length, 0);
    if (this.#batchBytes > 0 && this.#batchBytes + bytes > BATCH_MAX_BYTES) {
      return this.#afterOthers(async () => void (await this.#dispatch(args)));
    }
    this.#batchBytes += bytes;
    const slot = { text: "", isSilent: this.#host.engine.silences(this.#client) };
    let batch = this.#batches.get(node);
    if (!batch) this.#batches.set(node, (batch = { commands: [], slots: [] }));
    batch.commands.push({ database: this.#client.database, args });
    batch.slots.push(slot);
    this.#slots.push(slot);
    return this.#slots.length >= BATCH_MAX ? this.#settle() : null;
  }

  async #afterOthers(work: () => Promise<void>): Promise<void> {
    await this.#settle();
    await work();
  }

  /** Passes on what has gathered, and puts the replies in order. */
  async #settle(): Promise<void> {
    if (this.#slots.length === 0) return;
    const [slots, batches] = [this.#slots, this.#batches];
    this.#slots = [];
    this.#batches = new Map();
    this.#batchBytes = 0;
    const budget = { bytes: RELAYED_REPLIES_MAX_BYTES };
    await Promise.all(
      [...batches].map(async ([node, batch]) => {
        const replies = await this.#host.relay.execute(node, this.#options, batch.commands, budget);
        for (const [index, text] of replies.entries()) (batch.slots[index] as Slot).text = text;
      }),
    );
    this.#client.reply.text += slots.map(({ text, isSilent }) => (isSilent ? "" : text)).join("");
  }

  /** A command that waits for its keys there; the client goes on when it is answered. */
  async #waitAt(node: number, args: string[]): Promise<void> {
    const client = this.#client;
    const isSilent = this.#host.engine.silences(client);
    const waiting = this.#host.relay.wait(node, this.#options, { database: client.database, args });
    this.#cancel = waiting.cancel;
    client.waitsElsewhere = true;
    const done = waiting.reply.then(
      (reply) => {
        if (!isSilent) client.reply.text += reply;
      },
      // Whether something was taken off for the client is not known.
      () => (client.isClosing = true),
    );
    void done.then(() => {
      this.#cancel = () => {};
      client.waitsElsewhere = false;
      client.onOutput();
    });
  }

  #refuse(error: string): Promise<void> {
    return this.#afterOthers(async () => {
      if (this.#client.queued !== null) this.#client.hasQueueError = true;
      this.#reply(`-${error}\r\n`);
    });
  }

  #reply(text: string): void {
    if (!this.#host.engine.silences(this.#client)) this.#client.reply.text += text;
  }

  get #options(): { version: 2 | 3; canWait: boolean } {
    return { version: this.#client.reply.version, canWait: this.#client.canWait };
  }
}
