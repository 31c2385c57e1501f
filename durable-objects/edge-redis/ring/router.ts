import type { Client } from "../engine/client.ts";
import { type Command, keysOf } from "../engine/command.ts";
import type { Engine } from "../engine/engine.ts";
import type { Handover } from "./handover.ts";
import type { Ring } from "./ring.ts";

/** Where a command of a client is to be executed. */
export type Route =
  | { to: "here" }
  | { to: "node"; node: number }
  | { to: "every node" }
  /** Keys of it are on their way; it is to be routed again afterwards. */
  | { to: "wait"; until: Promise<void> }
  /** It cannot be, because its keys have several nodes or for what the error says. */
  | { to: "nowhere"; error: string };

const HERE: Route = { to: "here" };
const nowhere = (error: string): Route => ({ to: "nowhere", error });

export const CROSS_SLOT = "CROSSSLOT Keys in request don't hash to the same slot";

/** Their answers are put together from those of all nodes. */
const ASK_EVERY_NODE = new Set([
  "dbsize",
  "flushall",
  "flushdb",
  "keys",
  "publish",
  "randomkey",
  "scan",
  "script",
]);
/** They change keys without naming them: not while some are on their way. */
const CHANGES_ALL = new Set(["flushall", "flushdb", "swapdb"]);
/** Those that a transaction on another node could not do for its client. */
const NOT_IN_TRANSACTIONS = new Set([
  ...ASK_EVERY_NODE,
  ...["subscribe", "psubscribe", "unsubscribe", "punsubscribe", "hello", "ring"],
]);

/** Says of each command where its keys are. */
export class Router {
  readonly #engine: Engine;
  readonly #ring: Ring;
  readonly #handover: Handover;

  constructor(engine: Engine, ring: Ring, handover: Handover) {
    this.#engine = engine;
    this.#ring = ring;
    this.#handover = handover;
  }

  /** A client's command, before it is admitted: what is not allowed or not understood is refused here. */
  route(client: Client, args: string[]): Route {
    const command = this.#engine.admitted(client, args);
    if (!command) return HERE;
    if (client.queued !== null && this.#engine.isQueued(command)) return this.#queue(client, command, args);
    if (ASK_EVERY_NODE.has(command.name)) return { to: "every node" };
    return this.routeHere(command, args);
  }

  /** The same for a command that is for this node if its keys are. */
  routeHere(command: Command, args: string[]): Route {
    if (this.#ring.members > 1) {
      const refusal = refusalOf(command, args);
      if (refusal !== null) return nowhere(refusal);
    }
    if (CHANGES_ALL.has(command.name)) {
      const until = this.#handover.underWay;
      return until ? { to: "wait", until } : HERE;
    }
    // Node 0 has the say in what becomes of the ring.
    if (command.name === "ring") return this.#at(0);
    return this.routeKeys(keysOf(command, args));
  }

  /** Where keys are, all together. Without keys that is here. */
  routeKeys(keys: readonly string[]): Route {
    const [first] = keys;
    if (first === undefined) return HERE;
    const until = this.#handover.waitFor(keys);
    if (until) return { to: "wait", until };
    const node = this.#ring.ownerOf(first);
    if (keys.some((key) => this.#ring.ownerOf(key) !== node)) return nowhere(CROSS_SLOT);
    return this.#at(node);
  }

  /** Where a transaction is to be executed. */
  routeTransaction(queued: readonly string[][]): Route {
    for (const args of this.#ring.members > 1 ? queued : []) {
      const command = this.#engine.find(args[0] as string);
      // The ring may have begun to grow since it was queued.
      const refusal = command ? refusalInTransaction(command, args) : null;
      if (refusal !== null) return nowhere(refusal);
    }
    return this.routeKeys(queued.flatMap((args) => this.#keysOf(args)));
  }

  /** Why a script may not run a command here: its keys were not named, and are not here. Null when it may. */
  refusalInScript(command: Command, args: readonly string[]): string | null {
    if (this.#ring.members === 1) return null;
    const refusal = refusalInTransaction(command, args);
    if (refusal !== null) return refusal.replace(/^ERR /, "");
    const isHere = this.routeKeys(keysOf(command, args)).to === "here";
    return isHere ? null : "Script attempted to access a non local key in a cluster node";
  }

  /** Where several commands can be executed with nothing between them; not with those for certain nodes. */
  routeWhole(commands: readonly string[][]): Route {
    for (const args of commands) {
      const command = this.#engine.find(args[0] ?? "");
      if (!command) continue;
      if (ASK_EVERY_NODE.has(command.name) || command.name === "ring") return { to: "every node" };
      const refusal = refusalOf(command, args);
      if (refusal !== null) return nowhere(refusal);
    }
    return this.routeKeys(commands.flatMap((args) => this.#keysOf(args)));
  }

  /** The nodes of all the keys. */
  ownersOf(commands: readonly string[][]): Set<number> {
    return new Set(commands.flatMap((args) => this.#keysOf(args)).map((key) => this.#ring.ownerOf(key)));
  }

  hasKeys(queued: readonly string[][]): boolean {
    return queued.some((args) => this.#keysOf(args).length > 0);
  }

  #keysOf(args: readonly string[]): string[] {
    const command = this.#engine.find(args[0] as string);
    return command ? keysOf(command, args) : [];
  }

  /** Commands of a transaction are queued here, if it can be executed somewhere. */
  #queue(client: Client, command: Command, args: string[]): Route {
    if (this.#ring.isAlone) return HERE;
    const refusal = refusalInTransaction(command, args);
    if (refusal !== null) return nowhere(refusal);
    // Those before are on the node of the first one: looking at all of them each time would be quadratic.
    const keys = this.#keysOf(args);
    const [first = null] = client.queuedKey === null ? keys : [client.queuedKey];
    if (first === null) return HERE;
    const node = this.#ring.ownerOf(first);
    if (keys.some((key) => this.#ring.ownerOf(key) !== node)) return nowhere(CROSS_SLOT);
    client.queuedKey = first;
    return HERE;
  }

  #at(node: number): Route {
    return node === this.#ring.self ? HERE : { to: "node", node };
  }
}

function refusalInTransaction(command: Command, args: readonly string[]): string | null {
  if (!NOT_IN_TRANSACTIONS.has(command.name)) return refusalOf(command, args);
  return `ERR ${command.name.toUpperCase()} cannot be in a transaction or a script on a ring of several nodes`;
}

/** What no ring of several nodes does; null for everything else. */
function refusalOf(command: Command, args: readonly string[]): string | null {
  if (command.name === "swapdb") return "ERR SWAPDB is not possible on a ring of several nodes";
  if (command.name !== "sort" && command.name !== "sort_ro") return null;
  for (const [index, arg] of args.entries()) {
    const pattern = args[index + 1] ?? "";
    const option = arg.toUpperCase();
    if (index > 1 && option === "BY" && pattern.includes("*"))
      return "ERR BY option of SORT denied in cluster mode.";
    if (index > 1 && option === "GET" && pattern !== "#")
      return "ERR GET option of SORT denied in cluster mode.";
  }
  return null;
}
