import type { Client } from "../engine/client.ts";
import type { Engine } from "../engine/engine.ts";
import type { GiftMessage } from "../messages.ts";
import { NO_LIMITS, RequestParser } from "../resp/request-parser.ts";
import type { Ring } from "./ring.ts";

/**
 * What the new node of a ring is sent by the old ones: pieces of a log, put aside on disk until they are
 * given for good, and only then executed. Repeated and late messages change nothing.
 */
export class Incoming {
  readonly #sql: Pick<SqlStorage, "exec">;
  readonly #engine: Engine;
  readonly #ring: Ring;

  constructor(sql: Pick<SqlStorage, "exec">, engine: Engine, ring: Ring) {
    this.#sql = sql;
    this.#engine = engine;
    this.#ring = ring;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS ring_incoming (source INTEGER NOT NULL, attempt INTEGER NOT NULL,
         part INTEGER NOT NULL, piece BLOB NOT NULL, PRIMARY KEY (source, attempt, part)) WITHOUT ROWID`,
    );
  }

  /** Puts a piece aside, and away what earlier attempts sent. `parts` were sent before it. */
  putAside({ nodes, source, attempt, from, parts }: GiftMessage, piece: Uint8Array): void {
    if (!this.#isNewNode(nodes) || from !== this.#ring.takenFrom(source)) return;
    if (this.#newestAttemptOf(source) > attempt) return;
    this.#sql.exec("DELETE FROM ring_incoming WHERE source = ? AND attempt < ?", source, attempt);
    this.#sql.exec("INSERT OR IGNORE INTO ring_incoming VALUES (?, ?, ?, ?)", source, attempt, parts, piece);
  }

  /** What was put aside of a gift; nothing when it is taken already. */
  piecesOf(gift: GiftMessage): ArrayBuffer[] {
    const { nodes, source, attempt, from, parts } = gift;
    if (this.#isTaken(gift)) return [];
    const pieces = this.#sql
      .exec<{ piece: ArrayBuffer }>(
        "SELECT piece FROM ring_incoming WHERE source = ? AND attempt = ? ORDER BY part",
        ...[source, attempt],
      )
      .toArray()
      .map(({ piece }) => piece);
    if (!this.#isNewNode(nodes) || from !== this.#ring.takenFrom(source) || pieces.length !== parts) {
      throw new Error(
        `Node ${source} gave what did not arrive: attempt ${attempt}, ${pieces.length} of ${parts} parts`,
      );
    }
    return pieces;
  }

  /** Executes these pieces: the keys are given. It has to be taken in the same write. */
  execute(pieces: readonly ArrayBuffer[]): void {
    const parser = new RequestParser(undefined, NO_LIMITS);
    const client = this.#engine.connect({ canWait: false, isTrusted: true });
    this.#engine.atOnce(() => {
      for (const piece of pieces) {
        parser.push(new Uint8Array(piece));
        for (let args = parser.next(); args !== null; args = parser.next()) this.#run(client, args);
      }
    });
    this.#engine.disconnect(client);
  }

  take(gift: GiftMessage): void {
    if (this.#isTaken(gift)) return;
    this.#sql.exec("DELETE FROM ring_incoming WHERE source = ?", gift.source);
    this.#ring.take(gift.source, gift.below);
  }

  /** Not admitted as a client's would be: no limit of memory may keep out what is nowhere else any more. */
  #run(client: Client, args: string[]): void {
    const command = this.#engine.find(args[0] as string);
    if (command) this.#engine.run(client, command, args);
    const reply = client.takeOutput();
    if (reply.startsWith("-") || !command) throw new Error(`A gift cannot be executed: ${reply}`);
  }

  #isTaken({ nodes, source, below }: GiftMessage): boolean {
    return nodes < this.#ring.nodes || this.#ring.takenFrom(source) >= below;
  }

  #isNewNode(nodes: number): boolean {
    return this.#ring.isGrowing && this.#ring.nodes === nodes && this.#ring.self === nodes;
  }

  #newestAttemptOf(source: number): number {
    const query = "SELECT max(attempt) AS attempt FROM ring_incoming WHERE source = ?";
    return this.#sql.exec<{ attempt: number | null }>(query, source).one().attempt ?? 0;
  }
}
