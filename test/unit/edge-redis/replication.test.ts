import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { RequestParser } from "../../../durable-objects/edge-redis/resp/request-parser.ts";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

let now = 1_000;
let engine: Engine;
let client: Client;
let replica: Client;
beforeEach(() => {
  now = 1_000;
  engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => now);
  client = engine.connect({ canWait: true });
  replica = engine.connect({ canWait: true });
});
afterEach(() => {
  engine.disconnect(replica);
  vi.useRealTimers();
});

const say = (...commands: string[]) => {
  for (const command of commands) engine.execute(client, command.split(" "));
};

/** What the replica has heard since the last time, a line for each command. */
function heard(): string[] {
  const parser = new RequestParser();
  parser.push(toBytes(replica.takeOutput()));
  const commands: string[] = [];
  for (let command = parser.next(); command !== null; command = parser.next())
    commands.push(command.join(" "));
  return commands;
}

/** From now on only what changes is heard. */
function follow(): void {
  engine.execute(replica, ["SYNC"]);
  replica.takeOutput();
}

describe("a replica", () => {
  it("gets everything as a file first", () => {
    say("SET a 1");
    engine.execute(replica, ["SYNC"]);
    const [, length = "", file = ""] = /^\$(\d+)\r\n([^]*)$/.exec(replica.takeOutput()) ?? [];
    expect(file).toHaveLength(Number(length));
    expect(file).toMatch(/^REDIS0010\xfe\0\0\x01a\xc0\x01\xff/);
  });

  it("hears of changes, in the right database, and of nothing else", () => {
    follow();
    say("SET a 1", "GET a", "DEL none", "SELECT 3", "INCR n", "PUBLISH news hello");
    expect(heard()).toEqual(["SELECT 0", "SET a 1", "SELECT 3", "INCR n", "PUBLISH news hello"]);
  });

  it("hears a transaction as one, when it is more than one change", () => {
    follow();
    say("MULTI", "SET a 1", "GET a", "SELECT 1", "SET b 2", "EXEC");
    expect(heard()).toEqual(["SELECT 0", "MULTI", "SET a 1", "SELECT 1", "SET b 2", "EXEC"]);
    say("MULTI", "SET c 1", "GET c", "EXEC", "MULTI", "EXEC", "MULTI", "SET d 1", "DISCARD");
    expect(heard()).toEqual(["SET c 1"]);
  });

  it("hears of keys whose time has come as they are noticed, which is no transaction", () => {
    say("DEBUG SET-ACTIVE-EXPIRE 0", "SET a 1 PX 1", "SET b 1 PX 1");
    now += 10;
    follow();
    say("SCAN 0");
    expect(heard()).toEqual(["SELECT 0", "DEL a", "DEL b"]);
  });

  it("hears who was served after who served", () => {
    const waiting = engine.connect({ canWait: true });
    follow();
    engine.execute(waiting, ["BZPOPMIN", "z", "0"]);
    say("ZADD z 1 a 2 b");
    expect(heard()).toEqual(["SELECT 0", "ZADD z 1 a 2 b", "ZPOPMIN z 1"]);
  });

  it("hears regularly that the node is there, as often as is configured, until it leaves", () => {
    vi.useFakeTimers();
    follow();
    say("CONFIG SET repl-ping-replica-period 5");
    vi.advanceTimersByTime(11_000);
    expect(heard()).toEqual(["PING", "PING"]);
    engine.disconnect(replica);
    vi.advanceTimersByTime(60_000);
    expect(heard()).toEqual([]);
  });

  it.each(["0", "x", "2147484"])("cannot be told every %s seconds", (seconds) => {
    say(`CONFIG SET repl-ping-replica-period ${seconds}`);
    expect(client.takeOutput()).toMatch(/^-ERR CONFIG SET failed/);
  });
});
