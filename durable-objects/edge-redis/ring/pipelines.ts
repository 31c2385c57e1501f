import type { Client } from "../engine/client.ts";
import type { Answers } from "../answers.ts";
import { mayNameKeys } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { GroupCommit } from "../group-commit.ts";
import { encodeCommand } from "../resp/encode-command.ts";
import type { NamedOptions, PeerRpc, PipelineOptions } from "../messages.ts";
import { fromBytes, toBytes } from "../resp/bytes.ts";
import { commandsIn } from "../resp/request-parser.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { CROSS_SLOT, type Route, type Router } from "./router.ts";

/** As in a relay: who knows less of the ring is asked first at worst. */
const HOPS_MAX = 8;

/**
 * Where what may change something without keys is executed and its answer kept, whichever node a call comes
 * to when it is repeated. The one node that every ring has.
 */
const KEYLESS_NODE = 0;

/** What pipelines need of their node. */
export interface PipelineHost {
  engine: Engine;
  answers: Answers;
  commits: GroupCommit;
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
  /** Commands for every node that are under way, by their names. */
  readonly #forAll = new Map<string, Promise<Uint8Array>>();

  constructor(host: PipelineHost) {
    this.#host = host;
  }

  async execute(bytes: Uint8Array, options: PipelineOptions): Promise<Uint8Array> {
    const commands = commandsIn(bytes);
    const route = await this.#settled(commands, options);
    if (route.to !== "nowhere" && route.to !== "every node") {
      return this.#asWhole(this.#nodeOf(route, commands), bytes, options);
    }
    return this.#takenApart(commands, options);
  }

  /** What PeerRpc says. A call that is repeated while the first is under way has the same outcome. */
  executeForAll(command: Uint8Array, options: NamedOptions): Promise<Uint8Array> {
    const { id } = options;
    let answer = this.#forAll.get(id);
    if (!answer) {
      answer = this.#askedOnce(command, options).finally(() => this.#forAll.delete(id));
      this.#forAll.set(id, answer);
    }
    return answer;
  }

  /**
   * If this node dies before the answer is kept, nobody has had it and nothing after it has happened: it may
   * be done again.
   */
  async #askedOnce(command: Uint8Array, { id, ...options }: NamedOptions): Promise<Uint8Array> {
    const { answers, commits } = this.#host;
    const known = answers.find(id);
    if (known) return known;
    const answer = await this.#takenApart(commandsIn(command), options);
    await commits.commitWith(() => answers.keep(id, answer, Date.now()));
    return answer;
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

  /** One command. What changes nothing but the client itself is executed for the client, without the name. */
  async #executeNamed(client: Client, dispatcher: Dispatcher, args: string[], id: string): Promise<void> {
    const { engine, peer } = this.#host;
    const { database, mayWrite } = client;
    const options = { id, database, mayWrite, version: client.reply.version };
    const command = engine.find(args[0] ?? "");
    const route = await this.#settled([args], {});
    if (route.to === "every node" && command?.flags.includes("readonly") === false) {
      const answer = await peer(KEYLESS_NODE).executeForAll(toBytes(encodeCommand(args)), options);
      client.reply.text += fromBytes(answer);
    } else if ((route.to === "node" || route.to === "here") && command && mayNameKeys(command)) {
      const node = this.#nodeOf(route, [args]);
      client.reply.text += fromBytes(await this.#asWhole(node, toBytes(encodeCommand(args)), options));
    } else {
      const queue = [args];
      await dispatcher.run(() => queue.shift() ?? null);
    }
  }

  /** Scripts without keys may change something all the same; everything else without keys is for this node. */
  #nodeOf(route: Route, commands: readonly string[][]): number {
    const { router, engine, self } = this.#host;
    if (route.to === "node") return route.node;
    if (router.hasKeys(commands)) return self;
    const isScript = ([name = ""]: readonly string[]): boolean => {
      const command = engine.find(name);
      return command !== undefined && mayNameKeys(command);
    };
    return commands.some(isScript) ? KEYLESS_NODE : self;
  }

  /** What the pipeline was answered when all its keys had one node: one of those that have them now knows. */
  async #recall(commands: readonly string[][], id: string): Promise<Uint8Array | null> {
    const owners = this.#host.router.ownersOf(commands);
    for (const node of owners.size > 0 ? owners : [KEYLESS_NODE]) {
      const answer = await this.#host.peer(node).recall(id);
      if (answer) return answer;
    }
    return null;
  }
}
