import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

let now = 1_000;
let engine: Engine;
let client: Client;
beforeEach(() => {
  now = 1_000;
  engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => now);
  client = engine.connect({ canWait: false });
});

function say(command: string, by = client): string {
  engine.execute(by, command.split(" "));
  engine.takeLog();
  return by.takeOutput();
}

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

describe("maxmemory", () => {
  it("refuses what may make the data grow, and nothing else, while there is too much", () => {
    say("SET k v");
    say("CONFIG SET maxmemory 1");
    expect(say("SET k w")).toBe(OOM);
    expect(say("GET k")).toBe("$1\r\nv\r\n");
    expect(say("DEL k")).toBe(":1\r\n");
    say("CONFIG SET maxmemory 0");
    expect(say("SET k w")).toBe("+OK\r\n");
  });

  it("refuses a transaction that would, and leaves one that only reads", () => {
    for (const command of ["SET k v", "MULTI", "GET k", "PING"]) say(command);
    const other = engine.connect({ canWait: false });
    say("CONFIG SET maxmemory 1", other);
    expect(say("EXEC")).toBe("*2\r\n$1\r\nv\r\n+PONG\r\n");
    say("CONFIG SET maxmemory 0");
    for (const command of ["MULTI", "SET k w"]) say(command);
    say("CONFIG SET maxmemory 1", other);
    expect(say("EXEC")).toBe(`-EXECABORT Transaction discarded because of: ${OOM.slice(1)}`);
    expect(say("GET k")).toBe("$1\r\nv\r\n");
  });

  it("counts what is written at once, and what was removed a while later", () => {
    say(`SET big ${"x".repeat(1_000_000)}`);
    const used = Number(/used_memory:(\d+)/.exec(say("INFO memory"))?.[1]);
    expect(used).toBeGreaterThan(1_000_000);
    say(`CONFIG SET maxmemory ${used + 10_000}`);
    expect(say(`SET other ${"x".repeat(20_000)}`)).toBe("+OK\r\n");
    expect(say("SET k v")).toBe(OOM);
    expect(say("DEL big")).toBe(":1\r\n");
    now += 60_000;
    expect(say("SET k v")).toBe("+OK\r\n");
  });

  it.each([
    ["1kb", "1024"],
    ["1K", "1000"],
    ["2mb", "2097152"],
    ["3g", "3000000000"],
    ["12b", "12"],
  ])("is said as %s", (text, bytes) => {
    say(`CONFIG SET maxmemory ${text}`);
    expect(say("CONFIG GET maxmemory")).toContain(`\r\n${bytes}\r\n`);
  });
});

describe("CONFIG SET", () => {
  it("sets all or nothing", () => {
    expect(say("CONFIG SET maxmemory 5 hash-max-listpack-value few")).toMatch(
      /^-ERR CONFIG SET failed \(possibly related to argument 'hash-max-listpack-value'\) - argument couldn't/,
    );
    expect(say("CONFIG SET maxmemory -1")).toMatch(/argument must be a memory value/);
    expect(say("CONFIG SET maxmemory 5 nonsense 1")).toMatch(/^-ERR Unknown option/);
    expect(say("CONFIG SET maxmemory")).toMatch(/wrong number of arguments for 'config\|set'/);
    expect(say("CONFIG SET maxmemory 5 timeout")).toMatch(/wrong number of arguments for 'config\|set'/);
    expect(say("CONFIG GET maxmemory")).toContain("\r\n0\r\n");
  });
});

describe("DEBUG DIGEST", () => {
  const digest = () => say("DEBUG DIGEST");

  it("is that of Redis", () => {
    expect(say("DEBUG DIGEST-VALUE missing")).toBe(`*1\r\n+${"0".repeat(40)}\r\n`);
    say("SET s hello");
    // As Redis 7.0.15 says it.
    expect(say("DEBUG DIGEST-VALUE s")).toBe("*1\r\n+36b23a1456b2dce2c3ed252c456761301dba8060\r\n");
  });

  it("is the same for the same data, in whatever order it came", () => {
    for (const command of ["SADD s a b", "HSET h f 1 g 2", "ZADD z 1 a 2 b", "RPUSH l a b"]) say(command);
    const first = digest();
    for (const command of ["FLUSHALL", "RPUSH l a b", "ZADD z 2 b 1 a", "HSET h g 2 f 1", "SADD s b a"])
      say(command);
    expect(digest()).toBe(first);
    say("LSET l 0 b");
    expect(digest()).not.toBe(first);
    say("LSET l 0 a");
    expect(digest()).toBe(first);
    say("EXPIRE l 100");
    expect(digest()).not.toBe(first);
  });
});

describe("SWAPDB", () => {
  it("does not touch a missing key that is replaced by one whose time has come", () => {
    const other = engine.connect({ canWait: false });
    for (const command of ["DEBUG SET-ACTIVE-EXPIRE 0", "SET x foo PX 1"]) say(command);
    now += 2;
    for (const command of ["SELECT 1", "WATCH x"]) say(command);
    say("SWAPDB 0 1", other);
    say("MULTI");
    say("PING");
    expect(say("EXEC")).toBe("*1\r\n+PONG\r\n");
  });
});

describe("a mistake in what is said about clients", () => {
  it.each([
    ["HELLO 2 SETNAME a\nid=1", /^-ERR Client names cannot contain spaces/],
    ["HELLO 01", /^-ERR Protocol version is not an integer/],
    ["HELLO -1", /^-NOPROTO/],
    ["CLIENT KILL TYPE none", /^-ERR Unknown client type 'none'/],
    ["CLIENT LIST TYPE none", /^-ERR Unknown client type 'none'/],
    ["CLIENT KILL USER nobody", /^-ERR No such user 'nobody'/],
    ["CLIENT KILL SKIPME maybe", /^-ERR syntax error/],
    ["CLIENT KILL ADDR 1.2.3.4:5", /^:0/],
    ["CLIENT NO-EVICT maybe", /^-ERR syntax error/],
    ["WAIT 0 -1", /^-ERR timeout is negative/],
    ["WAIT 0 x", /^-ERR timeout is not an integer or out of range/],
  ])("%j is refused", (command, complaint) => {
    expect(say(command)).toMatch(complaint);
  });
});
