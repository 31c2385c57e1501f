import { afterEach, beforeEach, expect, it, vi } from "vitest";
import lua from "wasmoon-lua5.1/dist/liblua5.1.wasm";
import { AppendLog } from "../../../durable-objects/edge-redis/append-log.ts";
import { COMMANDS } from "../../../durable-objects/edge-redis/commands/table.ts";
import { type Call, keysOf, NO_KEYS } from "../../../durable-objects/edge-redis/engine/command.ts";
import { Engine } from "../../../durable-objects/edge-redis/engine/engine.ts";
import { GroupCommit } from "../../../durable-objects/edge-redis/group-commit.ts";
import { toBytes } from "../../../durable-objects/edge-redis/resp/bytes.ts";
import callbacks from "../../../durable-objects/edge-redis/scripting/callbacks.wasm";
import { LOG_MESSAGE_MAX_BYTES } from "../../../durable-objects/edge-redis/scripting/redis-library.ts";
import { Scripts } from "../../../durable-objects/edge-redis/scripting/scripts.ts";

/** More than a function may be called with. */
const MANY = 200_000;

const error = vi.spyOn(console, "error").mockImplementation(() => {});
const info = vi.spyOn(console, "info").mockImplementation(() => {});
beforeEach(() => void [error.mockClear(), info.mockClear()]);
afterEach(() => vi.clearAllMocks());

const command = { arity: 1, flags: ["write"], keys: NO_KEYS, group: "generic" } as const;
const fail = () => {
  throw new TypeError("a bug");
};
const failLate = (call: Call) => {
  call.database.set("k", { type: "string", bytes: "half", form: "raw" });
  fail();
};

function start() {
  const commands = new Map([
    ...COMMANDS,
    ["fail", { ...command, name: "fail", run: fail }],
    ["fail-late", { ...command, name: "fail-late", run: failLate }],
  ]);
  const engine = new Engine(commands, new Scripts({ lua, callbacks }), () => 1_000);
  const client = engine.connect({ canWait: false });
  const execute = (args: string[]) => {
    engine.execute(client, args);
    return client.takeOutput();
  };
  return { engine, execute, run: (...args: string[]) => execute(args) };
}

it("gives its memory up when a bug left it ahead of the log, and only then", () => {
  const { engine, run } = start();
  const broken: unknown[] = [];
  void new GroupCommit(
    engine,
    { append: () => undefined },
    async () => {},
    (cause) => broken.push(cause),
  );
  expect(() => run("fail")).toThrow("a bug");
  expect(broken).toEqual([]);
  expect(() => run("fail-late")).toThrow("a bug");
  expect(broken).toEqual([new TypeError("a bug")]);
  expect(error.mock.calls[0]?.[0]).toMatch(/"redis_memory_ahead_of_log".*"a bug"/);
});

it("says how many commands of the log were refused, and never what they were about", () => {
  const { engine, run } = start();
  const pieces = ["SET k v\r\nNOSUCH secret\r\n", "LPUSH k secret\r\nSET other v\r\n"];
  const exec = (sql: string) =>
    sql.startsWith("SELECT") ? pieces.map((text) => ({ piece: toBytes(text) })) : [];
  const storage = { sql: { exec }, transactionSync: (work: () => unknown) => work() };
  new AppendLog(storage as unknown as DurableObjectStorage).replay(engine);
  expect(run("MGET", "k", "other")).toBe("*2\r\n$1\r\nv\r\n$1\r\nv\r\n");
  expect(error).toHaveBeenCalledTimes(1);
  expect(JSON.parse(error.mock.calls[0]?.[0] as string)).toMatchObject({
    event: "redis_replay_refused",
    commands: 2,
    first: "NOSUCH",
  });
  expect(error.mock.calls[0]?.[0]).not.toContain("secret");
});

it("takes as many keys as arrive", () => {
  const { engine, execute, run } = start();
  const keys = Array.from({ length: MANY }, (_, index) => `k${index}`);
  run("SET", "k7", "x");
  expect(execute(["BITOP", "OR", "target", ...keys])).toBe(":1\r\n");
  const counted = ["ZUNIONSTORE", "target", String(MANY), ...keys];
  expect(keysOf(engine.find("zunionstore") as never, counted)).toHaveLength(MANY + 1);
});

it.each([-1, 0, 1])("writes of a script's message what fits (limit %i)", (beyond) => {
  const { run } = start();
  const length = LOG_MESSAGE_MAX_BYTES + beyond;
  run("EVAL", `redis.log(redis.LOG_WARNING, string.rep("x", ${length}))`, "0");
  const { message } = JSON.parse(info.mock.calls[0]?.[0] as string) as { message: string };
  expect(message).toHaveLength(Math.min(length, LOG_MESSAGE_MAX_BYTES));
});
