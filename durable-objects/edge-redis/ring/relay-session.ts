import { RpcTarget } from "cloudflare:workers";
import type { Client } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type {
  RelayedCommand,
  RelayedReply,
  RelayedTransaction,
  RelaySessionRpc,
  SessionOptions,
} from "../messages.ts";
import type { Router } from "./router.ts";

/** What a session needs of the node on which it is. */
export interface SessionHost {
  engine: Engine;
  router: Router;
  /** Makes durable what has happened. */
  commit: () => Promise<void>;
}

/** When replies have so many bytes, no more are added: a call takes 32 MiB, and one reply may have REPLY_MAX_BYTES. */
const REPLIES_BYTES = 4 * 1024 * 1024;

/**
 * Commands that another node passes on for a client of its own. They are executed here or sent back with the
 * node that has their keys, never passed on further. When the other node is gone, so is the session, and
 * with it what it watches and waits for.
 */
export class RelaySession extends RpcTarget implements RelaySessionRpc {
  readonly #host: SessionHost;
  readonly #client: Client;
  readonly #takesParts: boolean;

  constructor(host: SessionHost, { version, canWait, takesParts }: SessionOptions) {
    super();
    this.#takesParts = takesParts === true;
    this.#host = host;
    this.#client = host.engine.connect({ canWait, isTrusted: true });
    this.#client.reply.version = version;
  }

  async execute(commands: readonly RelayedCommand[]): Promise<RelayedReply[]> {
    const replies: RelayedReply[] = [];
    let bytes = 0;
    for (const command of commands) {
      const reply = await this.#execute(command);
      replies.push(reply);
      bytes += typeof reply === "string" ? reply.length : 0;
      if (this.#takesParts && bytes > REPLIES_BYTES) break;
    }
    await this.#host.commit();
    return replies;
  }

  /** MULTI, these commands and EXEC in one. */
  async transact(database: number, queued: readonly string[][]): Promise<RelayedTransaction> {
    const { engine, router, commit } = this.#host;
    const client = this.#client;
    client.database = database;
    for (;;) {
      const route = router.routeTransaction(queued);
      if (route.to === "wait") await route.until;
      else if (route.to === "node") return { movedTo: route.node };
      else if (route.to === "nowhere") return { reply: abortedBecauseOf(route.error), database };
      else break;
    }
    engine.execute(client, ["MULTI"]);
    for (const args of queued) engine.execute(client, args);
    client.takeOutput();
    engine.execute(client, ["EXEC"]);
    const reply = client.takeOutput();
    await commit();
    return { reply, database: client.database };
  }

  /** Ends what waits: the client is gone. */
  cancel(): void {
    this.#host.engine.disconnect(this.#client);
    this.#client.onOutput();
  }

  [Symbol.dispose](): void {
    this.cancel();
  }

  async #execute({ database, args }: RelayedCommand): Promise<RelayedReply> {
    const { engine, router } = this.#host;
    const client = this.#client;
    client.database = database;
    for (;;) {
      const command = engine.admitted(client, args);
      const route = command ? router.routeHere(command, args) : ({ to: "here" } as const);
      if (route.to === "wait") await route.until;
      else if (route.to === "node") return { movedTo: route.node, args };
      else if (route.to === "nowhere") return `-${route.error}\r\n`;
      else break;
    }
    engine.execute(client, args);
    if (client.blocked) {
      await new Promise<void>((resolve) => (client.onOutput = resolve));
      // Nothing was answered: whoever waits elsewhere must not take it for an answer.
      if (client.isClosing) throw new Error("A client was closed while it waited");
    }
    const rerouted = client.takeRerouted();
    return rerouted ? await this.#execute({ database, args: rerouted }) : client.takeOutput();
  }
}

export const abortedBecauseOf = (error: string): string =>
  `-EXECABORT Transaction discarded because of: ${error}\r\n`;
