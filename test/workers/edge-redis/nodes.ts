import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { EdgeRedis } from "../../../durable-objects/edge-redis/edge-redis.ts";
import type { PeerRpc, PipelineOptions } from "../../../durable-objects/edge-redis/messages.ts";
import { encodeCommands } from "../../../workers/shared/redis/encode.ts";
import { parseReplies, type Reply } from "../../../workers/shared/redis/replies.ts";
import { nodeOfKey } from "../../../workers/shared/redis/ring.ts";

export type Words = readonly (string | number)[];

/**
 * A call is repeated so many times. Nothing here waits by a timer of its own: what goes on after a call of an
 * object that has died may belong to it, and its timers never fire.
 */
const ATTEMPTS_MAX = 10_000;

/** A call of an object that dies in the middle of it may never end. Milliseconds. */
const GIVEN_UP_AFTER_MS = 3_000;

/** The outcome of a call; null when it failed or nothing was heard of it. */
export function outcomeOf<T>(call: Promise<T>): Promise<T | null> {
  const { promise: silence, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), GIVEN_UP_AFTER_MS);
  return Promise.race([call.catch(() => null), silence]).finally(() => clearTimeout(timer));
}

/** Repeats a call until it succeeds. */
export async function repeat<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    const outcome = await outcomeOf(call());
    if (outcome !== null) return outcome;
  }
  throw new Error(`Failed ${ATTEMPTS_MAX} times`);
}

/** What can be made to fail between two nodes: a call that one makes of the other. */
export type Interference = (
  from: { state: DurableObjectState; number: number },
  to: { state: DurableObjectState; number: number },
  method: keyof PeerRpc,
  call: () => Promise<unknown>,
) => Promise<unknown>;

/** A ring of its own for a test. */
export class TestRing {
  readonly #name = `${crypto.randomUUID()}/`;

  node(number: number): DurableObjectStub<EdgeRedis> {
    return env.EDGE_REDIS.get(env.EDGE_REDIS.idFromName(`${this.#name}${number}`));
  }

  /** The replies of a node to commands in one pipeline; errors are values. */
  async ask(node: number, commands: readonly Words[], options: PipelineOptions = {}): Promise<Reply[]> {
    return parseReplies(await this.node(node).execute(encodeCommands(commands), options));
  }

  /** The one reply to one command. */
  async one(node: number, ...command: Words): Promise<Reply> {
    return (await this.ask(node, [command]))[0] as Reply;
  }

  /** Lets the ring grow to so many nodes, through whatever happens to them meanwhile. */
  async grow(nodes: number): Promise<void> {
    await repeat(() => this.one(0, "RING", "GROW", nodes));
    const grown = ["nodes", nodes, "goal", nodes, "growing", 0, "percent", 100];
    let status: Reply = null;
    for (
      let attempt = 0;
      attempt < ATTEMPTS_MAX && JSON.stringify(status) !== JSON.stringify(grown);
      attempt++
    ) {
      await outcomeOf(runDurableObjectAlarm(this.node(0)));
      status = await outcomeOf(this.one(0, "RING", "STATUS"));
    }
    expect(status).toEqual(grown);
  }

  /** The keys that each node holds itself, of a database. */
  async keysByNode(nodes: number, database = 0): Promise<string[][]> {
    const command = { database, args: ["KEYS", "*"] };
    return Promise.all(
      Array.from({ length: nodes }, async (_, node) => {
        const [reply] = await this.node(node).relay({ version: 2, canWait: false }, [command]);
        return parseReplies(new TextEncoder().encode(reply as string))[0] as string[];
      }),
    );
  }

  /** Every key is on its node, and on no other. */
  async expectInPlace(nodes: number, keys: readonly string[], database = 0): Promise<void> {
    const expected = Array.from({ length: nodes }, (_, node) =>
      keys.filter((key) => nodeOfKey(key, nodes) === node).toSorted(),
    );
    const found = await this.keysByNode(nodes, database);
    expect(found.map((own) => own.toSorted())).toEqual(expected);
  }

  /** Puts something between the nodes, until they start anew. */
  async interfere(nodes: number, interference: Interference): Promise<void> {
    const states: DurableObjectState[] = [];
    for (let number = 0; number < nodes; number++) {
      await runInDurableObject(this.node(number), (instance, state) => {
        states[number] = state;
        const open = instance as unknown as { peer: (name: string) => PeerRpc };
        open.peer = (name) => {
          const other = Number(name.slice(this.#name.length));
          return new Proxy<PeerRpc>(this.node(other), {
            get:
              (stub, method: keyof PeerRpc) =>
              (...args: never[]) =>
                interference(
                  { state, number },
                  { state: states[other] as DurableObjectState, number: other },
                  method,
                  () => (stub[method] as (...args: never[]) => Promise<unknown>)(...args),
                ),
          });
        };
      });
    }
  }
}
