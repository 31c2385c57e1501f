import type { KeptAnswer } from "./messages.ts";
import { joined } from "../../workers/shared/redis/encode.ts";

/** How long an answer is kept at least, in milliseconds: whoever repeats a call does so within a second. */
export const ANSWER_KEPT_MS = 60_000;

/** Longest piece of an answer in one row: SQLite rows of an object hold 2 MB. Bytes. */
const PIECE_MAX_BYTES = 1024 * 1024;

/**
 * Answers to calls that changed something, on disk with the change itself: a caller who never got his
 * answer, because the object went away, may call again and nothing happens twice.
 */
export class Answers {
  readonly #sql: SqlStorage;
  #tidiedAt = -Infinity;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS answers
        (id TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, piece BLOB NOT NULL,
         PRIMARY KEY (id, number)) WITHOUT ROWID`,
    );
  }

  /** The answer that was given to this call; null when it has not come yet, or long ago. */
  find(id: string): Uint8Array | null {
    const pieces = this.#sql
      .exec<{ piece: ArrayBuffer }>("SELECT piece FROM answers WHERE id = ? ORDER BY number", id)
      .toArray()
      .map(({ piece }) => new Uint8Array(piece));
    return pieces.length > 0 ? joined(pieces) : null;
  }

  /** Whether the commands of this call have been answered each for itself, as `id/0` and so on. */
  hasParts(id: string): boolean {
    const query = "SELECT id FROM answers WHERE id > ? AND id < ? LIMIT 1";
    return this.#sql.exec(query, `${id}/`, `${id}0`).toArray().length > 0;
  }

  /** Since a moment in epoch milliseconds, in pieces of about a megabyte. */
  *since(at: number): Generator<KeptAnswer[]> {
    let answers: KeptAnswer[] = [];
    let bytes = 0;
    for (const answer of this.#sql.exec<KeptAnswer>("SELECT * FROM answers WHERE at >= ?", at).toArray()) {
      answers.push(answer);
      bytes += answer.piece.byteLength + answer.id.length;
      if (bytes < PIECE_MAX_BYTES) continue;
      yield answers;
      [answers, bytes] = [[], 0];
    }
    if (answers.length > 0) yield answers;
  }

  /** Takes over what another node answered. */
  learn(answers: readonly KeptAnswer[]): void {
    for (const { id, number, at, piece } of answers) {
      this.#sql.exec("INSERT OR IGNORE INTO answers VALUES (?, ?, ?, ?)", id, number, at, piece);
    }
  }

  /** @param now epoch milliseconds. */
  keep(id: string, answer: Uint8Array, now: number): void {
    for (let from = 0; from === 0 || from < answer.length; from += PIECE_MAX_BYTES) {
      const piece = answer.slice(from, from + PIECE_MAX_BYTES);
      this.#sql.exec("INSERT INTO answers VALUES (?, ?, ?, ?)", id, from / PIECE_MAX_BYTES, now, piece);
    }
    if (Math.abs(now - this.#tidiedAt) < ANSWER_KEPT_MS) return;
    this.#tidiedAt = now;
    this.#sql.exec("DELETE FROM answers WHERE at < ?", now - ANSWER_KEPT_MS);
  }
}
