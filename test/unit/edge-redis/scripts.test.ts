import { beforeEach, describe, expect, it } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { encodeCommand } from "../../../durable-objects/edge-redis/resp/encode-command.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { LUA_MEMORY_MAX_BYTES } from "../../../durable-objects/edge-redis/scripting/lua-instance.ts";
import { LuaBroken } from "../../../durable-objects/edge-redis/scripting/lua-errors.ts";
import { RETURNED_DEPTH_MAX } from "../../../durable-objects/edge-redis/scripting/lua-to-reply.ts";
import {
  SCRIPT_INSTRUCTIONS_MAX,
  Scripts,
  SCRIPTS_KEPT_MAX,
} from "../../../durable-objects/edge-redis/scripting/scripts.ts";

let engine: Engine;
let client: Client;

function say(...args: string[]): string {
  engine.execute(client, args);
  return client.takeOutput();
}

const evaluate = (script: string, ...keys: string[]): string =>
  say("EVAL", script, String(keys.length), ...keys);

beforeEach(() => {
  engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => Date.now());
  client = engine.connect({ canWait: false });
});

describe("what a script does", () => {
  it("is logged as its commands, and as nothing when it only reads", () => {
    evaluate("redis.call('set', KEYS[1], 'v') return redis.call('incr', KEYS[2])", "k", "n");
    expect(engine.takeLog()).toBe(
      [
        ["SELECT", "0"],
        ["set", "k", "v"],
        ["incr", "n"],
      ]
        .map(encodeCommand)
        .join(""),
    );
    evaluate("return redis.call('get', KEYS[1])", "k");
    expect(engine.takeLog()).toBe("");
  });

  it("is logged when it fails later, in transactions, and with times and chance as what came of them", () => {
    evaluate("redis.call('set', KEYS[1], 'v', 'EX', 100) error('no')", "k");
    expect(engine.takeLog()).toMatch(/PXAT/i);
    say("MULTI");
    say("EVAL", "return redis.call('sadd', KEYS[1], 'only')", "1", "set");
    say("EVAL", "return redis.call('spop', KEYS[1])", "1", "set");
    say("EXEC");
    expect(engine.takeLog()).toBe(
      [
        ["sadd", "set", "only"],
        ["SREM", "set", "only"],
      ]
        .map(encodeCommand)
        .join(""),
    );
  });

  it("leaves the caller's database and protocol as they were", () => {
    evaluate("redis.call('select', 7) redis.setresp(3) return redis.call('set', 'k', 'v')");
    expect(say("EXISTS", "k")).toBe(":0\r\n");
    expect(say("SELECT", "7") + say("EXISTS", "k")).toBe("+OK\r\n:1\r\n");
    expect(evaluate("return redis.call('hgetall', 'nope')")).toBe("*0\r\n");
  });

  it("touches what others watch, and serves those who wait after it has ended", () => {
    const watcher = engine.connect({ canWait: false });
    engine.execute(watcher, ["WATCH", "k"]);
    const waiter = engine.connect({ canWait: true });
    engine.execute(waiter, ["BLPOP", "list", "0"]);
    evaluate("redis.call('set', 'k', 1) redis.call('rpush', 'list', 'a') redis.call('lset', 'list', 0, 'b')");
    expect(waiter.takeOutput()).toBe("*2\r\n$4\r\nlist\r\n$1\r\nb\r\n");
    engine.execute(watcher, ["MULTI"]);
    engine.execute(watcher, ["EXEC"]);
    expect(watcher.takeOutput()).toMatch(/\*-1\r\n$/);
  });

  it("sees one moment in time from its first command to its last", () => {
    const clock = { now: 1_000 };
    engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => clock.now++);
    client = engine.connect({ canWait: false });
    expect(
      evaluate("local t = redis.call('time') redis.call('get', 'k') return t[2] == redis.call('time')[2]"),
    ).toBe(":1\r\n");
  });
});

describe("what a script cannot do", () => {
  it.each([
    ["reach files, the system or modules", "return {io, os, require, dofile, loadfile, debug, package}"],
    ["leave a global variable behind", "left = 1"],
    ["change a library for others", "function string.len() return 0 end"],
    ["change the variables' metatable", "getmetatable(_G).__index = nil"],
    ["change what all strings have", "getmetatable('').__index = nil"],
  ])("%s", (_, script) => {
    expect(evaluate(script)).toMatch(/^-ERR/);
    expect(evaluate("return #'four' + string.len('four')")).toBe(":8\r\n");
  });

  it.each([
    ["call a subcommand that is none", "return redis.call('object', 'none', 'k')", "Unknown Redis command"],
    ["call one with too few arguments", "return redis.call('object', 'encoding')", "Wrong number of args"],
  ])("%s", (_, script, complaint) => {
    expect(evaluate(`redis.call('set', 'k', 'v') ${script}`)).toContain(`-ERR ${complaint}`);
    expect(say("GET", "k")).toBe("$1\r\nv\r\n");
  });

  it("leave something in a library, past its metatable", () => {
    for (const name of ["redis", "string", "_G"]) {
      evaluate(`table.insert(${name}, 'secret')`);
      expect(evaluate(`return {rawget(${name}, 1), next(${name})}`)).toBe("*0\r\n");
    }
    evaluate("table.insert(redis, 'secret') while true do end");
    expect(evaluate("return redis[1]")).toBe("$-1\r\n");
  });

  it("run code that was compiled before, which nobody checks", () => {
    expect(evaluate("return loadstring(string.dump(function() end))")).toBe("$-1\r\n");
    expect(
      evaluate(
        "local parts = {string.dump(function() end)} return load(function() return table.remove(parts) end)",
      ),
    ).toBe("$-1\r\n");
    expect(say("EVAL", "\x1bLua", "0")).toMatch(/^-ERR Error compiling script/);
  });
});

describe("a script that takes too much", () => {
  const TOO_LONG = /^-ERR Script took more than \d+ instructions/;

  it("is stopped after so many instructions, although it catches the error", () => {
    expect(evaluate("while true do end")).toMatch(TOO_LONG);
    expect(evaluate("while true do pcall(function() while true do end end) end")).toMatch(TOO_LONG);
    const coroutines = "while true do pcall(coroutine.wrap(function() while true do end end)) end";
    expect(evaluate(coroutines)).toMatch(TOO_LONG);
    expect(evaluate("return 'fine'")).toBe("$4\r\nfine\r\n");
  });

  it("may use what is allowed, and keeps what it wrote before it was stopped", () => {
    // One instruction a round; what is counted is rounded to ten thousand.
    const loop = (rounds: number) => `for at = 1, ${rounds} do end return redis.call('incr', 'n')`;
    expect(evaluate(loop(SCRIPT_INSTRUCTIONS_MAX - 20_000))).toBe(":1\r\n");
    expect(evaluate(loop(SCRIPT_INSTRUCTIONS_MAX + 20_000))).toMatch(TOO_LONG);
    expect(evaluate("redis.call('incr', 'n') while true do end")).toMatch(TOO_LONG);
    expect(say("GET", "n")).toBe("$1\r\n2\r\n");
  });

  it("gets no more memory than there is, and the next one has it again", () => {
    const take = (bytes: number) => `return #string.rep('x', ${bytes})`;
    expect(evaluate(take(LUA_MEMORY_MAX_BYTES))).toMatch(/^-ERR not enough memory/);
    expect(evaluate("local all = {} while true do all[#all + 1] = {} end")).toMatch(
      /^-ERR not enough memory/,
    );
    expect(evaluate(take(LUA_MEMORY_MAX_BYTES / 8))).toBe(`:${LUA_MEMORY_MAX_BYTES / 8}\r\n`);
  });

  it("gets no arguments that do not fit, and takes no reply that does not fit", () => {
    const big = "x".repeat(LUA_MEMORY_MAX_BYTES);
    expect(say("EVAL", "return #ARGV[1]", "0", big)).toMatch(/^-ERR not enough memory/);
    say("SET", "big", big);
    expect(evaluate("return #redis.call('get', 'big')")).toMatch(/^-ERR not enough memory/);
    expect(evaluate("return redis.call('strlen', 'big')")).toBe(`:${big.length}\r\n`);
  });

  it("returns tables inside of tables up to a depth", () => {
    const nest = (depth: number) => `local t = {} for at = 1, ${depth} do t = {t} end return t`;
    expect(evaluate(nest(RETURNED_DEPTH_MAX))).toBe("*1\r\n".repeat(RETURNED_DEPTH_MAX) + "*0\r\n");
    expect(evaluate(nest(RETURNED_DEPTH_MAX + 1))).toMatch(/^-ERR reached lua stack limit/);
    expect(evaluate("local t = {} t[1] = t return t")).toMatch(/^-ERR reached lua stack limit/);
  });
});

describe("a script when the data takes all the memory it may", () => {
  const OOM = /^-OOM command not allowed when used memory > 'maxmemory'\./;
  const write = "return redis.call('set', 'k', 'new')";

  beforeEach(() => {
    say("SET", "k", "v");
    say("CONFIG", "SET", "maxmemory", "1");
  });

  it("reads and removes, but stores nothing more", () => {
    expect(evaluate(write)).toMatch(OOM);
    expect(evaluate("return redis.pcall('append', 'k', 'x')")).toMatch(OOM);
    expect(evaluate("return redis.call('get', 'k')")).toBe("$1\r\nv\r\n");
    expect(evaluate("return redis.call('del', 'k')")).toBe(":1\r\n");
  });

  it("says by its flags whether it may run", () => {
    expect(evaluate("#!lua\nreturn redis.call('get', 'k')")).toMatch(OOM);
    expect(evaluate("#!lua flags=no-writes\nreturn redis.call('get', 'k')")).toBe("$1\r\nv\r\n");
    expect(evaluate(`#!lua flags=allow-oom\n${write}`)).toBe("+OK\r\n");
    say("CONFIG", "SET", "maxmemory", "0");
    expect(evaluate(write)).toBe("+OK\r\n");
  });
});

describe("scripts that are kept", () => {
  it("are known by their hash in either letters, until they are flushed", () => {
    const hash = say("SCRIPT", "LOAD", "return ARGV[1]").split("\r\n")[1] as string;
    expect(hash).toMatch(/^[0-9a-f]{40}$/);
    expect(say("EVALSHA", hash.toUpperCase(), "0", "a")).toBe("$1\r\na\r\n");
    expect(say("SCRIPT", "EXISTS", hash, "nope")).toBe("*2\r\n:1\r\n:0\r\n");
    expect(say("SCRIPT", "FLUSH")).toBe("+OK\r\n");
    expect(say("EVALSHA", hash, "0", "a")).toMatch(/^-NOSCRIPT/);
    evaluate("return ARGV[1]");
    expect(say("EVALSHA", hash, "0", "a")).toBe("$1\r\na\r\n");
  });

  it("are a bounded number; the one that was not used for longest goes", () => {
    const load = (number: number) => say("SCRIPT", "LOAD", `return ${number}`).split("\r\n")[1] as string;
    const hashes = Array.from({ length: SCRIPTS_KEPT_MAX }, (_, number) => load(number));
    expect(say("EVALSHA", hashes[0] as string, "0")).toBe(":0\r\n");
    load(SCRIPTS_KEPT_MAX);
    expect(say("EVALSHA", hashes[0] as string, "0")).toBe(":0\r\n");
    expect(say("EVALSHA", hashes[1] as string, "0")).toMatch(/^-NOSCRIPT/);
  });

  it("run in a fresh Lua after theirs has broken", () => {
    const hash = say("SCRIPT", "LOAD", "return 'fine'").split("\r\n")[1] as string;
    const info = COMMANDS.get("info");
    if (!info) throw new Error("no INFO");
    const broken = new Map(COMMANDS);
    broken.set("info", {
      ...info,
      run: () => {
        throw new LuaBroken("as if");
      },
    });
    const scripts = new Scripts({ lua, callbacks });
    engine = new Engine(broken, scripts, () => Date.now());
    client = engine.connect({ canWait: false });
    say("SCRIPT", "LOAD", "return 'fine'");
    expect(() => evaluate("return redis.call('info')")).toThrow(LuaBroken);
    client.takeOutput();
    expect(say("EVALSHA", hash, "0")).toBe("$4\r\nfine\r\n");
  });
});
