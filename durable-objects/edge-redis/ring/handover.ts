import { CIRCLE, hashOfKey } from "../../../workers/shared/redis/ring.ts";
import type { Answers } from "../answers.ts";
import type { Database } from "../engine/database.ts";
import type { Engine } from "../engine/engine.ts";
import { sizeOf } from "../engine/values.ts";
import type { GroupCommit } from "../group-commit.ts";
import type { PeerRpc } from "../messages.ts";
import { toBytes } from "../resp/bytes.ts";
import { snapshotOf } from "../snapshot.ts";
import type { Arc, Gift, Ring } from "./ring.ts";

/** Keys are given by slices of the circle, of which there are so many. */
const SLICES = 1024;
const SLICE_WIDTH = CIRCLE / SLICES;
/** One step gives the keys of so many slices as have about so many elements and characters together. */
const STEP_MAX_WEIGHT = 256 * 1024;
/** Longest piece that is sent at once, in bytes: it becomes a row of SQLite, which holds 2 MB. */
const PIECE_MAX_BYTES = 1024 * 1024;

/** Clocks may be set back so far, in milliseconds, without an answer being overlooked. */
const CLOCK_STEP_MS = 10_000;

const sliceOf = (hash: number): number => Math.floor(hash / SLICE_WIDTH);

/**
 * Gives the keys of an old node to the new one, step by step along the circle. A step sends copies ahead,
 * which the new node only puts aside; then the old node gives them away for good, on its disk, and removes
 * them; then the new node takes them. Between, nobody serves these keys: who asks for them waits. Whatever
 * fails at whatever point, the step is either done again or gone on with.
 */
export class Handover {
  readonly #engine: Engine;
  readonly #ring: Ring;
  readonly #answers: Answers;
  readonly #commits: GroupCommit;
  readonly #peer: (node: number) => PeerRpc;
  /** What is on its way. */
  #arc: Arc | null = null;
  #step: Promise<void> | null = null;
  /** Answers given before this moment, in epoch milliseconds, have been sent. */
  #answersSentAt = 0;

  constructor(
    engine: Engine,
    ring: Ring,
    answers: Answers,
    commits: GroupCommit,
    peer: (node: number) => PeerRpc,
  ) {
    this.#engine = engine;
    this.#answers = answers;
    this.#ring = ring;
    this.#commits = commits;
    this.#peer = peer;
  }

  /** Ends when the keys that are on their way have arrived; null when none are. */
  get underWay(): Promise<void> | null {
    return this.#arc || this.#ring.unconfirmed ? this.#passed() : null;
  }

  /** Ends when these keys can be asked for again; null when they can be now. */
  waitFor(keys: readonly string[]): Promise<void> | null {
    const arc = this.#arc ?? this.#ring.unconfirmed;
    if (!arc) return null;
    return keys.some((key) => this.#isOnItsWay(hashOfKey(key), arc)) ? this.#passed() : null;
  }

  /** Goes one step on; whoever asks meanwhile waits for the same step. It rejects when the step failed. */
  step(): Promise<void> {
    this.#step ??= this.#go().finally(() => (this.#step = null));
    return this.#step;
  }

  /** A step that failed before anything was given is over as well: the keys are here. */
  #passed(): Promise<void> {
    const passed = this.step().catch((error: unknown) => {
      if (this.#ring.unconfirmed) throw error;
    });
    // Who only wanted to know whether there is something to wait for does not hear of it.
    passed.catch(() => undefined);
    return passed;
  }

  async #go(): Promise<void> {
    const { unconfirmed } = this.#ring;
    if (unconfirmed) return this.#tell(unconfirmed);
    if (!this.#ring.isGrowing || this.#ring.hasGivenAll) return;
    const arc = this.#nextArc();
    this.#arc = arc;
    try {
      this.#engine.blockedClients.reroute((keys) =>
        keys.some((key) => this.#isOnItsWay(hashOfKey(key), arc)),
      );
      await this.#tell(await this.#give(arc));
    } finally {
      this.#arc = null;
    }
  }

  /** Sends the keys ahead and gives them away. */
  async #give(arc: Arc): Promise<Gift> {
    const attempt = this.#ring.newAttempt();
    const keys = this.#engine.databases.map((database) => this.#keysIn(database, arc));
    const gift: Gift = { ...arc, attempt, parts: 0 };
    for (const piece of piecesOf(this.#engine.databases, keys)) {
      await this.#newNode.receive({ ...this.#sender, ...gift }, toBytes(piece));
      gift.parts++;
    }
    await this.#sendAnswers();
    // One write: that they are gone, that they are given.
    this.#engine.remove(keys);
    await this.#commits.commitWith(() => this.#ring.give(gift));
    return gift;
  }

  /** Calls that are repeated have to find their answers where the keys are. */
  async #sendAnswers(): Promise<void> {
    const now = Date.now();
    for (const answers of this.#answers.since(this.#answersSentAt)) await this.#newNode.learn(answers);
    this.#answersSentAt = now - CLOCK_STEP_MS;
  }

  async #tell(gift: Gift): Promise<void> {
    await this.#newNode.take({ ...this.#sender, ...gift });
    this.#ring.confirm(gift.below);
  }

  get #newNode(): PeerRpc {
    return this.#peer(this.#ring.nodes);
  }

  get #sender(): { nodes: number; source: number } {
    return { nodes: this.#ring.nodes, source: this.#ring.self };
  }

  #isOnItsWay(hash: number, { from, below }: Arc): boolean {
    return hash >= from && hash < below && this.#ring.isToMove(hash);
  }

  #keysIn(database: Database, arc: Arc): string[] {
    return [...database.keys()].filter((key) => this.#isOnItsWay(hashOfKey(key), arc));
  }

  /** From what is given already up to where there is enough for one step, at least one slice. */
  #nextArc(): Arc {
    const from = this.#ring.given;
    const weights = new Array<number>(SLICES).fill(0);
    for (const database of this.#engine.databases) {
      for (const [key, value] of database.entries()) {
        const hash = hashOfKey(key);
        if (hash < from || !this.#ring.isToMove(hash)) continue;
        const slice = sliceOf(hash);
        weights[slice] = (weights[slice] as number) + key.length + sizeOf(value);
      }
    }
    let slice = sliceOf(from);
    let weight = weights[slice] as number;
    while (++slice < SLICES && weight + (weights[slice] as number) <= STEP_MAX_WEIGHT)
      weight += weights[slice] as number;
    return { from, below: slice * SLICE_WIDTH };
  }
}

/** The keys as commands, in pieces that may be cut anywhere. */
function* piecesOf(databases: readonly Database[], keys: readonly string[][]): Generator<string> {
  for (const text of snapshotOf(databases, PIECE_MAX_BYTES, keys)) {
    for (let from = 0; from < text.length; from += PIECE_MAX_BYTES)
      yield text.slice(from, from + PIECE_MAX_BYTES);
  }
}
