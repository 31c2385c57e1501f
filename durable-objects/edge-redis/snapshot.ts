import type { Database } from "./engine/database.ts";
import { formatDouble } from "./engine/numbers.ts";
import type { Value } from "./engine/values.ts";
import { encodeCommand } from "./resp/encode-command.ts";

/** Elements that one command of a snapshot adds at most. */
const ELEMENTS_MAX = 64;

/**
 * Commands that make the databases what they are, in pieces of about `pieceBytes`.
 * @param keys of each database, if it is not to be all of them.
 */
export function* snapshotOf(
  databases: readonly Database[],
  pieceBytes: number,
  keys?: readonly (readonly string[])[],
): Generator<string> {
  let piece = "";
  for (const database of databases) {
    const ownKeys = keys?.[database.index];
    if ((ownKeys?.length ?? database.size) === 0) continue;
    piece += encodeCommand(["SELECT", String(database.index)]);
    for (const [key, value, expiresAt] of ownKeys ? database.entriesOf(ownKeys) : database.entries()) {
      for (const command of commandsFor(key, value)) {
        piece += encodeCommand(command);
        if (piece.length >= pieceBytes) {
          yield piece;
          piece = "";
        }
      }
      if (expiresAt !== undefined) piece += encodeCommand(["PEXPIREAT", key, String(expiresAt)]);
    }
  }
  if (piece !== "") yield piece;
}

function* commandsFor(key: string, value: Value): Generator<string[]> {
  switch (value.type) {
    case "string":
      yield ["SET", key, value.bytes];
      return;
    case "list":
      yield* inGroups(["RPUSH", key], value.items.toArray(), ELEMENTS_MAX);
      return;
    case "hash":
      yield* inGroups(["HSET", key], [...value.fields.entries()].flat(), ELEMENTS_MAX * 2);
      return;
    case "set":
      yield* inGroups(["SADD", key], [...value.members.keys()], ELEMENTS_MAX);
      return;
    case "zset": {
      const pairs = [...value.order].flatMap(({ member, score }) => [formatDouble(score), member]);
      yield* inGroups(["ZADD", key], pairs, ELEMENTS_MAX * 2);
    }
  }
}

function* inGroups(command: string[], words: string[], groupMax: number): Generator<string[]> {
  for (let from = 0; from < words.length; from += groupMax)
    yield [...command, ...words.slice(from, from + groupMax)];
}
