import type { Command } from "./commands.ts";
import { encodeCommands, joined } from "./encode.ts";
import { parseReplies, RedisReplyError, type Reply } from "./replies.ts";

/** What is asked of one node; see `EdgeRedisRpc`. */
export interface NodeOptions {
  id: string;
  mayWrite?: boolean;
  onlyIf?: { reads: Uint8Array; replies: Uint8Array };
}

/** The nodes, and which of them has what. */
export interface RedisNodes {
  /** The node of a key. */
  nodeOf(key: string): string;
  /** Calls a node, again if need be: `id` keeps it from doing anything twice. */
  execute(node: string, commands: Uint8Array, options: NodeOptions): Promise<Uint8Array>;
}

export type Results<Commands extends readonly Command<unknown>[]> = {
  -readonly [Index in keyof Commands]: Commands[Index] extends Command<infer Result> ? Result : never;
};

/** What a command said, so that a transaction can ask whether it still does. */
export interface Observed<Result> {
  value: Result;
  command: Command<Result>;
  reply: Uint8Array;
}

/** The same without asking: a command that has to answer with this integer. */
export function saying(command: Command<number>, value: number): Observed<number> {
  return { value, command, reply: new TextEncoder().encode(`:${value}\r\n`) };
}

/**
 * Edge Redis for Workers. Each call is one RPC to each node concerned, and answered when everything is on
 * disk. What a command refuses is thrown as a RedisReplyError; every other error means that it is not known
 * what happened.
 *
 * @example
 * const [visits] = await redis.pipeline([incr("visits"), pexpire("visits", 60_000, "NX")]);
 */
export class RedisClient {
  readonly #nodes: RedisNodes;

  constructor(nodes: RedisNodes) {
    this.#nodes = nodes;
  }

  async run<Result>(command: Command<Result>): Promise<Result> {
    const [result] = await this.pipeline([command]);
    return result;
  }

  /**
   * Executes commands; those for one node in their order, with nothing between them.
   * @param id for who repeats a call of which it is not known what happened: the same commands under the same id
   *   are executed once, within a minute.
   * @throws RedisReplyError of the first command that was refused. The others were executed all the same.
   */
  async pipeline<const Commands extends readonly Command<unknown>[]>(
    commands: Commands,
    id?: string,
  ): Promise<Results<Commands>> {
    const replies: Reply[] = [];
    await Promise.all(
      [...this.#byNode(commands)].map(async ([node, indexes]) => {
        const bytes = encodeCommands(indexes.map((index) => (commands[index] as Command<unknown>).args));
        const answers = parseReplies(await this.#execute(node, bytes, id === undefined ? {} : { id }));
        for (const [at, index] of indexes.entries()) replies[index] = answers[at] as Reply;
      }),
    );
    return readAll(commands, replies);
  }

  /** Executes a command that changes nothing, for a transaction that depends on what it says. */
  async observe<Result>(command: Command<Result>): Promise<Observed<Result>> {
    const reply = await this.#execute(this.#nodes.nodeOf(command.key), encodeCommands([command.args]));
    const [parsed] = parseReplies(reply);
    return { value: command.read(parsed as Reply), command, reply };
  }

  /**
   * Executes all of the commands or none, on one node, whatever is observed of them there.
   * @param ifStill only if these say what they said: what WATCH does for a connection. Null if they do not.
   * @throws RedisReplyError when one was refused; TypeError when the keys are not all on one node.
   */
  async transaction<const Commands extends readonly Command<unknown>[]>(
    commands: Commands,
    { ifStill = [] }: { ifStill?: readonly Observed<unknown>[] } = {},
  ): Promise<Results<Commands> | null> {
    const observed = ifStill.map(({ command }) => command);
    const [node, ...others] = this.#byNode([...commands, ...observed]).keys();
    if (node === undefined || others.length > 0) throw new TypeError("A transaction is for one node");
    const bytes = encodeCommands([["MULTI"], ...commands.map(({ args }) => args), ["EXEC"]]);
    const reads = encodeCommands(observed.map(({ args }) => args));
    const onlyIf = { reads, replies: joined(ifStill.map(({ reply }) => reply)) };
    const replies = parseReplies(await this.#execute(node, bytes, ifStill.length > 0 ? { onlyIf } : {}));
    const outcome = replies.at(-1);
    if (outcome === undefined) return null;
    if (Array.isArray(outcome)) return readAll(commands, outcome);
    throw outcome instanceof RedisReplyError ? outcome : new TypeError("EXEC answers with an array");
  }

  #execute(node: string, bytes: Uint8Array, options: Partial<NodeOptions> = {}): Promise<Uint8Array> {
    return this.#nodes.execute(node, bytes, { id: crypto.randomUUID(), ...options });
  }

  /** Indexes of the commands by the node that they go to. */
  #byNode(commands: readonly Command<unknown>[]): Map<string, number[]> {
    const byNode = new Map<string, number[]>();
    for (const [index, { key }] of commands.entries()) {
      const node = this.#nodes.nodeOf(key);
      const indexes = byNode.get(node);
      if (indexes) indexes.push(index);
      else byNode.set(node, [index]);
    }
    return byNode;
  }
}

function readAll<const Commands extends readonly Command<unknown>[]>(
  commands: Commands,
  replies: readonly Reply[],
): Results<Commands> {
  return commands.map(({ read }, index) => read(replies[index] as Reply)) as Results<Commands>;
}
