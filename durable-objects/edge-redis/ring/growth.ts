import { CIRCLE, NODES_MAX, readNodes } from "../../../workers/shared/redis/ring.ts";
import { log, messageOf } from "../../../workers/shared/log.ts";
import { RedisError } from "../engine/errors.ts";
import type { PeerRpc } from "../messages.ts";
import type { Ring } from "./ring.ts";

/** After a failure it goes on so much later, in milliseconds. */
const RETRY_AFTER_MS = 1_000;
/** Steps of one run of the alarm: an alarm may take fifteen minutes. */
const STEPS_MAX = 1_000;

/**
 * Lets the ring grow, on node 0 and by its alarm: one node at a time, which every node hears of first, then
 * all old ones give it its keys, then every node hears that it is done. Each of these calls can be repeated,
 * so after whatever failure it begins again with the first.
 */
export class Growth {
  readonly #ring: Ring;
  readonly #storage: Pick<DurableObjectStorage, "setAlarm">;
  readonly #peer: (node: number) => PeerRpc;
  /** How far each old node has come, from 0 to 1; of the growth under way, as far as it is known. */
  readonly #progress = new Map<number, number>();

  constructor(ring: Ring, storage: Pick<DurableObjectStorage, "setAlarm">, peer: (node: number) => PeerRpc) {
    this.#ring = ring;
    this.#storage = storage;
    this.#peer = peer;
  }

  /** Has the ring grow to so many nodes, soon. @throws RedisError */
  growTo(nodes: number): void {
    const { goal, self } = this.#ring;
    if (self !== 0) throw new RedisError("ERR node 0 lets the ring grow");
    if (nodes < goal) {
      throw new RedisError(`ERR a ring does not shrink: there are ${goal} nodes, or about to be`);
    }
    if (nodes > NODES_MAX) throw new RedisError(`ERR a ring has at most ${NODES_MAX} nodes`);
    if (nodes === goal) return;
    this.#ring.setGoal(nodes);
    this.wake();
  }

  /** Follows what is configured, as far as a ring can: text with the number of nodes, or nothing. */
  configure(nodes: string | undefined): void {
    try {
      const wanted = nodes ? readNodes(nodes) : this.#ring.goal;
      if (wanted === null) throw new RedisError(`ERR not a number of nodes from 1 to ${NODES_MAX}`);
      this.growTo(wanted);
    } catch (error) {
      log.error("redis_nodes_refused", { wanted: nodes, nodes: this.#ring.nodes, reason: messageOf(error) });
    }
    this.wake();
  }

  /** Goes on, if there is something to do. */
  wake(): void {
    if (this.#ring.isGrowing || this.#ring.goal > this.#ring.nodes) void this.#storage.setAlarm(Date.now());
  }

  /** Share of its keys, from 0 to 1, that the new node has. */
  get progress(): number {
    const shares = Array.from({ length: this.#ring.nodes }, (_, node) => this.#progress.get(node) ?? 0);
    return this.#ring.isGrowing ? shares.reduce((sum, share) => sum + share, 0) / shares.length : 1;
  }

  /** What the alarm does. */
  async run(): Promise<void> {
    try {
      for (let steps = 0; this.#ring.isGrowing || this.#ring.goal > this.#ring.nodes;) {
        steps += await this.#growByOne(STEPS_MAX - steps);
        if (steps >= STEPS_MAX) return this.wake();
      }
    } catch (error) {
      log.warn("redis_growth_interrupted", { nodes: this.#ring.nodes, reason: messageOf(error) });
      await this.#storage.setAlarm(Date.now() + RETRY_AFTER_MS);
    }
  }

  /** Returns how many steps it took; `stepsMax` of them means that it is not done. */
  async #growByOne(stepsMax: number): Promise<number> {
    const { nodes } = this.#ring;
    const all = Array.from({ length: nodes + 1 }, (_, node) => node);
    // The new one first: who hears of the growth begins to ask it.
    for (const node of all.toReversed()) await this.#peer(node).beginGrowth(nodes);
    let steps = 0;
    for (let source = 0; source < nodes; source++) {
      for (let given = 0; given < CIRCLE; steps++) {
        if (steps >= stepsMax) return steps;
        given = await this.#peer(source).give(nodes);
        this.#progress.set(source, given / CIRCLE);
      }
    }
    // This node last: as long as it has not heard it, all of this is repeated.
    for (const node of all.toReversed()) await this.#peer(node).endGrowth(nodes + 1);
    this.#progress.clear();
    log.info("redis_grown", { nodes: nodes + 1 });
    return steps;
  }
}
