import type { Client } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import { encodeCommand } from "../resp/encode-command.ts";
import type { PeerRpc, PipelineOptions } from "../messages.ts";
import { fromBytes, toBytes } from "../resp/bytes.ts";
import { commandsIn } from "../resp/request-parser.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { CROSS_SLOT, type Route, type Router } from "./router.ts";

/** As in a relay: who knows less of the ring is asked first at worst. */
const HOPS_MAX = 8;

/** What pipelines need of their node. */
export interface PipelineHost {
  engine: Engine;
  router: Router;
  peer: (node: number) => PeerRpc;
  self: number;
  dispatcherFor: (client: Client) => Dispatcher;
}

/**
 * Pipelines of Workers on a ring of several nodes. One whose keys have one node is executed there as a whole,
 * with nothing between its commands. Any other is taken apart: each command is executed where its keys are,
 * under a name of its own if the pipeline has one, so that it can be repeated though the ring has grown.
 */
export class Pipelines {
  readonly #host: PipelineHost;

  constructor(host: PipelineHost) {
    this.#host = host;
  }

  async execute(bytes: Uint8Array, options: PipelineOptions): Promise<Uint8Array> {
    const commands = commandsIn(bytes);
    const route = await this.#settled(commands, options);
    if (route.to !== "nowhere" && route.to !== "every node") {
      return this.#asWhole(route.to === "node" ? route.node : this.#host.self, bytes, options);
    }
    return this.#takenApart(commands, options);
  }

  /** Where all of it goes, and that is here or another node, or nowhere. */
  async #settled(commands: readonly string[][], { onlyIf }: PipelineOptions): Promise<Route> {
    const all = onlyIf ? [...commands, ...commandsIn(onlyIf.reads)] : commands;
    for (;;) {
      const route = this.#host.router.routeWhole(all);
      if (route.to !== "wait") return route;
      await route.until;
    }
  }

  async #asWhole(node: number, bytes: Uint8Array, options: PipelineOptions): Promise<Uint8Array> {
    let at = node;
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      const answer = await this.#host.peer(at).executeOwn(bytes, options);
      if (answer instanceof Uint8Array) return answer;
      if (answer.movedTo === null) return this.#takenApart(commandsIn(bytes), options);
      at = answer.movedTo;
    }
    throw new Error("The keys of a pipeline are on their way between nodes");
  }

  /** What cannot be taken apart is refused, unless it was executed while its keys had one node. */
  async #takenApart(commands: readonly string[][], options: PipelineOptions): Promise<Uint8Array> {
    const known = options.id === undefined ? null : await this.#recall(commands, options.id);
    if (known) return known;
    const isOne = options.onlyIf !== undefined || commands.some(([name]) => name?.toLowerCase() === "multi");
    if (isOne) return toBytes(`-${CROSS_SLOT}\r\n`.repeat(commands.length));
    const { engine, dispatcherFor } = this.#host;
    const client = engine.connect({ canWait: false, isTrusted: true });
    client.reply.version = options.version ?? 2;
    client.database = options.database ?? 0;
    client.mayWrite = options.mayWrite ?? true;
    const dispatcher = dispatcherFor(client);
    try {
      if (options.id === undefined) {
        const queue = commands[Symbol.iterator]();
        await dispatcher.run(() => queue.next().value ?? null);
        return toBytes(client.takeOutput());
      }
      for (const [index, args] of commands.entries()) {
        await this.#executeNamed(client, dispatcher, args, `${options.id}/${index}`);
      }
      return toBytes(client.takeOutput());
    } finally {
      dispatcher.close();
      engine.disconnect(client);
    }
  }

  /** One command; those without keys change nothing that it would matter to do twice. */
  async #executeNamed(client: Client, dispatcher: Dispatcher, args: string[], id: string): Promise<void> {
    const { router, self } = this.#host;
    const route = router.hasKeys([args]) ? await this.#settled([args], {}) : null;
    if (route?.to !== "node" && route?.to !== "here") {
      const queue = [args];
      return dispatcher.run(() => queue.shift() ?? null);
    }
    const { database } = client;
    const { version } = client.reply;
    const node = route.to === "node" ? route.node : self;
    client.reply.text += fromBytes(
      await this.#asWhole(node, toBytes(encodeCommand(args)), {
        ...{ id, database, version },
        mayWrite: client.mayWrite,
      }),
    );
  }

  /** What the pipeline was answered when all its keys had one node: one of those that have them now knows. */
  async #recall(commands: readonly string[][], id: string): Promise<Uint8Array | null> {
    for (const node of this.#host.router.ownersOf(commands)) {
      const answer = await this.#host.peer(node).recall(id);
      if (answer) return answer;
    }
    return null;
  }
}
