import type { Client } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { RelaySessionRpc, SessionOptions } from "../messages.ts";
import type { Relay } from "./relay.ts";
import { abortedBecauseOf } from "./relay-session.ts";
import type { Ring } from "./ring.ts";
import { CROSS_SLOT, type Router } from "./router.ts";

const CONCERNED = new Set(["watch", "unwatch", "exec", "discard", "reset"]);
const TRY_AGAIN = "-TRYAGAIN The watched keys are on their way between nodes\r\n";

export interface TransactionHost {
  engine: Engine;
  ring: Ring;
  router: Router;
  relay: Relay;
}

/**
 * WATCH, MULTI and EXEC of a client whose keys are on another node. The commands are queued where the client
 * is, and executed where the keys are, all at once; what it watches there is watched by a session that is
 * kept until then. All keys of a transaction are on one node.
 */
export class Transactions {
  readonly #host: TransactionHost;
  readonly #client: Client;
  #watching: { node: number; session: RelaySessionRpc } | null = null;

  constructor(host: TransactionHost, client: Client) {
    this.#host = host;
    this.#client = client;
  }

  concerns([name = ""]: readonly string[]): boolean {
    return CONCERNED.has(name.toLowerCase());
  }

  /** @param node where the command's keys are; null for here. Returns the reply; null when it is written. */
  async execute(args: string[], node: number | null): Promise<string | null> {
    const name = args[0]?.toLowerCase();
    if (name === "watch" && this.#client.queued === null) return this.#watch(args, node);
    if (name === "exec" && this.#client.queued !== null && !this.#client.hasQueueError) {
      return this.#exec(args, this.#client.queued);
    }
    // Between MULTI and EXEC, UNWATCH is only queued.
    const isQueued = name === "unwatch" && this.#client.queued !== null;
    if (name !== "watch" && !isQueued) this.unwatch();
    this.#host.engine.execute(this.#client, args);
    return null;
  }

  /** Watches nothing more on another node. */
  unwatch(): void {
    this.#watching?.session[Symbol.dispose]();
    this.#watching = null;
  }

  async #watch(args: string[], to: number | null): Promise<string | null> {
    const { engine, ring, relay } = this.#host;
    const node = to ?? ring.self;
    if (this.#watchedNode !== null && this.#watchedNode !== node) return `-${CROSS_SLOT}\r\n`;
    if (node === ring.self) {
      engine.execute(this.#client, args);
      return null;
    }
    const isFirst = this.#watching === null;
    // Kept before it is asked: whoever closes the client ends it, though the call failed.
    this.#watching ??= { node, session: await relay.open(node, this.#options) };
    const [reply] = await this.#watching.session.execute([{ database: this.#client.database, args }]);
    if (typeof reply === "string") return reply;
    // What was watched before is still watched there.
    if (!isFirst) return TRY_AGAIN;
    this.unwatch();
    return reply ? this.#watch(args, reply.movedTo) : TRY_AGAIN;
  }

  async #exec(args: string[], queued: readonly string[][]): Promise<string | null> {
    const { engine, ring, router } = this.#host;
    const route = router.routeTransaction(queued);
    if (route.to === "wait") {
      await route.until;
      return this.#exec(args, queued);
    }
    if (route.to === "nowhere") return this.#endWith(abortedBecauseOf(route.error));
    const hasKeys = router.hasKeys(queued);
    const node = route.to === "node" ? route.node : hasKeys ? ring.self : (this.#watchedNode ?? ring.self);
    if (this.#watchedNode !== null && this.#watchedNode !== node) return this.#endAsTouched();
    if (node === ring.self) {
      engine.execute(this.#client, args);
      return null;
    }
    return this.#execAt(node, queued);
  }

  async #execAt(node: number, queued: readonly string[][]): Promise<string | null> {
    const { relay } = this.#host;
    const { database } = this.#client;
    const outcome = this.#watching
      ? await this.#watching.session.transact(database, queued)
      : await relay.transact(node, this.#options, database, queued);
    if ("movedTo" in outcome) return this.#endAsTouched();
    this.#client.database = outcome.database;
    return this.#endWith(outcome.reply);
  }

  /** What was watched has gone to another node meanwhile. */
  #endAsTouched(): null {
    this.#endWith("");
    this.#client.reply.nullArray();
    return null;
  }

  #endWith(reply: string): string {
    this.#client.leaveTransaction();
    this.#client.forgetWatched();
    this.unwatch();
    return reply;
  }

  /** Null when nothing is watched. */
  get #watchedNode(): number | null {
    if (this.#watching) return this.#watching.node;
    return this.#client.watched.size > 0 ? this.#host.ring.self : null;
  }

  get #options(): SessionOptions {
    return { version: this.#client.reply.version, canWait: false };
  }
}
