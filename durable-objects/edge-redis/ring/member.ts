import { CIRCLE } from "../../../workers/shared/redis/ring.ts";
import type { Client } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { GroupCommit } from "../group-commit.ts";
import type { PeerRpc, GiftMessage, SessionOptions } from "../messages.ts";
import type { Answers } from "../answers.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Growth } from "./growth.ts";
import { Handover } from "./handover.ts";
import { Incoming } from "./incoming.ts";
import { Pipelines } from "./pipelines.ts";
import { Relay } from "./relay.ts";
import { RelaySession } from "./relay-session.ts";
import { Ring } from "./ring.ts";
import { Router } from "./router.ts";

/** What a node is made of. */
export interface NodeParts {
  engine: Engine;
  answers: Answers;
  storage: Pick<DurableObjectStorage, "sql" | "setAlarm">;
  /** This node's number. */
  self: number;
  commits: GroupCommit;
  /** A node by its number; itself under its own. */
  peer: (node: number) => PeerRpc;
}

/** A node's part in its ring: finds the node of each key, gives and takes keys, and has the ring grow. */
export class RingMember {
  readonly growth: Growth;
  readonly pipelines: Pipelines;
  readonly #engine: Engine;
  readonly #commits: GroupCommit;
  readonly #ring: Ring;
  readonly #handover: Handover;
  readonly #incoming: Incoming;
  readonly #router: Router;
  readonly #relay: Relay;

  constructor({ engine, answers, storage, self, commits, peer }: NodeParts) {
    this.#engine = engine;
    this.#commits = commits;
    const ring = new Ring(storage.sql, self);
    this.#ring = ring;
    this.#handover = new Handover(engine, ring, answers, commits, peer);
    this.#incoming = new Incoming(storage.sql, engine, ring);
    this.#router = new Router(engine, ring, this.#handover);
    this.#relay = new Relay(peer);
    this.growth = new Growth(ring, storage, peer);
    this.pipelines = new Pipelines({
      ...{ engine, answers, commits, peer, self, router: this.#router },
      dispatcherFor: (client) => this.dispatcherFor(client),
    });
    engine.ring = this.#asHost();
  }

  /** Nobody else has keys. */
  get isAlone(): boolean {
    return this.#ring.isAlone;
  }

  /** Does something with all keys of these commands, unless they are elsewhere; see `executeOwn`. */
  async whereOwned<T>(commands: readonly string[][], work: () => T): Promise<T | { movedTo: number | null }> {
    for (;;) {
      const route = this.#router.routeWhole(commands);
      if (route.to === "here") return work();
      if (route.to !== "wait") return { movedTo: route.to === "node" ? route.node : null };
      await route.until;
    }
  }

  /** For a client that came to this node. */
  dispatcherFor(client: Client): Dispatcher {
    const [engine, ring, router, relay] = [this.#engine, this.#ring, this.#router, this.#relay];
    return new Dispatcher({ engine, ring, router, relay }, client);
  }

  /** For clients of another node. */
  openSession(options: SessionOptions): RelaySession {
    const commit = () => this.#commits.commit();
    return new RelaySession({ engine: this.#engine, router: this.#router, commit }, options);
  }

  async beginGrowth(nodes: number): Promise<void> {
    await this.#commits.commitWith(() => this.#ring.beginGrowth(nodes));
  }

  /** Returns up to where on the circle keys are given; CIRCLE when all are, and the new node knows. */
  async give(nodes: number): Promise<number> {
    if (this.#ring.nodes > nodes) return CIRCLE;
    if (!this.#ring.isGrowing || this.#ring.nodes !== nodes) {
      throw new Error(`Node ${this.#ring.self} does not know that the ring of ${nodes} grows`);
    }
    await this.#handover.step();
    return this.#ring.hasGivenAll ? CIRCLE : Math.min(this.#ring.given, CIRCLE - 1);
  }

  async receive(gift: GiftMessage, piece: Uint8Array): Promise<void> {
    await this.#commits.commitWith(() => this.#incoming.putAside(gift, piece));
  }

  async take(gift: GiftMessage): Promise<void> {
    const pieces = this.#incoming.piecesOf(gift);
    await this.#commits.commitWith(
      () => this.#incoming.take(gift),
      () => this.#incoming.execute(pieces),
    );
  }

  async endGrowth(nodes: number): Promise<void> {
    await this.#commits.commitWith(() => this.#ring.endGrowth(nodes));
  }

  #asHost(): NonNullable<Engine["ring"]> {
    const [ring, growth] = [this.#ring, this.growth];
    return {
      self: ring.self,
      get nodes() {
        return ring.nodes;
      },
      get goal() {
        return ring.goal;
      },
      get isGrowing() {
        return ring.isGrowing;
      },
      get progress() {
        return growth.progress;
      },
      ownerOf: (key) => ring.ownerOf(key),
      refusalInScript: (command, args) => this.#router.refusalInScript(command, args),
      growTo: (nodes) => growth.growTo(nodes),
    };
  }
}
