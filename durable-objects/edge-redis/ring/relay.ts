import type { PeerRpc, RelayedCommand, RelayedReply, RelaySessionRpc, SessionOptions } from "../messages.ts";

/**
 * Nodes that are asked one after the other for one command: one that knows less of the ring, the old one,
 * the new one, and again when the keys are given at just that time.
 */
const HOPS_MAX = 8;
const TRY_AGAIN = "-TRYAGAIN The keys are on their way between nodes\r\n";

/** Replies that are put in order before a client gets the first of them may have so many bytes together. */
export const RELAYED_REPLIES_MAX_BYTES = 64 * 1024 * 1024;
const TOO_MUCH = "-ERR not executed: the replies before it are too long to be passed on together\r\n";

/** Of several calls for one client together. */
export interface ReplyBudget {
  bytes: number;
}

interface Wait {
  isCancelled: boolean;
  /** Where the command waits at the moment. */
  session: RelaySessionRpc | null;
}

/** Has commands executed by the node that has their keys, whichever says first that it is another one. */
export class Relay {
  readonly #peer: (node: number) => PeerRpc;

  constructor(peer: (node: number) => PeerRpc) {
    this.#peer = peer;
  }

  /**
   * Returns the reply of each command, in RESP.
   * @param budget what replies may still take; commands that come after it is used up are not executed.
   */
  async execute(
    node: number,
    options: SessionOptions,
    commands: readonly RelayedCommand[],
    budget: ReplyBudget = { bytes: RELAYED_REPLIES_MAX_BYTES },
    hops = 0,
  ): Promise<string[]> {
    if (hops >= HOPS_MAX) return commands.map(() => TRY_AGAIN);
    const replies = await this.#inParts(node, options, commands, budget);
    const moved = groupByNode(replies);
    await Promise.all(
      [...moved].map(async ([to, indexes]) => {
        const again = indexes.map((index) => commands[index] as RelayedCommand);
        const texts = await this.execute(to, options, again, budget, hops + 1);
        for (const [at, index] of indexes.entries()) replies[index] = texts[at] as string;
      }),
    );
    return replies as string[];
  }

  /** As many calls as it takes until each command is answered. */
  async #inParts(
    node: number,
    options: SessionOptions,
    commands: readonly RelayedCommand[],
    budget: ReplyBudget,
  ): Promise<RelayedReply[]> {
    const replies: RelayedReply[] = [];
    while (replies.length < commands.length) {
      if (budget.bytes <= 0) return [...replies, ...commands.slice(replies.length).map(() => TOO_MUCH)];
      const part = await this.#peer(node).relay(
        { ...options, takesParts: true },
        commands.slice(replies.length),
      );
      if (part.length === 0) throw new Error(`Node ${node} did not answer`);
      for (const reply of part) {
        replies.push(reply);
        if (typeof reply === "string") budget.bytes -= reply.length;
      }
    }
    return replies;
  }

  /** One command that may wait long. `cancel` ends the wait; the reply does not matter then. */
  wait(
    node: number,
    options: SessionOptions,
    command: RelayedCommand,
  ): { reply: Promise<string>; cancel: () => void } {
    const wait: Wait = { isCancelled: false, session: null };
    const cancel = (): void => {
      wait.isCancelled = true;
      // Where the node is gone, nothing waits any more.
      void Promise.resolve(wait.session?.cancel()).catch(() => undefined);
    };
    return { reply: this.#wait(node, options, command, wait), cancel };
  }

  async #wait(node: number, options: SessionOptions, command: RelayedCommand, wait: Wait): Promise<string> {
    let { args } = command;
    let at = node;
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      wait.session = await this.open(at, options);
      try {
        const [reply] = wait.isCancelled ? [TRY_AGAIN] : await wait.session.execute([{ ...command, args }]);
        if (typeof reply === "string") return reply;
        if (!reply) throw new Error(`Node ${at} did not answer`);
        at = reply.movedTo;
        args = reply.args;
      } finally {
        wait.session[Symbol.dispose]();
        wait.session = null;
      }
    }
    return TRY_AGAIN;
  }

  /** A session on a node, which ends when it is disposed of. */
  async open(node: number, options: SessionOptions): Promise<RelaySessionRpc> {
    return await this.#peer(node).openSession(options);
  }

  async transact(
    node: number,
    options: SessionOptions,
    database: number,
    queued: readonly string[][],
  ): Promise<{ reply: string; database: number }> {
    let at = node;
    for (let hops = 0; hops < HOPS_MAX; hops++) {
      const outcome = await this.#peer(at).relayTransaction(options, database, queued);
      if ("reply" in outcome) return outcome;
      at = outcome.movedTo;
    }
    return { reply: TRY_AGAIN, database };
  }
}

/** Indexes of the commands that have to go to another node, by that node. */
function groupByNode(replies: readonly RelayedReply[]): Map<number, number[]> {
  const byNode = new Map<number, number[]>();
  for (const [index, reply] of replies.entries()) {
    if (typeof reply === "string") continue;
    const indexes = byNode.get(reply.movedTo);
    if (indexes) indexes.push(index);
    else byNode.set(reply.movedTo, [index]);
  }
  return byNode;
}
