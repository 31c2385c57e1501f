import { CIRCLE, hashOfKey, NODES_MAX } from "../../../workers/shared/redis/ring.ts";
import { ringOf } from "../../../workers/shared/hash-ring.ts";

/** A part of the circle: from `from` on, below `below`. */
export interface Arc {
  from: number;
  below: number;
}

/** What a node has given away of its keys, and what the new node is still to be told. */
export interface Gift extends Arc {
  /** Names the attempt; each has a larger number than those before. */
  attempt: number;
  /** Pieces that were sent ahead. */
  parts: number;
}

interface Row extends Record<string, SqlStorageValue> {
  nodes: number;
  growing: number;
  goal: number;
  given: number;
  attempt: number;
  confirmed: number;
  parts: number;
}

/** A ring begins with one node. */
const FIRST: Row = { nodes: 1, growing: 0, goal: 1, given: 0, attempt: 0, confirmed: 0, parts: 0 };

/**
 * What a node knows of the ring it belongs to, on its disk. A ring grows by one node at a time. Meanwhile
 * each old node gives its keys to the new one along the circle: those below a mark are given, the others are
 * not. Only the node that has a key can give it away, so whatever the others know, each key has one node.
 */
export class Ring {
  /** This node's number. */
  readonly self: number;
  readonly #sql: Pick<SqlStorage, "exec">;
  #row: Row;
  /** By the number of the node that gives: keys below are here. Of the new node alone. */
  #taken = new Map<number, number>();

  constructor(sql: Pick<SqlStorage, "exec">, self: number) {
    this.self = self;
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ring (id INTEGER PRIMARY KEY CHECK (id = 0), nodes INTEGER NOT NULL,
         growing INTEGER NOT NULL, goal INTEGER NOT NULL, given INTEGER NOT NULL, attempt INTEGER NOT NULL,
         confirmed INTEGER NOT NULL, parts INTEGER NOT NULL);
       CREATE TABLE IF NOT EXISTS ring_taken (source INTEGER PRIMARY KEY, below INTEGER NOT NULL);`,
    );
    const [row] = sql.exec<Row>("SELECT * FROM ring").toArray();
    this.#row = row ?? { ...FIRST };
    for (const { source, below } of sql.exec<{ source: number; below: number }>("SELECT * FROM ring_taken")) {
      this.#taken.set(source, below);
    }
  }

  /** Nodes whose keys are all where they belong; while it grows, one more is about to join. */
  get nodes(): number {
    return this.#row.nodes;
  }

  get isGrowing(): boolean {
    return this.#row.growing === 1;
  }

  /** Nodes that may have keys: they have the numbers below. */
  get members(): number {
    return this.nodes + (this.isGrowing ? 1 : 0);
  }

  /** Nobody else has keys: there is nothing to route. */
  get isAlone(): boolean {
    return this.members === 1 && this.self === 0;
  }

  /** How many nodes there are to be. Of node 0 alone. */
  get goal(): number {
    return this.#row.goal;
  }

  setGoal(goal: number): void {
    if (goal < this.nodes || goal > NODES_MAX) throw new RangeError(`no ring of ${goal} nodes`);
    this.#save({ goal });
  }

  /** The ring of `nodes` grows by one. Again, or after it has grown, this changes nothing. */
  beginGrowth(nodes: number): void {
    if (nodes < this.nodes || (nodes === this.nodes && this.isGrowing)) return;
    this.#sql.exec("DELETE FROM ring_taken");
    this.#taken.clear();
    this.#save({ nodes, growing: 1, given: 0, confirmed: 0, parts: 0 });
  }

  /** The ring has grown to `nodes`: everything has been given and taken. Again, this changes nothing. */
  endGrowth(nodes: number): void {
    if (!this.isGrowing || nodes !== this.members) return;
    this.#save({ nodes, growing: 0, goal: Math.max(this.goal, nodes) });
  }

  /** Whether the key's node is another one after the growth, which it is given to then. */
  isToMove(hash: number): boolean {
    return this.isGrowing && ringOf(this.members).ownerOf(hash) === this.nodes;
  }

  /** The node that has a key, or that knows better which one has. */
  ownerOf(key: string): number {
    const hash = hashOfKey(key);
    const old = ringOf(this.nodes).ownerOf(hash);
    if (!this.isToMove(hash)) return old;
    if (this.self === old) return hash < this.given ? this.nodes : old;
    if (this.self === this.nodes) return hash < this.takenFrom(old) ? this.self : old;
    return old;
  }

  /** Keys to be moved are given below this point of the circle. */
  get given(): number {
    return this.#row.given;
  }

  get hasGivenAll(): boolean {
    return this.given === CIRCLE && this.unconfirmed === null;
  }

  /** What was given and the new node may not know yet that it has. */
  get unconfirmed(): Gift | null {
    const { given, confirmed, attempt, parts } = this.#row;
    return this.isGrowing && confirmed < given ? { from: confirmed, below: given, attempt, parts } : null;
  }

  /** The number of the next attempt to give. */
  newAttempt(): number {
    this.#save({ attempt: this.#row.attempt + 1 });
    return this.#row.attempt;
  }

  /** From now on the new node has these keys. Their removal has to be written in the same turn. */
  give({ below, parts }: Gift): void {
    this.#save({ given: below, parts });
  }

  confirm(below: number): void {
    this.#save({ confirmed: below });
  }

  takenFrom(source: number): number {
    return this.#taken.get(source) ?? 0;
  }

  /** What was taken has to be written in the same turn. */
  take(source: number, below: number): void {
    this.#sql.exec("INSERT OR REPLACE INTO ring_taken VALUES (?, ?)", source, below);
    this.#taken.set(source, below);
  }

  #save(changes: Partial<Row>): void {
    this.#row = { ...this.#row, ...changes } as Row;
    const { nodes, growing, goal, given, attempt, confirmed, parts } = this.#row;
    this.#sql.exec(
      "INSERT OR REPLACE INTO ring VALUES (0, ?, ?, ?, ?, ?, ?, ?)",
      ...[nodes, growing, goal, given, attempt, confirmed, parts],
    );
  }
}
