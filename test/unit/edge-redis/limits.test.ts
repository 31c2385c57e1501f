import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { beforeEach, describe, expect, it } from "vitest";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import type { Client } from "../../../durable-objects/edge-redis/engine/client.ts";
import { Engine, QUEUED_MAX_BYTES } from "../../../durable-objects/edge-redis/engine/engine.ts";
import type { PeerRpc, RelayedCommand } from "../../../durable-objects/edge-redis/messages.ts";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import { encodeCommand } from "../../../durable-objects/edge-redis/resp/encode-command.ts";
import { REPLY_MAX_BYTES } from "../../../durable-objects/edge-redis/resp/reply.ts";
import {
  ARGUMENTS_MAX,
  BULK_MAX_BYTES,
  COMMAND_MAX_BYTES,
  commandsIn,
  ProtocolError,
  RequestParser,
} from "../../../durable-objects/edge-redis/resp/request-parser.ts";
import { Relay, RELAYED_REPLIES_MAX_BYTES } from "../../../durable-objects/edge-redis/ring/relay.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";
import { parseReplies, RedisReplyError } from "../../../workers/shared/redis/replies.ts";

let engine: Engine;
let client: Client;
beforeEach(() => {
  engine = new Engine(COMMANDS, new Scripts({ lua, callbacks }), () => Date.now());
  client = engine.connect({ canWait: true });
});

function say(...args: string[]): string {
  engine.execute(client, args);
  return client.takeOutput();
}

const many = (count: number, prefix = "") => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const MIB = 1024 * 1024;

/** Whatever takes the square of these takes minutes. */
describe("what is large takes no longer than in proportion", () => {
  const COUNT = 50_000;

  it("keys that are watched, and waited for", () => {
    const other = engine.connect({ canWait: false });
    expect(say("WATCH", ...many(COUNT), ...many(COUNT))).toBe("+OK\r\n");
    for (const key of many(COUNT, "other")) engine.execute(other, ["SET", key, "v"]);
    expect(client.isTouched).toBe(false);
    engine.execute(other, ["SET", "99", "v"]);
    expect(client.isTouched).toBe(true);
    expect(say("UNWATCH")).toBe("+OK\r\n");
    engine.execute(other, ["SET", "99", "w"]);
    expect(client.isTouched).toBe(false);
    expect(say("BLPOP", ...many(COUNT, "list"), "0")).toBe("");
    for (const key of many(COUNT)) engine.execute(other, ["RPUSH", `other-list${key}`, "v"]);
    engine.execute(other, ["RPUSH", "list5", "v"]);
    expect(client.takeOutput()).toBe("*2\r\n$5\r\nlist5\r\n$1\r\nv\r\n");
  });

  it("a list that is filled at one end and emptied at the other", () => {
    for (let round = 0; round < 6; round++) say("LPUSH", "queue", ...many(COUNT));
    for (let popped = 0; popped < COUNT * 6; popped++) say("RPOP", "queue");
    expect(say("EXISTS", "queue")).toBe(":0\r\n");
  });

  it("a key that is named again and again", () => {
    say("ZADD", "scores", ...many(1_000).flatMap((member) => ["1", member]));
    say("SADD", "members", ...many(10_000));
    expect(say("ZUNIONSTORE", "sum", "10000", ...Array<string>(10_000).fill("scores"))).toBe(":1000\r\n");
    expect(say("ZSCORE", "sum", "7")).toBe("$5\r\n10000\r\n");
    const keys = Array<string>(COUNT).fill("members");
    for (const command of ["SUNIONSTORE", "SINTERSTORE"])
      expect(say(command, "target", ...keys)).toBe(":10000\r\n");
    expect(say("SDIFFSTORE", "target", ...keys)).toBe(":0\r\n");
  });
});

describe("replies", () => {
  it("that get too long are errors, and what was done is logged", () => {
    client = engine.connect({ canWait: false });
    say("SET", "big", "x".repeat(8 * MIB));
    engine.takeLog();
    say("MULTI");
    for (const command of [["SET", "k", "v"], ...many(4).map(() => ["GET", "big"]), ["INCR", "n"]])
      say(...command);
    const [results] = parseReplies(toBytes(say("EXEC"))) as [unknown[]];
    expect(results.map((result) => (typeof result === "string" ? result.length : result))).toEqual([
      2,
      8 * MIB,
      8 * MIB,
      expect.any(RedisReplyError),
      expect.any(RedisReplyError),
      1,
    ]);
    expect(engine.takeLog()).toBe(
      [
        ["SET", "k", "v"],
        ["INCR", "n"],
      ]
        .map(encodeCommand)
        .join(""),
    );
    expect(String(results[3])).toContain(`longer than ${REPLY_MAX_BYTES} bytes`);
  });

  it("are passed on by as many calls as it takes, up to a limit", async () => {
    const calls: number[] = [];
    const executed: string[] = [];
    const reply = "x".repeat(MIB);
    const peer = {
      relay: async (_: unknown, commands: readonly RelayedCommand[]) => {
        calls.push(commands.length);
        executed.push(...commands.slice(0, 5).map(({ args }) => args.join()));
        return commands.slice(0, 5).map(() => reply);
      },
    } as unknown as PeerRpc;
    const options = { version: 2, canWait: false } as const;
    const commands = many(100).map((arg) => ({ database: 0, args: [arg] }));
    const relay = new Relay(() => peer);
    expect(await relay.execute(0, options, commands.slice(0, 12))).toEqual(Array<string>(12).fill(reply));
    expect(calls).toEqual([12, 7, 2]);
    executed.length = 0;
    const replies = await relay.execute(0, options, commands);
    expect(executed).toHaveLength(Math.ceil(RELAYED_REPLIES_MAX_BYTES / MIB / 5) * 5);
    expect(replies.map((text) => (text === reply ? "x" : text.slice(0, 18)))).toEqual([
      ...executed.map(() => "x"),
      ...commands.slice(executed.length).map(() => "-ERR not executed:"),
    ]);
  });
});

describe("what is sent", () => {
  it("in one command, and between MULTI and EXEC, has a limit", () => {
    const piece = encodeCommand(["SET", "k", "x".repeat(BULK_MAX_BYTES)]);
    const parser = new RequestParser();
    parser.push(toBytes(piece));
    expect(parser.next()?.[2]).toHaveLength(BULK_MAX_BYTES);
    parser.push(toBytes(encodeCommand(["MSET", "a", "x".repeat(BULK_MAX_BYTES), "b"]).replace("*4", "*5")));
    parser.push(toBytes(`$${COMMAND_MAX_BYTES - BULK_MAX_BYTES}\r\n`));
    expect(() => parser.next()).toThrow(new ProtocolError("too big command"));

    say("MULTI");
    const value = "x".repeat(QUEUED_MAX_BYTES / 2);
    expect(say("SET", "k", value)).toBe("+QUEUED\r\n");
    expect(say("SET", "k", value)).toMatch(/^-ERR commands of a transaction take more/);
    expect(client.queued).toEqual([]);
    expect(say("EXEC")).toMatch(/^-EXECABORT/);
    expect(say("EXISTS", "k")).toBe(":0\r\n");
  });

  it("makes no string longer than an argument may be", () => {
    const tooLong = /^-ERR string exceeds maximum allowed size/;
    expect(say("SETRANGE", "k", String(BULK_MAX_BYTES), "x")).toMatch(tooLong);
    expect(say("SETRANGE", "k", String(BULK_MAX_BYTES - 1), "x")).toBe(`:${BULK_MAX_BYTES}\r\n`);
    expect(say("APPEND", "k", "x")).toMatch(tooLong);
    expect(say("SETBIT", "b", String(BULK_MAX_BYTES * 8), "1")).toMatch(/^-ERR bit offset/);
    expect(say("SETBIT", "b", String(BULK_MAX_BYTES * 8 - 1), "1")).toBe(":0\r\n");
    expect(say("BITCOUNT", "b")).toBe(":1\r\n");
    expect(say("BITPOS", "b", "1")).toBe(`:${BULK_MAX_BYTES * 8 - 1}\r\n`);
  });

  it("may have effects that are longer than any command, which can be read again", () => {
    const effect = ["RPUSH", "list", ...many(ARGUMENTS_MAX)];
    expect(commandsIn(toBytes(encodeCommand(effect)))).toEqual([effect]);
  });
});

it("does not wait for less than no time", () => {
  for (const command of [["MULTI"], ["DEBUG", "SLEEP", "-inf"], ["SET", "k", "v", "EX", "10"]])
    say(...command);
  expect(say("EXEC")).toBe("*2\r\n+OK\r\n+OK\r\n");
});
