import type { Engine } from "./engine/engine.ts";
import { NO_LIMITS, RequestParser } from "./resp/request-parser.ts";
import { toBytes } from "./resp/bytes.ts";
import { snapshotOf } from "./snapshot.ts";
import { log } from "../../workers/shared/log.ts";

/** Longest piece of the log in one row: SQLite rows of an object hold 2 MB. Bytes. */
const PIECE_MAX_BYTES = 1024 * 1024;
/** The log is written anew once it is so long, in bytes, and so many times as long as it was then. */
const REWRITE_MIN_BYTES = 4 * 1024 * 1024;
const REWRITE_GROWTH = 2;

/**
 * What happened, as a stream of commands in RESP cut into rows. Written before anything is answered,
 * replayed through the same commands after a restart, and written anew as a snapshot when it has grown.
 */
export class AppendLog {
  readonly #storage: Pick<DurableObjectStorage, "sql" | "transactionSync">;
  #bytes = 0;
  /** How long it was when it was last written anew. */
  #snapshotBytes = 0;

  constructor(storage: Pick<DurableObjectStorage, "sql" | "transactionSync">) {
    this.#storage = storage;
    storage.sql.exec("CREATE TABLE IF NOT EXISTS log (id INTEGER PRIMARY KEY, piece BLOB NOT NULL)");
  }

  /** Does everything again that is in the log. */
  replay(engine: Engine): void {
    const client = engine.connect({ canWait: false, isTrusted: true });
    const parser = new RequestParser(undefined, NO_LIMITS);
    let refused = 0;
    let firstRefused = "";
    engine.isReplaying = true;
    for (const { piece } of this.#storage.sql.exec<{ piece: ArrayBuffer }>(
      "SELECT piece FROM log ORDER BY id",
    )) {
      this.#bytes += piece.byteLength;
      parser.push(new Uint8Array(piece));
      for (let command = parser.next(); command !== null; command = parser.next()) {
        engine.execute(client, command);
        if (!client.takeOutput().startsWith("-")) continue;
        refused++;
        firstRefused ||= command[0] ?? "";
      }
    }
    engine.isReplaying = false;
    // Its name alone: what a command is about may be secret.
    if (refused > 0) log.error("redis_replay_refused", { commands: refused, first: firstRefused });
    engine.disconnect(client);
    engine.restartLog();
    this.#snapshotBytes = this.#bytes;
  }

  /** Writes what has happened since the last time. */
  append(engine: Engine): void {
    this.#write(engine.takeLog());
    if (this.#bytes > Math.max(REWRITE_MIN_BYTES, this.#snapshotBytes * REWRITE_GROWTH)) this.rewrite(engine);
  }

  /** Replaces the log by the shortest one that leads to the same. */
  rewrite(engine: Engine): void {
    this.#storage.transactionSync(() => {
      this.#storage.sql.exec("DELETE FROM log");
      this.#bytes = 0;
      for (const piece of snapshotOf(engine.databases, PIECE_MAX_BYTES)) this.#write(piece);
    });
    this.#snapshotBytes = this.#bytes;
    engine.restartLog();
  }

  #write(text: string): void {
    for (let from = 0; from < text.length; from += PIECE_MAX_BYTES) {
      const piece = toBytes(text.slice(from, from + PIECE_MAX_BYTES));
      this.#storage.sql.exec("INSERT INTO log (piece) VALUES (?)", piece);
      this.#bytes += piece.byteLength;
    }
  }
}
